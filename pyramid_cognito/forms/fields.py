"""Fields that take only what can be sent to Cognito, and never show a secret again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from wtforms import BooleanField, Field, PasswordField, RadioField, StringField, widgets
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation

from pyramid_cognito.forms import formats
from pyramid_cognito.i18n import _

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

# the longest that Cognito reads, but for codes, which it sends with 6 or 8 digits
MAX_USERNAME = 128
MAX_PASSWORD = 256
MAX_ATTRIBUTE = 2048
MAX_CODE = 64
MAX_CREDENTIAL = 16384

# control characters, halves of surrogate pairs, and what stands for bytes that were not UTF-8
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_UNUSABLE_IN_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


def username() -> Any:
    """The name of an account that there is, as the pool takes it for signing in."""
    return by_settings(lambda settings: name_field(settings.sign_in_with))


def name_field(kinds: frozenset[str], *validators: Any) -> Any:
    """The name of an account.

    :param kinds: what it may be, as ``cognito.sign_in_with``.
    """
    name = _NAMES[kinds]
    return NameField(
        name.label,
        [Required(name.missing), *validators],
        kinds=kinds,
        widget=name.widget,
        render_kw={
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "inputmode": name.inputmode,
        },
    )


def password(label: str = _("Password")) -> Any:
    """The password that someone has."""
    return SecretField(
        label,
        [Required(_("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )


def optional_password(explanation: str = "") -> Any:
    """The password of someone who may sign in without it."""
    return SecretField(
        _("Password"), description=explanation, render_kw={"autocomplete": "current-password"}
    )


def password_or_choice() -> Any:
    """The password; where the pool lets people choose how they sign in, it may be empty."""
    return by_settings(
        lambda settings: (
            optional_password(_("Leave this empty to sign in another way."))
            if settings.auth_flow == "USER_AUTH"
            else password()
        )
    )


def answer() -> Any:
    """The answer to a question of the pool's own, which may be as secret as a password."""
    return AnswerField(
        _("Answer"),
        [Required(_("Enter your answer."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


def passkey() -> Any:
    """What a browser makes with a passkey: JSON, put there by a script."""
    return CredentialField(
        _("Passkey"), [Required(_("No passkey was used."))], longest=MAX_CREDENTIAL
    )


def new_password(label: str) -> Any:
    """A password to be, by the rules of ``cognito.password_policy``."""
    return SecretField(
        label,
        [Required(_("Choose a password.")), _meets_the_rules],
        render_kw={"autocomplete": "new-password"},
    )


def code() -> Any:
    """A code that was sent, or that an app shows."""
    return DigitsField(
        _("Code"),
        [Required(_("Enter the code."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


def by_settings(make: Callable[[CognitoSettings], Any]) -> Any:
    """A field that is made when its form is: by *make*, of the form's settings."""
    return _BySettings(make)


class Required:
    """A validator: something has to be typed."""

    field_flags: dict[str, Any]

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if not field.data:
            # nothing more to say of a field with nothing in it
            raise StopValidation("" if field.process_errors else self.message)


class TextField(StringField):
    """A line of text without white space around it. Text that is refused is not shown again."""

    unusable = _UNUSABLE

    def __init__(self, *args: Any, longest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._longest = longest

    def process_data(self, value: Any) -> None:
        self.data = ""
        self.data = _usable((value or "").strip(), self._longest, self.unusable)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.process_data("".join(valuelist[:1]))


class LinesField(TextField):
    """Some lines of text."""

    unusable = _UNUSABLE_IN_LINES
    widget = widgets.TextArea()

    def process_data(self, value: Any) -> None:
        super().process_data((value or "").replace("\r\n", "\n"))


class NameField(TextField):
    """The name that an account signs in with.

    :param kinds: as ``cognito.sign_in_with``.
    """

    def __init__(self, *args: Any, kinds: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, longest=MAX_USERNAME, **kwargs)
        self._kinds = kinds

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if "phone_number" in self._kinds:
            try:
                self.data = formats.phone(self.data or "")
            except ValueError:
                return


class SecretField(PasswordField):
    """A password as it was typed, never shown again."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""
        self.data = _usable("".join(valuelist[:1]), MAX_PASSWORD)


class AnswerField(SecretField):
    """A secret that is seen while it is typed."""

    widget = widgets.TextInput()

    def _value(self) -> str:
        return ""


class CredentialField(TextField):
    """A passkey's proof, which a script puts there, and which is good only once."""

    widget = widgets.HiddenInput()

    def _value(self) -> str:
        return ""


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


class ChoiceField(RadioField):
    """One of several, as radio buttons; ``choices`` are pairs of a value and its words."""

    def pre_validate(self, _form: Any) -> None:
        if self.data not in [choice[0] for choice in self.choices or ()]:
            raise StopValidation(_("Choose one of these."))


def _usable(text: str, longest: int, unusable: re.Pattern[str] = _UNUSABLE) -> str:
    if len(text) > longest:
        raise ValueError(_("This is too long: ${most} characters at most.", {"most": longest}))
    if unusable.search(text):
        raise ValueError(_("This holds a character that cannot be used."))
    return text


def _meets_the_rules(form: Any, field: Any) -> None:
    unmet = [rule.fault for rule in form.settings.password_policy.unmet(field.data)]
    if field.data != field.data.strip():
        # Cognito refuses these as it does a malformed request, without saying what is wrong
        unmet.append(_("A password cannot begin or end with a space."))
    field.errors = [*field.errors, *unmet]


class _BySettings(UnboundField):  # type: ignore[type-arg]  # not subscriptable when it runs
    def __init__(self, make: Callable[[CognitoSettings], Any]) -> None:
        super().__init__(Field)
        self._make = make

    def bind(self, form: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._make(form.settings).bind(form, name, *args, **kwargs)


class _Name(NamedTuple):
    label: str
    missing: str = _("Enter the name that you sign in with.")
    widget: Any = widgets.TextInput()
    inputmode: str = "text"


_USERNAME, _EMAIL, _PHONE = "username", "email", "phone_number"
_NAMES = {
    frozenset({_USERNAME}): _Name(_("User name"), _("Enter your user name.")),
    frozenset({_EMAIL}): _Name(
        _("E-mail address"), _("Enter your e-mail address."), widgets.EmailInput(), "email"
    ),
    frozenset({_PHONE}): _Name(
        _("Telephone number"), _("Enter your telephone number."), widgets.TelInput(), "tel"
    ),
    frozenset({_USERNAME, _EMAIL}): _Name(_("User name or e-mail address")),
    frozenset({_USERNAME, _PHONE}): _Name(_("User name or telephone number")),
    frozenset({_EMAIL, _PHONE}): _Name(_("E-mail address or telephone number")),
    frozenset({_USERNAME, _EMAIL, _PHONE}): _Name(
        _("User name, e-mail address or telephone number")
    ),
}
