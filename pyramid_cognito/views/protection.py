"""What every response of the account pages carries, and what no request to them may do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.viewderivers import INGRESS

from pyramid_cognito.views.pages import unreadable_page

log = logging.getLogger(__name__)

View = Callable[[Any, Request], Response]

HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
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
        response = answer(view, context, request)
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = _content_security_policy(request)
        return response

    return protected_view


protected.options = ("cognito_page",)  # type: ignore[attr-defined]


# what WebOb, and the parser that it uses, raise on a malformed query or body
_MALFORMED = (DeprecationWarning, LookupError, OSError, TypeError, ValueError)


def _refusing_malformed_request(view: View, context: Any, request: Request) -> Response:
    if _is_readable(request):
        return view(context, request)
    _empty(request)
    return unreadable_page(request)


def _despite_malformed_request(view: View, context: Any, request: Request) -> Response:
    """An exception view answers requests to the application's own pages, whatever they hold."""
    try:
        return view(context, request)
    except _MALFORMED:
        if _is_readable(request):
            raise
        _empty(request)
        return view(context, request)


def _is_readable(request: Request) -> bool:
    """Whether query and form are text in UTF-8, without files."""
    try:
        pairs = [*request.GET.items(), *request.POST.items()]
    except _MALFORMED as error:
        log.info("A request could not be read: %s", type(error).__name__)
        return False
    return all(isinstance(text, str) for pair in pairs for text in pair)


def _empty(request: Request) -> None:
    """Take query and body away: Pyramid looks there for the language, even of an error page."""
    request.environ["QUERY_STRING"] = ""
    request.environ["CONTENT_TYPE"] = "application/octet-stream"


def _content_security_policy(request: Request) -> str:
    # the application's own layout may load styles and scripts from where it likes
    if request.cognito.settings.layout:
        return FRAMES_AND_FORMS
    return "default-src 'self'; " + FRAMES_AND_FORMS
