"""``CognitoSecurityPolicy``: finds the credential of a request and answers Pyramid."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from pyramid.authorization import ACLHelper
from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ISecurityPolicy
from pyramid.security import Allowed
from zope.interface import implementer

from pyramid_cognito.bearer import InsufficientScope
from pyramid_cognito.claim_policy import CannotDecide
from pyramid_cognito.denied import CognitoDenied, Remedy
from pyramid_cognito.identity import CognitoIdentity, static_principals
from pyramid_cognito.principals import ANONYMOUS, Principals, remedy_for
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sessions import SignedIn, Unavailable
from pyramid_cognito.ticket import Tokens
from pyramid_cognito.tokens import InvalidToken, KeysUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyramid.request import Request
    from pyramid.response import Response
    from pyramid.security import Denied

    from pyramid_cognito.cookies import Headers

log = logging.getLogger(__name__)

__all__ = ["CognitoDenied", "CognitoSecurityPolicy"]

_STATE = "_pyramid_cognito_state"


class RequestState:
    """Who one request is from, told once and kept on the request.

    :ivar identity: None for anonymous, and while it cannot be told.
    :ivar required_scopes: what a bearer token must carry, which is good otherwise; empty if it is
        not for want of them that nobody is known.
    :ivar signed_in: the session, where a cookie and not a bearer token says who it is.
    :ivar unavailable: why it cannot be told now.
    """

    __slots__ = ("identity", "principals", "required_scopes", "signed_in", "unavailable")

    def __init__(
        self,
        request: Request,
        services: Services,
        identity: CognitoIdentity | None = None,
        static: frozenset[str] = ANONYMOUS,
        *,
        signed_in: SignedIn | None = None,
        unavailable: str | None = None,
        required_scopes: tuple[str, ...] = (),
    ) -> None:
        self.identity = identity
        self.signed_in = signed_in
        self.unavailable = unavailable
        self.required_scopes = required_scopes
        self.principals = Principals(identity, request, services.policies, static, services.clock)


def state_of(request: Request) -> RequestState:
    """The request's state; found on first use. Never raises."""
    state: RequestState | None = request.__dict__.get(_STATE)
    if state is None:
        state = request.__dict__[_STATE] = _find(request)
        if complete not in request.response_callbacks:
            request.add_response_callback(complete)
    return state


def complete(request: Request, response: Response) -> None:
    """Add to a response what a refresh and what was asked of the request want (its callback).

    A request that comes with cookies of ours has it from the start.
    """
    services: Services = request.registry[REGISTRY_KEY]
    if _STATE in request.__dict__:
        services.vary.tell(response)
    services.sessions.emit(request, response)


def person_of(request: Request) -> CognitoIdentity | None:
    """Who is signed in, if that is a person and no machine."""
    identity = state_of(request).identity
    return None if identity is None or identity.is_machine else identity


def has_bearer(request: Request) -> bool:
    """Whether the request comes with a bearer token (RFC 6750, section 2.1), good or bad.

    Never where the settings want none: then the header is for somebody else.
    """
    header: str | None = request.environ.get("HTTP_AUTHORIZATION")
    # servers strip white space, and so all of an empty token
    if header is None or header[:7].rstrip().lower() != "bearer":
        return False
    services: Services = request.registry[REGISTRY_KEY]
    return services.settings.bearer_enabled


def access_token_of(request: Request) -> str | None:
    """The access token of who is signed in: of their session, or the bearer token itself."""
    state, person = state_of(request), person_of(request)
    if person is None:
        return None
    if state.signed_in is None:
        is_id_token = person.claims["token_use"] == "id"  # noqa: S105 - a use
        return None if is_id_token else _bearer_token(request)
    services: Services = request.registry[REGISTRY_KEY]
    tokens = services.sessions.tokens(state.signed_in)
    return tokens.access_token if tokens else None


def sub_of(request: Request) -> str:
    """The ``sub`` of who is signed in; empty for nobody."""
    identity = state_of(request).identity
    return identity.sub if identity else ""


def username_of(request: Request) -> str | None:
    """The user pool's name for who is signed in."""
    person = person_of(request)
    return person.username if person else None


