"""What all forms of the account pages do."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from pyramid.request import Request
from wtforms import Form

from pyramid_cognito.forms.attributes import STANDARD, AttributeField
from pyramid_cognito.i18n import _

log = logging.getLogger(__name__)


#: the fields that Cognito's errors are about
FIELDS_OF: dict[str, tuple[str, ...]] = {
    "CodeMismatchException": ("code",),
    "EnableSoftwareTokenMFAException": ("code",),
    "ExpiredCodeException": ("code",),
    "InvalidPasswordException": ("new_password", "password"),
    "PasswordHistoryPolicyViolationException": ("new_password", "password"),
}


class AccountForm(Form):
    """A form filled from what was posted, or from *shown* while it is only looked at."""

    fields_of: ClassVar = FIELDS_OF

    def __init__(self, request: Request, **shown: Any) -> None:
        self.settings = request.cognito.settings
        self._posted = request.POST if request.method == "POST" else None
        super().__init__(self._posted, data=shown)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Whether all that was posted can be used.

        A form with an attribute that it does not ask for was made by hand, to write what decides
        access: it is refused as a whole, and logged.
        """
        is_valid = super().validate(*args, **kwargs)
        forged = sorted(name for name in set(self._posted or ()) if self._is_forged(name))
        if forged:
            names = ", ".join(repr(name[:100]) for name in forged[:5])
            more = f" (and {len(forged) - 5} more)" if len(forged) > 5 else ""
            log.warning("%s was posted to a form that does not ask for it%s", names, more)
            self.refuse(_("The form held something that is not asked for. Nothing was changed."))
        return is_valid and not forged

    def refuse(self, message: str, code: str = "") -> None:
        """Show *message* beside the field that Cognito's error *code* is about, else on top."""
        for name in self.fields_of.get(code, ()):
            if name in self:
                self[name].errors = [*self[name].errors, message]
                return
        self.form_errors.append(message)

    def attributes(self) -> dict[str, str]:
        """The user attributes that were typed, by Cognito's names."""
        fields = [field for field in self if isinstance(field, AttributeField)]
        return {field.attribute: field.value for field in fields if field.value}

    def _is_forged(self, name: str) -> bool:
        # in whatever case it is written: no browser writes it so either
        attribute = name.casefold().removeprefix("userattributes.")
        return name not in self._fields and (attribute in STANDARD or ":" in attribute)
