from __future__ import annotations

import logging
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito import throttle as throttle_module
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.throttle import Throttle
from tests.application import make_settings

HERE = "192.0.2.1"


def make_throttle(account: str = "2 per 1 hour", address: str = "5 per 1 hour") -> Throttle:
    return Throttle(make_settings(**{"throttle.account": account, "throttle.address": address}))


def refused(throttle: Throttle, account: str, address: str | None, action: str = "sign_in") -> bool:
    try:
        throttle.attempt(action, account, address)
    except CognitoError as error:
        return error.code == "TooManyAttempts"
    return False


def test_an_account_is_tried_so_often_and_no_more_wherever_from() -> None:
    throttle = make_throttle()
    tries = [refused(throttle, "ada", f"192.0.2.{number}") for number in range(4)]
    assert tries == [False, False, True, True]


def test_an_address_tries_so_often_and_no_more_whatever_accounts() -> None:
    throttle = make_throttle()
    tries = [refused(throttle, f"user-{number}", HERE) for number in range(7)]
    assert tries == [False] * 5 + [True, True]


def test_actions_are_counted_apart() -> None:
    throttle = make_throttle()
    for action in ("sign_in", "code"):
        assert [refused(throttle, "ada", HERE, action) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    "other",
    ["ADA", " ada ", "Ada", "\uff21da", "\u3000a\u1d48a", "\U0001d400d\U0001d41a", "ad\xaa"],
)
def test_an_account_is_one_however_it_is_typed(other: str) -> None:
    throttle = make_throttle("1 per 1 hour")
    assert not refused(throttle, "ada", HERE)
    assert refused(throttle, other, HERE)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        (None, "@", True),
    ],
)
def test_an_address_of_ipv6_is_its_customers_network(
    first: str | None, second: str | None, same: bool
) -> None:
    throttle = make_throttle(address="1 per 1 hour")
    assert not refused(throttle, "ada", first)
    assert refused(throttle, "grace", second) is same


def test_a_refusal_says_how_long_to_wait_and_names_nobody_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    throttle = make_throttle("1 per 1 hour")
    throttle.attempt("sign_in", "ada", HERE)
    with caplog.at_level(logging.WARNING), pytest.raises(CognitoError) as caught:
        throttle.attempt("sign_in", "ada", HERE)
    assert caught.value.status == 429
    assert caught.value.retry_after is not None
    assert 3590 <= caught.value.retry_after <= 3600
    assert "Too many attempts at sign_in (account)" in caplog.text
    assert "ada" not in caplog.text


def test_a_right_attempt_forgives_the_account_and_not_the_address() -> None:
    throttle = make_throttle(address="4 per 1 hour")
    for _ in range(2):
        assert not refused(throttle, "ada", HERE)
        assert not refused(throttle, "ada", HERE)
        throttle.forgive("sign_in", "Ada")
    assert refused(throttle, "ada", HERE)
    assert not refused(throttle, "ada", "192.0.2.9")


@pytest.mark.parametrize(
    "action", ["code", "ConfirmForgotPassword", "ConfirmSignUp", "VerifyUserAttribute"]
)
def test_codes_are_limited_by_the_day_whatever_was_right_in_between(action: str) -> None:
    throttle = make_throttle("1000 per 1 hour", "1000 per 1 hour")
    for _ in range(50):
        assert not refused(throttle, "ada", HERE, action)
        throttle.forgive(action, "ada")
    assert refused(throttle, "ada", HERE, action)
    assert not refused(throttle, "grace", HERE, action)


def test_an_attempt_at_several_accounts_counts_once_at_each_and_at_the_address() -> None:
    throttle = make_throttle("1 per 1 hour", "3 per 1 hour")
    throttle.attempt("sign_in", "ada", HERE, also=["ada@example.com", "ADA"])
    assert refused(throttle, "ada@example.com", "192.0.2.9")
    assert [refused(throttle, name, HERE) for name in ("eve", "grace", "joan")] == [
        False,
        False,
        True,
    ]


def test_messages_have_a_limit_of_their_own_for_an_account() -> None:
    limits = {"throttle.account": "9 per 1 hour", "throttle.address": "3 per 1 hour"}
    throttle = Throttle(make_settings(**limits, **{"throttle.messages": "1 per 1 hour"}))
    assert not refused(throttle, "ada", HERE, "message")
    assert refused(throttle, "Ada", HERE, "message")
    assert not refused(throttle, "grace", HERE, "message")
    assert refused(throttle, "eve", HERE, "message")
    assert not refused(throttle, "ada", HERE, "sign_in")


def test_nobody_guesses_uncounted_while_the_storage_is_away(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError("redis://:hunter2@localhost is away")

    throttle = make_throttle()
    monkeypatch.setattr(throttle, "_ready", Broken)
    with pytest.raises(CognitoError) as caught:
        throttle.attempt("sign_in", "ada", HERE)
    assert caught.value.status == 503
    throttle.forgive("sign_in", "ada")
    assert "The throttle's storage is away: ConnectionError" in caplog.text
    assert "hunter2" not in caplog.text


def test_threads_together_get_no_more_attempts_than_one() -> None:
    throttle = make_throttle("10 per 1 hour", "1000 per 1 hour")
    everyone_is_here = threading.Barrier(16)

    def guess(_: int) -> int:
        everyone_is_here.wait(timeout=10)
        return sum(not refused(throttle, "ada", HERE) for _ in range(5))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(guess, range(16))) == 10


@given(st.text(max_size=50))
def test_any_text_is_a_name_to_count(account: str) -> None:
    make_throttle().attempt("sign_in", account, account)


def test_the_library_is_not_loaded_before_somebody_guesses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "limits", raising=False)
    make_throttle()
    assert "limits" not in sys.modules


@pytest.mark.parametrize(
    ("uri", "seconds"),
    [
        ("redis://127.0.0.1", (2, 2)),
        ("rediss://127.0.0.1?socket_connect_timeout=1", (2, 1)),
        ("redis+unix:///run/redis.sock?socket_timeout=7", (7, 2)),
    ],
)
def test_a_redis_has_two_seconds_unless_its_uri_says_otherwise(
    uri: str, seconds: tuple[float, float]
) -> None:
    limiter = Throttle(make_settings(**{"throttle.storage": uri}))._ready()
    options = limiter.storage.storage.connection_pool.connection_kwargs
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == seconds


def test_a_redis_that_never_answers_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle_module, "REDIS_TIMEOUT", 0.05)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        uri = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        throttle = Throttle(make_settings(**{"throttle.storage": uri}))
        with pytest.raises(CognitoError) as caught:
            throttle.attempt("sign_in", "ada", HERE)
    assert caught.value.status == 503
