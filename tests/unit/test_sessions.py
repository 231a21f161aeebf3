from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.cookies import Cookies, Headers
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.revalidation import Revalidation
from pyramid_cognito.sessions import (
    Sessions,
    SignedIn,
    Unavailable,
    was_refused,
)
from pyramid_cognito.ticket import Sealer, Tickets, Tokens
from pyramid_cognito.tokens import TokenVerifier
from tests.application import SECRET, cookie_header, make_settings, make_tokens
from tests.clock import Clock
from tests.jwt_factory import ABSENT, CLIENT_ID, ISSUER, NOW, SUB, jwks

HOUR = 3600


class Site:
    """The sessions of one application, with a Cognito whose answers a test chooses."""

    def __init__(self, **settings: str) -> None:
        self.clock = Clock()
        self.settings = make_settings(**settings)
        self.cookies = Cookies(self.settings)
        sealers = [Sealer([SECRET], name, clock=self.clock) for name in ("session", "tokens")]
        self.tickets = Tickets(*sealers)
        self.verifier = TokenVerifier(ISSUER, CLIENT_ID, jwks, clock=self.clock)
        self.refreshes = 0
        self.asked = 0
        self.refusal: str | None = None
        self.answer: Callable[[Tokens], Tokens] = self.fresh
        self.sessions = self.new_process()

    def new_process(self) -> Sessions:
        return Sessions(
            self.settings,
            self.cookies,
            self.tickets,
            self.verifier,
            refresh=self.refresh,
            revalidation=Revalidation(self.get_user, self.settings.revalidate_after, self.clock),
            clock=self.clock,
        )

    def get_user(self, tokens: Tokens) -> None:
        self.asked += 1
        if self.refusal:
            raise cognito_error(self.refusal)

    def refresh(self, tokens: Tokens) -> Tokens:
        self.refreshes += 1
        return self.answer(tokens)

    def fresh(self, tokens: Tokens, **changes: Any) -> Tokens:
        return make_tokens(
            now=int(self.clock()), refresh_token=tokens.refresh_token, auth_time=NOW, **changes
        )

    def sign_in(self, *, remember: bool = False, **changes: Any) -> Headers:
        tokens = make_tokens(now=int(self.clock()), **changes)
        return self.sessions.start(request_with([]), tokens, remember=remember)[1]

    def refuse(self, code: str) -> None:
        def answer(tokens: Tokens) -> Tokens:
            raise cognito_error(code)

        self.answer = answer


@pytest.fixture
def site() -> Site:
    return Site()


def request_with(headers: Headers) -> Request:
    cookie = cookie_header(headers)
    return Request.blank("/", environ={"HTTP_COOKIE": cookie} if cookie else {})


def respond(request: Request) -> Headers:
    """The headers that the response callbacks of a request set."""
    response = Response()
    request._process_response_callbacks(response)
    return [header for header in response.headerlist if header[0] == "Set-Cookie"]


def test_who_signed_in_is_found_by_the_next_request(site: Site) -> None:
    found = site.sessions.load(request_with(site.sign_in()))
    assert found is not None
    assert found.identity.sub == SUB
    assert "group:Admin" in found.principals
    assert "custom:domain=example.com" in found.principals


def test_nobody_is_found_without_a_ticket(site: Site) -> None:
    assert site.sessions.load(request_with([])) is None


def test_a_ticket_of_another_secret_is_nobodys(site: Site) -> None:
    other = Site()
    other.tickets = Tickets(*[Sealer([SECRET[::-1]], name, clock=site.clock) for name in "ab"])
    other.sessions = other.new_process()
    request = request_with(other.sign_in())
    assert site.sessions.load(request) is None
    assert respond(request) == []


def test_another_process_finds_the_session_too(site: Site) -> None:
    assert site.new_process().load(request_with(site.sign_in())) is not None


def test_the_tokens_come_back_out_of_the_ticket(site: Site) -> None:
    tokens = make_tokens()
    signed_in, _ = site.sessions.start(request_with([]), tokens, remember=False)
    assert site.sessions.tokens(signed_in) == tokens


