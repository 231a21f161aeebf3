"""A new password, with a code or with the old one."""

from __future__ import annotations

from typing import ClassVar

from pyramid_cognito.forms.base import FIELDS_OF, AccountForm
from pyramid_cognito.forms.fields import (
    CheckboxField,
    code,
    new_password,
    password,
    password_or_choice,
    username,
)
from pyramid_cognito.i18n import _


class ResetForm(AccountForm):
    """The code that allows a new password, and that password."""

    username = username()
    code = code()
    new_password = new_password(_("New password"))


class PasswordForm(AccountForm):
    """The password again, of someone who is signed in: the name cannot be what is wrong."""

    fields_of: ClassVar = {**FIELDS_OF, "NotAuthorizedException": ("password",)}

    password = password()


class ReauthenticateForm(PasswordForm):
    """The same, or another way to prove who they are."""

    password = password_or_choice()


class ChangePasswordForm(PasswordForm):
    """The present password and the one to come."""

    password = password(_("Present password"))
    new_password = new_password(_("New password"))
    sign_out_others = CheckboxField(_("Sign out on all other devices"))
