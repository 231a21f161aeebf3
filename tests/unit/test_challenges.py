from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import botocore
import pytest

from pyramid_cognito.challenges import (
    ANSWERS,
    OPTIONAL_ANSWERS,
    UNASKED,
    Challenge,
    PendingChallenges,
    as_choices,
)
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.ticket import Sealer
from tests.application import SECRET
from tests.clock import Clock

KEY = "JBSWY3DPEHPK3PXP"


def make_pending(clock: Clock, purpose: str = "challenge") -> PendingChallenges:
    return PendingChallenges(Sealer([SECRET], purpose, clock=clock), 180)


def pending(name: str, **parameters: str) -> Challenge:
    return Challenge(name, parameters, "ada", "internal", remember=False, session="s" * 20)


def challenge_names() -> set[str]:
    """Those of botocore's model."""
    folder = Path(botocore.__file__).parent / "data" / "cognito-idp"
    (model,) = folder.glob("*/service-2.json.gz")
    shapes = json.loads(gzip.decompress(model.read_bytes()))["shapes"]
    return set(shapes["ChallengeNameType"]["enum"])


def test_every_challenge_of_cognitos_model_is_known() -> None:
    assert len(challenge_names()) == 16
    assert challenge_names() == ANSWERS.keys() | UNASKED
    assert not ANSWERS.keys() & UNASKED


def test_only_what_a_challenge_asks_for_may_be_left_empty() -> None:
    for name, optional in OPTIONAL_ANSWERS.items():
        assert optional < ANSWERS[name]


def test_a_pending_challenge_comes_back_as_it_went() -> None:
    clock = Clock()
    parameters = {"CODE_DELIVERY_DESTINATION": "+*******7890", "requiredAttributes": "[]"}
    challenge = Challenge("SMS_MFA", parameters, "ada", "internal", remember=True, session="s")
    for kept in (challenge, replace(challenge, subject="sub", secret=KEY, is_decoy=True)):
        value = make_pending(clock).seal(kept)
        assert make_pending(clock).open(value) == kept


@pytest.mark.parametrize("name", ["MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP"])
def test_what_there_is_to_choose_from_is_kept(name: str) -> None:
    clock = Clock()
    value = make_pending(clock).seal(pending("SELECT_MFA_TYPE", **{name: '["SMS_MFA"]'}))
    opened = make_pending(clock).open(value)
    assert opened is not None
    assert opened.parameters == {name: '["SMS_MFA"]'}


def test_only_parameters_that_a_page_shows_are_kept() -> None:
    clock = Clock()
    secret = {"SECRET_BLOCK": "x" * 5000, "FRIENDLY_DEVICE_NAME": "phone"}
    challenge = Challenge("SOFTWARE_TOKEN_MFA", secret, "ada", "internal", False, None)
    opened = make_pending(clock).open(make_pending(clock).seal(challenge))
    assert opened is not None
    assert opened.parameters == {"FRIENDLY_DEVICE_NAME": "phone"}


def test_what_the_pools_own_functions_ask_with_is_kept_whole() -> None:
    clock = Clock()
    challenge = pending("CUSTOM_CHALLENGE", question="Your dog?", hint="four letters")
    assert make_pending(clock).open(make_pending(clock).seal(challenge)) == challenge


def test_more_than_a_cookie_holds_is_refused_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(CognitoError) as caught:
        make_pending(Clock()).seal(pending("CUSTOM_CHALLENGE", image="A" * 9000))
    assert caught.value.code == "TicketTooLong"
    assert "CUSTOM_CHALLENGE has more parameters than a cookie holds" in caplog.text


def test_a_pending_challenge_ends_with_its_time_and_opens_for_nothing_else() -> None:
    clock = Clock()
    value = make_pending(clock).seal(pending("SMS_MFA"))
    assert make_pending(clock, "session").open(value) is None
    clock.advance(180)
    assert make_pending(clock).open(value) is None


@pytest.mark.parametrize(
    ("name", "parameters", "choices"),
    [
        (
            "SELECT_MFA_TYPE",
            {"MFAS_CAN_CHOOSE": '["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'},
            ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
        ),
        ("MFA_SETUP", {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}, ("SOFTWARE_TOKEN_MFA",)),
        ("MFA_SETUP", {"MFAS_CAN_CHOOSE": '["SOFTWARE_TOKEN_MFA"]'}, ()),
        ("MFA_SETUP", {}, ()),
        ("MFA_SETUP", {"MFAS_CAN_SETUP": "SOFTWARE_TOKEN_MFA"}, ()),
        ("MFA_SETUP", {"MFAS_CAN_SETUP": '"SOFTWARE_TOKEN_MFA"'}, ()),
        ("SMS_MFA", {"MFAS_CAN_CHOOSE": '["SMS_MFA"]'}, ()),
        ("SELECT_CHALLENGE", as_choices(["PASSWORD", "SMS_OTP"]), ("PASSWORD", "SMS_OTP")),
    ],
)
def test_the_choices_are_those_that_cognito_names(
    name: str, parameters: dict[str, str], choices: tuple[str, ...]
) -> None:
    assert pending(name, **parameters).choices == choices


def test_a_challenge_shows_neither_its_session_nor_its_secret() -> None:
    shown = repr(replace(pending("MFA_SETUP"), secret=KEY))
    assert KEY not in shown
    assert "sssss" not in shown
