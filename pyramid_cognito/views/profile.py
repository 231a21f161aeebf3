"""What an account says of the person, and what of that they may write."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, refuse, show
from pyramid_cognito.views.routes import add_own_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.forms.profile import ProfileForm

log = logging.getLogger(__name__)

PROFILE = FormPage("profile", _("Your profile"))

NOTICES = {"saved": _("Your profile is saved.")}

#: attributes with pages of their own
CONTACTS = frozenset({"email", "phone_number"})

#: as people expect them one below the other; others follow
ORDER = (
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "preferred_username",
    "birthdate",
    "gender",
    "address",
    "locale",
    "zoneinfo",
    "website",
    "profile",
    "picture",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
)


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.profile", profile)


def profile(request: Request) -> Response:
    """Change the attributes that people may write; the others are only shown."""
    from pyramid_cognito.forms.attributes import display, label_of
    from pyramid_cognito.forms.profile import profile_form

    account, editable = request.cognito.account, request.cognito.settings.editable_attributes
    present = account.get_user().attributes
    form = profile_form(in_order(editable - CONTACTS))(request, **present)
    shown = {
        "present": present,
        "fixed": in_order(name for name in present if is_told(name) and name not in editable),
        "label_of": label_of,
        "display": display,
        "notice": NOTICES.get(request.GET.get("reason")),
    }
    if request.method != "POST" or not form.validate():
        return show(request, PROFILE, form, **shown)
    changed = _changed(form, present)
    try:
        if changed:
            account.update_user_attributes(changed)
    except CognitoError as error:
        if error.code == "AliasExistsException":
            # the addresses, which are what the error's own words are about, are not written here
            log.info("profile: refused with %s", error.code)
            form.refuse(_("Another account has this name. Choose a different one."), error.code)
            return show(request, PROFILE, form, **shown)
        return refuse(request, PROFILE, form, error, **shown)
    refresh_identity(request)
    return see_other(request, "cognito.profile", reason="saved")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of attributes in the order in which pages have them."""
    place = {name: number for number, name in enumerate(ORDER)}
    return tuple(sorted(names, key=lambda name: (place.get(name, len(ORDER)), name)))


def is_told(name: str) -> bool:
    """Whether an attribute says something of the person that no other place of a page says."""
    is_internal = name in ("sub", "identities") or name.startswith("cognito:")
    return not is_internal and not name.endswith("_verified") and name not in CONTACTS


def refresh_identity(request: Request) -> None:
    """Let the application see what was changed; later will do too, if Cognito is away now."""
    try:
        request.cognito.refresh()
    except CognitoError as error:
        log.warning("The identity is not refreshed after a change: %s", error.code)


def _changed(form: ProfileForm, present: Mapping[str, str]) -> dict[str, str]:
    from pyramid_cognito.forms.attributes import BooleanAttribute

    def before(name: str) -> str:
        nothing = "false" if isinstance(form[name], BooleanAttribute) else ""
        return present.get(name) or nothing

    return {name: text for name, text in form.attributes().items() if text != before(name)}
