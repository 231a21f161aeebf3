"""The account pages' addresses, and the way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view

PAGES = {
    "cognito.sign_in": "/sign-in",
    "cognito.challenge": "/sign-in/challenge",
    "cognito.sign_out": "/sign-out",
    "cognito.sign_up": "/sign-up",
    "cognito.confirm": "/confirm",
    "cognito.resend": "/confirm/resend",
    "cognito.forgot_password": "/forgot-password",
    "cognito.reset_password": "/reset-password",
}
MAX_NEXT = 2000

_UNRESERVED_AND_RESERVED = "%-._~:/?#[]@!$&'()*+,;="


class AnyonesPage:
    """The context of the account pages, so that the application's root and ACL do not matter."""

    def __init__(self, request: Request) -> None:
        self.request = request


def register(config: Configurator, prefix: str) -> None:
    """Add the routes under *prefix* and the style sheet."""
    for name, path in PAGES.items():
        config.add_route(name, prefix + path, factory=AnyonesPage)
    config.add_route("cognito.static", prefix + "/static/*subpath", factory=AnyonesPage)
    config.add_view(
        static_view("pyramid_cognito:static", use_subpath=True, cache_max_age=3600),
        route_name="cognito.static",
        request_method="GET",
        permission=NO_PERMISSION_REQUIRED,
    )


def add_page(config: Configurator, name: str, view: Callable[[Request], Response]) -> None:
    """Show *view* at the route *name*, to anyone; what is posted there needs the CSRF token."""
    config.add_view(
        view,
        route_name=name,
        request_method=("GET", "POST"),
        permission=NO_PERMISSION_REQUIRED,
        require_csrf=True,
        cognito_page=True,
    )


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
