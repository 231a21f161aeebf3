"""The e-mail address and the telephone number: change them, prove that they are one's own."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, Context
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, disguised, refuse, show
from pyramid_cognito.views.profile import refresh_identity
from pyramid_cognito.views.routes import add_own_page, see_other, typed_before

if TYPE_CHECKING:
    from pyramid_cognito.forms import AccountForm

log = logging.getLogger(__name__)


class Contact(NamedTuple):
    """What codes are sent to: an attribute, its pages' routes, and the first one's looks."""

    attribute: str
    route: str
    verify_route: str
    page: FormPage


EMAIL = Contact(
    "email",
    "cognito.email",
    "cognito.verify_email",
    FormPage("contact", _("E-mail address")),
)
PHONE = Contact(
    "phone_number",
    "cognito.phone",
    "cognito.verify_phone",
    FormPage("contact", _("Telephone number")),
)

VERIFY = FormPage("verify_contact", _("Enter your code"))

#: what has just been done, by ``reason`` in the address
NOTICES = {
    "changed": _("The change is saved."),
    "confirmed": _("The code was right: it is confirmed."),
    "same": _("Nothing was changed: this is what it was before."),
    "sent": _("A code is on its way."),
}

# with no code on its way Cognito says that it has expired: a form says the same of both, lest it
# tell whether an address is free
_NOT_THE_CODE = frozenset({"CodeMismatchException", "ExpiredCodeException"})
# how Cognito writes where it sent a code; other text is nobody's to put on a page
_MASKED = re.compile(r"[^\s@]\*{3}@[^\s@]\*{3}|\+\*{1,12}[0-9]{4}")


def register(config: Configurator) -> None:
    """Add the pages."""
    add_own_page(config, EMAIL.route, email, fresh=True, kept=[EMAIL.attribute])
    add_own_page(config, PHONE.route, phone, fresh=True, kept=[PHONE.attribute])
    # codes take their time, and who has one has shown enough
    add_own_page(config, EMAIL.verify_route, verify_email)
    add_own_page(config, PHONE.verify_route, verify_phone)


def email(request: Request) -> Response:
    """Change the e-mail address."""
    from pyramid_cognito.forms.profile import EmailForm

    return _change(request, EMAIL, EmailForm)


def phone(request: Request) -> Response:
    """Change the telephone number, or remove it."""
    from pyramid_cognito.forms.profile import PhoneForm

    return _change(request, PHONE, PhoneForm)


def verify_email(request: Request) -> Response:
    """Enter the code that came by e-mail, or have another one sent."""
    return _verify(request, EMAIL)


def verify_phone(request: Request) -> Response:
    """Enter the code that came by text message, or have another one sent."""
    return _verify(request, PHONE)


def _change(request: Request, contact: Contact, form_type: type[AccountForm]) -> Response:
    account, attribute = request.cognito.account, contact.attribute
    present = account.get_user().attributes
    value = present.get(attribute, "")
    form = form_type(request, **{attribute: typed_before(request).get(attribute, value)})
    shown = {
        "contact": contact,
        "value": value,
        "is_confirmed": present.get(f"{attribute}_verified") == "true",
        "notice": NOTICES.get(request.GET.get("reason")),
    }
    if request.method != "POST" or not form.validate():
        return show(request, contact.page, form, **shown)
    typed = form[attribute].data
    if typed == value:
        return see_other(request, contact.route, reason="same")
    try:
        deliveries = account.update_user_attributes({attribute: typed})
    except CognitoError as error:
        if error.code != "AliasExistsException":
            return refuse(request, contact.page, form, error, **shown)
        # whose it is, Cognito tells to who has the code, and so do the pages
        log.info("%s is shown as success", error.code)
        refresh_identity(request)
        return _code_is_sent(request, contact, _masked(typed))
    refresh_identity(request)
    for delivery in deliveries:
        if delivery.attribute == attribute:
            return _code_is_sent(request, contact, delivery.destination)
    return see_other(request, contact.route, reason="changed")


def _verify(request: Request, contact: Contact) -> Response:
    from pyramid_cognito.forms.profile import VerifyForm

    account, form = request.cognito.account, VerifyForm(request)
    told = request.GET.get("to", "")
    destination = told if _MASKED.fullmatch(told) else None
    shown = {
        "contact": contact,
        "destination": destination,
        "notice": NOTICES.get(request.GET.get("reason")),
    }
    wants_code = "send" in request.POST
    if request.method != "POST" or not (wants_code or form.validate()):
        return show(request, VERIFY, form, **shown)
    try:
        if wants_code:
            delivery = account.get_user_attribute_verification_code(contact.attribute)
            # while an address is another account's, Cognito writes to the old one
            return _code_is_sent(request, contact, destination or delivery.destination)
        account.verify_user_attribute(contact.attribute, form.code.data)
    except CognitoError as error:
        if error.code in _NOT_THE_CODE:
            error = disguised(error, "CodeMismatchException", Context.CODE)
        return refuse(request, VERIFY, form, error, **shown)
    refresh_identity(request)
    return see_other(request, contact.route, reason="confirmed")


def _code_is_sent(request: Request, contact: Contact, destination: str) -> Response:
    return see_other(request, contact.verify_route, reason="sent", to=destination)


def _masked(text: str) -> str:
    """*text* as Cognito writes where it sent a code."""
    name, at, domain = text.partition("@")
    if at:
        return f"{name[:1]}***@{domain[:1]}***"
    return f"+{'*' * (len(text) - 5)}{text[-4:]}"
