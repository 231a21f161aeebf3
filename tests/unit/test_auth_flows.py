"""Signing in by each of ``cognito.auth_flow``, and the choice of USER_AUTH."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from pyramid_cognito.challenges import Challenge
from pyramid_cognito.srp import secret_hash
from pyramid_cognito.ticket import Tokens
from tests.jwt_factory import CLIENT_ID
from tests.unit.test_sign_in import (
    CLIENT_SECRET,
    PASSWORD,
    RESULT,
    TOKENS,
    Pool,
    Recorded,
    pending,
    refusal,
)

SESSION, NEXT = "s" * 20, "n" * 20
TYPED = "ada@example.com"
WITH_CODES = "email_code sms_code passkeys"


def choosing(**changes: str) -> Pool:
    return Pool(auth_flow="USER_AUTH", features=WITH_CODES, **changes)


def is_begun(stub: Stubber, flow: str, answer: dict[str, Any]) -> Recorded:
    """What goes with InitiateAuth, once it has been called."""
    sent = Recorded()
    expected = {"AuthFlow": flow, "ClientId": CLIENT_ID, "AuthParameters": sent}
    stub.add_response("initiate_auth", answer, expected)
    return sent


def is_answered(
    stub: Stubber, name: str, answer: dict[str, Any], session: str | None = SESSION
) -> Recorded:
    """The same of RespondToAuthChallenge."""
    sent = Recorded()
    expected = {"ClientId": CLIENT_ID, "ChallengeName": name, "ChallengeResponses": sent}
    if session:
        expected["Session"] = session
    stub.add_response("respond_to_auth_challenge", answer, expected)
    return sent


def verifier(pool: Pool, session: str | None = None) -> dict[str, Any]:
    answer = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": pool.server.challenge()}
    return answer | ({"Session": session} if session else {})


def is_proved(pool: Pool, begun: Recorded, proof: Recorded) -> bool:
    claim = proof["PASSWORD_CLAIM_SIGNATURE"]
    return pool.server.accepts(begun["SRP_A"], claim, proof["TIMESTAMP"])


def choice(*available: str, session: str = SESSION) -> dict[str, Any]:
    return {
        "ChallengeName": "SELECT_CHALLENGE",
        "Session": session,
        "ChallengeParameters": {"USERNAME": "internal-name"},
        "AvailableChallenges": list(available),
    }


def chosen_from(pool: Pool, *available: str) -> Challenge:
    with pool.stub() as stub:
        is_begun(stub, "USER_AUTH", choice(*available))
        challenge = pool.conversation.begin_with_choice(TYPED, remember=True)
    assert isinstance(challenge, Challenge)
    return challenge


# the flows


@pytest.mark.parametrize(
    ("flow", "besides"),
    [
        ("USER_SRP_AUTH", {}),
        ("USER_AUTH", {"PREFERRED_CHALLENGE": "PASSWORD_SRP"}),
        ("CUSTOM_AUTH", {"CHALLENGE_NAME": "SRP_A"}),
    ],
)
def test_a_password_is_proved_and_never_sent(flow: str, besides: dict[str, str]) -> None:
    pool = Pool(auth_flow=flow)
    with pool.stub() as stub:
        begun = is_begun(stub, flow, verifier(pool))
        proof = is_answered(stub, "PASSWORD_VERIFIER", {"AuthenticationResult": RESULT}, None)
        assert pool.begin() == TOKENS
    assert {k: v for k, v in begun.items() if k != "SRP_A"} == {"USERNAME": TYPED, **besides}
    assert PASSWORD not in {*begun.values(), *proof.values()}
    assert is_proved(pool, begun, proof)


def test_a_custom_challenge_follows_the_password() -> None:
    pool = Pool(auth_flow="CUSTOM_AUTH")
    asked = {
        "ChallengeName": "CUSTOM_CHALLENGE",
        "Session": NEXT,
        "ChallengeParameters": {"USERNAME": "internal-name", "question": "Your dog?"},
    }
    with pool.stub() as stub:
        is_begun(stub, "CUSTOM_AUTH", verifier(pool, SESSION))
        is_answered(stub, "PASSWORD_VERIFIER", asked)
        challenge = pool.begin()
    assert (challenge.name, challenge.parameters["question"]) == ("CUSTOM_CHALLENGE", "Your dog?")
    with pool.stub() as stub:
        is_answered(stub, "CUSTOM_CHALLENGE", {**asked, "Session": "m" * 20}, NEXT)
        again = pool.conversation.answer(challenge, {"ANSWER": "Rex"})
    assert isinstance(again, Challenge)
    assert again.session == "m" * 20


def test_a_custom_challenge_before_the_password_is_refused() -> None:
    pool = Pool(auth_flow="CUSTOM_AUTH")
    with pool.stub() as stub:
        is_begun(stub, "CUSTOM_AUTH", {"ChallengeName": "CUSTOM_CHALLENGE", "Session": NEXT})
        assert refusal(pool.begin).status == 503


def test_a_password_is_sent_where_the_settings_say_so() -> None:
    pool = Pool(auth_flow="USER_PASSWORD_AUTH", client_secret=CLIENT_SECRET)
    with pool.stub() as stub:
        begun = is_begun(stub, "USER_PASSWORD_AUTH", {"AuthenticationResult": RESULT})
        assert pool.begin() == TOKENS
    proof = secret_hash(TYPED, CLIENT_ID, CLIENT_SECRET)
    assert begun == {"USERNAME": TYPED, "PASSWORD": PASSWORD, "SECRET_HASH": proof}


@pytest.mark.parametrize(
    "code",
    [
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    ],
)
def test_where_it_is_sent_an_unknown_account_is_a_wrong_password(code: str) -> None:
    pool = Pool(auth_flow="USER_PASSWORD_AUTH")
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", code)
        assert refusal(pool.begin).code == "NotAuthorizedException"


# a choice


def test_what_pool_and_site_offer_can_be_chosen_and_one_password() -> None:
    offered = ("WEB_AUTHN", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "PASSWORD_SRP")
    challenge = chosen_from(choosing(), *offered)
    assert challenge.choices == ("PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
    assert (challenge.username, challenge.user_id) == (TYPED, "internal-name")
    assert not challenge.is_decoy
    assert chosen_from(choosing(), "PASSWORD").choices == ("PASSWORD",)
    assert chosen_from(Pool(auth_flow="USER_AUTH", features="sign_up"), "EMAIL_OTP").choices == ()


def test_what_need_not_be_chosen_is_asked_at_once() -> None:
    pool = choosing()
    with pool.stub() as stub:
        is_begun(stub, "USER_AUTH", {"AuthenticationResult": RESULT})
        assert pool.conversation.begin_with_choice(TYPED, remember=False) == TOKENS


def test_a_chosen_password_is_proved() -> None:
    pool = choosing()
    challenge = chosen_from(pool, "PASSWORD_SRP")
    with pool.stub() as stub:
        begun = is_answered(stub, "SELECT_CHALLENGE", verifier(pool, NEXT))
        proof = is_answered(stub, "PASSWORD_VERIFIER", {"AuthenticationResult": RESULT}, NEXT)
        answer = {"ANSWER": "PASSWORD_SRP", "PASSWORD": PASSWORD}
        assert pool.conversation.answer(challenge, answer) == TOKENS
    assert begun["ANSWER"] == "PASSWORD_SRP"
    assert is_proved(pool, begun, proof)


def test_a_password_is_proved_where_it_is_asked_for() -> None:
    pool = choosing()
    with pool.stub() as stub:
        begun = is_answered(stub, "PASSWORD_SRP", verifier(pool, NEXT))
        proof = is_answered(stub, "PASSWORD_VERIFIER", {"AuthenticationResult": RESULT}, NEXT)
        answered = pool.conversation.answer(pending("PASSWORD_SRP"), {"PASSWORD": PASSWORD})
    assert answered == TOKENS
    assert "ANSWER" not in begun
    assert is_proved(pool, begun, proof)


def test_tokens_in_place_of_a_challenge_are_verified_as_any() -> None:
    pool = choosing()
    with pool.stub() as stub:
        is_answered(stub, "PASSWORD_SRP", {"AuthenticationResult": RESULT})
        assert pool.conversation.answer(pending("PASSWORD_SRP"), {"PASSWORD": PASSWORD}) == TOKENS


@pytest.mark.parametrize(
    ("name", "responses"),
    [
        ("SELECT_CHALLENGE", {}),
        ("SELECT_CHALLENGE", {"ANSWER": "SMS_OTP"}),
        ("SELECT_CHALLENGE", {"ANSWER": "PASSWORD_SRP"}),
        ("SELECT_CHALLENGE", {"ANSWER": "PASSWORD_SRP", "PASSWORD": ""}),
        ("PASSWORD", {}),
    ],
)
def test_what_is_not_offered_or_has_no_password_is_not_sent(
    name: str, responses: dict[str, str]
) -> None:
    pool = choosing()
    challenge = chosen_from(pool, "PASSWORD_SRP") if "SELECT" in name else pending(name)
    with pool.stub():
        error = refusal(lambda: pool.conversation.answer(challenge, responses))
    assert error.code == "InvalidChallengeAnswer"


SENT = {
    "ChallengeName": "EMAIL_OTP",
    "Session": NEXT,
    "ChallengeParameters": {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
        "CODE_DELIVERY_DESTINATION": "a***@e***",
    },
}


@pytest.mark.parametrize(("reveal", "is_told"), [("false", False), ("true", True)])
def test_where_a_code_went_is_not_told_to_who_only_knows_a_name(reveal: str, is_told: bool) -> None:
    pool = choosing(reveal_account_state=reveal)
    challenge = chosen_from(pool, "EMAIL_OTP")
    with pool.stub() as stub:
        sent = is_answered(stub, "SELECT_CHALLENGE", SENT)
        following = pool.conversation.answer(challenge, {"ANSWER": "EMAIL_OTP", "PASSWORD": ""})
    assert sent == {"USERNAME": "internal-name", "ANSWER": "EMAIL_OTP"}
    assert isinstance(following, Challenge)
    assert (following.name, following.session) == ("EMAIL_OTP", NEXT)
    assert ("CODE_DELIVERY_DESTINATION" in following.parameters) is is_told


def test_a_passkey_is_asked_for_with_what_a_browser_needs() -> None:
    pool = choosing()
    challenge = chosen_from(pool, "WEB_AUTHN")
    options = {"CREDENTIAL_REQUEST_OPTIONS": '{"challenge": "AAAA"}'}
    asked = {"ChallengeName": "WEB_AUTHN", "Session": NEXT, "ChallengeParameters": options}
    with pool.stub() as stub:
        is_answered(stub, "SELECT_CHALLENGE", asked)
        following = pool.conversation.answer(challenge, {"ANSWER": "WEB_AUTHN"})
    assert isinstance(following, Challenge)
    assert following.parameters == options


def test_a_choice_may_end_the_sign_in() -> None:
    pool = choosing()
    challenge = chosen_from(pool, "EMAIL_OTP")
    with pool.stub() as stub:
        is_answered(stub, "SELECT_CHALLENGE", {"AuthenticationResult": RESULT})
        assert pool.conversation.answer(challenge, {"ANSWER": "EMAIL_OTP"}) == TOKENS


def test_who_has_no_password_looks_like_a_wrong_one() -> None:
    pool = choosing()
    with pool.stub() as stub:
        is_begun(stub, "USER_AUTH", choice("EMAIL_OTP"))
        # a proof is spent, though the pool asks a name that nobody has to choose too
        is_begun(stub, "USER_AUTH", choice("EMAIL_OTP"))
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        assert refusal(pool.begin).code == "NotAuthorizedException"


def test_a_chosen_password_that_is_wrong_tells_nothing_more() -> None:
    for code in ("NotAuthorizedException", "UserNotConfirmedException"):
        pool = choosing()
        challenge = chosen_from(pool, "PASSWORD")
        with pool.stub() as stub:
            stub.add_client_error("respond_to_auth_challenge", code)
            answer = {"ANSWER": "PASSWORD", "PASSWORD": "wrong"}
            error = refusal(lambda: pool.conversation.answer(challenge, answer))  # noqa: B023
        assert error.code == "NotAuthorizedException"


# an account that there is not


def decoy(pool: Pool, code: str = "UserNotFoundException") -> Challenge:
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", code)
        challenge = pool.conversation.begin_with_choice(TYPED, remember=True)
    assert isinstance(challenge, Challenge)
    assert challenge.is_decoy
    return challenge


@pytest.mark.parametrize("code", ["UserNotFoundException", "UserNotConfirmedException"])
def test_an_account_that_cannot_sign_in_is_asked_to_choose_too(code: str) -> None:
    pool = choosing()
    real = chosen_from(pool, "PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP")
    made_up = decoy(pool, code)
    assert made_up.choices == real.choices
    assert made_up.parameters == {k: v for k, v in real.parameters.items() if k != "USERNAME"}
    assert len(made_up.session or "") == len(real.session or "")
    assert (made_up.username, made_up.remember) == (TYPED, True)


def test_it_is_not_where_a_team_reveals_the_state_of_accounts() -> None:
    pool = choosing(reveal_account_state="true")
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "UserNotConfirmedException")
        error = refusal(lambda: pool.conversation.begin_with_choice(TYPED, remember=True))
    assert error.code == "UserNotConfirmedException"


def test_an_outage_is_no_choice() -> None:
    pool = choosing()
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "InternalErrorException", http_status_code=500)
        error = refusal(lambda: pool.conversation.begin_with_choice(TYPED, remember=True))
    assert error.status == 503


def test_a_name_that_none_can_have_is_not_sent() -> None:
    pool = choosing()
    with pool.stub():
        error = refusal(lambda: pool.conversation.begin_with_choice("a" * 129, remember=True))
    assert error.code == "NotAuthorizedException"


def test_its_code_is_asked_for_and_is_wrong() -> None:
    pool = choosing()
    challenge = decoy(pool)
    with pool.stub() as stub:
        # asked, so that it takes as long as another
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        following = pool.conversation.answer(challenge, {"ANSWER": "EMAIL_OTP"})
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        assert isinstance(following, Challenge)
        assert (following.name, following.parameters) == ("EMAIL_OTP", {})
        error = refusal(lambda: pool.conversation.answer(following, {"EMAIL_OTP_CODE": "123456"}))
    assert error.code == "CodeMismatchException"


def test_its_password_is_wrong_after_as_many_calls() -> None:
    pool = choosing()
    challenge = decoy(pool)
    with pool.stub() as stub:
        stub.add_client_error("initiate_auth", "UserNotFoundException")
        stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        answer = {"ANSWER": "PASSWORD_SRP", "PASSWORD": PASSWORD}
        error = refusal(lambda: pool.conversation.answer(challenge, answer))
    assert error.code == "NotAuthorizedException"


@pytest.mark.parametrize("step", ["choice", "code"])
def test_an_outage_is_told_of_it_too(step: str) -> None:
    pool = choosing()
    challenge, answer = decoy(pool), {"ANSWER": "EMAIL_OTP"}
    with pool.stub() as stub:
        if step == "code":
            stub.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
            following = pool.conversation.answer(challenge, answer)
            assert isinstance(following, Challenge)
            challenge, answer = following, {"EMAIL_OTP_CODE": "123456"}
        stub.add_client_error(
            "respond_to_auth_challenge", "InternalErrorException", http_status_code=500
        )
        assert refusal(lambda: pool.conversation.answer(challenge, answer)).status == 503


def test_even_tokens_would_sign_nobody_in() -> None:
    pool = choosing()
    challenge = decoy(pool)
    with pool.stub() as stub:
        is_answered(stub, "SELECT_CHALLENGE", {"AuthenticationResult": RESULT}, challenge.session)
        following = pool.conversation.answer(challenge, {"ANSWER": "EMAIL_OTP"})
    assert not isinstance(following, Tokens)