def test_a_seen_ticket_is_not_decrypted_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = site.sign_in()
    first = site.sessions.load(request_with(headers))
    monkeypatch.setattr(site.tickets, "open", lambda ticket: pytest.fail("decrypted"))
    assert site.sessions.load(request_with(headers)) is first


def test_a_changed_ticket_is_nobodys_even_while_the_right_one_is_remembered(site: Site) -> None:
    (header, *_) = site.sign_in()
    site.sessions.load(request_with([header]))
    name, _, ticket = header[1].partition(";")[0].partition("=")
    for at in (60, 500, 1200):
        other = "A" if ticket[at] != "A" else "B"
        changed = f"{name}={ticket[:at]}{other}{ticket[at + 1 :]}"
        request = Request.blank("/", environ={"HTTP_COOKIE": changed})
        assert site.sessions.load(request) is None


def test_an_attribute_that_people_edit_gives_no_principal() -> None:
    site = Site(editable_attributes="custom:domain")
    found = site.sessions.load(request_with(site.sign_in()))
    assert found is not None
    assert "custom:domain=example.com" not in found.principals


# what is sealed has been verified


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"iss": "https://evil.example.com"},
        {"sub": "someone-else"},
        {"origin_jti": "another-sign-in"},
        {"access": {"client_id": "another-client"}},
    ],
)
def test_tokens_that_are_wrong_or_of_two_sign_ins_start_nothing(
    site: Site, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CognitoError) as caught:
        site.sign_in(**changes)
    assert caught.value.code == "InvalidTokenFromCognito"
    assert "eyJ" not in caplog.text


def test_tokens_of_somebody_else_than_is_expected_start_nothing(site: Site) -> None:
    with pytest.raises(CognitoError) as caught:
        site.sessions.start(request_with([]), make_tokens(), remember=False, subject="another")
    assert caught.value.code == "NotAuthorizedException"


def test_tokens_of_whom_is_expected_start_a_session(site: Site) -> None:
    _, headers = site.sessions.start(request_with([]), make_tokens(), remember=False, subject=SUB)
    assert site.sessions.load(request_with(headers)) is not None


def test_nobody_signs_in_while_the_keys_cannot_be_had(site: Site) -> None:
    def no_keys() -> dict[str, Any]:
        raise OSError

    site.verifier = TokenVerifier(ISSUER, CLIENT_ID, no_keys, clock=site.clock)
    site.sessions = site.new_process()
    with pytest.raises(CognitoError) as caught:
        site.sign_in()
    assert caught.value.status == 503


def test_a_ticket_that_no_cookies_hold_is_told_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    groups = [f"group-{number:04}-of-a-large-company" for number in range(300)]
    with pytest.raises(CognitoError) as caught:
        site.sign_in(**{"cognito:groups": groups})
    assert caught.value.code == "TicketTooLong"
    assert f"The session of {SUB} needs a ticket of" in caplog.text


def test_a_long_ticket_is_split_over_cookies(site: Site) -> None:
    headers = site.sign_in(**{"custom:notes": "".join(map(chr, range(0x4E00, 0x4E00 + 600)))})
    assert len([name for name, _ in headers if name == "Set-Cookie"]) > 1
    assert site.sessions.load(request_with(headers)) is not None


# how long


@pytest.fixture(params=["same process", "another process"])
def process(request: Any) -> Callable[[Site], Sessions]:
    """Times hold whether the ticket was seen before or not."""
    if request.param == "same process":
        return lambda site: site.sessions
    return Site.new_process


def test_a_session_ends_when_idle(site: Site, process: Callable[[Site], Sessions]) -> None:
    headers = site.sign_in()
    site.clock.advance(HOUR - 1)
    assert process(site).load(request_with(headers)) is not None
    site.clock.advance(1)
    assert process(site).load(request_with(headers)) is None


def test_a_session_in_use_goes_on_to_its_lifetime_and_no_further(site: Site) -> None:
    headers = site.sign_in()
    for _ in range(24):
        site.clock.advance(HOUR / 2 - 1)
        request = request_with(headers)
        assert site.sessions.load(request) is not None
        headers = respond(request) or headers
    site.clock.advance(HOUR / 2)
    assert site.sessions.load(request_with(headers)) is None


