"""What people type, checked before Cognito is asked anything. Importing this loads WTForms."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any, NamedTuple

from pyramid.request import Request
from wtforms import BooleanField, Form, PasswordField, StringField, widgets
from wtforms.validators import ValidationError

from pyramid_cognito.i18n import _

log = logging.getLogger(__name__)

# the longest that Cognito reads, but for codes, which it sends with 6 or 8 digits
MAX_USERNAME = 128
MAX_PASSWORD = 256
MAX_ATTRIBUTE = 2048
MAX_CODE = 64

# control characters, halves of surrogate pairs, and what stands for bytes that were not UTF-8
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


class AccountForm(Form):
    """A form filled from what was posted, or from *shown* while it is only looked at."""

    def __init__(self, request: Request, **shown: Any) -> None:
        self._posted = request.POST if request.method == "POST" else None
        super().__init__(self._posted, data=shown)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Whether all that was posted can be used; attributes that are not asked for are logged."""
        forged = sorted(name for name in set(self._posted or ()) if self._is_forged(name))
        if forged:
            names = ", ".join(repr(name[:100]) for name in forged[:5])
            more = f" (and {len(forged) - 5} more)" if len(forged) > 5 else ""
            log.warning("%s was posted to a form that does not ask for it%s", names, more)
        return super().validate(*args, **kwargs)

    def _is_forged(self, name: str) -> bool:
        attribute = name.removeprefix("userAttributes.")
        return name not in self._fields and (attribute in _ATTRIBUTES or ":" in attribute)

    def refuse(self, message: str, code: str = "") -> None:
        """Show *message* beside the field that Cognito's error *code* is about, else on top."""
        for name in _FIELDS_OF.get(code, ()):
            if name in self:
                self[name].errors = [*self[name].errors, message]
                return
        self.form_errors.append(message)

    def attributes(self) -> dict[str, str]:
        """The user attributes that were typed, by Cognito's names."""
        return {
            field.attribute: field.data
            for field in self
            if isinstance(field, AttributeField) and field.data
        }


class Required:
    """A validator: something has to be typed."""

    field_flags: dict[str, Any]

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if not field.data and not field.process_errors:
            raise ValidationError(self.message)


class TextField(StringField):
    """A line of text without white space around it. Text that is refused is not shown again."""

    def __init__(self, *args: Any, longest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._longest = longest

    def process_data(self, value: Any) -> None:
        self.data = ""
        self.data = _usable((value or "").strip(), self._longest)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.process_data("".join(valuelist[:1]))


class AttributeField(TextField):
    """A user attribute, whatever the field is called in the page."""

    def __init__(self, attribute: str, **kwargs: Any) -> None:
        about = _ATTRIBUTES.get(attribute) or _Attribute(attribute.rpartition(":")[2])
        super().__init__(
            about.label,
            [Required(_("This is required."))],
            longest=MAX_ATTRIBUTE,
            widget=about.widget,
            render_kw={"autocomplete": about.autocomplete},
            **kwargs,
        )
        self.attribute = attribute


class SecretField(PasswordField):
    """A password as it was typed, never shown again."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""
        self.data = _usable("".join(valuelist[:1]), MAX_PASSWORD)


class DigitsField(StringField):
    """A code, however its digits were grouped, never shown again."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""
        digits = re.sub(r"[\s-]", "", "".join(valuelist[:1]))
        if digits and not re.fullmatch("[0-9]+", digits):
            raise ValueError(_("A code has digits only."))
        self.data = _usable(digits, MAX_CODE)

    def _value(self) -> str:
        return ""


class CheckboxField(BooleanField):
    """A box whose value in the page is never what was posted."""

    def _value(self) -> str:
        return "y"


def _usable(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(_("This is too long: ${most} characters at most.", {"most": longest}))
    if _UNUSABLE.search(text):
        raise ValueError(_("This holds a character that cannot be used."))
    return text


class _Attribute(NamedTuple):
    label: str
    autocomplete: str = "on"
    widget: Any = widgets.TextInput()


# the standard attributes of a user pool, which are OpenID Connect's standard claims
_ATTRIBUTES = {
    "address": _Attribute(_("Address"), "street-address"),
    "birthdate": _Attribute(_("Date of birth"), "bday", widgets.DateInput()),
    "email": _Attribute(_("E-mail address"), "email", widgets.EmailInput()),
    "family_name": _Attribute(_("Family name"), "family-name"),
    "gender": _Attribute(_("Gender"), "sex"),
    "given_name": _Attribute(_("Given name"), "given-name"),
    "locale": _Attribute(_("Language"), "language"),
    "middle_name": _Attribute(_("Middle name"), "additional-name"),
    "name": _Attribute(_("Full name"), "name"),
    "nickname": _Attribute(_("Nickname"), "nickname"),
    "phone_number": _Attribute(_("Telephone number"), "tel", widgets.TelInput()),
    "picture": _Attribute(_("Picture (a web address)"), "photo", widgets.URLInput()),
    "preferred_username": _Attribute(_("Preferred user name"), "nickname"),
    "profile": _Attribute(_("Profile (a web address)"), "url", widgets.URLInput()),
    "website": _Attribute(_("Website"), "url", widgets.URLInput()),
    "zoneinfo": _Attribute(_("Time zone")),
}

_FIELDS_OF = {
    "CodeMismatchException": ("code",),
    "ExpiredCodeException": ("code",),
    "InvalidPasswordException": ("new_password", "password"),
    "PasswordHistoryPolicyViolationException": ("new_password", "password"),
}


def _username() -> Any:
    return TextField(
        _("User name"),
        [Required(_("Enter your user name."))],
        longest=MAX_USERNAME,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


def _password() -> Any:
    return SecretField(
        _("Password"),
        [Required(_("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )


def _new_password(label: str) -> Any:
    return SecretField(
        label,
        [Required(_("Choose a password.")), _has_no_space_at_either_end],
        render_kw={"autocomplete": "new-password"},
    )


def _has_no_space_at_either_end(_form: Any, field: Any) -> None:
    # Cognito refuses these as it does a malformed request, without saying what is wrong
    if field.data != field.data.strip():
        raise ValidationError(_("A password cannot begin or end with a space."))


def _code() -> Any:
    return DigitsField(
        _("Code"),
        [Required(_("Enter the code."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class SignInForm(AccountForm):
    """Name and password."""

    username = _username()
    password = _password()
    remember = CheckboxField(_("Keep me signed in on this device"))


class CodeForm(AccountForm):
    """A second factor's code."""

    code = _code()


class NewPasswordForm(AccountForm):
    """The password that replaces a temporary one."""

    new_password = _new_password(_("New password"))


class SignUpForm(AccountForm):
    """A new account; the e-mail address only where people may write that attribute."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        if "email" not in request.cognito.settings.editable_attributes:
            del self.email

    username = _username()
    email = AttributeField("email")
    password = _new_password(_("Password"))


class NameForm(AccountForm):
    """An account's name, to be sent a code."""

    username = _username()


class ConfirmForm(NameForm):
    """The code that proves a new account's address."""

    code = _code()


class ResetForm(ConfirmForm):
    """The code that allows a new password, and that password."""

    new_password = _new_password(_("New password"))


@lru_cache(maxsize=32)
def new_password_form(attributes: tuple[str, ...]) -> type[NewPasswordForm]:
    """A NewPasswordForm that also asks for *attributes*, Cognito's names of them."""
    fields = {f"userAttributes.{name}": AttributeField(name) for name in attributes}
    return type("NewPasswordForm", (NewPasswordForm,), fields)
