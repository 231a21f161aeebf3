"""The account pages' addresses, who may open them, and the way from one to another."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view

from pyramid_cognito.denied import CognitoDenied
from pyramid_cognito.errors import CognitoError, NextStep
from pyramid_cognito.sealed_notes import seal, unseal
from pyramid_cognito.security import RequestState, state_of

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

View = Callable[[Request], Response]

PAGES = {
    "cognito.sign_in": "/sign-in",
    "cognito.challenge": "/sign-in/challenge",
    "cognito.sign_out": "/sign-out",
    "cognito.sign_up": "/sign-up",
    "cognito.confirm": "/confirm",
    "cognito.resend": "/confirm/resend",
    "cognito.forgot_password": "/forgot-password",
    "cognito.reset_password": "/reset-password",
    "cognito.account": "",
    "cognito.reauthenticate": "/reauthenticate",
    "cognito.change_password": "/password",
    "cognito.profile": "/profile",
    "cognito.email": "/email",
    "cognito.verify_email": "/email/verify",
    "cognito.phone": "/phone",
    "cognito.verify_phone": "/phone/verify",
    "cognito.two_factor": "/two-factor",
    "cognito.authenticator": "/two-factor/authenticator",
    "cognito.devices": "/devices",
    "cognito.sessions": "/sessions",
    "cognito.passkeys": "/passkeys",
    "cognito.personal_data": "/personal-data",
    "cognito.personal_data_json": "/personal-data.json",
    "cognito.delete_account": "/delete",
}
#: the features, and attributes that people may write, of which a page needs one
NEEDS = {
    "cognito.sign_up": {"sign_up"},
    "cognito.confirm": {"sign_up"},
    "cognito.resend": {"sign_up"},
    "cognito.forgot_password": {"forgot_password"},
    "cognito.reset_password": {"forgot_password"},
    "cognito.email": {"email"},
    "cognito.verify_email": {"email"},
    "cognito.phone": {"phone_number"},
    "cognito.verify_phone": {"phone_number"},
    "cognito.two_factor": {"authenticator_app", "sms_code", "email_code"},
    "cognito.authenticator": {"authenticator_app"},
    "cognito.devices": {"devices"},
    "cognito.sessions": {"sessions"},
    "cognito.passkeys": {"passkeys"},
    "cognito.delete_account": {"delete_account"},
}
#: where the registry has the pages of this application
REGISTRY_KEY = "pyramid_cognito.pages"
MAX_NEXT = 2000
#: Pyramid connects routes at order 0, in the order in which they were added
AFTER_ROUTES = 1

# what a page keeps while the password is asked for: the purpose of the note and its name in the URL
_KEPT = "kept"
_UNRESERVED_AND_RESERVED = "%-._~:/?#[]@!$&'()*+,;="


class AnyonesPage:
    """The context of the account pages, so that the application's root and ACL do not matter."""

    def __init__(self, request: Request) -> None:
        self.request = request


def register(config: Configurator, settings: CognitoSettings) -> None:
    """Add the routes of the pages that the settings offer, and of what lies in ``static``."""
    prefix = settings.route_prefix
    available = settings.features | settings.editable_attributes
    config.registry[REGISTRY_KEY] = offered = {
        # where the pages stand at the root, "/" is the application's own
        name: prefix + path or "/account"
        for name, path in PAGES.items()
        if name not in NEEDS or NEEDS[name] & available
    }
    options = {"factory": AnyonesPage, "pregenerator": _from_here}
    for name, path in offered.items():
        config.add_route(name, path, **options)
    config.action(None, _match_at_once, args=(config, offered), order=AFTER_ROUTES)
    config.add_route("cognito.static", prefix + "/static/*subpath", **options)
    config.add_view(
        static_view("pyramid_cognito:static", use_subpath=True, cache_max_age=3600),
        route_name="cognito.static",
        request_method="GET",
        permission=NO_PERMISSION_REQUIRED,
    )


def _from_here(request: Request, elements: Any, values: dict[str, Any]) -> Any:
    """Fill in what the application put before our paths: ``route_prefix="/{lang}"``, say."""
    return elements, {**(request.matchdict or {}), **values}


def _match_at_once(config: Configurator, offered: Mapping[str, str]) -> None:
    """Compare addresses as they are, where there is nothing else to a pattern and it is ours.

    Every request of the application comes past our routes first, and Pyramid would try a regular
    expression for each.
    """
    mapper = config.get_routes_mapper()
    before = (config.route_prefix or "").strip("/")
    for name, path in offered.items():
        route = mapper.get_route(name)
        address = f"/{before}{path}" if before else path
        if f"/{route.pattern.lstrip('/')}" == address and not set("{}:*%") & set(address):
            route.match = _match_of(address)