def start(
    request: Request, tokens: Tokens, *, remember: bool, subject: str | None = None
) -> tuple[SignedIn, Headers]:
    """Sign in with fresh tokens; the request is that person's from here on.

    :param subject: the ``sub`` that the tokens must have; None for anyone's.
    """
    services: Services = request.registry[REGISTRY_KEY]
    if not services.settings.cookies:
        raise RuntimeError("nobody is signed in by a cookie here: cognito.cookies is false")
    sessions = services.sessions
    before = state_of(request).signed_in
    signed_in, headers = sessions.start(request, tokens, remember=remember, subject=subject)
    if before is not None and before.session_id != signed_in.session_id:
        sessions.end(request, before)
    request.__dict__[_STATE] = _state_from(request, services, signed_in)
    return signed_in, headers


def forget(request: Request) -> Headers:
    """Sign out; the request is anonymous from here on."""
    services: Services = request.registry[REGISTRY_KEY]
    headers = services.sessions.end(request, holder_of(request))
    request.__dict__[_STATE] = RequestState(request, services)
    return headers


def end_all(request: Request) -> None:
    """Deny all sessions that who is signed in has begun until now, in this process.

    The request goes on as theirs: it may be about to begin a new one.
    """
    identity = state_of(request).identity
    if identity is not None:
        services: Services = request.registry[REGISTRY_KEY]
        services.sessions.end_all(identity.sub)


def tell_of_sign_out(
    request: Request, holder: SignedIn | None, *, everywhere: bool = False
) -> None:
    """Tell the application that a session was ended, if there was one."""
    if holder is not None:
        from pyramid_cognito.events import UserSignedOut, notify

        person = holder.identity
        notify(request, UserSignedOut, everywhere=everywhere, user=person.username, sub=person.sub)


def holder_of(request: Request) -> SignedIn | None:
    """Whose session the request would end: also while who it is from cannot be told."""
    state = state_of(request)
    if state.unavailable is None or has_bearer(request):
        return state.signed_in
    services: Services = request.registry[REGISTRY_KEY]
    return services.sessions.holder(request)


def refresh(request: Request) -> bool:
    """Fetch new tokens; whether someone is signed in afterwards."""
    before = state_of(request).signed_in
    if before is None:
        return False
    services: Services = request.registry[REGISTRY_KEY]
    after = services.sessions.refresh(request, before)
    request.__dict__[_STATE] = _state_from(request, services, after)
    return after is not None


@implementer(ISecurityPolicy)
class CognitoSecurityPolicy:
    """Pyramid's security policy over Cognito sessions and bearer tokens.

    ``includeme`` sets it, unless ``cognito.security_policy`` is false; then an application makes
    its own instance, and asks it from a policy that composes several.
    """

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def identity(self, request: Request) -> CognitoIdentity | None:
        """Who asks; None for anonymous or while that cannot be told. Never raises."""
        return state_of(request).identity

    def authenticated_userid(self, request: Request) -> str | None:
        """The ``sub`` of who is signed in; None for a machine."""
        person = person_of(request)
        return None if person is None else person.sub

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """Whether the ACLs of *context* and its parents allow it; if not, a CognitoDenied."""
        state = state_of(request)
        try:
            result = self._acl.permits(context, state.principals, permission)
        except CannotDecide as undecided:
            return _denied(request, (undecided.reason,))
        return result or _explained(request, state, result)

    def permits_policy(
        self,
        request: Request,
        context: Any,  # noqa: ARG002 - called as ``permits`` is
        name: str,
    ) -> Allowed | Denied:
        """Whether the request satisfies the named claim policy; if not, a CognitoDenied.

        :param context: not looked at: a policy is about who asks, an ACL about what for.
        """
        state = state_of(request)
        result = state.principals.permits(name)
        if result:
            return result
        if state.unavailable:
            return _denied(request, (state.unavailable, *result.reasons), "unavailable")
        return _denied(request, result.reasons, result.remedy)

    def remember(
        self, request: Request, tokens: Tokens, *, remember: bool = False, **unknown: Any
    ) -> Headers:
        """Headers that sign in with Cognito's tokens, which are verified first.

        :raises TypeError: for anything but tokens: a bare user id proves nothing. And for a
            keyword that is not known.
        :raises CognitoError: a token is not good, or the pool's keys cannot be had.
        """
        if not isinstance(tokens, Tokens):
            raise TypeError("remember takes Cognito's Tokens; a user id alone proves nothing")
        if unknown:
            raise TypeError(f"remember does not know {', '.join(sorted(unknown))}")
        from pyramid_cognito.events import (
            UserSignedIn,
            notify,
        )  # slow to import, so not at start-up

        _, headers = start(request, tokens, remember=remember)
        notify(request, UserSignedIn)
        return headers

    def forget(self, request: Request, **_: Any) -> Headers:
        """Headers that sign out here. ``request.cognito.sign_out()`` tells Cognito too."""
        holder = holder_of(request)
        headers = forget(request)
        tell_of_sign_out(request, holder)
        return headers


