"""Which of several things to end."""

from __future__ import annotations

from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import Required, TextField
from pyramid_cognito.i18n import _

#: a passkey's id has up to 1023 bytes (WebAuthn, credential ID), in base64url
MAX_KEY = 1400


class KeyForm(AccountForm):
    """Cognito's key of a device, a session or a passkey; Cognito alone knows whose it is."""

    key = TextField(_("Which one"), [Required(_("Choose one of these."))], longest=MAX_KEY)
