"""Tickets in the application's own session: on a real Redis, and in a signed cookie."""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

import pytest
from pyramid.session import JSONSerializer, SignedCookieSessionFactory

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.local import LocalPool, LocalUser
from pyramid_cognito.ticket_store import KEY
from tests.functional.redis_server import REDIS_IS_REQUIRED, RedisServer
from tests.functional.site import (
    LATER,
    SECRET,
    SIGN_IN,
    Browser,
    Stage,
    problem,
    set_cookies,
    where,
)

REFRESH = "GetTokensFromRefreshToken"


@pytest.fixture
def factory(redis: RedisServer) -> Any:
    if os.environ.get(REDIS_IS_REQUIRED):
        import pyramid_session_redis as sessions
    else:
        sessions = pytest.importorskip("pyramid_session_redis")
    return sessions.RedisSessionFactory(
        SECRET,
        redis_client_callable=lambda request, **options: redis.client,
        serialize=lambda content: json.dumps(content).encode(),
        deserialize=json.loads,
    )


def process(stage: Stage, factory: Any) -> Browser:
    """A browser at an application whose sessions *factory* makes."""
    config = stage.configurator(ticket_store="session")
    config.set_session_factory(factory)
    return Browser(config.make_wsgi_app())


def signed_in(stage: Stage, factory: Any, name: str = "ada") -> Browser:
    browser = process(stage, factory)
    browser.sign_in(name, status=303)
    return browser


class TestRedis:
    def test_keeps_who_signed_in(self, stage: Stage, factory: Any, redis: RedisServer) -> None:
        browser = signed_in(stage, factory)

        assert browser.get("/view").text == "view for ada"
        assert set(browser.cookies) == {"session"}
        with redis.client as client:
            (key,) = client.keys()
            assert KEY in client.get(key).decode()

    def test_is_shared_by_processes(self, stage: Stage, factory: Any, calls: list[str]) -> None:
        browser = signed_in(stage, factory)
        other = browser.twin(process(stage, factory).app)
        stage.move_on(LATER)
        calls.clear()

        for each in (browser, other, browser):
            assert each.get("/view").text == "view for ada"

        assert calls.count(REFRESH) == 1

    def test_gives_another_session_to_who_signs_in(self, stage: Stage, factory: Any) -> None:
        browser = process(stage, factory)
        browser.get(SIGN_IN)
        planted = browser.cookies["session"]

        browser.sign_in("ada", status=303)

        assert browser.cookies["session"] != planted
        browser.get("/view", status=200)

    def test_gives_one_person_nothing_of_another(self, stage: Stage, factory: Any) -> None:
        browser = signed_in(stage, factory)

        browser.sign_in("eve", status=303)

        me = browser.me()
        assert me is not None
        assert me["username"] == "eve"

    def test_forgets_who_signed_out(self, stage: Stage, factory: Any, redis: RedisServer) -> None:
        browser = signed_in(stage, factory)
        thief = browser.twin(process(stage, factory).app)

        browser.sign_out(status=303)

        assert browser.me() is None
        assert thief.me() is None

    def test_forgets_whom_cognito_refuses(
        self, stage: Stage, factory: Any, admin: Any, local_pool: LocalPool, new_user: Any
    ) -> None:
        person: LocalUser = new_user()
        browser = signed_in(stage, factory, person.username)
        admin.admin_disable_user(UserPoolId=local_pool.user_pool_id, Username=person.username)
        stage.move_on(LATER)

        assert where(browser.get("/view")) == f"{SIGN_IN}?next=%2Fview&reason=ended"
        assert browser.twin(process(stage, factory).app).me() is None


class TestSignedCookie:
    @pytest.fixture
    def factory(self) -> Any:
        return SignedCookieSessionFactory(SECRET, serializer=JSONSerializer())

    def test_serves_while_the_ticket_is_short(self, stage: Stage, factory: Any) -> None:
        browser = signed_in(stage, factory)
        stage.move_on(LATER)

        assert browser.get("/view").text == "view for ada"
        assert "cognito" not in browser.cookies
        browser.sign_out(status=303)
        assert browser.me() is None

    def test_has_no_room_for_a_long_one_and_the_page_says_so(
        self, stage: Stage, factory: Any, new_user: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        person: LocalUser = new_user(attributes={"custom:domain": secrets.token_hex(900)})

        page = process(stage, factory).sign_in(person.username, status=502)

        assert str(cognito_error("TicketTooLong").message) in problem(page)
        assert "no room for a ticket" in caplog.text
        assert set_cookies(page, "cognito") == []
