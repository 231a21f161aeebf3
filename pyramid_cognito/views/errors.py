"""What went wrong on an account page: the form has expired, or Cognito refused or is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import message_page

log = logging.getLogger(__name__)

#: the headings of what Cognito answers, by status
View = Callable[[Any, Request], Response]

HEADINGS = {
    429: _("Too many requests"),
    501: _("This is not offered here"),
    503: _("Please try again shortly"),
}


def answered(view: View, context: Any, request: Request) -> Response:
    """What *view* answers, or a page that says what went wrong."""
    try:
        return view(context, request)
    except (BadCSRFToken, BadCSRFOrigin) as error:
        return form_expired(error, request)
    except CognitoError as error:
        return cognito_failed(error, request)


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
        heading=HEADINGS.get(error.status, _("This did not work")),
        text=error.message,
        link=(request.path_qs, _("Try again")),
        retry_after=error.retry_after,
    )
