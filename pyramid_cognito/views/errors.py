"""What went wrong on an account page: the form has expired, or Cognito refused or is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, NextStep
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import message_page

log = logging.getLogger(__name__)

View = Callable[[Any, Request], Response]

#: the headings of what Cognito answers, by status
HEADINGS = {
    429: _("Too many requests"),
    501: _("This is not offered here"),
    503: _("Please try again shortly"),
}
#: their templates, where they are not the usual one
TEMPLATES = {429: "too_many_requests", 503: "unavailable"}
#: what a person can do about an error: the feature that it needs, its page, the words of the link
WAYS_ON = {
    NextStep.CONFIRM: ("sign_up", "cognito.confirm", _("Confirm your account")),
    NextStep.RESET_PASSWORD: (
        "forgot_password",
        "cognito.forgot_password",
        _("Set a new password"),
    ),
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
        link=_way_on(error, request),
        retry_after=error.retry_after,
        template=TEMPLATES.get(error.status, "message"),
    )


def _way_on(error: CognitoError, request: Request) -> tuple[str, str]:
    if error.next_step in WAYS_ON:
        feature, route, words = WAYS_ON[error.next_step]
        if request.cognito.offers(feature):
            return request.route_path(route), words
    return request.path_qs, _("Try again")
