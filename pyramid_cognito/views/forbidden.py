"""The answer to a denial: a way to sign in, a page that says no, or JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPFound, HTTPSeeOther, HTTPServiceUnavailable
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.denied import Remedy
from pyramid_cognito.i18n import _
from pyramid_cognito.security import has_bearer, state_of
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.sessions import was_refused
from pyramid_cognito.views.pages import message_page
from pyramid_cognito.views.routes import safe_next

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

#: seconds until it is worth asking again while Cognito is away
RETRY_AFTER = 10

#: what a program is told, by what would help it: status, error, message
ANSWERS: dict[Remedy, tuple[int, str, str]] = {
    "sign_in": (401, "unauthorized", _("Sign in first.")),
    "step_up": (401, "insufficient_user_authentication", _("Sign in again: it was too long ago.")),
    "unavailable": (503, "unavailable", _("Who asks cannot be checked at present.")),
    "none": (403, "forbidden", _("You may not do this.")),
}


def register(config: Configurator) -> None:
    """Add the forbidden view; an application's own one wins."""
    config.add_forbidden_view(forbidden, cognito_page=True)


def register_without_pages(config: Configurator) -> None:
    """Add the forbidden view of an application that has no account pages to send people to."""
    config.add_forbidden_view(forbidden_without_pages, cognito_page=True)


def forbidden(denial: HTTPForbidden, request: Request) -> Response:
    """To where signing in, or doing so anew, helps; else 403, or 503 while Cognito is away."""
    remedy = _remedy(denial, request)
    if _is_from_program(request):
        return _json(request, remedy)
    if remedy == "unavailable":
        return _away(request)
    if remedy == "none":
        return _not_allowed(request)
    redirect = HTTPFound if request.method in ("GET", "HEAD") else HTTPSeeOther
    return redirect(_address_of_remedy(request, remedy))


def forbidden_without_pages(denial: HTTPForbidden, request: Request) -> Response:
    """As `forbidden`, in Pyramid's own words and without a redirect."""
    remedy = _remedy(denial, request)
    if _is_from_program(request):
        return _json(request, remedy)
    if remedy == "unavailable":
        return HTTPServiceUnavailable(headers=[("Retry-After", str(RETRY_AFTER))])
    return HTTPForbidden()


def _remedy(denial: HTTPForbidden, request: Request) -> Remedy:
    # whom another policy of the application knows is nobody here until they sign in at Cognito
    state = state_of(request)
    remedy: Remedy = getattr(denial.result, "remedy", "none")
    if state.identity is None and has_bearer(request) and request.identity is not None:
        # another policy of the application took the token for its own
        return "none"
    if remedy == "none" and state.identity is None:
        return "unavailable" if state.unavailable else "sign_in"
    if remedy == "sign_in" and state.identity is not None:
        # the sign-in page would send them straight back
        return "step_up"
    return remedy


def _is_from_program(request: Request) -> bool:
    return has_bearer(request) or request.is_xhr or _prefers_json(request)


def _prefers_json(request: Request) -> bool:
    accept = request.accept
    quality = dict(accept.acceptable_offers(["text/html", "application/json"]))
    html, json = (quality.get(media, 0.0) for media in ("text/html", "application/json"))
    if html != json:
        return bool(json > html)
    # a browser's */* means HTML, but "application/json, */*" is what a program's library sends
    named = {media.lower() for media, *_rest in accept.parsed or ()}
    return json > 0 and "application/json" in named and "text/html" not in named


def _json(request: Request, remedy: Remedy) -> Response:
    status, error, message = ANSWERS[remedy]
    scopes = state_of(request).required_scopes
    if remedy == "sign_in" and scopes:
        status, error, message = 403, "insufficient_scope", ANSWERS["none"][2]
    body = {"error": error, "message": request.localizer.translate(message)}
    response = Response(json=body, status=status)
    if remedy == "unavailable":
        response.headers["Retry-After"] = str(RETRY_AFTER)
    settings: CognitoSettings = request.registry[REGISTRY_KEY].settings
    if remedy in ("sign_in", "step_up") and settings.bearer_enabled:
        response.headers["WWW-Authenticate"] = _challenge(request, remedy, scopes)
    return response


def _challenge(request: Request, remedy: Remedy, scopes: tuple[str, ...]) -> str:
    if remedy == "step_up":
        return 'Bearer error="insufficient_user_authentication"'  # RFC 9470, section 3
    if scopes:
        return f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
    if has_bearer(request):
        return 'Bearer error="invalid_token"'
    # without a token there is no error to tell of, but some parameter there must be (RFC 6750, 3)
    return 'Bearer realm="cognito"'


def _away(request: Request) -> Response:
    page = _come_back_to(request)
    return message_page(
        request,
        status=503,
        heading=_("Please try again shortly"),
        text=_("The sign-in service is away, so that who you are cannot be checked."),
        link=(page, _("Try again")) if page else None,
        retry_after=RETRY_AFTER,
        template="unavailable",
    )


def _not_allowed(request: Request) -> Response:
    return message_page(
        request,
        status=403,
        heading=_("You may not see this page"),
        text=_("You are signed in, but this page is not open to you."),
        link=(
            _address(request, "cognito.sign_in", reason="switch"),
            _("Sign in as someone else"),
        ),
        template="denied",
    )


def _address_of_remedy(request: Request, remedy: Remedy) -> str:
    if remedy == "sign_in":
        reason = "ended" if was_refused(request) else None
        return _address(request, "cognito.sign_in", reason=reason)
    if request.cognito.has_password:
        return _address(request, "cognito.reauthenticate")
    return _address(request, "cognito.sign_in", reason="step-up")


def _address(request: Request, route: str, **query: str | None) -> str:
    query = {"next": _come_back_to(request), **query}
    given = {name: text for name, text in query.items() if text}
    return str(request.route_path(route, _query=given))


def _come_back_to(request: Request) -> str | None:
    """The page itself, or the one that held the form: what was posted is not posted again."""
    page = request.path_qs if request.method in ("GET", "HEAD") else request.referer
    return safe_next(request, page)