def test_the_last_second_of_a_session_is_one(site: Site) -> None:
    site = Site(session_lifetime="3600")
    headers = site.sign_in()
    site.clock.advance(HOUR - 0.5)
    assert site.sessions.load(request_with(headers)) is not None


def test_a_request_soon_after_another_sets_no_cookie(site: Site) -> None:
    request = request_with(site.sign_in())
    site.clock.advance(HOUR / 10 - 1)
    assert site.sessions.load(request) is not None
    assert respond(request) == []


def test_a_remembered_session_outlives_idleness_and_browser() -> None:
    site = Site(remember_lifetime=str(30 * 24 * HOUR))
    headers = site.sign_in(remember=True)
    assert f"Max-Age={30 * 24 * HOUR}" in headers[0][1]
    site.clock.advance(29 * 24 * HOUR)
    request = request_with(headers)
    assert site.sessions.load(request) is not None
    (_, text), *_ = respond(request)
    assert f"Max-Age={24 * HOUR}" in text
    site.clock.advance(24 * HOUR)
    assert site.sessions.load(request_with(headers)) is None


def test_a_session_ends_where_the_tokens_are_lost(site: Site, monkeypatch: Any) -> None:
    headers = site.sign_in()
    monkeypatch.setattr(site.tickets, "tokens", lambda ticket: None)
    for seconds in (HOUR / 10, HOUR - 60):
        site.clock.now = NOW + seconds
        assert site.sessions.load(request_with(headers)) is None


# ending


def test_ending_deletes_the_cookie_and_denies_the_ticket(site: Site) -> None:
    headers = site.sign_in()
    request = request_with(headers)
    cleared = site.sessions.end(request, site.sessions.load(request))
    assert "Max-Age=0" in cleared[0][1]
    assert site.sessions.load(request_with(headers)) is None


def test_ending_ends_every_ticket_of_the_sign_in(site: Site) -> None:
    first = site.sign_in()
    site.clock.advance(HOUR / 2)
    request = request_with(first)
    renewed = site.sessions.load(request)
    second = respond(request)
    site.sessions.end(request, renewed)
    assert site.sessions.load(request_with(first)) is None
    assert site.sessions.load(request_with(second)) is None


def test_ending_without_a_session_still_deletes_the_cookie(site: Site) -> None:
    assert "Max-Age=0" in site.sessions.end(request_with([]), None)[0][1]


# refreshing


def test_a_session_is_refreshed_before_its_tokens_run_out(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR - 60)
    site.answer = lambda tokens: site.fresh(tokens, **{"cognito:groups": ["Editors"]})
    request = request_with(headers)
    found = site.sessions.load(request)
    assert found is not None
    assert found.identity.groups == {"Editors"}
    assert found.session.tokens_expire_at == NOW + 2 * HOUR - 60
    again = site.sessions.load(request_with(respond(request)))
    assert again is not None
    assert again.identity.groups == {"Editors"}
    assert site.refreshes == 1


def test_the_token_that_runs_out_first_counts(site: Site) -> None:
    tokens = make_tokens(access={"exp": NOW + 600})
    _, headers = site.sessions.start(request_with([]), tokens, remember=True)
    site.clock.advance(600)
    assert site.sessions.load(request_with(headers)) is not None
    assert site.refreshes == 1


def test_signing_in_takes_the_place_of_a_refresh_in_the_same_request(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    site.sessions.load(request)
    site.sessions.start(request, site.fresh(make_tokens()), remember=False)
    assert respond(request) == []


def test_a_refresh_never_advances_when_the_person_proved_themselves(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR)
    site.answer = lambda tokens: make_tokens(now=int(site.clock()))
    found = site.sessions.load(request_with(headers))
    assert found is not None
    assert found.identity.auth_time == NOW
    assert found.session.started_at == NOW


@pytest.mark.parametrize("name", ["sub", "origin_jti"])
def test_refreshed_tokens_of_another_sign_in_end_the_session(site: Site, name: str) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR)
    other = {name: "another"}
    site.answer = lambda tokens: site.fresh(tokens, **other, access=other)
    request = request_with(headers)
    assert site.sessions.load(request) is None
    assert "Max-Age=0" in respond(request)[0][1]


