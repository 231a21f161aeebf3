"""``request.cognito``: signing in and out, and whatever else a view asks of Cognito."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from pyramid.interfaces import PHASE3_CONFIG, ISecurityPolicy

from pyramid_cognito import security, steps
from pyramid_cognito.challenges import AFTER_PASSWORD, MESSAGES, Challenge
from pyramid_cognito.claim_policy import LEEWAY
from pyramid_cognito.errors import CognitoError, Context, cognito_error
from pyramid_cognito.policy_view import IPolicyDecider
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sign_in import AuthenticatorSetup, SignInResult
from pyramid_cognito.throttle import MESSAGE, PRESENT_PASSWORD
from pyramid_cognito.ticket import Tokens

if TYPE_CHECKING:
    from botocore.credentials import RefreshableCredentials
    from pyramid.config import Configurator
    from pyramid.request import Request

    from pyramid_cognito.account import Account
    from pyramid_cognito.cookies import Headers
    from pyramid_cognito.identity import CognitoIdentity
    from pyramid_cognito.principals import Principals
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)


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
            request.add_response_callback(security.complete)
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
        """Sign in (InitiateAuth, with the flow of ``cognito.auth_flow``).

        :param password: with USER_AUTH it may be empty: then Cognito asks how to go on.
        :param remember: whether the session outlives the browser's.
        """
        return steps.take(
            self._request,
            steps.Attempt("sign_in", username, remember=remember),
            lambda: self._begin(username, password, remember=remember),
        )

    @property
    def challenge(self) -> Challenge | None:
        """The challenge that the browser has still to answer (from its sealed cookie).

        One that is to prove anew who is signed in is not for someone else who has signed in since.
        """
        services = self._services
        taken = services.cookies.take(self._request.environ)
        value = services.cookies.read(taken, services.cookies.challenge)
        challenge = services.challenges.open(value) if value else None
        if challenge is None or self._subject is None or challenge.subject in (None, self._subject):
            return challenge
        log.info("A challenge waits for someone else than who is signed in: left alone")
        return None

    def answer(self, **responses: str) -> SignInResult:
        """Answer the pending challenge (RespondToAuthChallenge).

        :param responses: by Cognito's names: ``SOFTWARE_TOKEN_MFA_CODE="123456"``. MFA_SETUP takes
            that too, and ``FRIENDLY_DEVICE_NAME``.
        :raises ValueError: a response that the challenge does not ask for.
        """
        challenge = self.challenge
        if challenge is None:
            return steps.failed(self._request, cognito_error("SessionExpired"))
        services = self._services
        attempt = steps.Attempt(
            "code",
            # not what was typed: an account has one name here, and many that sign in
            challenge.user_id,
            remember=challenge.remember,
            subject=challenge.subject,
            challenge=challenge,
        )
        result = steps.take(self._request, attempt, lambda: self._answer(challenge, responses))
        if result.succeeded:
            before = PRESENT_PASSWORD if challenge.subject else "sign_in"
            services.throttle.forgive(before, challenge.username)
        return result

    def set_up_authenticator(self) -> AuthenticatorSetup:
        """What the pending MFA_SETUP needs: a secret for an app, whose code then is the answer.

        Cognito is asked once (AssociateSoftwareToken); afterwards the challenge's cookie knows.

        :raises CognitoError: "SessionExpired" without a challenge; or Cognito refuses or is away.
        :raises ValueError: another challenge is pending.
        """
        challenge = self.challenge
        if challenge is None:
            raise cognito_error("SessionExpired")
        if challenge.name != "MFA_SETUP":
            raise ValueError(f"{challenge.name} does not ask for an authenticator")
        if challenge.secret is not None:
            return AuthenticatorSetup(challenge.secret)
        secret, begun = self._services.conversation.associate(challenge)
        return AuthenticatorSetup(secret, steps.keep_challenge(self._request, begun))

    def reauthenticate(self, password: str) -> SignInResult:
        """Let the person who is signed in prove anew who they are, with every factor they have.

        With USER_AUTH, *password* may be empty, as for `sign_in`.
        A new session takes the place of theirs, whose refresh token is revoked. Until it has
        succeeded, to the last challenge, theirs stands.
        """
        request = self._request
        signed_in = security.state_of(request).signed_in
        if signed_in is None:
            return steps.failed(request, _nobody_is_signed_in())
        identity, remember = signed_in.identity, signed_in.session.remember
        return steps.take(
            request,
            _attempt_of(identity, remember=remember),
            lambda: self._prove(identity.username, password, remember=remember),
        )

    def check_password(self, password: str) -> None:
        """Check the password of who is signed in. Nothing else changes.

        To be asked for a second factor counts as right, since that comes after the password; a
        text message with a code may then come for nothing.

        :raises CognitoError: it is wrong; or Cognito refuses or is away.
        """
        request, identity = self._request, security.person_of(self._request)
        if identity is None:
            raise _nobody_is_signed_in()
        attempt = _attempt_of(identity)
        with steps.counted(request, attempt):
            if not password:
                raise _wrong_password()
            outcome = self._prove(identity.username, password, remember=False)
            if isinstance(outcome, Tokens):
                steps.end_at_cognito(request, outcome)
                self._services.sessions.verify(outcome, identity.sub)
            elif outcome.name not in AFTER_PASSWORD:
                raise cognito_error("ServiceUnavailable", "no proof that the password is right")
        self._services.throttle.forgive(attempt.action, attempt.account)

    def signed_in_within(self, seconds: int) -> bool:
        """Whether who is signed in proved so in the last *seconds*; a refresh is no proof."""
        identity = security.person_of(self._request)
        if identity is None:
            return False
        return -LEEWAY <= self._services.clock() - identity.auth_time <= seconds

    @property
    def has_password(self) -> bool:
        """Whether who is signed in has one here: not those who come from an identity provider."""
        identity = security.person_of(self._request)
        return identity is not None and not _comes_from_a_provider(identity)

    def offers(self, feature: str) -> bool:
        """Whether ``cognito.features`` names a feature, and the pool has it where only it knows."""
        return self._services.capabilities.offers(feature, self.account)

    def sign_out(self, everywhere: bool = False) -> Headers:
        """End the session here, and at Cognito (RevokeToken).

        :param everywhere: end all sessions of the person (GlobalSignOut), in this process at once.
        :returns: headers that delete the cookies, even when Cognito could not be told.
        """
        request = self._request
        holder = security.holder_of(request)
        tokens = self._services.sessions.tokens(holder) if holder else None
        headers = security.forget(request)
        if everywhere and holder is not None:
            self._services.sessions.end_all(holder.identity.sub)
        is_told = tokens is not None and steps.end_at_cognito(
            request, tokens, everywhere=everywhere
        )
        steps.drop_application_session(request)
        security.tell_of_sign_out(request, holder, everywhere=everywhere and is_told)
        return [*headers, *steps.clear_challenge(request)]

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

    def aws_credentials(self, identity_pool_id: str) -> RefreshableCredentials:
        """AWS credentials of who is signed in here, from an identity pool that trusts the pool.

        botocore renews them for as long as the id token lasts; ask again in each request.

        :param identity_pool_id: ``<region>:<uuid>``.
        :raises ValueError: it is not of that form.
        :raises CognitoError: nobody is signed in; or the identity pool refuses or is away.
        """
        tokens = self.tokens
        if tokens is None:
            raise _nobody_is_signed_in()
        return self._services.aws_credentials.of(identity_pool_id, tokens.id_token)

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
        # slow to import, and nothing that a signed-in request needs
        from pyramid_cognito.account import Account
        from pyramid_cognito.events import notify

        services, request = self._services, self._request
        return Account(
            services.settings,
            services.pool,
            services.throttle,
            request.remote_addr,
            access_token=partial(security.access_token_of, request),
            user=partial(security.username_of, request),
            tell=partial(notify, request),
            end_sessions=partial(security.end_all, request),
        )

    @property
    def _subject(self) -> str | None:
        signed_in = security.state_of(self._request).signed_in
        return signed_in.identity.sub if signed_in else None

    def _begin(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        conversation = self._services.conversation
        if not password and self.settings.auth_flow == "USER_AUTH":
            return conversation.begin_with_choice(username, remember=remember)
        return conversation.begin(username, password, remember=remember)

    def _answer(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        if challenge.name == "SELECT_CHALLENGE" and responses.get("ANSWER") in MESSAGES:
            self._services.throttle.attempt(MESSAGE, challenge.user_id, self._request.remote_addr)
        return self._services.conversation.answer(challenge, responses)

    def _prove(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        try:
            return self._begin(username, password, remember=remember)
        except CognitoError as error:
            # the name is right, so that nothing is given away; but a client that Cognito refuses
            # is no fault of the password
            if error.code == "NotAuthorizedException" and error.status < 500:
                raise _wrong_password() from None
            raise


def _comes_from_a_provider(identity: CognitoIdentity) -> bool:
    """Whether the account was made by an identity provider, and is not one that is linked to it."""
    linked = [
        f"{each.get('providerName')}_{each.get('userId')}".casefold()
        for each in identity.claims.get("identities") or ()
        if isinstance(each, Mapping)
    ]
    return identity.username.casefold() in linked


def _attempt_of(identity: CognitoIdentity, *, remember: bool = False) -> steps.Attempt:
    """Of who is signed in; a stranger's attempts to sign in do not count against it."""
    return steps.Attempt(
        PRESENT_PASSWORD, identity.username, remember=remember, subject=identity.sub
    )


def _nobody_is_signed_in() -> CognitoError:
    return cognito_error("NotAuthorizedException", "nobody is signed in", context=Context.SIGNED_IN)


def _wrong_password() -> CognitoError:
    return cognito_error(
        "NotAuthorizedException", "Incorrect username or password.", context=Context.SIGNED_IN
    )
