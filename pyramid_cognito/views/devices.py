"""Where someone is signed in and with what: devices, sessions, passkeys; and the end of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, message_page, refuse, show
from pyramid_cognito.views.routes import add_own_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.account import Account
    from pyramid_cognito.account_types import UserSession


class Listing(NamedTuple):
    """A page with a list of things that can be ended one by one.

    :ivar find: what there is, in the order shown.
    :ivar end: ends the one with the given key; Cognito sees to it that it is the person's own.
    """

    route: str
    page: FormPage
    feature: str
    find: Callable[[Account], Sequence[Any]]
    end: Callable[[Account, Any], None]
    notice: str


DEVICES = Listing(
    "cognito.devices",
    FormPage("devices", _("Devices")),
    "devices",
    lambda account: _latest_first(account.list_devices(), "last_used"),
    lambda account, key: account.forget_device(key),
    _("The device is forgotten."),
)
SESSIONS = Listing(
    "cognito.sessions",
    FormPage("sessions", _("Where you are signed in")),
    "sessions",
    lambda account: _this_first(_latest_first(account.list_user_sessions(), "last_active")),
    lambda account, key: account.revoke_user_session(key),
    _("The session is ended. It may stay in the list for a few seconds."),
)
PASSKEYS = Listing(
    "cognito.passkeys",
    FormPage("passkeys", _("Passkeys")),
    "passkeys",
    lambda account: _latest_first(account.list_web_authn_credentials(), "created"),
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
    return _list(request, DEVICES) if request.cognito.offers("devices") else _not_offered(request)


def passkeys(request: Request) -> Response:
    """List the passkeys; remove one."""
    return _list(request, PASSKEYS) if request.cognito.offers("passkeys") else _not_offered(request)


def sessions(request: Request) -> Response:
    """List the sessions, where the pool tells them; end one, or all that there are."""
    if request.method == "POST" and "everywhere" in request.POST:
        return _sign_out_everywhere(request)
    return _list(request, SESSIONS)


def _list(request: Request, listing: Listing) -> Response:
    from pyramid_cognito.forms.devices import KeyForm

    account = request.cognito.account
    form = KeyForm(request)
    if request.method != "POST" or not form.validate():
        notice = listing.notice if request.GET.get("reason") == "ended" else None
        return show(request, listing.page, form, items=_found(request, listing), notice=notice)
    try:
        listing.end(account, form.key.data)
    except CognitoError as error:
        return refuse(request, listing.page, form, error, items=_found(request, listing))
    return see_other(request, listing.route, reason="ended")


def _found(request: Request, listing: Listing) -> Sequence[Any] | None:
    """What is in the list; None where the pool does not tell."""
    if not request.cognito.offers(listing.feature):
        return None
    return listing.find(request.cognito.account)


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
        form = KeyForm(request)
        return refuse(request, SESSIONS.page, form, error, items=_found(request, SESSIONS))
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
