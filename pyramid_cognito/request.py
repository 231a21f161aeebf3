"""``request.cognito``: signing in and out, and whatever else a view asks of Cognito."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyramid.csrf import new_csrf_token
from pyramid.interfaces import PHASE3_CONFIG, ISecurityPolicy, ISessionFactory

from pyramid_cognito import security
from pyramid_cognito.account import Account
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.policy_view import IPolicyDecider
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sessions import is_outage
from pyramid_cognito.sign_in import Challenge, SignInResult, SignInStatus
from pyramid_cognito.ticket import Tokens

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from pyramid_cognito.cookies import Headers
    from pyramid_cognito.principals import Principals
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

_SESSION_OWNER = "pyramid_cognito.sub"

_STATUS = {
    "UserNotConfirmedException": SignInStatus.NOT_CONFIRMED,
    "PasswordResetRequiredException": SignInStatus.PASSWORD_RESET_REQUIRED,
}


def register(config: Configurator) -> None:
    """Add ``request.cognito`` and the security policy."""
    config.add_request_method(CognitoOfRequest(), "cognito")
    policy = security.CognitoSecurityPolicy()
    config.registry.registerUtility(policy, IPolicyDecider)
    if config.registry[REGISTRY_KEY].settings.security_policy:
        config.set_security_policy(policy)
        config.action(None, warn_of_another, args=(config, policy), order=PHASE3_CONFIG + 1)


def warn_of_another(config: Configurator, policy: security.CognitoSecurityPolicy) -> None:
    """Say that people sign in and are not signed in, where another policy took ours's place."""
    registered = config.registry.queryUtility(ISecurityPolicy)
    if registered is not policy:
        log.warning(
            "%s is the security policy, and pyramid_cognito's is not: nobody who signs in is known "
            "to Pyramid. If that is meant, set cognito.security_policy = false",
            type(registered).__name__,
        )


class CognitoOfRequest:
    """Puts a `Cognito` on each new request, as Pyramid puts methods on it.

    For a property, Pyramid would make a new class for each request: as much work as all that this
    package does for one. Our cookies leave the header here, before any tween or error report.
    """

    def __get__(self, request: Request, owner: type | None = None) -> Cognito:
        services: Services = request.registry[REGISTRY_KEY]
        if services.cookies.take(request.environ).values:
            # a subrequest may refresh the session, and its response be thrown away
            request.add_response_callback(services.sessions.emit)
        return Cognito(request)

    def __call__(self, request: Request) -> Cognito:
        """What ``request.cognito`` is; Pyramid asks a request method to be callable."""
        return self.__get__(request)


