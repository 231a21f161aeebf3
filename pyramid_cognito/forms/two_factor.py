"""Second factors: an authenticator app that is set up, and what to do with those that there are."""

from __future__ import annotations

from typing import Any

from wtforms.validators import ValidationError

from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import ChoiceField, TextField, code
from pyramid_cognito.i18n import _

#: characters of a name that someone gives to an app
MAX_DEVICE_NAME = 64


class AuthenticatorForm(AccountForm):
    """The first code of an app, and what the person calls the app."""

    code = code()
    device_name = TextField(
        _("Name of the app or its device (you may leave this empty)"),
        longest=MAX_DEVICE_NAME,
        render_kw={"autocomplete": "off"},
    )

    def validate_code(self, field: Any) -> None:
        """VerifySoftwareToken takes six digits, and says of others only that they do not fit."""
        if len(field.data) != 6:
            raise ValidationError(_("The code of an authenticator app has six digits."))

    def refuse(self, message: str, code: str = "") -> None:
        """As ever, but VerifySoftwareToken has a name of its own for a wrong code."""
        is_wrong_code = code == "EnableSoftwareTokenMFAException"
        super().refuse(message, "CodeMismatchException" if is_wrong_code else code)


class FactorsForm(AccountForm):
    """One of the things that can be done with one of the factors: "turn_off SMS_MFA", say."""

    choice = ChoiceField(_("Second factor"))

    def refuse(self, message: str, code: str = "") -> None:
        """As ever, but of what is sent here only the account and the pool can be the fault."""
        if code == "InvalidParameterException":
            message = _(
                "The sign-in service does not take this. It may be that your account has to keep "
                "a second factor, or that it lacks what this one needs."
            )
        super().refuse(message, code)
