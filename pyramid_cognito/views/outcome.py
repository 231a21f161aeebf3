"""Where a step of signing in leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.challenges import PASSWORDS
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.sign_in import SignInStatus
from pyramid_cognito.views.routes import home, next_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.sign_in import AuthenticatorSetup, Challenge, SignInResult

#: challenges that are over with the first wrong answer
_PROOFS = PASSWORDS | {"CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "WEB_AUTHN"}


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
    headers = result.headers if result else ()
    query = {"reason": _reason(pending, result), "next": next_page(request)}
    if pending and pending.subject:
        return see_other(request, "cognito.reauthenticate", headers, **query)
    username = pending.username if pending else request.POST.get("username")
    return see_other(request, "cognito.sign_in", headers, **query, username=username)


def _reason(pending: Challenge | None, result: SignInResult | None) -> str:
    """Cognito has one code for a proof that is wrong and for one that comes too late."""
    if pending is None or result is None or error_of(result).session_expired:
        return "expired"
    return "refused" if pending.name in _PROOFS else "expired"


def error_of(result: SignInResult) -> CognitoError:
    """Why a step failed."""
    return result.error or cognito_error("UnknownError")


def with_headers(response: Response, result: SignInResult | AuthenticatorSetup) -> Response:
    """*response* with the cookies of the step."""
    response.headerlist.extend(result.headers)
    return response
