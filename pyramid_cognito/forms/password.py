"""A new password, with a code or with the old one."""

from __future__ import annotations

from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import CheckboxField, code, new_password, password, username
from pyramid_cognito.i18n import _


class ResetForm(AccountForm):
    """The code that allows a new password, and that password."""

    username = username()
    code = code()
    new_password = new_password(_("New password"))


class ChangePasswordForm(AccountForm):
    """The present password and the one to come."""

    password = password()
    new_password = new_password(_("New password"))
    sign_out_others = CheckboxField(_("Sign out on all other devices"))