class Cognito:
    """The façade of one request, for as long as that lives; state is in sealed cookies."""

    def __init__(self, request: Request) -> None:
        # weakly: the request holds this object, and should end when it is done
        self._reference = weakref.ref(request)

    @property
    def _request(self) -> Request:
        request = self._reference()
        if request is None:
            raise ReferenceError("the request that this request.cognito belonged to is gone")
        return request

    @property
    def _services(self) -> Services:
        services: Services = self._request.registry[REGISTRY_KEY]
        return services

    @property
    def settings(self) -> CognitoSettings:
        """The settings, checked."""
        return self._services.settings

    def sign_in(self, username: str, password: str, *, remember: bool = False) -> SignInResult:
        """Sign in by Secure Remote Password (InitiateAuth, USER_SRP_AUTH).

        :param remember: whether the session outlives the browser's.
        """
        conversation = self._services.conversation
        return self._step(
            "sign_in",
            username,
            lambda: conversation.begin(username, password, remember=remember),
            remember=remember,
        )

    @property
    def challenge(self) -> Challenge | None:
        """The challenge that the browser has still to answer (from its sealed cookie)."""
        services = self._services
        taken = services.cookies.take(self._request.environ)
        value = services.cookies.read(taken, services.cookies.challenge)
        return services.challenges.open(value) if value else None

    def answer(self, **responses: str) -> SignInResult:
        """Answer the pending challenge (RespondToAuthChallenge).

        :param responses: by Cognito's names: ``SOFTWARE_TOKEN_MFA_CODE="123456"``.
        :raises ValueError: a response that the challenge does not ask for.
        """
        challenge = self.challenge
        if challenge is None:
            return self._failed(cognito_error("SessionExpired"))
        services = self._services
        result = self._step(
            "code",
            # not what was typed: an account has one name here, and many that sign in
            challenge.user_id,
            lambda: services.conversation.answer(challenge, responses),
            remember=challenge.remember,
        )
        if result.succeeded:
            services.throttle.forgive("sign_in", challenge.username)
        return result

    def sign_out(self, everywhere: bool = False) -> Headers:
        """End the session here, and at Cognito (RevokeToken).

        :param everywhere: end all sessions of the person (GlobalSignOut).
        :returns: headers that delete the cookies, even when Cognito could not be told.
        """
        holder = security.holder_of(self._request)
        tokens = self._services.sessions.tokens(holder) if holder else None
        headers = security.forget(self._request)
        if tokens is not None:
            self._tell_cognito(tokens, everywhere=everywhere)
        if self._has_application_session():
            self._request.session.invalidate()
        return [*headers, *self._clear_challenge()]

    def refresh(self) -> bool:
        """Fetch new tokens now, so that changed groups and attributes count at once.

        :returns: whether someone is still signed in afterwards.
        :raises CognitoError: Cognito is away; the session stands.
        """
        return security.refresh(self._request)

    @property
    def tokens(self) -> Tokens | None:
        """The tokens in the session's ticket, for calls to other services."""
        signed_in = security.state_of(self._request).signed_in
        return self._services.sessions.tokens(signed_in) if signed_in else None

    @property
    def principals(self) -> Principals:
        """The principals of the request; iterating asks every policy."""
        return security.state_of(self._request).principals

    def satisfies(self, name: str) -> bool:
        """Whether the request satisfies the named policy.

        :raises CannotDecide: no policy has that name, or its predicate failed.
        """
        return self.principals.satisfies(name)

    @property
    def account(self) -> Account:
        """What people do with their own account."""
        services = self._services
        address = self._request.remote_addr
        return Account(services.settings, services.pool, services.throttle, address)

    def _step(
        self,
        action: str,
        account: str,
        step: Callable[[], Challenge | Tokens],
        *,
        remember: bool,
    ) -> SignInResult:
        throttle = self._services.throttle
        try:
            throttle.attempt(action, account, self._request.remote_addr)
            outcome = step()
            if isinstance(outcome, Challenge):
                return self._challenged(outcome)
            result = self._signed_in(outcome, remember=remember)
            throttle.forgive(action, account)
        except CognitoError as error:
            return self._failed(error)
        return result

    def _challenged(self, challenge: Challenge) -> SignInResult:
        services = self._services
        taken = services.cookies.take(self._request.environ)
        headers = services.cookies.write(
            taken,
            services.cookies.challenge,
            services.challenges.seal(challenge),
            services.challenges.lifetime,
        )
        return SignInResult(SignInStatus.CHALLENGED, challenge=challenge, headers=headers)

    def _signed_in(self, tokens: Tokens, *, remember: bool) -> SignInResult:
        request = self._request
        before, old_tokens = security.state_of(request).signed_in, self.tokens
        signed_in, headers = security.start(request, tokens, remember=remember)
        if before and old_tokens and before.session_id != signed_in.session_id:
            self._tell_cognito(old_tokens, everywhere=False)
        self._hand_over_application_session(signed_in.identity.sub)
        new_csrf_token(request)
        return SignInResult(SignInStatus.SUCCEEDED, headers=[*headers, *self._clear_challenge()])

    def _failed(self, error: CognitoError) -> SignInResult:
        is_over = error.code in ("NotAuthorizedException", "SessionExpired")
        headers = self._clear_challenge() if is_over and not is_outage(error) else []
        status = _STATUS.get(error.code, SignInStatus.FAILED)
        return SignInResult(status, error=error, headers=headers)

    def _clear_challenge(self) -> Headers:
        cookies = self._services.cookies
        taken = cookies.take(self._request.environ)
        if cookies.challenge not in taken.values:
            return []
        return cookies.clear(taken, cookies.challenge)

    def _tell_cognito(self, tokens: Tokens, *, everywhere: bool) -> None:
        conversation = self._services.conversation
        try:
            if everywhere:
                conversation.sign_out_everywhere(tokens)
            elif tokens.refresh_token is not None:
                conversation.revoke(tokens)
        except CognitoError as error:
            log.warning("Signed out here, but Cognito could not be told: %s", error.code)

    def _hand_over_application_session(self, sub: str) -> None:
        """What one person left in the application's session is not the next one's."""
        if self._has_application_session():
            session = self._request.session
            kept = dict(session) if session.get(_SESSION_OWNER, sub) == sub else {}
            # in any case another session id: the one before may have been planted
            session.invalidate()
            session.update({**kept, _SESSION_OWNER: sub})

    def _has_application_session(self) -> bool:
        return self._request.registry.queryUtility(ISessionFactory) is not None
