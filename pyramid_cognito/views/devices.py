"""Where someone is signed in and with what: devices, sessions, passkeys; and the end of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.views.pages import FormPage, message_page, refuse, show
from pyramid_cognito.views.routes import add_own_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.account import Account
    from pyramid_cognito.account_types import UserSession
    from pyramid_cognito.services import Services


class Listing(NamedTuple):
    """A page with a list of things that can be ended one by one.

    :ivar in_order: what there is, in the order shown.
    :ivar end: ends the one with the given key; Cognito sees to it that it is the person's own.
    """

    route: str
    page: FormPage
    feature: str
    in_order: Callable[[Iterable[Any]], Sequence[Any]]
    end: Callable[[Account, Any], None]
    notice: str


DEVICES = Listing(
    "cognito.devices",
    FormPage("devices", _("Devices")),
    "devices",
    lambda found: _latest_first(found, "last_used"),
    lambda account, key: account.forget_device(key),
    _("The device is forgotten."),
)
SESSIONS = Listing(
    "cognito.sessions",
    FormPage("sessions", _("Where you are signed in")),
    "sessions",
    lambda found: _this_first(_latest_first(found, "last_active")),
    lambda account, key: account.revoke_user_session(key),
    _(
        "The session is ended. It may stay in the list for a few seconds, and some pages may take "
        "up to an hour to notice."
    ),
)
PASSKEYS = Listing(
    "cognito.passkeys",
    FormPage("passkeys", _("Passkeys")),
    "passkeys",
    lambda found: _latest_first(found, "created"),
    lambda account, key: account.delete_web_authn_credential(key),
    _("The passkey is removed."),
)


def register(config: Configurator) -> None:
    """Add the pages."""
    add_own_page(config, DEVICES.route, devices)
    add_own_page(config, SESSIONS.route, sessions)
    add_own_page(config, PASSKEYS.route, passkeys, fresh=True)


def devices(request: Request) -> Response:
    """List the remembered devices; forget one."""
    return _list(request, DEVICES)


def passkeys(request: Request) -> Response:
    """List the passkeys; remove one."""
    return _list(request, PASSKEYS)


def sessions(request: Request) -> Response:
    """List the sessions, where the pool tells them; end one, or all that there are."""
    if request.method == "POST" and "everywhere" in request.POST:
        return _sign_out_everywhere(request)
    return _list(request, SESSIONS)


def _list(request: Request, listing: Listing) -> Response:
    from pyramid_cognito.forms.devices import KeyForm

    form = KeyForm(request)
    if request.method != "POST" or not form.validate():
        notice = listing.notice if request.GET.get("reason") == "ended" else None
        page = partial(show, request, listing.page, form, notice=notice)
        return _with_items(request, listing, page)
    try:
        listing.end(request.cognito.account, form.key.data)
    except CognitoError as error:
        page = partial(refuse, request, listing.page, form, error)
        return _with_items(request, listing, page)
    return see_other(request, listing.route, reason="ended")


def _with_items(request: Request, listing: Listing, page: Callable[..., Response]) -> Response:
    """*page* around what is in the list; without it where the pool does not tell."""
    services: Services = request.registry[REGISTRY_KEY]
    found = services.capabilities.found(listing.feature, request.cognito.account)
    if found is not None:
        return page(items=listing.in_order(found))
    # they can still be ended all at once
    return page(items=None) if listing is SESSIONS else _not_offered(request)


def _latest_first(things: Iterable[Any], moment: str) -> list[Any]:
    never = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(things, key=lambda thing: getattr(thing, moment) or never, reverse=True)


def _this_first(sessions: Iterable[UserSession]) -> list[UserSession]:
    return sorted(sessions, key=lambda session: not session.is_current)


def _sign_out_everywhere(request: Request) -> Response:
    from pyramid_cognito.forms.devices import KeyForm

    try:
        # here, and not by signing out, which is silent where Cognito could not be told
        request.cognito.account.global_sign_out()
    except CognitoError as error:
        page = partial(refuse, request, SESSIONS.page, KeyForm(request), error)
        return _with_items(request, SESSIONS, page)
    headers = request.cognito.sign_out()
    return see_other(request, "cognito.sign_out", headers, reason="everywhere")


def _not_offered(request: Request) -> Response:
    return message_page(
        request,
        status=404,
        heading=_("This is not offered here"),
        text=_("The sign-in service of this site has none of these."),
        link=(request.route_path("cognito.account"), _("Your account")),
    )
