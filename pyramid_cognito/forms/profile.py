"""What people say about themselves, and the proof of an address."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from pyramid_cognito.forms.attributes import AttributeField, BooleanAttribute, attribute_field
from pyramid_cognito.forms.base import FIELDS_OF, AccountForm
from pyramid_cognito.forms.fields import by_settings, code


class ProfileForm(AccountForm):
    """Attributes, none of which has to be filled in."""

    fields_of: ClassVar = FIELDS_OF | {"AliasExistsException": ("preferred_username",)}

    def attributes(self) -> dict[str, str]:
        """What each attribute is to be; empty where it is to be cleared.

        A field that a page of the application's own leaves out keeps what it has. Of a box
        without its mark browsers send nothing.
        """
        return {
            field.attribute: field.value
            for field in self
            if isinstance(field, AttributeField)
            and (field.raw_data or isinstance(field, BooleanAttribute))
        }


@lru_cache(maxsize=32)
def profile_form(names: tuple[str, ...]) -> type[ProfileForm]:
    """A ProfileForm that asks for the attributes *names*, in that order."""
    return type("ProfileForm", (ProfileForm,), {name: attribute_field(name) for name in names})


class EmailForm(AccountForm):
    """Another e-mail address."""

    email = attribute_field("email", required=True)


class PhoneForm(AccountForm):
    """Another telephone number, or none where it is not the account's name."""

    phone_number = by_settings(
        lambda settings: attribute_field(
            "phone_number", required=settings.sign_in_with == {"phone_number"}
        )
    )


class VerifyForm(AccountForm):
    """The code that proves an address or a number."""

    code = code()
