"""Pages as responses: a form as it is first shown, a form refused, a message."""

from __future__ import annotations

import logging
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from pyramid.csrf import get_csrf_token
from pyramid.interfaces import IDefaultCSRFOptions
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import (
    CognitoError,
    CognitoUnavailable,
    Context,
    NextStep,
    cognito_error,
)
from pyramid_cognito.i18n import _
from pyramid_cognito.rendering import render_page
from pyramid_cognito.security import state_of
from pyramid_cognito.views.routes import next_page

if TYPE_CHECKING:
    from pyramid_cognito.forms import AccountForm

log = logging.getLogger(__name__)

TOO_MANY = 429
SERVER_ERROR = 500

#: errors that hit every account alike, so that they may be told whoever asks
_OF_THE_SERVICE = frozenset(
    {
        # after the password was right
        "InvalidTokenFromCognito",
        "RequestLimitExceeded",
        "ResourceNotFoundException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TicketTooLong",
        "TooManyAttempts",
        "TooManyRequestsException",
    }
)
_MISCONFIGURED = ("InvalidParameterException", "NotAuthorizedException")


class FormPage(NamedTuple):
    """A page around a form: its template and its heading."""

    template: str
    heading: str


def show(request: Request, page: FormPage, form: AccountForm | None, **values: Any) -> Response:
    """The page with its form, 400 when there is something wrong in the form."""
    is_faulty = form is not None and bool(form.errors)
    title = page.heading
    if is_faulty:
        title = _("Error: ${page}", {"page": request.localizer.translate(page.heading)})
    return render_page(
        request,
        page.template,
        title=title,
        heading=page.heading,
        status=400 if is_faulty else 200,
        form=form,
        csrf=(_csrf_field(request), get_csrf_token(request)),
        next=next_page(request),
        **{"wait": None, "notice": None, **values},
    )


def refuse(
    request: Request, page: FormPage, form: AccountForm, error: CognitoError, **values: Any
) -> Response:
    """The form again with the error's message; what was typed stays, except passwords and codes.

    What a person can mend is 400. 429 and the 500s keep their status, and say when to try again.

    :raises CognitoError: *error* itself where only a new sign-in helps; `add_own_page` leads there.
    """
    if error.next_step is NextStep.SIGN_IN:
        raise error
    log.info("%s: refused with %s", page.template, error.code)
    form.refuse(error.message, error.code)
    response = show(request, page, form, wait=_minutes(error.retry_after), **values)
    if error.status == TOO_MANY or error.status >= SERVER_ERROR:
        response.status_int = error.status
        _set_retry_after(response, error.retry_after)
    return response


def disguised(error: CognitoError, code: str, context: Context = Context.SIGN_IN) -> CognitoError:
    """*error* where it would be the same for every account, else the one for *code*.

    So that an unknown, unconfirmed or disabled account looks like any other failure.
    """
    if is_of_the_service(error):
        return error
    if error.code != code:
        log.info("%s is shown as %s", error.code, code)
    return cognito_error(code, context=context)


def is_of_the_service(error: CognitoError) -> bool:
    """Whether an error would be the same for every account, known or not."""
    return (
        isinstance(error, CognitoUnavailable)
        or error.code in _OF_THE_SERVICE
        or (error.code in _MISCONFIGURED and error.status >= SERVER_ERROR)
    )


def signed_in_as(request: Request) -> str:
    """What who is signed in would type to sign in; empty for nobody.

    A pool of e-mail addresses has ids for user names.
    """
    identity = state_of(request).identity
    if identity is None:
        return ""
    is_id = identity.username == identity.sub
    return (identity.email if is_id else None) or identity.username


def message_page(
    request: Request,
    *,
    status: int,
    heading: str,
    text: str,
    link: tuple[str, str] | None = None,
    retry_after: int | None = None,
    template: str = "message",
) -> Response:
    """A page that only tells something.

    :param link: address and words of what to do next.
    :param retry_after: seconds.
    :param template: one that extends ``message``, where the application may want another page.
    """
    response = render_page(
        request,
        template,
        title=heading,
        status=status,
        text=text,
        link=link,
        wait=_minutes(retry_after),
    )
    _set_retry_after(response, retry_after)
    return response


def unreadable_page(request: Request) -> Response:
    """400: query or form are not what a browser sends."""
    return message_page(
        request,
        status=400,
        heading=_("This could not be read"),
        text=_("What your browser sent could not be read. Go back and try again."),
        link=(request.path, _("Try again")),
    )


def too_long_page(request: Request) -> Response:
    """413: the form is longer than a person can have meant."""
    return message_page(
        request,
        status=413,
        heading=_("This is too long"),
        text=_("What your browser sent is too long. Go back and try again with less."),
        link=(request.path, _("Try again")),
    )


def _csrf_field(request: Request) -> str:
    options = request.registry.queryUtility(IDefaultCSRFOptions)
    return (options and options.token) or "csrf_token"


def _minutes(seconds: int | None) -> int | None:
    return ceil(seconds / 60) if seconds else None


def _set_retry_after(response: Response, seconds: int | None) -> None:
    if seconds:
        response.headers["Retry-After"] = str(seconds)