def test_a_refused_refresh_signs_out(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR)
    site.refuse("NotAuthorizedException")
    request = request_with(headers)
    assert site.sessions.load(request) is None
    assert "Max-Age=0" in respond(request)[0][1]
    assert site.sessions.load(request_with(headers)) is None
    assert site.refreshes == 1


@pytest.mark.parametrize("code", ["ServiceUnavailable", "TooManyRequestsException"])
def test_while_cognito_is_away_a_session_stands_until_its_tokens_run_out(
    site: Site, code: str
) -> None:
    headers = site.sign_in(remember=True)
    site.refuse(code)
    site.clock.advance(HOUR - 30)
    assert site.sessions.load(request_with(headers)) is not None
    site.clock.advance(30)
    request = request_with(headers)
    with pytest.raises(Unavailable):
        site.sessions.load(request)
    assert respond(request) == []
    site.answer = site.fresh
    site.clock.advance(5)
    assert site.sessions.load(request_with(headers)) is not None


def test_an_absent_service_is_not_asked_by_every_request(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.refuse("ServiceUnavailable")
    site.clock.advance(HOUR)
    for _ in range(5):
        with pytest.raises(Unavailable):
            site.sessions.load(request_with(headers))
    assert site.refreshes == 1


def test_a_session_without_refresh_token_ends_with_its_tokens(site: Site) -> None:
    headers = site.sign_in(remember=True, refresh_token=None)
    site.clock.advance(HOUR - 1)
    assert site.sessions.load(request_with(headers)) is not None
    site.clock.advance(1)
    assert site.sessions.load(request_with(headers)) is None
    assert site.refreshes == 0


def test_64_requests_at_once_refresh_once_and_all_go_on(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR)
    everyone_is_here = threading.Barrier(64)

    def load(_: int) -> SignedIn | None:
        everyone_is_here.wait(timeout=10)
        return site.sessions.load(request_with(headers))

    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(load, range(64)))
    assert all(found)
    assert site.refreshes == 1


def test_a_sign_out_during_a_refresh_is_not_undone(site: Site) -> None:
    headers = site.sign_in(remember=True)
    signed_in = site.sessions.load(request_with(headers))
    site.clock.advance(HOUR)

    def sign_out_meanwhile(tokens: Tokens) -> Tokens:
        site.sessions.end(request_with([]), signed_in)
        return site.fresh(tokens)

    site.answer = sign_out_meanwhile
    request = request_with(headers)
    assert site.sessions.load(request) is None
    assert respond(request) == []


def test_a_sign_out_elsewhere_before_the_response_stands(site: Site) -> None:
    request = request_with(site.sign_in())
    site.clock.advance(HOUR / 2)
    found = site.sessions.load(request)
    site.sessions.end(request_with([]), found)
    (header,) = respond(request)
    assert "Max-Age=0" in header[1]


def test_a_sign_out_during_a_refresh_on_demand_stands_too(site: Site) -> None:
    request = request_with(site.sign_in())
    before = site.sessions.load(request)
    assert before is not None

    def sign_out_meanwhile(tokens: Tokens) -> Tokens:
        site.sessions.end(request_with([]), before)
        return site.fresh(tokens)

    site.answer = sign_out_meanwhile
    assert site.sessions.refresh(request, before) is None
    assert respond(request) == []


def test_one_session_is_refreshed_once_however_its_ticket_is_spelt(site: Site) -> None:
    (header, *_) = site.sign_in(remember=True)
    site.clock.advance(HOUR)
    cookie = header[1].partition(";")[0]
    name, _, ticket = cookie.partition("=")
    first, _, second = ticket.partition("~")
    for spelling in (ticket, f"{first}==~{second}", f"{first}~{second}=="):
        request = Request.blank("/", environ={"HTTP_COOKIE": f"{name}={spelling}"})
        site.sessions.load(request)
    assert site.refreshes == 1


