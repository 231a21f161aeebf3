"""Where a step of signing in leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.sign_in import SignInStatus
from pyramid_cognito.views.routes import home, next_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.sign_in import AuthenticatorSetup, Challenge, SignInResult


def onward(request: Request, result: SignInResult, username: str) -> Response | None:
    """To the page that the outcome leads to; None where there is none and it must be told."""
    following = next_page(request)
    if result.succeeded:
        return HTTPSeeOther(following or home(request), headers=result.headers)
    if result.status is SignInStatus.CHALLENGED:
        return see_other(request, "cognito.challenge", result.headers, next=following)
    offers = request.cognito.offers
    if result.status is SignInStatus.NOT_CONFIRMED and offers("sign_up"):
        return see_other(request, "cognito.confirm", result.headers, username=username)
    if result.status is SignInStatus.PASSWORD_RESET_REQUIRED and offers("forgot_password"):
        return see_other(
            request, "cognito.reset_password", result.headers, username=username, reason="required"
        )
    return None


def start_again(
    request: Request, pending: Challenge | None = None, result: SignInResult | None = None
) -> Response:
    """To where the conversation began: to sign in, or to prove once more who is signed in."""
    page = "cognito.reauthenticate" if pending and pending.subject else "cognito.sign_in"
    headers = result.headers if result else ()
    return see_other(request, page, headers, reason="expired", next=next_page(request))


def error_of(result: SignInResult) -> CognitoError:
    """Why a step failed."""
    return result.error or cognito_error("UnknownError")


def with_headers(response: Response, result: SignInResult | AuthenticatorSetup) -> Response:
    """*response* with the cookies of the step."""
    response.headerlist.extend(result.headers)
    return response
