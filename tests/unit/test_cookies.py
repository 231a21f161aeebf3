from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.request import Request

from pyramid_cognito.cookies import COOKIE_SIZE, ENVIRON_KEY, Cookies, TakenCookies
from tests.application import cookie_header, make_settings

VALUE = st.text(st.sampled_from("abcXYZ019-_.~"), min_size=1, max_size=9000)


def cookies(**changes: str) -> Cookies:
    return Cookies(make_settings(**changes))


def set_cookies(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name == "Set-Cookie"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "__Host-cognito"),
        ({"cookie_domain": "example.com"}, "__Secure-cognito"),
        ({"cookie_path": "/app"}, "__Secure-cognito"),
        ({"cookie_secure": "false"}, "cognito"),
        ({"cookie_name": "session"}, "__Host-session"),
    ],
)
def test_the_prefix_says_what_the_browser_can_enforce(changes: Any, name: str) -> None:
    assert cookies(**changes).ticket == name


def test_a_cookie_is_secure_httponly_lax_and_uncached() -> None:
    jar = cookies()
    headers = jar.write(TakenCookies(), jar.ticket, "value")
    assert headers == [
        ("Set-Cookie", "__Host-cognito=1value; Path=/; secure; HttpOnly; SameSite=Lax"),
        ("Cache-Control", "private, no-store"),
    ]


def test_a_remembered_cookie_says_how_long_it_lives() -> None:
    jar = cookies(cookie_domain="example.com", cookie_path="/app")
    (text,) = set_cookies(jar.write(TakenCookies(), jar.ticket, "value", 60))
    assert "Max-Age=60" in text
    assert "Domain=example.com" in text
    assert "Path=/app" in text


@given(VALUE)
def test_what_is_written_is_read_back(value: str) -> None:
    jar = cookies()
    header = cookie_header(jar.write(TakenCookies(), jar.ticket, value))
    taken = jar.take({"HTTP_COOKIE": f"other=1; {header}; last=2"})
    assert jar.read(taken, jar.ticket) == value


@given(VALUE)
def test_no_cookie_is_longer_than_a_browser_keeps(value: str) -> None:
    jar = cookies()
    for text in set_cookies(jar.write(TakenCookies(), jar.ticket, value)):
        assert len(text.partition(";")[0]) - 1 <= COOKIE_SIZE


def test_a_value_that_no_three_cookies_hold_is_refused() -> None:
    jar = cookies()
    with pytest.raises(ValueError, match="13000 bytes do not fit"):
        jar.write(TakenCookies(), jar.ticket, "x" * 13000)


def test_pieces_of_a_longer_value_are_deleted_by_a_shorter_one() -> None:
    jar = cookies()
    before = cookie_header(jar.write(TakenCookies(), jar.ticket, "x" * 9000))
    taken = jar.take({"HTTP_COOKIE": before})
    texts = set_cookies(jar.write(taken, jar.ticket, "short"))
    assert [text.partition("=")[0] for text in texts] == [
        "__Host-cognito",
        "__Host-cognito-1",
        "__Host-cognito-2",
    ]
    assert all("Max-Age=0" in text for text in texts[1:])


def test_clearing_deletes_every_piece_that_the_browser_sent() -> None:
    jar = cookies()
    before = cookie_header(jar.write(TakenCookies(), jar.ticket, "x" * 6000))
    headers = jar.clear(jar.take({"HTTP_COOKIE": before}), jar.ticket)
    assert len(set_cookies(headers)) == 2
    assert all("Max-Age=0" in text for text in set_cookies(headers))
    assert headers[-1] == ("Cache-Control", "private, no-store")


def test_our_cookies_leave_the_header_and_others_stay() -> None:
    environ: dict[str, Any] = {"HTTP_COOKIE": "a=1; __Host-cognito=1secret; b=2"}
    request = Request(environ)
    assert "__Host-cognito" in request.cookies
    cookies().take(environ)
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert dict(request.cookies) == {"a": "1", "b": "2"}


def test_an_environ_does_not_show_what_was_taken() -> None:
    environ: dict[str, Any] = {"HTTP_COOKIE": "__Host-cognito=1secret"}
    cookies().take(environ)
    assert "secret" not in repr(environ)
    assert environ["HTTP_COOKIE"] == ""


