"""Signing in: the password, and what Cognito asks after it."""

from __future__ import annotations

from functools import lru_cache

from pyramid_cognito.forms.attributes import attribute_field
from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import (
    CheckboxField,
    ChoiceField,
    answer,
    code,
    new_password,
    optional_password,
    passkey,
    password_or_choice,
    username,
)
from pyramid_cognito.i18n import _


class SignInForm(AccountForm):
    """Name and password."""

    username = username()
    password = password_or_choice()
    remember = CheckboxField(_("Keep me signed in on this device"))


class CodeForm(AccountForm):
    """A second factor's code."""

    code = code()


class ChooseForm(AccountForm):
    """Which of several ways to go on; the view gives ``answer`` its choices."""

    answer = ChoiceField(_("How do you want to go on?"))


class ChooseWayForm(ChooseForm):
    """Which of several ways to sign in, and the password, for those who choose it."""

    password = optional_password()


class AnswerForm(AccountForm):
    """The answer to a question of the pool's own."""

    answer = answer()


class PasskeyForm(AccountForm):
    """What a browser makes with a passkey."""

    credential = passkey()


class NewPasswordForm(AccountForm):
    """The password that replaces a temporary one."""

    new_password = new_password(_("New password"))


@lru_cache(maxsize=32)
def new_password_form(attributes: tuple[str, ...]) -> type[NewPasswordForm]:
    """A NewPasswordForm that also asks for *attributes*, Cognito's names of them."""
    fields = {f"userAttributes.{name}": attribute_field(name, required=True) for name in attributes}
    return type("NewPasswordForm", (NewPasswordForm,), fields)
