"""A field for each user attribute, of the attribute's own type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from wtforms import widgets

from pyramid_cognito.forms import formats
from pyramid_cognito.forms.fields import (
    MAX_ATTRIBUTE,
    CheckboxField,
    LinesField,
    Required,
    TextField,
    by_settings,
)
from pyramid_cognito.i18n import _

_CUSTOM_ONLY: Mapping[str, str] = MappingProxyType({})


def attribute_field(name: str, *, required: bool = False) -> Any:
    """A field for the attribute that Cognito calls *name*.

    Its type is the standard attribute's own, or what ``cognito.attribute_types`` says, else text.
    """
    return by_settings(lambda settings: _field(name, settings.attribute_types, required=required))


def label_of(name: str) -> str:
    """An attribute's name for people; a custom one's is made of Cognito's name for it."""
    about = STANDARD.get(name)
    if about is not None:
        return about.label
    words = name.rpartition(":")[2].replace("_", " ")
    label: str = _(words[:1].upper() + words[1:])
    return label


def display(name: str, value: str, types: Mapping[str, str] = _CUSTOM_ONLY) -> str:
    """An attribute's value for people who cannot write it.

    :param types: as ``cognito.attribute_types``.
    """
    if _type_of(name, types) == "boolean":
        value = _("Yes") if _is_true(value) else _("No")
    return value


class AttributeField:
    """What the fields of attributes have in common, whatever they are called in the page."""

    attribute: str
    data: Any

    @property
    def value(self) -> str:
        """The attribute's value as Cognito keeps it; empty for none."""
        return str(self.data)


class TextAttribute(AttributeField, TextField):
    """An attribute that is typed as a line of text. What is typed wrong is shown again."""

    def __init__(
        self, *args: Any, attribute: str, read: Callable[[str], str], **kwargs: Any
    ) -> None:
        super().__init__(*args, longest=MAX_ATTRIBUTE, **kwargs)
        self.attribute = attribute
        self._read = read

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        # what somebody else wrote, and was not changed here, does not stand in the way
        if self.data and self.data != (self.object_data or "").strip():
            self.data = self._read(self.data)


class LinesAttribute(TextAttribute, LinesField):
    """An attribute of several lines."""


class ZoneAttribute(TextAttribute):
    """A time zone."""

    @property
    def suggestions(self) -> list[str]:
        """What a browser may offer while the person types."""
        return formats.zone_suggestions()


class BooleanAttribute(AttributeField, CheckboxField):
    """An attribute that is "true" or "false"."""

    def __init__(self, *args: Any, attribute: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attribute = attribute

    def process_data(self, value: Any) -> None:
        self.data = _is_true(value or "")

    @property
    def value(self) -> str:
        return "true" if self.data else "false"


class _Type(NamedTuple):
    read: Callable[[str], str] = formats.text
    widget: Any = widgets.TextInput()
    field: Any = TextAttribute
    help: str = ""
    attributes: Mapping[str, str] = MappingProxyType({})


_AS_IT_IS = {"autocapitalize": "none", "spellcheck": "false"}
_TYPES = {
    "text": _Type(),
    "lines": _Type(widget=widgets.TextArea(), field=LinesAttribute),
    "number": _Type(formats.number, attributes={"inputmode": "decimal"}),
    "boolean": _Type(widget=widgets.CheckboxInput(), field=BooleanAttribute),
    "date": _Type(
        formats.day,
        widgets.DateInput(),
        attributes={"min": str(formats.FIRST_DATE), "max": str(formats.LAST_DATE)},
    ),
    "birthday": _Type(
        formats.birthday, widgets.DateInput(), attributes={"min": str(formats.FIRST_DATE)}
    ),
    "email": _Type(
        formats.email, widgets.EmailInput(), attributes=_AS_IT_IS | {"inputmode": "email"}
    ),
    "phone": _Type(
        formats.phone,
        widgets.TelInput(),
        help=_("With + and the country code, like +44 20 7946 0958."),
        attributes={"inputmode": "tel"},
    ),
    "url": _Type(formats.url, widgets.URLInput(), attributes=_AS_IT_IS | {"inputmode": "url"}),
    "locale": _Type(
        formats.locale, help=_("A language tag, like en or pt-BR."), attributes=_AS_IT_IS
    ),
    "zone": _Type(
        formats.zone,
        field=ZoneAttribute,
        help=_("A place that has its time, like Europe/Berlin."),
        attributes=_AS_IT_IS,
    ),
}


class _Attribute(NamedTuple):
    label: str
    type: str = "text"
    autocomplete: str = "on"


#: the standard attributes of a user pool, which are OpenID Connect's standard claims
STANDARD = {
    "address": _Attribute(_("Address"), "lines", "street-address"),
    "birthdate": _Attribute(_("Date of birth"), "birthday", "bday"),
    "email": _Attribute(_("E-mail address"), "email", "email"),
    "email_verified": _Attribute(_("E-mail address confirmed"), "boolean"),
    "family_name": _Attribute(_("Family name"), autocomplete="family-name"),
    "gender": _Attribute(_("Gender"), autocomplete="sex"),
    "given_name": _Attribute(_("Given name"), autocomplete="given-name"),
    "identities": _Attribute(_("Accounts at other services")),
    "locale": _Attribute(_("Language"), "locale", "language"),
    "middle_name": _Attribute(_("Middle name"), autocomplete="additional-name"),
    "name": _Attribute(_("Full name"), autocomplete="name"),
    "nickname": _Attribute(_("Nickname"), autocomplete="nickname"),
    "phone_number": _Attribute(_("Telephone number"), "phone", "tel"),
    "phone_number_verified": _Attribute(_("Telephone number confirmed"), "boolean"),
    "picture": _Attribute(_("Picture (a web address)"), "url", "photo"),
    "preferred_username": _Attribute(_("Preferred user name"), autocomplete="nickname"),
    "profile": _Attribute(_("Profile (a web address)"), "url", "url"),
    "sub": _Attribute(_("Identifier")),
    "updated_at": _Attribute(_("Last change, in seconds since 1970"), "number"),
    "website": _Attribute(_("Website"), "url", "url"),
    "zoneinfo": _Attribute(_("Time zone"), "zone"),
}


def _field(name: str, types: Mapping[str, str], *, required: bool) -> Any:
    kind = _TYPES[_type_of(name, types)]
    autocomplete = STANDARD[name].autocomplete if name in STANDARD else "on"
    options: dict[str, Any] = {
        "attribute": name,
        "description": kind.help,
        "widget": kind.widget,
        "render_kw": {"autocomplete": autocomplete, **kind.attributes},
    }
    if kind.field is BooleanAttribute:
        return BooleanAttribute(label_of(name), **options)
    validators = [Required(_("This is required."))] if required else []
    return kind.field(label_of(name), validators, read=kind.read, **options)


def _type_of(name: str, types: Mapping[str, str]) -> str:
    if name in types:
        return types[name]
    return STANDARD[name].type if name in STANDARD else "text"


def _is_true(text: str) -> bool:
    return text.casefold() in ("true", "1")
