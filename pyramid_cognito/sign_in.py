"""The sign-in conversation with Cognito: flows, challenges, results, refresh."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from pyramid_cognito.challenges import (
    ANSWERS,
    AUTHENTICATOR,
    MESSAGES,
    OPTIONAL_ANSWERS,
    PASSWORDS,
    Challenge,
    as_choices,
)
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.first_factors import decoy, ways, without_destination
from pyramid_cognito.password_proof import made_up_parameters, password_proof
from pyramid_cognito.srp import SrpClient
from pyramid_cognito.ticket import Tokens

if TYPE_CHECKING:
    from pyramid_cognito.pool import UserPool
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

__all__ = ["AuthenticatorSetup", "Challenge", "Conversation", "SignInResult", "SignInStatus"]

#: Cognito's longest user name, and its longest password
MAX_USERNAME = 128
MAX_PASSWORD = 256


class SignInStatus(Enum):
    """How a step of signing in ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_CONFIRMED = "not confirmed"
    CHALLENGED = "challenged"
    PASSWORD_RESET_REQUIRED = "password reset required"  # noqa: S105


@dataclass(frozen=True)
class SignInResult:
    """The outcome of a step. Put ``headers`` on the response, whatever the outcome."""

    status: SignInStatus
    challenge: Challenge | None = None
    error: CognitoError | None = None
    headers: list[tuple[str, str]] = field(default_factory=list, repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the person is signed in."""
        return self.status is SignInStatus.SUCCEEDED


@dataclass(frozen=True)
class AuthenticatorSetup:
    """What to set up an authenticator app with. Put ``headers`` on the response.

    :ivar secret: the key of RFC 6238, in base32.
    """

    secret: str = field(repr=False)
    headers: list[tuple[str, str]] = field(default_factory=list, repr=False)


#: refusals that come before Cognito looked at the password, and that must look like any other
_EARLY = frozenset(
    {
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)

#: what begins a proof of the password in each flow, besides SRP_A
_SRP_OF_FLOW: Mapping[str, Mapping[str, str]] = {
    "USER_SRP_AUTH": {},
    "USER_AUTH": {"PREFERRED_CHALLENGE": "PASSWORD_SRP"},
    "CUSTOM_AUTH": {"CHALLENGE_NAME": "SRP_A"},
}

#: the statuses of errors that are about one account, and tell that there is one
_OF_THE_ACCOUNT = (400, 401, 403)

#: characters of an answer; of others 2048
_LONGEST = {"CREDENTIAL": 16384}


class Conversation:
    """Signs people in at one user pool, by the flow that the settings name.

    Every method raises CognitoError where Cognito refuses or is away. The tokens that it returns
    are not verified yet.
    """

    def __init__(
        self,
        settings: CognitoSettings,
        pool: UserPool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._session_length = 1024  # of a choice, until Cognito has given one

    def begin(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        """InitiateAuth, and the proof that the password is known; no challenge comes before it."""
        if not _is_sendable(username, MAX_USERNAME) or not _is_sendable(password, MAX_PASSWORD):
            raise cognito_error("NotAuthorizedException", "a name or password that none can have")
        if self._settings.auth_flow == "USER_PASSWORD_AUTH":
            return self._begin_with_password(username, password, remember=remember)
        return self._begin_with_proof(username, password, remember=remember)

    def begin_with_choice(self, username: str, *, remember: bool) -> Challenge | Tokens:
        """InitiateAuth with USER_AUTH alone: Cognito asks how the person wants to sign in.

        For an account that Cognito refuses to ask, the choice is made up.
        """
        if not _is_sendable(username, MAX_USERNAME):
            raise cognito_error("NotAuthorizedException", "a name that none can have")
        try:
            answer = self._initiate(username, {})
        except CognitoError as error:
            if error.code not in _EARLY or self._settings.reveal_account_state:
                raise
            return decoy(self._settings, username, remember, self._session_length)
        return self._outcome(answer, username, username, remember=remember)

    def answer(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        """RespondToAuthChallenge with what the person typed or chose.

        An authenticator app that is being set up is verified first (VerifySoftwareToken).

        :raises ValueError: a response that this challenge does not ask for.
        """
        for name, text in responses.items():
            if not self._asks_for(challenge, name):
                log.warning("%s does not ask for %r: refused", challenge.name, name)
                raise ValueError(f"{challenge.name} does not ask for {name}")
            if not text and name in OPTIONAL_ANSWERS.get(challenge.name, ()):
                continue
            if not _is_sendable(text, _LONGEST.get(name, 2048)):
                raise cognito_error("InvalidParameterException", "text that cannot be sent")
        if challenge.name == "MFA_SETUP":
            return self._respond(self._verified(challenge, responses), {})
        if challenge.name == "SELECT_MFA_TYPE" and responses.get("ANSWER") not in challenge.choices:
            raise cognito_error("InvalidChallengeAnswer", "not one of the second factors offered")
        if challenge.name == "SELECT_CHALLENGE":
            return self._chosen(challenge, responses)
        if challenge.is_decoy:
            raise self._answered_in_vain(challenge, responses)
        if challenge.name in PASSWORDS:
            return self._answer_with_password(challenge, responses, {})
        return self._respond(challenge, responses)

    def associate(self, challenge: Challenge) -> tuple[str, Challenge]:
        """AssociateSoftwareToken: the secret of a new app, and the MFA_SETUP that holds it."""
        if AUTHENTICATOR not in challenge.choices:
            raise cognito_error("SoftwareTokenMFANotFoundException", "not among MFAS_CAN_SETUP")
        answer = self._call_with_session("AssociateSoftwareToken", challenge)
        secret = str(answer.get("SecretCode"))
        return secret, replace(_continued(challenge, answer), secret=secret)

    def refresh(self, tokens: Tokens) -> Tokens:
        """GetTokensFromRefreshToken; the refresh token is kept where Cognito does not rotate it."""
        answer = self._pool.call(
            "GetTokensFromRefreshToken", RefreshToken=tokens.refresh_token, **self._client_secret()
        )
        fresh = _tokens_of(answer)
        refresh_token = fresh.refresh_token or tokens.refresh_token
        return Tokens(fresh.id_token, fresh.access_token, refresh_token)

    def revoke(self, tokens: Tokens) -> None:
        """RevokeToken: the refresh token, and the access tokens that came of it."""
        self._pool.call("RevokeToken", Token=tokens.refresh_token, **self._client_secret())

    def sign_out_everywhere(self, tokens: Tokens) -> None:
        """GlobalSignOut: every token of the person."""
        self._pool.call("GlobalSignOut", AccessToken=tokens.access_token)

    def _begin_with_proof(
        self, username: str, password: str, *, remember: bool
    ) -> Challenge | Tokens:
        client = SrpClient(self._settings.pool_name)
        try:
            answer = self._start(client, username)
        except CognitoError as error:
            if error.code in _EARLY:
                self._spend_a_proof(client, password)
            raise self._hidden(error, _EARLY) from None
        challenge = self._challenge(answer, username, username, remember=remember)
        if challenge.name == "SELECT_CHALLENGE":  # the account has no password
            self._spend_a_proof(client, password)
            raise cognito_error("NotAuthorizedException", "no password to sign in with")
        return self._verify(client, challenge, password)

    def _begin_with_password(
        self, username: str, password: str, *, remember: bool
    ) -> Challenge | Tokens:
        try:
            answer = self._initiate(username, {"PASSWORD": password})
        except CognitoError as error:
            raise self._hidden(error, _EARLY) from None
        return self._outcome(answer, username, username, remember=remember)

    def _verify(self, client: SrpClient, challenge: Challenge, password: str) -> Challenge | Tokens:
        proof = password_proof(client, challenge.parameters, password, self._clock())
        try:
            return self._respond(challenge, proof)
        except CognitoError as error:
            # only who knows the password learns that it must be reset
            raise self._hidden(error, _EARLY - {"PasswordResetRequiredException"}) from None

    def _chosen(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        chosen = responses.get("ANSWER", "")
        if chosen not in challenge.choices:
            raise cognito_error("InvalidChallengeAnswer", "not one of the ways offered")
        if chosen in PASSWORDS and not responses.get("PASSWORD"):
            raise cognito_error("InvalidChallengeAnswer", "no password, which was chosen")
        if challenge.is_decoy and chosen in MESSAGES:
            self._respond_in_vain(challenge, {"ANSWER": chosen})
            return replace(challenge, name=chosen, parameters={})
        if challenge.is_decoy:
            raise self._answered_in_vain(challenge, responses)
        if chosen in PASSWORDS:
            return self._answer_with_password(challenge, responses, {"ANSWER": chosen})
        following = self._respond(challenge, {"ANSWER": chosen})
        if isinstance(following, Tokens) or self._settings.reveal_account_state:
            return following
        return without_destination(following)

    def _answer_with_password(
        self, challenge: Challenge, responses: Mapping[str, str], answer: Mapping[str, str]
    ) -> Challenge | Tokens:
        password = responses.get("PASSWORD", "")
        if not password:
            raise cognito_error("InvalidChallengeAnswer", "no password")
        client = SrpClient(self._settings.pool_name)
        is_srp = "PASSWORD_SRP" in (challenge.name, answer.get("ANSWER"))
        sent = {"SRP_A": client.public_key} if is_srp else {"PASSWORD": password}
        try:
            following = self._respond(challenge, {**answer, **sent})
        except CognitoError as error:
            raise self._hidden(error, _EARLY) from None
        if is_srp and isinstance(following, Challenge):
            return self._verify(client, following, password)
        return following

    def _answered_in_vain(self, challenge: Challenge, responses: Mapping[str, str]) -> CognitoError:
        """What Cognito says of a wrong answer, after as many calls."""
        password = responses.get("PASSWORD")
        if password:
            self._spend_a_proof(SrpClient(self._settings.pool_name), password)
            return cognito_error("NotAuthorizedException", "Incorrect username or password.")
        self._respond_in_vain(challenge, responses)
        return cognito_error("CodeMismatchException")

    def _respond_in_vain(self, challenge: Challenge, responses: Mapping[str, str]) -> None:
        try:
            self._respond(challenge, responses)
        except CognitoError as error:
            if error.status not in _OF_THE_ACCOUNT:
                raise

    def _hidden(self, error: CognitoError, codes: frozenset[str]) -> CognitoError:
        if error.code in codes and not self._settings.reveal_account_state:
            return cognito_error("NotAuthorizedException", error.detail)
        return error

    def _asks_for(self, challenge: Challenge, name: str) -> bool:
        if challenge.name == "NEW_PASSWORD_REQUIRED" and name.startswith("userAttributes."):
            return name.partition(".")[2] in self._settings.editable_attributes
        return name in ANSWERS.get(challenge.name, ())

    def _verified(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge:
        """VerifySoftwareToken; only the session that it answers completes the set-up."""
        code = responses.get("SOFTWARE_TOKEN_MFA_CODE")
        if challenge.secret is None or code is None:
            raise cognito_error("InvalidChallengeAnswer", "no code of an app that was set up")
        device_name = responses.get("FRIENDLY_DEVICE_NAME")
        answer = self._call_with_session(
            "VerifySoftwareToken",
            challenge,
            UserCode=code,
            **({"FriendlyDeviceName": device_name} if device_name else {}),
        )
        if answer.get("Status") != "SUCCESS":
            raise cognito_error("EnableSoftwareTokenMFAException", "the code was not verified")
        return _continued(challenge, answer)

    def _call_with_session(
        self, operation: str, challenge: Challenge, **parameters: str
    ) -> dict[str, Any]:
        try:
            return self._pool.call(operation, Session=challenge.session, **parameters)
        except CognitoError as error:
            # the session is all that authorizes these calls
            if error.code == "NotAuthorizedException":
                raise cognito_error("SessionExpired", error.detail) from None
            raise

    def _respond(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        named = {**responses, "USERNAME": challenge.user_id}
        answer = self._pool.call(
            "RespondToAuthChallenge",
            ChallengeName=challenge.name,
            ChallengeResponses=self._with_secret_hash(named, challenge.user_id),
            **({"Session": challenge.session} if challenge.session else {}),
        )
        return self._outcome(
            answer, challenge.username, challenge.user_id, remember=challenge.remember
        )

    def _outcome(
        self, answer: Mapping[str, Any], username: str, user_id: str, *, remember: bool
    ) -> Challenge | Tokens:
        if "AuthenticationResult" in answer:
            return _tokens_of(answer)
        return self._challenge(answer, username, user_id, remember=remember)

    def _challenge(
        self, answer: Mapping[str, Any], username: str, user_id: str, *, remember: bool
    ) -> Challenge:
        if not answer.get("ChallengeName"):
            raise cognito_error("ServiceUnavailable", "an answer with neither tokens nor challenge")
        parameters = dict(answer.get("ChallengeParameters") or {})
        if answer.get("ChallengeName") == "SELECT_CHALLENGE":
            self._session_length = len(answer.get("Session") or "") or self._session_length
            parameters |= as_choices(ways(self._settings, answer.get("AvailableChallenges") or ()))
        return Challenge(
            name=answer["ChallengeName"],
            parameters=parameters,
            username=username,
            # with an e-mail alias this is the internal name, not what the person typed
            user_id=parameters.get("USERNAME", user_id),
            remember=remember,
            session=answer.get("Session"),
        )

    def _spend_a_proof(self, client: SrpClient, password: str) -> None:
        """Take as long as for a wrong password, where Cognito answered before the password.

        An unknown, unconfirmed or disabled account must not be told by the time it takes. So a
        name that nobody has goes through both calls: that is one more than a wrong password costs,
        but a proof alone, for a made-up challenge, may be refused at a glance. It has to do where
        the pool says that there is no such user.
        """
        nobody = secrets.token_hex(16)
        made_up = {
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": made_up_parameters(nobody),
        }
        try:
            answer = self._start(client, nobody)
        except CognitoError:
            answer = made_up
        if answer.get("ChallengeName") == "SELECT_CHALLENGE":
            answer = made_up
        try:
            challenge = self._challenge(answer, nobody, nobody, remember=False)
            self._verify(client, challenge, password)
        except CognitoError:
            log.debug("A proof was spent on an account that Cognito refused before")

    def _start(self, client: SrpClient, username: str) -> dict[str, Any]:
        parameters = {"SRP_A": client.public_key, **_SRP_OF_FLOW[self._settings.auth_flow]}
        return self._initiate(username, parameters)

    def _initiate(self, username: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        named = {"USERNAME": username, **parameters}
        return self._pool.call(
            "InitiateAuth",
            AuthFlow=self._settings.auth_flow,
            AuthParameters=self._with_secret_hash(named, username),
        )

    def _client_secret(self) -> dict[str, str]:
        secret = self._settings.client_secret
        return {"ClientSecret": secret} if secret else {}

    def _with_secret_hash(self, parameters: Mapping[str, str], username: str) -> dict[str, str]:
        secret_hash = self._pool.secret_hash(username)
        return {**parameters, **({"SECRET_HASH": secret_hash} if secret_hash else {})}


def _continued(challenge: Challenge, answer: Mapping[str, Any]) -> Challenge:
    """*challenge* with the newest session, as older ones may be spent."""
    return replace(challenge, session=answer.get("Session") or challenge.session)


def _tokens_of(answer: Mapping[str, Any]) -> Tokens:
    result = answer.get("AuthenticationResult") or {}
    return Tokens(
        result.get("IdToken", ""), result.get("AccessToken", ""), result.get("RefreshToken")
    )


def _is_sendable(text: str, longest: int) -> bool:
    """Whether Cognito would read it at all; a lone surrogate has no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return 0 < len(text) <= longest
