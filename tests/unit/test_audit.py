from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyramid_cognito import audit
from pyramid_cognito.events import AccountEvent, AttributesChanged, Throttled, UserConfirmed

TIME = datetime(2026, 6, 5, 7, 0, 0, 123456, tzinfo=timezone.utc)


@pytest.fixture
def trail(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "pyramid_cognito.audit")
    return caplog


def event(kind: type[AccountEvent], user: str | None = "ada", **facts: Any) -> AccountEvent:
    request = SimpleNamespace(POST={"password": "hunter2"})
    person = {"user": user, "sub": "6f1f", "address": "192.0.2.1"}
    return kind(**{**person, "time": TIME, "request": request, **facts})


def test_a_line_is_the_events_name_and_its_facts(trail: pytest.LogCaptureFixture) -> None:
    audit.write(event(AttributesChanged, names=("email", "name")))
    (line,) = trail.messages
    name, _, facts = line.partition(" ")
    assert name == "AttributesChanged"
    assert json.loads(facts) == {
        "user": "ada",
        "sub": "6f1f",
        "address": "192.0.2.1",
        "time": "2026-06-05T07:00:00+00:00",
        "names": ["email", "name"],
    }


def test_what_went_wrong_is_a_warning(trail: pytest.LogCaptureFixture) -> None:
    audit.write(event(UserConfirmed))
    audit.write(event(Throttled, action="sign_in"))
    levels = [(record.name, record.levelname) for record in trail.records]
    assert levels == [("pyramid_cognito.audit", "INFO"), ("pyramid_cognito.audit", "WARNING")]


def test_what_is_not_known_is_null(trail: pytest.LogCaptureFixture) -> None:
    audit.write(event(UserConfirmed, user=None, sub=None, address=None))
    assert '"user": null, "sub": null, "address": null' in trail.text


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_breaks_out_of_its_line(trail: pytest.LogCaptureFixture, name: str) -> None:
    trail.clear()
    audit.write(event(UserConfirmed, user=name))
    (line,) = trail.messages
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line.partition(" ")[2])["user"] == name


def test_half_a_surrogate_pair_can_be_written(trail: pytest.LogCaptureFixture) -> None:
    audit.write(event(UserConfirmed, user="a\ud800\n"))
    assert r'"user": "a\ud800\n"' in trail.text


def test_a_long_name_is_cut(trail: pytest.LogCaptureFixture) -> None:
    audit.write(event(UserConfirmed, user="x" * 100_000))
    audit.write(event(AttributesChanged, names=("y" * 100_000,)))
    assert all(len(line) < 500 for line in trail.messages)
