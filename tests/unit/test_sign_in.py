from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.pool import UserPool
from pyramid_cognito.settings import CognitoSettings
from pyramid_cognito.sign_in import (
    Challenge,
    Conversation,
    SignInResult,
    SignInStatus,
)
from pyramid_cognito.srp import secret_hash, timestamp
from pyramid_cognito.ticket import Tokens
from tests.application import make_settings
from tests.clock import Clock
from tests.jwt_factory import CLIENT_ID, NOW
from tests.srp_server import SrpServer
from tests.stubbed import stubbed

PASSWORD = "Correct-Horse-9"
CLIENT_SECRET = "a-client-secret-of-the-pool"
RESULT = {"IdToken": "id", "AccessToken": "access", "RefreshToken": "refresh"}
TOKENS = Tokens("id", "access", "refresh")
KEY = "JBSWY3DPEHPK3PXP"


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


def test_an_answer_without_a_challenge_is_an_outage_too(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("initiate_auth", {})
        assert refusal(pool.begin).code == "ServiceUnavailable"


def test_another_challenge_in_its_place_is_an_outage_too(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("initiate_auth", {"ChallengeName": "CUSTOM_CHALLENGE"})
        assert refusal(pool.begin).status == 503


# answering


def pending(name: str, session: str | None = "s" * 20, **parameters: str) -> Challenge:
    return Challenge(
        name, parameters, "ada@example.com", "internal-name", remember=False, session=session
    )


@pytest.mark.parametrize(
    ("name", "responses"),
    [
        ("SOFTWARE_TOKEN_MFA", {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
        ("SMS_MFA", {"SMS_MFA_CODE": "123456"}),
        ("EMAIL_OTP", {"EMAIL_OTP_CODE": "123456"}),
        ("SMS_OTP", {"SMS_OTP_CODE": "123456"}),
        ("CUSTOM_CHALLENGE", {"ANSWER": "Rex"}),
        ("WEB_AUTHN", {"CREDENTIAL": "{" + "c" * 4000 + "}"}),
        ("PASSWORD", {"PASSWORD": PASSWORD}),
        ("ADMIN_NO_SRP_AUTH", {"PASSWORD": PASSWORD}),
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
        ("SELECT_MFA_TYPE", "SMS_MFA_CODE"),
        ("MFA_SETUP", "ANSWER"),
        ("CUSTOM_CHALLENGE", "PASSWORD"),
        ("PASSWORD_VERIFIER", "PASSWORD"),
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


# choosing a second factor


CHOICE = pending("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SOFTWARE_TOKEN_MFA", "EMAIL_MFA"]')


def test_a_choice_is_answered_with_what_was_chosen_and_leads_to_its_challenge(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response(
            "respond_to_auth_challenge",
            {"ChallengeName": "EMAIL_OTP", "Session": "n" * 20},
            {
                "ClientId": CLIENT_ID,
                "ChallengeName": "SELECT_MFA_TYPE",
                "ChallengeResponses": {"ANSWER": "EMAIL_MFA", "USERNAME": "internal-name"},
                "Session": "s" * 20,
            },
        )
        following = pool.conversation.answer(CHOICE, {"ANSWER": "EMAIL_MFA"})
    assert following == pending("EMAIL_OTP", session="n" * 20)


@pytest.mark.parametrize("answer", ["SMS_MFA", "email_mfa", '["EMAIL_MFA"]'])
def test_nothing_can_be_chosen_but_what_cognito_offers(pool: Pool, answer: str) -> None:
    with pool.stub():
        error = refusal(lambda: pool.conversation.answer(CHOICE, {"ANSWER": answer}))
    assert error.code == "InvalidChallengeAnswer"


def test_no_choice_is_none(pool: Pool) -> None:
    with pool.stub():
        error = refusal(lambda: pool.conversation.answer(CHOICE, {}))
    assert error.code == "InvalidChallengeAnswer"


# setting up an authenticator


SETUP = pending("MFA_SETUP", MFAS_CAN_SETUP='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]')
ASSOCIATED = replace(SETUP, secret=KEY, session="a" * 20)
CODE = {"SOFTWARE_TOKEN_MFA_CODE": "123456"}


def verifies(stub: Stubber, answer: dict[str, str], **expected: str) -> None:
    parameters = {"Session": "a" * 20, "UserCode": "123456", **expected}
    stub.add_response("verify_software_token", answer, parameters)


def completes(stub: Stubber, session: str, secret: str | None = None) -> None:
    responses = {"USERNAME": "internal-name", **({"SECRET_HASH": secret} if secret else {})}
    stub.add_response(
        "respond_to_auth_challenge",
        {"AuthenticationResult": RESULT},
        {
            "ClientId": CLIENT_ID,
            "ChallengeName": "MFA_SETUP",
            "ChallengeResponses": responses,
            "Session": session,
        },
    )


def test_an_app_gets_its_secret_for_the_session_of_the_challenge(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response(
            "associate_software_token",
            {"SecretCode": KEY, "Session": "a" * 20},
            {"Session": "s" * 20},
        )
        assert pool.conversation.associate(SETUP) == (KEY, ASSOCIATED)


def test_a_session_goes_on_where_no_newer_one_comes(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_response("associate_software_token", {"SecretCode": KEY})
        assert pool.conversation.associate(SETUP)[1].session == SETUP.session


@pytest.mark.parametrize("parameters", [{}, {"MFAS_CAN_SETUP": '["SMS_MFA", "EMAIL_OTP"]'}])
def test_an_app_is_set_up_only_where_the_pool_has_apps(
    pool: Pool, parameters: dict[str, str]
) -> None:
    with pool.stub():
        error = refusal(lambda: pool.conversation.associate(pending("MFA_SETUP", **parameters)))
    assert error.code == "SoftwareTokenMFANotFoundException"


@pytest.mark.parametrize("client_secret", [None, CLIENT_SECRET])
def test_a_verified_code_completes_the_setup_with_the_session_that_it_brought(
    client_secret: str | None,
) -> None:
    pool = Pool(**({"client_secret": client_secret} if client_secret else {}))
    proof = client_secret and secret_hash("internal-name", CLIENT_ID, client_secret)
    with pool.stub() as stub:
        verifies(stub, {"Status": "SUCCESS", "Session": "v" * 20})
        completes(stub, "v" * 20, proof)
        assert pool.conversation.answer(ASSOCIATED, CODE) == TOKENS


@pytest.mark.parametrize(("typed", "sent"), [("phone", {"FriendlyDeviceName": "phone"}), ("", {})])
def test_an_app_may_have_a_name(pool: Pool, typed: str, sent: dict[str, str]) -> None:
    with pool.stub() as stub:
        verifies(stub, {"Status": "SUCCESS", "Session": "v" * 20}, **sent)
        completes(stub, "v" * 20)
        pool.conversation.answer(ASSOCIATED, {**CODE, "FRIENDLY_DEVICE_NAME": typed})


def test_a_wrong_code_completes_nothing(pool: Pool) -> None:
    with pool.stub() as stub:
        stub.add_client_error("verify_software_token", "EnableSoftwareTokenMFAException")
        error = refusal(lambda: pool.conversation.answer(ASSOCIATED, CODE))
    assert error.code == "EnableSoftwareTokenMFAException"


def test_a_code_is_verified_only_if_cognito_says_so(pool: Pool) -> None:
    with pool.stub() as stub:
        verifies(stub, {"Status": "ERROR", "Session": "v" * 20})
        error = refusal(lambda: pool.conversation.answer(ASSOCIATED, CODE))
    assert error.code == "EnableSoftwareTokenMFAException"


@pytest.mark.parametrize(
    ("challenge", "responses"),
    [(SETUP, CODE), (ASSOCIATED, {}), (ASSOCIATED, {"FRIENDLY_DEVICE_NAME": "phone"})],
)
def test_without_secret_or_code_there_is_nothing_to_verify(
    pool: Pool, challenge: Challenge, responses: dict[str, str]
) -> None:
    with pool.stub():
        error = refusal(lambda: pool.conversation.answer(challenge, responses))
    assert error.code == "InvalidChallengeAnswer"


def test_a_session_that_is_over_means_to_start_again(pool: Pool) -> None:
    for operation, call in (
        ("associate_software_token", lambda: pool.conversation.associate(SETUP)),
        ("verify_software_token", lambda: pool.conversation.answer(ASSOCIATED, CODE)),
    ):
        with pool.stub() as stub:
            stub.add_client_error(operation, "NotAuthorizedException", "Access denied.")
            assert refusal(call).code == "SessionExpired"


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


# the rest


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
