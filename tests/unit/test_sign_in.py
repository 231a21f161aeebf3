from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.pool import UserPool
from pyramid_cognito.settings import CognitoSettings
from pyramid_cognito.sign_in import (
    Challenge,
    Conversation,
    PendingChallenges,
    SignInResult,
    SignInStatus,
)
from pyramid_cognito.srp import secret_hash, timestamp
from pyramid_cognito.ticket import Sealer, Tokens
from tests.application import SECRET, make_settings
from tests.clock import Clock
from tests.jwt_factory import CLIENT_ID, NOW
from tests.srp_server import SrpServer
from tests.stubbed import stubbed

PASSWORD = "Correct-Horse-9"
CLIENT_SECRET = "a-client-secret-of-the-pool"
RESULT = {"IdToken": "id", "AccessToken": "access", "RefreshToken": "refresh"}
TOKENS = Tokens("id", "access", "refresh")


class Pool:
    """A conversation with a stubbed user pool whose SRP half is real."""

    def __init__(self, **changes: str) -> None:
        self.settings: CognitoSettings = make_settings(**changes)
        self.user_pool = UserPool(self.settings)
        self.conversation = Conversation(self.settings, self.user_pool, Clock())
        self.server = SrpServer.for_password("AbCdEf123", "internal-name", PASSWORD)

    def stub(self) -> Any:
        return stubbed(self.user_pool)

    def begin(self, username: str = "ada@example.com", password: str = PASSWORD) -> Any:
        return self.conversation.begin(username, password, remember=True)

    def offers_a_challenge(self, stub: Stubber, **parameters: str) -> None:
        stub.add_response(
            "initiate_auth",
            {
                "ChallengeName": "PASSWORD_VERIFIER",
                "ChallengeParameters": {**self.server.challenge(), **parameters},
            },
        )


@pytest.fixture
def pool() -> Pool:
    return Pool()


def refusal(call: Callable[[], Any]) -> CognitoError:
    with pytest.raises(CognitoError) as caught:
        call()
    return caught.value


class Recorded(dict[str, Any]):
    """Expected parameters that match anything and keep what was sent."""

    def __ne__(self, sent: object) -> bool:
        assert isinstance(sent, dict)
        self.update(sent)
        return False


def test_a_right_password_gives_tokens(pool: Pool) -> None:
    with pool.stub() as stub:
        sent, proof = Recorded(), Recorded()
        stub.add_response(
            "initiate_auth",
            {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": pool.server.challenge()},
            {"AuthFlow": "USER_SRP_AUTH", "ClientId": CLIENT_ID, "AuthParameters": sent},
        )
        stub.add_response(
            "respond_to_auth_challenge",
            {"AuthenticationResult": RESULT},
            {
                "ClientId": CLIENT_ID,
                "ChallengeName": "PASSWORD_VERIFIER",
                "ChallengeResponses": proof,
            },
        )
        assert pool.begin() == TOKENS
    assert sent["USERNAME"] == "ada@example.com"
    assert sorted(sent) == ["SRP_A", "USERNAME"]
    assert proof["USERNAME"] == "internal-name"
    assert proof["TIMESTAMP"] == timestamp(NOW)
    assert proof["PASSWORD_CLAIM_SECRET_BLOCK"] == pool.server.challenge()["SECRET_BLOCK"]
    assert pool.server.accepts(sent["SRP_A"], proof["PASSWORD_CLAIM_SIGNATURE"], proof["TIMESTAMP"])


def test_a_client_with_a_secret_proves_it_over_the_name_of_the_moment() -> None:
    pool = Pool(client_secret=CLIENT_SECRET)
    with pool.stub() as stub:
        sent, proof = Recorded(), Recorded()
        stub.add_response(
            "initiate_auth",
            {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": pool.server.challenge()},
            {"AuthFlow": ANY, "ClientId": ANY, "AuthParameters": sent},
        )
        stub.add_response(
            "respond_to_auth_challenge",
            {"AuthenticationResult": RESULT},
            {"ClientId": ANY, "ChallengeName": ANY, "ChallengeResponses": proof},
        )
        pool.begin()
    assert sent["SECRET_HASH"] == secret_hash("ada@example.com", CLIENT_ID, CLIENT_SECRET)
    assert proof["SECRET_HASH"] == secret_hash("internal-name", CLIENT_ID, CLIENT_SECRET)


def test_a_session_string_is_given_back(pool: Pool) -> None:
    session = "s" * 20
    with pool.stub() as stub:
        stub.add_response(
            "initiate_auth",
            {
                "ChallengeName": "PASSWORD_VERIFIER",
                "ChallengeParameters": pool.server.challenge(),
                "Session": session,
            },
        )
        stub.add_response(
            "respond_to_auth_challenge",
            {"AuthenticationResult": RESULT},
            {
                "ClientId": ANY,
                "ChallengeName": ANY,
                "ChallengeResponses": ANY,
                "Session": session,
            },
        )
        assert pool.begin() == TOKENS


def test_a_further_challenge_knows_who_is_asked_and_what_they_wanted(pool: Pool) -> None:
    with pool.stub() as stub:
        pool.offers_a_challenge(stub)
        stub.add_response(
            "respond_to_auth_challenge",
            {
                "ChallengeName": "SOFTWARE_TOKEN_MFA",
                "Session": "s" * 20,
                "ChallengeParameters": {"FRIENDLY_DEVICE_NAME": "phone"},
            },
        )
        challenge = pool.begin()
    assert challenge == Challenge(
        "SOFTWARE_TOKEN_MFA",
        {"FRIENDLY_DEVICE_NAME": "phone"},
        username="ada@example.com",
        user_id="internal-name",
        remember=True,
        session="s" * 20,
    )
    assert "sssss" not in repr(challenge)


# what must look like a wrong password


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UserNotFoundException", "User does not exist."),
        ("UserNotConfirmedException", "User is not confirmed."),
        ("NotAuthorizedException", "User is disabled."),
        ("PasswordResetRequiredException", "Password reset required for the user"),
    ],
)
def test_a_refusal_before_the_password_looks_like_a_wrong_one_and_takes_as_long(
    pool: Pool, code: str, message: str
) -> None:
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", code, message)
        # then both calls that a wrong password costs, for a name that nobody has
        decoy = Recorded()
        stub.add_response(
            "initiate_auth",
            {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": pool.server.challenge()},
            {"AuthFlow": ANY, "ClientId": ANY, "AuthParameters": decoy},
        )
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException", "Incorrect")
        early = refusal(pool.begin)
    assert decoy["USERNAME"] != "ada@example.com"
    with pool.stub() as stub:
        pool.offers_a_challenge(stub)
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException", "Incorrect")
        late = refusal(pool.begin)
    assert (early.code, early.message, early.status) == (late.code, late.message, late.status)


@pytest.mark.parametrize("code", ["UserNotFoundException", "UserNotConfirmedException"])
def test_a_refusal_of_the_proof_looks_the_same_too(pool: Pool, code: str) -> None:
    with pool.stub() as stub:
        pool.offers_a_challenge(stub)
        stub.add_client_error("respond_to_auth_challenge", code)
        assert refusal(pool.begin).code == "NotAuthorizedException"


def test_who_knows_the_password_is_told_that_it_must_be_reset(pool: Pool) -> None:
    with pool.stub() as stub:
        pool.offers_a_challenge(stub)
        stub.add_client_error("respond_to_auth_challenge", "PasswordResetRequiredException")
        assert refusal(pool.begin).code == "PasswordResetRequiredException"


def test_a_team_may_choose_to_reveal_the_state_of_an_account() -> None:
    pool = Pool(reveal_account_state="true")
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "UserNotConfirmedException")
        pool.offers_a_challenge(stub)
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        assert refusal(pool.begin).code == "UserNotConfirmedException"