def _match_of(address: str) -> Callable[[str], dict[str, str] | None]:
    def match(path: str) -> dict[str, str] | None:
        return {} if path == address else None

    return match


def offered_pages(config: Configurator) -> Mapping[str, str]:
    """The pages of this application: names of routes, and their paths."""
    offered: Mapping[str, str] = config.registry[REGISTRY_KEY]
    return offered


def add_page(config: Configurator, name: str, view: View) -> None:
    """Show *view* at the route *name*, to anyone; what is posted there needs the CSRF token.

    A page that the settings do not offer is left out. Methods are no predicate, so that a view
    that the application adds to the route takes the place of ours; ``cognito_page`` refuses them.
    """
    if name not in offered_pages(config):
        return
    config.add_view(
        view,
        route_name=name,
        permission=NO_PERMISSION_REQUIRED,
        require_csrf=True,
        cognito_page=True,
    )


def add_own_page(
    config: Configurator, name: str, view: View, *, fresh: bool = False, kept: Sequence[str] = ()
) -> None:
    """As `add_page`, to people who have signed in here, about their own account.

    Others are sent to sign in and back; so is whoever finds that their session has ended at
    Cognito.

    :param fresh: ask for the password again where the sign-in is older than
        ``cognito.reauthenticate_after``.
    :param kept: fields whose text the page finds in `typed_before` after that; never secrets.
    """

    @wraps(view)
    def own_page(request: Request) -> Response:
        state, cognito = state_of(request), request.cognito
        if state.signed_in is None:
            raise HTTPForbidden(result=_denial(state))
        if fresh and not cognito.signed_in_within(cognito.settings.reauthenticate_after):
            return see_other(request, "cognito.reauthenticate", next=_this_page(request, kept))
        try:
            return view(request)
        except CognitoError as error:
            if error.next_step is not NextStep.SIGN_IN:
                raise
            log.info("A session has ended at Cognito (%s): signed out", error.code)
            onward = _this_page(request, kept)
            headers = cognito.sign_out()
            return see_other(request, "cognito.sign_in", headers, reason="ended", next=onward)

    add_page(config, name, own_page)


def _denial(state: RequestState) -> CognitoDenied:
    if state.unavailable:
        return CognitoDenied([state.unavailable], "unavailable")
    if state.identity is None:
        return CognitoDenied(["nobody is signed in"], "sign_in")
    return CognitoDenied(["account pages are for sessions, not for bearer tokens"])


def _this_page(request: Request, kept: Sequence[str]) -> str:
    """The page's own address, with what was typed into the fields *kept*."""
    if request.method != "POST":
        return str(request.path_qs)
    typed = {name: request.POST[name] for name in kept if name in request.POST}
    if not typed:
        return str(request.path)
    # sealed: others must not fill in our forms, and a password in the wrong field not be in a log
    address = f"{request.path}?{_KEPT}={seal(request, _KEPT, json.dumps(typed))}"
    return address if len(address) <= MAX_NEXT else request.path


def typed_before(request: Request) -> Mapping[str, str]:
    """What this person typed here before they were asked for the password; nothing on POST."""
    note = None if request.method == "POST" else request.GET.get(_KEPT)
    text = unseal(request, _KEPT, note) if note else None
    typed: Mapping[str, str] = json.loads(text) if text else {}
    return typed


def see_other(
    request: Request, route: str, headers: Iterable[tuple[str, str]] = (), **query: str | None
) -> Response:
    """A redirect to another page, with those of *query* that hold something."""
    given = {name: text for name, text in query.items() if text}
    return HTTPSeeOther(request.route_path(route, _query=given), headers=list(headers))


def next_page(request: Request) -> str | None:
    """Where this request asks to go on, if that is on this site."""
    source = request.POST if request.method == "POST" else request.GET
    return safe_next(request, source.get("next"))


def home(request: Request) -> str:
    """The application's own first page."""
    return f"{quote(request.script_name)}/"


def safe_next(request: Request, value: Any) -> str | None:
    """*value* as a path on this site, with query and fragment; None for anything else.

    A URL of this site is reduced to its path. What browsers read in ways of their own (schemes,
    ``//``, backslashes, control characters and white space) is refused, not mended.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NEXT:
        return None
    if "\\" in value or any(character <= " " or character == "\x7f" for character in value):
        return None
    try:
        parts = urlsplit(quote(value, safe=_UNRESERVED_AND_RESERVED))
        host_url = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return None
    is_ours = host_url in ("://", request.host_url.lower())
    if not is_ours or value.startswith("//") or not parts.path.startswith("/"):
        return None
    path = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return None if path.startswith("//") else path