def _find(request: Request) -> RequestState:
    services: Services = request.registry[REGISTRY_KEY]
    try:
        if has_bearer(request):
            return _state_from_bearer(request, services)
        if not services.settings.cookies:
            return RequestState(request, services)
        return _state_from(request, services, services.sessions.load(request))
    except (Unavailable, KeysUnavailable) as outage:
        log.warning("Who a request is from cannot be told now: %s", type(outage).__name__)
        return RequestState(request, services, unavailable="Cognito is away")
    except Exception:
        # exception views ask for the identity too: an error here would hide the first one
        log.exception("The credential of a request could not be read: taken as anonymous")
        return RequestState(request, services)


def _state_from(request: Request, services: Services, signed_in: SignedIn | None) -> RequestState:
    if signed_in is None:
        return RequestState(request, services)
    return RequestState(
        request, services, signed_in.identity, signed_in.principals, signed_in=signed_in
    )


def _state_from_bearer(request: Request, services: Services) -> RequestState:
    try:
        claims = services.bearer.verify(_bearer_token(request))
    except InsufficientScope as error:
        log.info("A bearer token is refused: %s", error)
        return RequestState(request, services, required_scopes=error.expected)
    except InvalidToken as error:
        # never a fall-through to the cookie: the client said which credential counts
        log.info("A bearer token is refused: %s", error)
        return RequestState(request, services)
    if services.sessions.is_ended(claims):
        return RequestState(request, services)
    identity = CognitoIdentity.from_claims(claims)
    static = static_principals(identity, editable=services.settings.editable_attributes)
    return RequestState(request, services, identity, static)


def _bearer_token(request: Request) -> str:
    header: str = request.environ["HTTP_AUTHORIZATION"]
    return header[7:].strip()


def _explained(request: Request, state: RequestState, result: Denied) -> CognitoDenied:
    """An ACL's denial with what the policies that it asked said."""
    failed = {
        name: [finding for finding in findings if not finding.passed]
        for name, findings in state.principals.asked.items()
    }
    reasons = [f"policy {name}: {finding.reason}" for name in failed for finding in failed[name]]
    if state.unavailable:
        return _denied(request, (state.unavailable, *reasons), "unavailable", result)
    if state.identity is None:
        return _denied(request, reasons, "sign_in", result)
    # entries of an ACL are alternatives: it is enough if one policy needs but a fresh sign-in
    step_up = any(remedy_for(findings) == "step_up" for findings in failed.values())
    return _denied(request, reasons, "step_up" if step_up else "none", result)


def _denied(
    request: Request, reasons: Iterable[str], remedy: Remedy = "none", cause: Denied | None = None
) -> CognitoDenied:
    """A denial, which the application is told of if it becomes the answer."""
    denied = CognitoDenied(reasons, remedy, cause)
    told = tuple(reasons)
    if cause is not None:
        # not in its own words: they show the context, whose repr may be slow or fail
        told += (f"no permission {cause.permission!r} on {type(cause.context).__name__}",)
    if remedy != "sign_in":
        request.add_response_callback(partial(_tell_of_denial, denied, told))
    return denied


def _tell_of_denial(
    denied: CognitoDenied, reasons: tuple[str, ...], request: Request, _: Response
) -> None:
    """A response callback: most denials only leave a link out of a page.

    A stranger who is asked to sign in has not been denied anything yet.
    """
    answered = getattr(request, "exception", None)
    if isinstance(answered, HTTPForbidden) and answered.result is denied:
        from pyramid_cognito.events import AccessDenied, notify

        notify(request, AccessDenied, reasons=reasons, remedy=denied.remedy)
