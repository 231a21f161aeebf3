"""The ticket in the application's own session."""

from __future__ import annotations

from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import JSONSerializer, SignedCookieSessionFactory
from pyramid.testing import DummySession

from pyramid_cognito import ticket_store
from pyramid_cognito.cookies import Headers
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.sessions import SignedIn
from tests.application import SECRET, make_config, make_tokens
from tests.jwt_factory import SUB
from tests.unit.test_sessions import HOUR, Site

IN_SESSION = {"cognito.ticket_store": "session"}


class ServerSession(DummySession):
    """One whose content stays on the server; counts how often it got another id."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.invalidated = 0

    def invalidate(self) -> None:
        self.invalidated += 1
        self.clear()


@pytest.fixture
def site() -> Site:
    return Site(ticket_store="session")


@pytest.fixture
def session() -> ServerSession:
    return ServerSession()


def request_with(session: Any, cookie: str = "") -> Request:
    request = Request.blank("/", environ={"HTTP_COOKIE": cookie} if cookie else {})
    request.session = session
    return request


def sign_in(site: Site, session: Any, *, remember: bool = True) -> tuple[SignedIn, Headers]:
    tokens = make_tokens(now=int(site.clock()))
    return site.sessions.start(request_with(session), tokens, remember=remember)


def load(site: Site, session: Any) -> SignedIn | None:
    return site.sessions.load(request_with(session))


def test_who_signed_in_is_found_by_the_next_request(site: Site, session: ServerSession) -> None:
    _, headers = sign_in(site, session)
    assert [name for name, _ in headers] == ["Cache-Control"]
    found = load(site, session)
    assert found is not None
    assert found.identity.sub == SUB


def test_the_tokens_lie_sealed_in_the_session(site: Site, session: ServerSession) -> None:
    signed_in, _ = sign_in(site, session)
    tokens = site.sessions.tokens(signed_in)
    assert tokens is not None
    assert tokens.access_token.rpartition(".")[2] not in str(dict(session))


def test_signing_in_rotates_the_session_and_keeps_its_content(
    site: Site, session: ServerSession
) -> None:
    session["basket"] = "apples"
    sign_in(site, session)
    assert session.invalidated == 1
    assert session["basket"] == "apples"


@pytest.mark.parametrize("stored", [None, 5, ["a ticket"], "no ticket"])
def test_what_is_no_ticket_is_nobodys(site: Site, session: ServerSession, stored: Any) -> None:
    session[ticket_store.KEY] = stored
    assert load(site, session) is None


def test_a_ticket_in_a_cookie_does_not_count(site: Site, session: ServerSession) -> None:
    signed_in, _ = sign_in(site, session)
    cookie = f"{site.cookies.ticket}=1{signed_in.ticket}"
    request = request_with(ServerSession(), cookie)
    assert site.sessions.load(request) is None
    assert site.sessions.holder(request) is None


def test_ending_takes_the_ticket_out(site: Site, session: ServerSession) -> None:
    sign_in(site, session)
    request = request_with(session)
    site.sessions.end(request, site.sessions.load(request))
    assert ticket_store.KEY not in session


def test_ending_nothing_takes_out_what_does_not_open(site: Site, session: ServerSession) -> None:
    session[ticket_store.KEY] = "no ticket"
    for _ in range(2):
        site.sessions.end(request_with(session), None)
    assert ticket_store.KEY not in session


def test_the_session_that_takes_anothers_place_stays(site: Site, session: ServerSession) -> None:
    before, _ = sign_in(site, session)
    request = request_with(session)
    other = {"origin_jti": "another-sign-in"}
    site.sessions.start(request, make_tokens(**other, access=other), remember=True)
    site.sessions.end(request, before)
    assert load(site, session) is not None


def test_whom_a_request_cannot_tell_now_can_still_be_signed_out(
    site: Site, session: ServerSession
) -> None:
    signed_in, _ = sign_in(site, session)
    holder = site.sessions.holder(request_with(session))
    assert holder is not None
    assert holder.session_id == signed_in.session_id


def test_a_refreshed_ticket_takes_the_place_of_the_old_one(
    site: Site, session: ServerSession
) -> None:
    old, _ = sign_in(site, session)
    site.clock.advance(HOUR)
    found = load(site, session)
    assert found is not None
    assert session[ticket_store.KEY] == found.ticket != old.ticket
    assert site.refreshes == 1


def test_so_does_one_that_was_refreshed_on_demand(site: Site, session: ServerSession) -> None:
    old, _ = sign_in(site, session)
    found = site.sessions.refresh(request_with(session), old)
    assert found is not None
    assert session[ticket_store.KEY] == found.ticket


@pytest.mark.parametrize("on_demand", [True, False])
def test_a_refused_refresh_takes_the_ticket_out(
    site: Site, session: ServerSession, *, on_demand: bool
) -> None:
    signed_in, _ = sign_in(site, session)
    site.refuse("NotAuthorizedException")
    if on_demand:
        assert site.sessions.refresh(request_with(session), signed_in) is None
    else:
        site.clock.advance(HOUR)
        assert load(site, session) is None
    assert ticket_store.KEY not in session


def test_a_page_that_is_asked_for_again_keeps_the_session_until_then(
    site: Site, session: ServerSession
) -> None:
    sign_in(site, session)
    site.clock.advance(HOUR)
    site.refuse("RefreshTokenReuseException")
    assert load(site, session) is None
    assert ticket_store.KEY in session


def test_a_retried_request_puts_the_refreshed_ticket_into_its_own_session(site: Site) -> None:
    first = ServerSession()
    sign_in(site, first)
    as_it_was = ServerSession(first)
    site.clock.advance(HOUR)
    request = request_with(first)
    assert site.sessions.load(request) is not None
    retried = Request(request.environ)
    retried.session = as_it_was
    assert site.sessions.load(retried) is not None
    assert as_it_was == first
    assert site.refreshes == 1


def test_a_sign_out_elsewhere_before_the_response_stands(
    site: Site, session: ServerSession
) -> None:
    sign_in(site, session)
    site.clock.advance(HOUR)
    request = request_with(session)
    found = site.sessions.load(request)
    site.sessions.end(request_with(ServerSession()), found)
    request._process_response_callbacks(Response())
    assert ticket_store.KEY not in session


# a session in a signed cookie


def in_cookie(request: Request) -> Any:
    factory = SignedCookieSessionFactory(SECRET, serializer=JSONSerializer())
    request.session = factory(request)
    return request.session


def test_a_signed_cookie_holds_a_small_ticket() -> None:
    request = Request.blank("/")
    in_cookie(request)
    ticket_store.write(request, "a ticket")
    assert ticket_store.read(request) == "a ticket"


@pytest.mark.parametrize("size", [2900, 4000])
def test_a_ticket_that_a_signed_cookie_cannot_hold_is_a_clear_error(
    size: int, caplog: pytest.LogCaptureFixture
) -> None:
    request, response = Request.blank("/"), Response()
    session = in_cookie(request)
    session["basket"] = "apples"
    with pytest.raises(CognitoError) as caught:
        ticket_store.write(request, "x" * size)
    assert caught.value.code == "TicketTooLong"
    assert f"no room for a ticket of {size} bytes" in caplog.text
    assert dict(session) == {"basket": "apples"}
    request._process_response_callbacks(response)
    assert "session=" in response.headers["Set-Cookie"]


# start-up


def test_an_application_without_sessions_does_not_start() -> None:
    config = make_config(IN_SESSION)
    with pytest.raises(ConfigurationError, match="expects a session factory"):
        config.commit()


def test_a_session_factory_may_come_after_the_include() -> None:
    config = make_config(IN_SESSION)
    config.set_session_factory(SignedCookieSessionFactory(SECRET))
    config.commit()
