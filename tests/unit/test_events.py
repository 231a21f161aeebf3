from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timezone
from typing import Any

import pytest
from pyramid.config import Configurator

from pyramid_cognito import events
from pyramid_cognito.events import (
    AccessDenied,
    AccountDeleted,
    AccountEvent,
    AttributesChanged,
    ChallengeFailed,
    DeviceRemembered,
    PasswordChanged,
    SecondFactorChanged,
    SignInFailed,
    Throttled,
    UserConfirmed,
    UserSignedIn,
    UserSignedOut,
    UserSignedUp,
    notify,
    silent,
)
from pyramid_cognito.services import REGISTRY_KEY
from tests.application import cookie_header, make_config, make_request, make_tokens
from tests.jwt_factory import NOW, SUB

#: each kind with facts of its own
KINDS: dict[type[AccountEvent], dict[str, Any]] = {
    UserSignedIn: {},
    UserSignedOut: {"everywhere": True},
    UserSignedUp: {},
    UserConfirmed: {},
    PasswordChanged: {"how": "changed"},
    SecondFactorChanged: {"factors": ("SMS_MFA",)},
    DeviceRemembered: {"device_key": "eu-west-1_0000"},
    AttributesChanged: {"names": ("email",)},
    AccountDeleted: {},
    SignInFailed: {"code": "NotAuthorizedException"},
    ChallengeFailed: {"challenge": "SMS_MFA", "code": "CodeMismatchException"},
    AccessDenied: {"reasons": ("not of the group",), "remedy": "none"},
    Throttled: {"action": "sign_in"},
}
WENT_WRONG = {SignInFailed, ChallengeFailed, AccessDenied, Throttled}


class Listener:
    """An application that subscribes to *kind*, and what it is told of."""

    def __init__(self, kind: type[AccountEvent] = AccountEvent) -> None:
        self.config: Configurator = make_config()
        self.told: list[Any] = []
        self.config.add_subscriber(self.told.append, kind)

    def request(self, *, signed_in: bool = False) -> Any:
        request = make_request(self.config, REMOTE_ADDR="192.0.2.1")
        if not signed_in:
            return request
        sessions = self.config.registry[REGISTRY_KEY].sessions
        _, headers = sessions.start(request, make_tokens(), remember=False)
        cookie = cookie_header(headers)
        return make_request(self.config, REMOTE_ADDR="192.0.2.1", HTTP_COOKIE=cookie)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_tells_who_where_and_when(kind: type[AccountEvent]) -> None:
    listener = Listener()
    request = listener.request()
    notify(request, kind, user="grace", **KINDS[kind])
    (event,) = listener.told
    assert type(event) is kind
    assert (event.user, event.sub, event.address) == ("grace", None, "192.0.2.1")
    assert event.time == datetime.fromtimestamp(NOW, timezone.utc)
    assert event.time.tzinfo is timezone.utc
    assert event.request is request
    assert {name: getattr(event, name) for name in KINDS[kind]} == KINDS[kind]


def test_every_kind_is_tried_above() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type)}
    assert {kind for kind in kinds if AccountEvent in kind.__bases__} == set(KINDS)


def test_what_went_wrong_says_so() -> None:
    assert {kind for kind in KINDS if kind.went_wrong} == WENT_WRONG


def test_a_subscriber_may_hear_of_one_kind_alone() -> None:
    listener = Listener(UserConfirmed)
    request = listener.request()
    notify(request, UserSignedUp, user="ada")
    notify(request, UserConfirmed, user="ada")
    assert [type(event) for event in listener.told] == [UserConfirmed]


def test_it_is_about_who_is_signed_in_unless_another_one_is_named() -> None:
    listener = Listener()
    request = listener.request(signed_in=True)
    notify(request, UserSignedIn)
    notify(request, SignInFailed, user="grace", code="NotAuthorizedException")
    notify(request, PasswordChanged, user="grace", sub="sub-of-grace", how="first")
    told = [(event.user, event.sub) for event in listener.told]
    assert told == [("ada", SUB), ("grace", None), ("grace", "sub-of-grace")]


def test_it_may_be_about_nobody() -> None:
    listener = Listener()
    notify(listener.request(), AccessDenied, reasons=(), remedy="sign_in")
    (event,) = listener.told
    assert (event.user, event.sub) == (None, None)


def test_the_audit_trail_has_it_before_a_subscriber_may_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = Listener()

    def fail(event: AccountEvent) -> None:
        raise RuntimeError

    listener.config.add_subscriber(fail, AccountDeleted)
    request = listener.request()
    with caplog.at_level("INFO", "pyramid_cognito.audit"), pytest.raises(RuntimeError):
        notify(request, AccountDeleted, user="ada")
    assert "AccountDeleted" in caplog.text


def test_an_event_cannot_be_changed_and_does_not_show_the_request() -> None:
    listener = Listener()
    notify(listener.request(), UserSignedOut, user="ada", everywhere=False)
    (event,) = listener.told
    assert "request" in {fact.name for fact in fields(event)}
    assert "request" not in repr(event)
    with pytest.raises(FrozenInstanceError):
        event.user = "grace"


def test_without_a_request_there_is_nobody_to_tell() -> None:
    assert silent(UserConfirmed, user="ada") is None
