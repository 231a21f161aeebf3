"""A new account, and the proof of its address."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wtforms.validators import ValidationError

from pyramid_cognito.forms import formats
from pyramid_cognito.forms.attributes import attribute_field
from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import by_settings, code, name_field, new_password, username
from pyramid_cognito.i18n import _

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings


class SignUpForm(AccountForm):
    """A new account's name, attributes and password."""

    username: Any
    password: Any

    def attributes(self) -> dict[str, str]:
        """The attributes that were typed; the name is one where it is an address or a number."""
        typed = super().attributes()
        if "username" not in self.settings.sign_in_with:
            attribute = "email" if "@" in self.username.data else "phone_number"
            if attribute in self.settings.editable_attributes:
                typed[attribute] = self.username.data
        return typed

    def asked(self) -> list[Any]:
        """The fields between name and password."""
        return [field for field in self if field.name not in ("username", "password")]

    def code_goes_by_mail(self) -> bool:
        """Whether an e-mail address is all that a code can be sent to."""
        reached_by = {*_new_kinds(self.settings), *self._fields} & {"email", "phone_number"}
        return reached_by == {"email"}


def sign_up_form(settings: CognitoSettings) -> type[SignUpForm]:
    """A SignUpForm that asks for a name as ``cognito.sign_in_with`` says, and for
    ``cognito.sign_up_attributes``, save what is the name already.
    """
    names, attributes = settings.sign_in_with, settings.sign_up_attributes
    if "username" not in names:
        attributes = tuple(name for name in attributes if name not in names)
    return _sign_up_form(attributes)


class NameForm(AccountForm):
    """An account's name, to be sent a code."""

    username = username()


class ConfirmForm(NameForm):
    """The code that proves a new account's address."""

    code = code()


@lru_cache(maxsize=32)
def _sign_up_form(attributes: tuple[str, ...]) -> type[SignUpForm]:
    # in the order in which the page asks
    fields = {
        "username": _new_name(),
        **{name: attribute_field(name, required=True) for name in attributes},
        "password": new_password(_("Password")),
    }
    return type("SignUpForm", (SignUpForm,), fields)


def _new_name() -> Any:
    return by_settings(lambda settings: name_field(_new_kinds(settings), _can_be_a_name))


def _new_kinds(settings: CognitoSettings) -> frozenset[str]:
    """What a new name may be: where there are user names, all else is another name for one."""
    kinds = settings.sign_in_with
    return frozenset({"username"}) if "username" in kinds else kinds


def _can_be_a_name(form: Any, field: Any) -> None:
    kinds = _new_kinds(form.settings)
    if "username" in kinds:
        _can_be_a_user_name(field.data, form.settings.sign_in_with)
        return
    is_email = kinds == {"email"} or ("email" in kinds and "@" in field.data)
    try:
        (formats.email if is_email else formats.phone)(field.data)
    except ValueError as error:
        raise ValidationError(*error.args) from None


def _can_be_a_user_name(name: str, others: frozenset[str]) -> None:
    """Cognito takes no white space in it, nor what could be taken for another kind of name."""
    if any(unicodedata.category(character)[0] in "CZ" for character in name):
        raise ValidationError(_("A user name cannot hold spaces."))
    if "email" in others and "@" in name:
        raise ValidationError(_("A user name cannot be an e-mail address."))
    if "phone_number" in others and re.fullmatch(r"\+[0-9]+", name):
        raise ValidationError(_("A user name cannot be a telephone number."))
