"""A step of signing in, as part of a request: counted, taken, told of, its cookies written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyramid.csrf import new_csrf_token
from pyramid.interfaces import ISessionFactory

from pyramid_cognito import security, ticket_store
from pyramid_cognito.challenges import AUTHENTICATOR, Challenge
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sessions import is_outage
from pyramid_cognito.sign_in import SignInResult, SignInStatus
from pyramid_cognito.ticket import Tokens

if TYPE_CHECKING:
    from pyramid.request import Request

    from pyramid_cognito.cookies import Headers

log = logging.getLogger(__name__)

_SESSION_OWNER = "pyramid_cognito.sub"

_STATUS = {
    "UserNotConfirmedException": SignInStatus.NOT_CONFIRMED,
    "PasswordResetRequiredException": SignInStatus.PASSWORD_RESET_REQUIRED,
}


@dataclass(frozen=True)
class Attempt:
    """What a step is counted as, and what may come of it.

    :ivar action: what the throttle counts.
    :ivar account: whose it counts, and who is told of as failing.
    :ivar remember: whether the session outlives the browser's.
    :ivar subject: the ``sub`` that must come out of it; None for anyone's.
    :ivar challenge: what is answered; None where a password is proved.
    """

    action: str
    account: str
    remember: bool = False
    subject: str | None = None
    challenge: Challenge | None = None


def take(
    request: Request, attempt: Attempt, step: Callable[[], Challenge | Tokens]
) -> SignInResult:
    """Sign in with what *step* brings, unless that is a further challenge or an error."""
    try:
        with counted(request, attempt):
            outcome = step()
            if attempt.challenge is not None:
                _tell_what_changed(request, attempt.challenge)
            if isinstance(outcome, Challenge):
                return _challenged(request, replace(outcome, subject=attempt.subject))
            headers = _sign_in(request, attempt, outcome)
    except CognitoError as error:
        return failed(request, error)
    _services(request).throttle.forgive(attempt.action, attempt.account)
    return SignInResult(SignInStatus.SUCCEEDED, headers=[*headers, *clear_challenge(request)])


@contextmanager
def counted(request: Request, attempt: Attempt) -> Iterator[None]:
    """Count an attempt against the throttle's limits, and tell of its failure."""
    try:
        _services(request).throttle.attempt(attempt.action, attempt.account, request.remote_addr)
        yield
    except CognitoError as error:
        _tell_of_failure(request, attempt, error)
        raise


def failed(request: Request, error: CognitoError) -> SignInResult:
    """The result of a step that failed; a challenge that is over is deleted."""
    is_over = error.code in ("NotAuthorizedException", "SessionExpired")
    headers = clear_challenge(request) if is_over and not is_outage(error) else []
    status = _STATUS.get(error.code, SignInStatus.FAILED)
    return SignInResult(status, error=error, headers=headers)


def keep_challenge(request: Request, challenge: Challenge) -> Headers:
    """Headers that set the cookie of a pending challenge."""
    services = _services(request)
    taken = services.cookies.take(request.environ)
    sealed = services.challenges.seal(challenge)
    lifetime = services.challenges.lifetime
    return services.cookies.write(taken, services.cookies.challenge, sealed, lifetime)


def clear_challenge(request: Request) -> Headers:
    """Headers that delete that cookie, where the browser has one."""
    cookies = _services(request).cookies
    taken = cookies.take(request.environ)
    if cookies.challenge not in taken.values:
        return []
    return cookies.clear(taken, cookies.challenge)


def end_at_cognito(request: Request, tokens: Tokens, *, everywhere: bool = False) -> bool:
    """Revoke *tokens*, or all of the person's; whether Cognito could be told."""
    conversation = _services(request).conversation
    try:
        if everywhere:
            conversation.sign_out_everywhere(tokens)
        elif tokens.refresh_token is not None:
            conversation.revoke(tokens)
    except CognitoError as error:
        log.warning("A session is over here, but Cognito could not be told: %s", error.code)
        return False
    return True


def drop_application_session(request: Request) -> None:
    """Empty the application's own session, if it has any."""
    if _has_application_session(request):
        request.session.invalidate()


def _challenged(request: Request, challenge: Challenge) -> SignInResult:
    headers = keep_challenge(request, challenge)
    return SignInResult(SignInStatus.CHALLENGED, challenge=challenge, headers=headers)


def _sign_in(request: Request, attempt: Attempt, tokens: Tokens) -> Headers:
    from pyramid_cognito.events import UserSignedIn, notify  # slow to import, so not at start-up

    sessions = _services(request).sessions
    before = security.state_of(request).signed_in
    old_tokens = sessions.tokens(before) if before else None
    signed_in, headers = security.start(
        request, tokens, remember=attempt.remember, subject=attempt.subject
    )
    if before and old_tokens and before.session_id != signed_in.session_id:
        end_at_cognito(request, old_tokens)
    _hand_over_application_session(request, signed_in.identity.sub)
    new_csrf_token(request)
    notify(request, UserSignedIn)
    return headers


def _hand_over_application_session(request: Request, sub: str) -> None:
    """What one person left in the application's session is not the next one's."""
    if _has_application_session(request):
        session = request.session
        is_theirs = session.get(_SESSION_OWNER, sub) == sub
        kept = {name: session[name] for name in session if is_theirs or name == ticket_store.KEY}
        # in any case another session id: the one before may have been planted
        session.invalidate()
        session.update({**kept, _SESSION_OWNER: sub})


def _has_application_session(request: Request) -> bool:
    return request.registry.queryUtility(ISessionFactory) is not None


def _tell_what_changed(request: Request, answered: Challenge) -> None:
    """It has changed even if a further challenge follows, and never ends in a sign-in."""
    from pyramid_cognito.events import PasswordChanged, SecondFactorChanged, notify

    person = {"user": answered.user_id, "sub": answered.subject}
    if answered.name == "NEW_PASSWORD_REQUIRED":
        notify(request, PasswordChanged, how="first", **person)
    elif answered.name == "MFA_SETUP":
        notify(request, SecondFactorChanged, factors=(AUTHENTICATOR,), **person)


def _tell_of_failure(request: Request, attempt: Attempt, error: CognitoError) -> None:
    from pyramid_cognito.events import ChallengeFailed, SignInFailed, Throttled, notify

    person = {"user": attempt.account, "sub": attempt.subject}
    if error.code == "TooManyAttempts":
        notify(request, Throttled, action=attempt.action, **person)
    elif attempt.challenge is None:
        notify(request, SignInFailed, code=error.code, **person)
    else:
        name = attempt.challenge.name
        notify(request, ChallengeFailed, challenge=name, code=error.code, **person)


def _services(request: Request) -> Services:
    services: Services = request.registry[REGISTRY_KEY]
    return services
