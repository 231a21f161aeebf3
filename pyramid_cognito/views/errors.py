"""What went wrong on an account page: the form has expired, or Cognito refused or is away."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import message_page
from pyramid_cognito.views.routes import PAGES

log = logging.getLogger(__name__)


def register(config: Configurator) -> None:
    """Add exception views for our own routes; elsewhere the application answers."""
    for route in PAGES:
        for context, view in (
            (BadCSRFToken, form_expired),
            (BadCSRFOrigin, form_expired),
            (CognitoError, cognito_failed),
        ):
            config.add_exception_view(view, context=context, route_name=route, cognito_page=True)


def form_expired(error: Exception, request: Request) -> Response:
    """400: the form's CSRF token is missing, old or another's."""
    log.info("A form was refused: %s", type(error).__name__)
    return message_page(
        request,
        status=400,
        heading=_("This form has expired"),
        text=_(
            "Nothing was changed. You may have signed in or out in another window, or your browser "
            "does not take cookies. Open the page again and fill it in once more."
        ),
        link=(request.path_qs, _("Try again")),
    )


def cognito_failed(error: CognitoError, request: Request) -> Response:
    """The error's own status and words."""
    log.warning("An account page failed: %s", error.code)
    return message_page(
        request,
        status=error.status,
        heading=_("This did not work"),
        text=error.message,
        link=(request.path_qs, _("Try again")),
        retry_after=error.retry_after,
    )