def test_an_outage_is_told_as_one_and_costs_no_proof(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "InternalErrorException", http_status_code=500)
        assert refusal(pool.begin).status == 503


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("", PASSWORD),
        ("ada", ""),
        ("a" * 129, PASSWORD),
        ("ada", "p" * 257),
        ("ada\ud800", PASSWORD),
        ("ada", "\udfff"),
    ],
)
def test_what_cognito_could_not_even_read_is_a_wrong_password(
    pool: Pool, username: str, password: str
) -> None:
    with pool.stub():
        assert refusal(lambda: pool.begin(username, password)).code == "NotAuthorizedException"


@pytest.mark.parametrize(
    "parameters", [{"SRP_B": "0"}, {"SALT": "no hex"}, {"SECRET_BLOCK": "?"}, {"SRP_B": "f" * 2000}]
)
def test_a_hostile_challenge_is_an_outage_and_gets_no_proof(
    pool: Pool, parameters: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with pool.stub() as stub:
        pool.offers_a_challenge(stub, **parameters)
        assert refusal(pool.begin).status == 503
    assert "SRP challenge is refused" in caplog.text


def test_another_challenge_in_its_place_is_an_outage_too(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("initiate_auth", {"ChallengeName": "CUSTOM_CHALLENGE"})
        assert refusal(pool.begin).status == 503


# answering


def pending(name: str, session: str | None = "s" * 20) -> Challenge:
    return Challenge(name, {}, "ada@example.com", "internal-name", remember=False, session=session)


@pytest.mark.parametrize(
    ("name", "responses"),
    [
        ("SOFTWARE_TOKEN_MFA", {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
        ("SMS_MFA", {"SMS_MFA_CODE": "123456"}),
        ("EMAIL_OTP", {"EMAIL_OTP_CODE": "123456"}),
        ("NEW_PASSWORD_REQUIRED", {"NEW_PASSWORD": "new", "userAttributes.name": "Ada"}),
    ],
)
def test_an_answer_goes_with_the_internal_name_and_the_session(
    pool: Pool, name: str, responses: dict[str, str]
) -> None:
    with pool.stub() as stub:
        stub.add_response(
            "respond_to_auth_challenge",
            {"AuthenticationResult": RESULT},
            {
                "ClientId": CLIENT_ID,
                "ChallengeName": name,
                "ChallengeResponses": {**responses, "USERNAME": "internal-name"},
                "Session": "s" * 20,
            },
        )
        assert pool.conversation.answer(pending(name), responses) == TOKENS


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("SOFTWARE_TOKEN_MFA", "SMS_MFA_CODE"),
        ("SOFTWARE_TOKEN_MFA", "USERNAME"),
        ("SOFTWARE_TOKEN_MFA", "userAttributes.name"),
        ("NEW_PASSWORD_REQUIRED", "userAttributes.custom:domain"),
        ("NEW_PASSWORD_REQUIRED", "userAttributes.email_verified"),
        ("CUSTOM_CHALLENGE", "ANSWER"),
    ],
)
def test_a_challenge_takes_its_own_answers_and_nothing_else(
    pool: Pool, name: str, response: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pool.stub(), pytest.raises(ValueError, match="does not ask for"):
        pool.conversation.answer(pending(name), {response: "forged"})
    assert f"{name} does not ask for '{response}': refused" in caplog.text
    assert "forged" not in caplog.text


@pytest.mark.parametrize("text", ["", "\ud800", "1" * 2049])
def test_an_answer_that_cannot_be_sent_is_refused_here(pool: Pool, text: str) -> None:
    with pool.stub():
        error = refusal(
            lambda: pool.conversation.answer(
                pending("SOFTWARE_TOKEN_MFA"), {"SOFTWARE_TOKEN_MFA_CODE": text}
            )
        )
    assert error.code == "InvalidParameterException"


# refresh and revocation


@pytest.mark.parametrize("client_secret", [None, CLIENT_SECRET])
@pytest.mark.parametrize("rotated", [None, "rotated"])
def test_a_refresh_keeps_the_refresh_token_unless_it_is_rotated(
    client_secret: str | None, rotated: str | None
) -> None:
    pool = Pool(**({"client_secret": client_secret} if client_secret else {}))
    result = {"IdToken": "new id", "AccessToken": "new access"}
    expected = {"ClientId": CLIENT_ID, "RefreshToken": "refresh"}
    with pool.stub() as stub:
        stub.add_response(
            "get_tokens_from_refresh_token",
            {"AuthenticationResult": {**result, **({"RefreshToken": rotated} if rotated else {})}},
            {**expected, **({"ClientSecret": client_secret} if client_secret else {})},
        )
        fresh = pool.conversation.refresh(TOKENS)
    assert fresh == Tokens("new id", "new access", rotated or "refresh")


def test_an_answer_without_tokens_gives_tokens_that_nobody_believes(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("get_tokens_from_refresh_token", {})
        assert pool.conversation.refresh(TOKENS) == Tokens("", "", "refresh")


def test_revocation_names_the_refresh_token_and_sign_out_everywhere_the_person(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("revoke_token", {}, {"ClientId": CLIENT_ID, "Token": "refresh"})
        pool.conversation.revoke(TOKENS)
        stub.add_response("global_sign_out", {}, {"AccessToken": "access"})
        pool.conversation.sign_out_everywhere(TOKENS)


# the pending challenge in its cookie


def make_pending(clock: Clock, purpose: str = "challenge") -> PendingChallenges:
    return PendingChallenges(Sealer([SECRET], purpose, clock=clock), 180)


def test_a_pending_challenge_comes_back_as_it_went() -> None:
    clock = Clock()
    parameters = {"CODE_DELIVERY_DESTINATION": "+*******7890", "requiredAttributes": "[]"}
    challenge = Challenge("SMS_MFA", parameters, "ada", "internal", remember=True, session="s")
    value = make_pending(clock).seal(challenge)
    assert make_pending(clock).open(value) == challenge


def test_only_parameters_that_a_page_shows_are_kept() -> None:
    clock = Clock()
    secret = {"SECRET_BLOCK": "x" * 5000, "FRIENDLY_DEVICE_NAME": "phone"}
    challenge = Challenge("SOFTWARE_TOKEN_MFA", secret, "ada", "internal", False, None)
    opened = make_pending(clock).open(make_pending(clock).seal(challenge))
    assert opened is not None
    assert opened.parameters == {"FRIENDLY_DEVICE_NAME": "phone"}


def test_a_pending_challenge_ends_with_its_time_and_opens_for_nothing_else() -> None:
    clock = Clock()
    value = make_pending(clock).seal(pending("SMS_MFA"))
    assert make_pending(clock, "session").open(value) is None
    clock.advance(180)
    assert make_pending(clock).open(value) is None


def test_a_result_has_succeeded_only_with_that_status() -> None:
    assert SignInResult(SignInStatus.SUCCEEDED).succeeded
    others = set(SignInStatus) - {SignInStatus.SUCCEEDED}
    assert not any(SignInResult(status).succeeded for status in others)


def test_logs_of_a_sign_in_hold_no_secret(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "UserNotFoundException")
        stub.add_client_error("initiate_auth", "UserNotFoundException")
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        refusal(pool.begin)
    assert "A proof was spent" in caplog.text
    assert PASSWORD not in caplog.text