def test_a_second_reader_finds_what_the_first_took() -> None:
    jar = cookies()
    environ: dict[str, Any] = {"HTTP_COOKIE": "__Host-cognito=1value"}
    first = jar.take(environ)
    assert jar.take(environ) is first
    assert jar.take(dict(environ)) is first


def test_a_request_without_our_cookies_keeps_its_header() -> None:
    environ: dict[str, Any] = {"HTTP_COOKIE": "a=1"}
    assert cookies().take(environ).values == {}
    assert environ["HTTP_COOKIE"] == "a=1"
    assert cookies().take({}).values == {}


@pytest.mark.parametrize(
    "other", ["x=__Host-cognito", "__Host-cognito_theme=dark", "\x85__Host-cognito=1planted"]
)
def test_a_cookie_that_holds_our_name_takes_nothing_away(other: str) -> None:
    jar = cookies()
    environ: dict[str, Any] = {"HTTP_COOKIE": f"__Host-cognito=1mine; {other}"}
    first = jar.take(environ)
    assert jar.take(environ) is first
    assert jar.read(first, jar.ticket) == "mine"
    assert environ["HTTP_COOKIE"] == other


@pytest.mark.parametrize("space", ["\x85", "\xa0", "\x1c", "\x0b", "\u2003"])
def test_white_space_that_is_none_to_browsers_does_not_make_a_name_ours(space: str) -> None:
    # to a browser these are names without the prefix, which a sibling subdomain may set
    jar = cookies()
    taken = jar.take({"HTTP_COOKIE": f"{space}__Host-cognito=1planted; __Host-cognito{space}=1"})
    assert taken.values == {}


def test_a_copied_request_with_cookies_of_its_own_leaves_the_first_ones_alone() -> None:
    jar = cookies()
    environ: dict[str, Any] = {"HTTP_COOKIE": "__Host-cognito=1adas; __Host-cognito-challenge=1a"}
    first = jar.take(environ)
    first.pending = [("Set-Cookie", "refreshed")]
    copy = {**environ, "HTTP_COOKIE": "__Host-cognito=1eves"}
    second = jar.take(copy)
    assert jar.read(second, jar.ticket) == "eves"
    assert jar.read(second, jar.challenge) == "a"
    assert second.pending == first.pending
    assert jar.read(jar.take(environ), jar.ticket) == "adas"


def test_a_cookie_of_the_application_with_a_similar_name_is_not_taken() -> None:
    environ: dict[str, Any] = {"HTTP_COOKIE": "__Host-cognito-theme=dark"}
    assert cookies().take(environ).values == {}
    assert environ["HTTP_COOKIE"] == "__Host-cognito-theme=dark"


def test_two_values_of_one_name_are_both_disbelieved(caplog: pytest.LogCaptureFixture) -> None:
    jar = cookies()
    with caplog.at_level(logging.WARNING):
        taken = jar.take({"HTTP_COOKIE": "__Host-cognito=1tossed; __Host-cognito=1mine"})
    assert jar.read(taken, jar.ticket) is None
    assert caplog.text.count("Two values of one of our cookies") == 1
    assert "tossed" not in caplog.text


@pytest.mark.parametrize(
    "header",
    [
        "__Host-cognito=",
        "__Host-cognito=9abc",
        "__Host-cognito=xabc",
        "__Host-cognito=2abc",
        "__Host-cognito=3abc; __Host-cognito-1=def",
        "__Host-cognito=2abc; __Host-cognito-1=d; __Host-cognito-1=e",
        "__Host-cognito-1=abc",
    ],
)
def test_a_value_that_is_not_whole_reads_as_none(header: str) -> None:
    jar = cookies()
    assert jar.read(jar.take({"HTTP_COOKIE": header}), jar.ticket) is None


@given(st.text(max_size=200))
def test_no_header_makes_it_fail(header: str) -> None:
    jar = cookies()
    environ: dict[str, Any] = {"HTTP_COOKIE": f"__Host-cognito=1a;{header}"}
    jar.read(jar.take(environ), jar.ticket)
    assert isinstance(environ[ENVIRON_KEY], TakenCookies)
