"""The sign-in conversation with Cognito: flows, challenges, results, refresh."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from pyramid_cognito.challenges import ANSWERS, AUTHENTICATOR, OPTIONAL_ANSWERS, Challenge
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.srp import SrpClient, SrpError, timestamp
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


class Conversation:
    """Speaks USER_SRP_AUTH with one user pool.

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

    def begin(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        """InitiateAuth with USER_SRP_AUTH, then the proof that the password is known."""
        if not _is_sendable(username, MAX_USERNAME) or not _is_sendable(password, MAX_PASSWORD):
            raise cognito_error("NotAuthorizedException", "a name or password that none can have")
        client = SrpClient(self._settings.pool_name)
        try:
            answer = self._start(client, username)
        except CognitoError as error:
            if error.code in _EARLY:
                self._spend_a_proof(client, password)
            raise self._hidden(error, _EARLY) from None
        challenge = self._challenge(answer, username, username, remember=remember)
        proof = self._proof(client, challenge.parameters, password)
        try:
            return self._respond(challenge, proof)
        except CognitoError as error:
            # only who knows the password learns that it must be reset
            raise self._hidden(error, _EARLY - {"PasswordResetRequiredException"}) from None

    def answer(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        """RespondToAuthChallenge with what the person typed or chose.

        An authenticator app that is being set up is verified first (VerifySoftwareToken).

        :raises ValueError: a response that this challenge does not ask for.
        """
        for name, text in responses.items():
            if not self._asks_for(challenge, name):
                log.warning("%s does not ask for %r: refused", challenge.name, name)
                raise ValueError(f"{challenge.name} does not ask for {name}")
            if not _is_sendable(text, 2048) and (text or name not in OPTIONAL_ANSWERS):
                raise cognito_error("InvalidParameterException", "text that cannot be sent")
        if challenge.name == "MFA_SETUP":
            return self._respond(self._verified(challenge, responses), {})
        if challenge.name == "SELECT_MFA_TYPE" and responses.get("ANSWER") not in challenge.choices:
            raise cognito_error("InvalidChallengeAnswer", "not one of the second factors offered")
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
        if "AuthenticationResult" in answer:
            return _tokens_of(answer)
        return self._challenge(
            answer, challenge.username, challenge.user_id, remember=challenge.remember
        )

    def _challenge(
        self, answer: Mapping[str, Any], username: str, user_id: str, *, remember: bool
    ) -> Challenge:
        if not answer.get("ChallengeName"):
            raise cognito_error("ServiceUnavailable", "an answer with neither tokens nor challenge")
        parameters = dict(answer.get("ChallengeParameters") or {})
        return Challenge(
            name=answer["ChallengeName"],
            parameters=parameters,
            username=username,
            # with an e-mail alias this is the internal name, not what the person typed
            user_id=parameters.get("USERNAME", user_id),
            remember=remember,
            session=answer.get("Session"),
        )

    def _proof(
        self, client: SrpClient, parameters: Mapping[str, str], password: str
    ) -> dict[str, str]:
        try:
            now = timestamp(self._clock())
            claim = client.password_claim(
                parameters["USER_ID_FOR_SRP"],
                password,
                salt=parameters["SALT"],
                srp_b=parameters["SRP_B"],
                secret_block=parameters["SECRET_BLOCK"],
                timestamp=now,
            )
        except (SrpError, KeyError) as error:
            log.error("Cognito's SRP challenge is refused: %s", error)  # noqa: TRY400
            raise cognito_error("ServiceUnavailable", "an unusable SRP challenge") from None
        return {
            "PASSWORD_CLAIM_SIGNATURE": claim,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "TIMESTAMP": now,
        }

    def _spend_a_proof(self, client: SrpClient, password: str) -> None:
        """Take as long as for a wrong password, where Cognito answered before the password.

        An unknown, unconfirmed or disabled account must not be told by the time it takes. So a
        name that nobody has goes through both calls: that is one more than a wrong password costs,
        but a proof alone, for a made-up challenge, may be refused at a glance. It has to do where
        the pool says that there is no such user.
        """
        decoy = secrets.token_hex(16)
        made_up = {
            "USER_ID_FOR_SRP": decoy,
            "SALT": secrets.token_hex(16),
            "SRP_B": secrets.token_hex(384),
            "SECRET_BLOCK": "AAAA" * 300,
        }
        try:
            answer = self._start(client, decoy)
        except CognitoError:
            answer = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": made_up}
        try:
            challenge = self._challenge(answer, decoy, decoy, remember=False)
            self._respond(challenge, self._proof(client, challenge.parameters, password))
        except CognitoError:
            log.debug("A proof was spent on an account that Cognito refused before")

    def _start(self, client: SrpClient, username: str) -> dict[str, Any]:
        parameters = {"USERNAME": username, "SRP_A": client.public_key}
        return self._pool.call(
            "InitiateAuth",
            AuthFlow="USER_SRP_AUTH",
            AuthParameters=self._with_secret_hash(parameters, username),
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
