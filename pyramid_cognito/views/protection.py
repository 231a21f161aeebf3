"""What every response of the account pages carries, and what no request to them may do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMethodNotAllowed
from pyramid.request import Request
from pyramid.response import Response
from pyramid.viewderivers import INGRESS

from pyramid_cognito.views.errors import View, answered
from pyramid_cognito.views.intake import (
    choose_language,
    drop_unreadable_cookies,
    drop_unreadable_host,
    is_body_too_long,
)
from pyramid_cognito.views.pages import too_long_page, unreadable_page

log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
#: what pages answer to
METHODS = ("GET", "HEAD", "POST")
FRAMES_AND_FORMS = "frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"


def register(config: Configurator) -> None:
    """Add the view option ``cognito_page``, which our views and exception views have."""
    # over the check of the CSRF token, which reads the form
    config.add_view_deriver(protected, "cognito_page", under=INGRESS, over="secured_view")


def protected(view: View, info: Any) -> View:
    """Keep the answer out of caches and frames, and give one to malformed requests too."""
    if not info.options.get("cognito_page"):
        return view
    answer = _despite_malformed_request if info.exception_only else _refusing_malformed_request

    def protected_view(context: Any, request: Request) -> Response:
        drop_unreadable_cookies(request.environ)
        drop_unreadable_host(request.environ)
        response = answer(view, context, request)
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = _content_security_policy(request)
        return response

    return protected_view


protected.options = ("cognito_page",)  # type: ignore[attr-defined]


# what WebOb, and the parser that it uses, raise on a malformed query or body
_MALFORMED = (DeprecationWarning, LookupError, OSError, TypeError, ValueError)


def _refusing_malformed_request(view: View, context: Any, request: Request) -> Response:
    if request.method not in METHODS:
        return HTTPMethodNotAllowed(headers=[("Allow", ", ".join(METHODS))])
    refusal = _refusal(request)
    if refusal is not None:
        _empty(request)
    choose_language(request)
    # here, not in exception views: three for each page would take as long to register as the rest
    return answered(view, context, request) if refusal is None else refusal(request)


def _despite_malformed_request(view: View, context: Any, request: Request) -> Response:
    """An exception view answers requests to the application's own pages, whatever they hold."""
    try:
        choose_language(request)
        return view(context, request)
    except _MALFORMED:
        if _refusal(request) is None:
            raise
        _empty(request)
        choose_language(request)
        return view(context, request)


def _refusal(request: Request) -> Callable[[Request], Response] | None:
    """The page to show where query or form are too long, no text in UTF-8, or hold files."""
    try:
        if is_body_too_long(request):
            log.info("A form is refused unread: it is too long")
            return too_long_page
        pairs = [*request.GET.items(), *request.POST.items()]
    except _MALFORMED as error:
        log.info("A request could not be read: %s", type(error).__name__)
        return unreadable_page
    is_text = all(isinstance(text, str) for pair in pairs for text in pair)
    return None if is_text else unreadable_page


def _empty(request: Request) -> None:
    """Take query and body away: Pyramid looks there for the language, even of an error page."""
    request.environ["QUERY_STRING"] = ""
    request.environ["CONTENT_TYPE"] = "application/octet-stream"


def _content_security_policy(request: Request) -> str:
    # the application's own layout may load styles and scripts from where it likes
    if request.cognito.settings.layout:
        return FRAMES_AND_FORMS
    return "default-src 'self'; " + FRAMES_AND_FORMS