def test_no_repr_shows_a_ticket(site: Site) -> None:
    found = site.sessions.load(request_with(site.sign_in()))
    assert found is not None
    assert found.ticket not in repr(found)


def test_a_refresh_in_a_request_that_then_signs_out_sets_no_ticket(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    found = site.sessions.load(request)
    site.sessions.end(request, found)
    assert respond(request) == []


def test_a_retried_request_keeps_the_refreshed_ticket(site: Site) -> None:
    environ = request_with(site.sign_in(remember=True)).environ
    site.clock.advance(HOUR)
    assert site.sessions.load(Request(environ)) is not None
    site.clock.advance(HOUR / 2)  # long after the outcome was kept for stragglers
    retried = Request(environ)
    assert site.sessions.load(retried) is not None
    assert len(respond(retried)) == 1
    assert site.refreshes == 1


def test_no_cache_may_keep_a_response_with_a_refreshed_ticket(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    site.sessions.load(request)
    response = Response(cache_control="public, max-age=60")
    site.sessions.emit(request, response)
    assert response.headers.getall("Cache-Control") == ["private, no-store"]


def test_headers_that_a_response_has_already_are_not_doubled(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    site.sessions.load(request)
    response = Response()
    site.sessions.emit(request, response)
    once = list(response.headerlist)
    site.sessions.emit(request, response)
    assert response.headerlist == once


def test_a_request_without_our_cookies_has_nothing_to_emit(site: Site) -> None:
    response = Response()
    before = list(response.headerlist)
    site.sessions.emit(Request.blank("/"), response)
    assert response.headerlist == before


# an old refresh token, since another process has refreshed the session


def late(site: Site, headers: Headers, method: str = "GET") -> tuple[Request, Response]:
    """A request whose refresh token is an old one, and what becomes of its response."""
    site.clock.advance(HOUR)
    site.refuse("RefreshTokenReuseException")
    request = request_with(headers)
    request.method = method
    assert site.sessions.load(request) is None
    response = Response("for anyone")
    request._process_response_callbacks(response)
    return request, response


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_is_asked_for_again(site: Site, method: str) -> None:
    request, response = late(site, site.sign_in(remember=True), method)
    assert (response.status_int, response.location) == (302, request.url)
    assert response.body == b""
    assert response.headers["Cache-Control"] == "private, no-store"
    assert [cookie.partition("=")[0] for cookie in response.headers.getall("Set-Cookie")] == [
        "__Host-cognito-again"
    ]


def test_only_once(site: Site) -> None:
    headers = site.sign_in(remember=True)
    _, response = late(site, headers)
    again = request_with([*headers, *response.headerlist])
    assert site.sessions.load(again) is None
    assert was_refused(again)
    names = [cookie.partition("=")[0] for _, cookie in respond(again) if "Max-Age=0" in cookie]
    assert names == ["__Host-cognito-again", "__Host-cognito"]


def test_what_another_process_got_counts(site: Site) -> None:
    headers = site.sign_in(remember=True)
    _, response = late(site, headers)
    site.answer = site.fresh
    winner = request_with(headers)
    assert site.new_process().load(winner) is not None
    again = request_with([*respond(winner), *response.headerlist])
    assert site.sessions.load(again) is not None


def test_what_may_change_something_is_not_sent_again(site: Site) -> None:
    request, response = late(site, site.sign_in(remember=True), "POST")
    assert (response.status_int, response.text) == (200, "for anyone")
    assert respond(request) == []
    assert not was_refused(request)


def test_who_signs_in_meanwhile_is_not_sent_again(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    site.refuse("RefreshTokenReuseException")
    site.sessions.load(request)
    site.sessions.start(request, site.fresh(make_tokens()), remember=False)
    assert respond(request) == []


def test_a_request_of_one_that_is_to_be_sent_again_is_sent_again_too(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    cookie = request.environ["HTTP_COOKIE"]
    site.clock.advance(HOUR)
    site.refuse("RefreshTokenReuseException")
    site.sessions.load(request)
    copy = Request({**request.environ, "HTTP_COOKIE": cookie})
    site.sessions.load(copy)
    response = Response()
    copy._process_response_callbacks(response)
    assert response.status_int == 302


# revalidation


def test_cognito_is_asked_about_a_session_once_in_a_period(site: Site) -> None:
    headers = site.sign_in(remember=True)
    for _ in range(3):
        site.clock.advance(300)
        for _ in range(4):
            assert site.sessions.load(request_with(headers)) is not None
    assert site.asked == 3


def test_a_session_that_stands_keeps_its_ticket(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(300)
    found = site.sessions.load(request)
    assert found is not None
    assert found.fresh_until == site.clock() + 300
    assert respond(request) == []


def test_a_ticket_sealed_anew_is_no_answer_of_cognitos() -> None:
    site = Site(session_idle="600")
    headers = site.sign_in()
    for _ in range(20):
        site.clock.advance(60)
        request = request_with(headers)
        assert site.sessions.load(request) is not None
        headers = respond(request)
    assert site.asked == 4


def test_another_process_asks_for_itself_once_the_tokens_are_old_enough(site: Site) -> None:
    headers = site.sign_in(remember=True)
    assert site.new_process().load(request_with(headers)) is not None
    assert site.asked == 0
    site.clock.advance(300)
    for process in (site.new_process(), site.new_process()):
        assert process.load(request_with(headers)) is not None
    assert site.asked == 2


def test_whom_cognito_refuses_is_signed_out(site: Site) -> None:
    headers = site.sign_in()
    site.clock.advance(300)
    site.refusal = "NotAuthorizedException"
    request = request_with(headers)
    assert site.sessions.load(request) is None
    assert "Max-Age=0" in respond(request)[0][1]
    assert site.sessions.load(request_with(headers)) is None
    assert site.asked == 1


def test_whom_cognito_cannot_tell_about_goes_on(site: Site) -> None:
    headers = site.sign_in(remember=True)
    site.clock.advance(300)
    site.refusal = "ServiceUnavailable"
    for _ in range(3):
        assert site.sessions.load(request_with(headers)) is not None
    assert site.asked == 1


def test_a_refresh_is_an_answer_of_cognitos_too(site: Site) -> None:
    request = request_with(site.sign_in(remember=True))
    site.clock.advance(HOUR)
    site.sessions.load(request)
    site.clock.advance(299)
    assert site.sessions.load(request_with(respond(request))) is not None
    assert site.asked == 0


def test_cognito_is_never_asked_where_the_settings_say_so() -> None:
    site = Site(revalidate_after="0")
    headers = site.sign_in(remember=True)
    site.clock.advance(HOUR - 61)
    assert site.sessions.load(request_with(headers)) is not None
    assert site.asked == 0


# refreshing at once


def test_a_refresh_on_demand_shows_new_groups_at_once(site: Site) -> None:
    request = request_with(site.sign_in())
    site.answer = lambda tokens: site.fresh(tokens, **{"cognito:groups": ABSENT})
    before = site.sessions.load(request)
    assert before is not None
    after = site.sessions.refresh(request, before)
    assert after is not None
    assert (before.identity.groups, after.identity.groups) == ({"Admin", "Human Resources"}, set())
    assert len(respond(request)) == 1


def test_a_refresh_on_demand_may_be_refused(site: Site) -> None:
    request = request_with(site.sign_in())
    site.refuse("NotAuthorizedException")
    before = site.sessions.load(request)
    assert before is not None
    assert site.sessions.refresh(request, before) is None
    assert "Max-Age=0" in respond(request)[0][1]


def test_a_refresh_on_demand_of_an_absent_service_leaves_the_session(site: Site) -> None:
    request = request_with(site.sign_in())
    site.refuse("ServiceUnavailable")
    before = site.sessions.load(request)
    assert before is not None
    with pytest.raises(CognitoError):
        site.sessions.refresh(request, before)
    assert respond(request) == []


def test_a_refresh_on_demand_needs_a_refresh_token(site: Site) -> None:
    request = request_with(site.sign_in(refresh_token=None))
    before = site.sessions.load(request)
    assert before is not None
    assert site.sessions.refresh(request, before) is None
