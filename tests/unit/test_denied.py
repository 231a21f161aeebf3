from __future__ import annotations

from pyramid.httpexceptions import HTTPForbidden
from pyramid.security import Denied

from pyramid_cognito.denied import CognitoDenied


def test_a_denial_is_pyramids_and_false():
    denied = CognitoDenied(("not signed in",), "sign_in")

    assert isinstance(denied, Denied)
    assert not denied
    assert denied == 0


def test_a_denial_says_why_and_what_helps():
    denied = CognitoDenied(["100 % sure", "claim custom:domain is missing"], "step_up")

    assert denied.reasons == ("100 % sure", "claim custom:domain is missing")
    assert denied.remedy == "step_up"
    assert denied.msg == str(denied) == "100 % sure; claim custom:domain is missing"
    assert repr(denied) == (
        "<CognitoDenied remedy='step_up': 100 % sure; claim custom:domain is missing>"
    )


def test_nothing_helps_unless_said_otherwise():
    assert CognitoDenied(("no",)).remedy == "none"


def test_a_forbidden_response_carries_the_denial():
    denied = CognitoDenied(("no",))

    assert HTTPForbidden(result=denied).result is denied
