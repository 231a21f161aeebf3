"""The end of an account."""

from __future__ import annotations

from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import password


class DeleteForm(AccountForm):
    """The password, to be sure who asks."""

    password = password()
