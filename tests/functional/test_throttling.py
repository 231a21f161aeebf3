"""Guessing and flooding are stopped by account and by address, counted in memory or in a Redis."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.local import LocalPool
from tests.functional.authenticator import Guarded, create_guarded
from tests.functional.redis_server import RedisServer
from tests.functional.site import (
    CHALLENGE,
    PASSWORD,
    SIGN_IN,
    Browser,
    configurator,
    form_with,
    problem,
    settings_of,
    where,
)
from tests.functional.stubbed_site import StubbedSite

NEW_PASSWORD = "Changed-Horse-9"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"

MakeSite = Callable[..., Router]


@dataclass(frozen=True)
class Action:
    """Something that is counted: a form, and what is typed into it besides the account's name."""

    path: str
    fields: Mapping[str, str]
    is_secret: frozenset[str] = frozenset()


ACTIONS = {
    "sign_in": Action(SIGN_IN, {"password": "Wrong-Horse-9"}, frozenset({"password"})),
    "code": Action(CHALLENGE, {"code": "000000"}, frozenset({"code"})),
    "sign_up": Action("/account/sign-up", {"password": PASSWORD}, frozenset({"password"})),
    "confirm": Action("/account/confirm", {"code": "000000"}, frozenset({"code"})),
    "resend": Action("/account/confirm/resend", {}),
    "forgot_password": Action("/account/forgot-password", {}),
    "reset_password": Action(
        "/account/reset-password",
        {"code": "000000", "new_password": NEW_PASSWORD},
        frozenset({"code", "new_password"}),
    ),
}


class Attempts:
    """Attempts at one action of an application, each at an account and from an address."""

    def __init__(self, site: Router, name: str, half_way: Mapping[str, Browser]) -> None:
        self._site = site
        self._name = name
        self._action = ACTIONS[name]
        self._half_way = half_way

    def __call__(self, account: str, address: str = HERE) -> TestResponse:
        browser = Browser(self._site)
        fields = {"username": account, **self._action.fields}
        if self._name == "code":
            del fields["username"]
            browser = self._half_way[account].twin(self._site)
        if self._name == "sign_up":
            fields["email"] = f"{account}@example.com"
        browser.extra_environ["REMOTE_ADDR"] = address
        form = form_with(browser.get(self._action.path), next(iter(fields)))
        for field, text in fields.items():
            form[field] = text
        return form.submit(expect_errors=True)

    def until_refused(self, account: str, address: str = HERE) -> TestResponse:
        """The first answer that refuses to try any further."""
        answers = (self(account, address) for _ in range(5))
        return next(answer for answer in answers if answer.status_int == 429)


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest) -> str:
    """Where attempts are counted, as ``cognito.throttle.storage`` says it."""
    if request.param == "memory":
        return "memory://"
    server: RedisServer = request.getfixturevalue("redis")
    return server.uri


@pytest.fixture
def make_site(local_pool: LocalPool) -> MakeSite:
    """Make an application that counts in a storage and has limits: so many in five minutes."""

    def make(storage: str = "memory://", **limits: int) -> Router:
        texts = {f"throttle.{what}": f"{most} per 5 minute" for what, most in limits.items()}
        settings = settings_of(local_pool, **{"throttle.storage": storage}, **texts)
        return configurator(settings).make_wsgi_app()

    return make


@pytest.fixture(scope="module")
def guarded(local_pool: LocalPool, admin: Any, local_site: Router) -> tuple[Guarded, Guarded]:
    """Two people with an authenticator app."""
    names = (f"throttled-{uuid.uuid4().hex[:12]}" for _ in range(2))
    one, other = (create_guarded(local_pool, admin, local_site, name) for name in names)
    return one, other


@pytest.fixture(scope="module")
def half_way(local_pool: LocalPool, guarded: tuple[Guarded, Guarded]) -> dict[str, Browser]:
    """By name: browsers of theirs, after the password and before the code."""
    settings = settings_of(local_pool, challenge_lifetime="900")
    site = configurator(settings).make_wsgi_app()
    browsers = {person.username: Browser(site) for person in guarded}
    for name, browser in browsers.items():
        assert where(browser.sign_in(name)).startswith(CHALLENGE)
    return browsers


@pytest.fixture
def account(guarded: tuple[Guarded, Guarded], action: str) -> str:
    """Nobody's where that is as good: it costs the emulator no arithmetic."""
    return guarded[0].username if action == "code" else "nobody-at-all"


@pytest.fixture
def other_account(guarded: tuple[Guarded, Guarded], action: str) -> str:
    return guarded[1].username if action == "code" else "nobody-else"


MakeAttempts = Callable[..., Attempts]


@pytest.fixture
def attempts(make_site: MakeSite, half_way: dict[str, Browser]) -> MakeAttempts:
    """Attempts at an application of their own, which is made as `make_site` does."""

    def make(action: str, storage: str = "memory://", **limits: int) -> Attempts:
        return Attempts(make_site(storage, **limits), action, half_way)

    return make


# --- what is limited


@pytest.mark.parametrize("action", ACTIONS)
def test_an_account_that_is_tried_too_often_is_closed_alone_and_from_everywhere(
    attempts: MakeAttempts, action: str, storage: str, account: str, other_account: str
) -> None:
    attempt = attempts(action, storage, account=2)
    assert 429 not in [attempt(account).status_int for _ in range(2)]

    assert attempt(account).status_int == 429

    assert attempt(account, ELSEWHERE).status_int == 429
    assert attempt(other_account).status_int in (303, 400)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_address_that_tries_too_often_is_closed_alone_and_for_every_account(
    attempts: MakeAttempts, action: str, storage: str, account: str, other_account: str
) -> None:
    attempt = attempts(action, storage, address=2)
    assert attempt(account).status_int in (303, 400)

    attempt.until_refused(account)

    assert attempt(other_account).status_int == 429
    assert attempt(account, ELSEWHERE).status_int in (303, 400)


@pytest.mark.parametrize(
    ("action", "then"),
    [("sign_up", "resend"), ("resend", "forgot_password"), ("forgot_password", "sign_up")],
)
def test_all_that_sends_an_account_a_message_is_counted_together(
    make_site: MakeSite, storage: str, action: str, then: str
) -> None:
    site = make_site(storage, messages=1)
    Attempts(site, action, {})("nobody-at-all")

    attempt = Attempts(site, then, {})

    assert attempt("nobody-at-all", ELSEWHERE).status_int == 429
    assert attempt("nobody-else").status_int == 303


# --- what people see of it


@pytest.mark.parametrize("action", ACTIONS)
class TestThePage:
    @pytest.fixture
    def page(self, attempts: MakeAttempts, action: str, account: str) -> TestResponse:
        return attempts(action, account=1).until_refused(account)

    def test_says_when_to_come_back(self, page: TestResponse, action: str) -> None:
        assert 0 < int(page.headers["Retry-After"]) <= 300
        assert "too many attempts" in problem(page)
        assert "You can try again in" in problem(page)

    def test_keeps_what_was_typed_but_no_secret(
        self, page: TestResponse, action: str, account: str
    ) -> None:
        form = form_with(page, "csrf_token")
        kept = {"username": account, "email": f"{account}@example.com"}
        shown = {name: form[name].value for name in kept if name in form.fields}
        assert shown == {name: kept[name] for name in shown}
        for name in ACTIONS[action].is_secret:
            assert form[name].value == ""
            assert ACTIONS[action].fields[name] not in page


# --- several processes


@pytest.mark.parametrize("action", ACTIONS)
def test_applications_with_one_redis_count_together(
    attempts: MakeAttempts, redis: RedisServer, action: str, account: str
) -> None:
    one, other = (attempts(action, redis.uri, account=2) for _ in range(2))

    statuses = [attempt(account).status_int for attempt in (one, other, one, other)]

    assert 429 not in statuses[:2]
    assert statuses[2:] == [429, 429]


def test_a_right_password_is_forgiven_by_all_of_them(
    make_site: MakeSite, redis: RedisServer
) -> None:
    one, other = (Browser(make_site(redis.uri, account=2)) for _ in range(2))
    one.sign_in("grace", "Wrong-Horse-9", status=400)

    other.sign_in("grace", status=303)

    for browser in (one, other):
        browser.sign_in("grace", "Wrong-Horse-9", status=400)


def test_a_redis_is_told_no_names_and_forgets(make_site: MakeSite, redis: RedisServer) -> None:
    Attempts(make_site(redis.uri), "sign_up", {})("nobody-at-all")

    with redis.client as client:
        keys = [key.decode() for key in client.scan_iter()]
        lifetimes = [client.ttl(key) for key in keys]
    assert len(keys) >= 4
    assert not any("nobody" in key or "example" in key for key in keys)
    # PATIENT has limits of five minutes
    assert all(0 < lifetime <= 300 for lifetime in lifetimes)


# --- while the Redis is away


def refused_uncounted(page: TestResponse, calls: list[str]) -> bool:
    """Whether a page says to come back, and Cognito was asked for nothing."""
    assert page.status_int == 503
    assert int(page.headers["Retry-After"]) > 0
    return calls == [] and "cannot be reached" in problem(page)


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_redis_nobody_tries_uncounted(
    attempts: MakeAttempts, tmp_path: Path, calls: list[str], action: str, account: str
) -> None:
    page = attempts(action, f"redis+unix://{tmp_path}/none.sock")(account)

    assert refused_uncounted(page, calls)


def test_without_a_redis_nobody_signs_in_with_the_right_password(
    make_site: MakeSite, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(make_site("redis://:hunter2@127.0.0.1:9"))

    page = browser.sign_in("grace", remember=True, next_page="/view", status=503)

    assert refused_uncounted(page, calls)
    assert page.form["username"].value == "grace"
    assert page.form["remember"].checked
    assert page.form["next"].value == "/view"
    assert PASSWORD not in page
    assert browser.me() is None
    assert "The throttle's storage is away: ConnectionError" in caplog.text
    assert "hunter2" not in caplog.text + page.text


def test_a_redis_that_ends_and_comes_back_interrupts_and_no_more(
    make_site: MakeSite,
    redis_program: str,
    tmp_path: Path,
    calls: list[str],
    guarded: tuple[Guarded, Guarded],
) -> None:
    ada = guarded[0]
    server = RedisServer(redis_program, tmp_path)
    server.start()
    try:
        browser = Browser(make_site(server.uri))
        page = browser.sign_in(ada.username).follow()
        calls.clear()

        server.stop()
        page.form["code"] = ada.code()
        refused = page.form.submit(status=503)
        assert refused_uncounted(refused, calls)
        assert refused.form["code"].value == ""
        assert browser.me() is None

        server.start()
        refused.form["code"] = ada.code()
        refused.form.submit(status=303)
        assert browser.get("/view").text == f"view for {ada.username}"
    finally:
        server.stop()


def test_who_is_signed_in_goes_on_without_a_redis(make_site: MakeSite, tmp_path: Path) -> None:
    browser = Browser(make_site())
    browser.sign_in("grace")

    without = browser.twin(make_site(f"redis+unix://{tmp_path}/none.sock"))

    assert without.get("/view").text == "view for grace"


def test_a_redis_that_does_not_answer_is_not_waited_for(
    make_site: MakeSite, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"redis://127.0.0.1:{silent.getsockname()[1]}?socket_timeout=0.05"
        browser = Browser(make_site(uri))

        with caplog.at_level(logging.ERROR):
            page = browser.sign_in("grace", status=503)

    assert refused_uncounted(page, calls)
    assert "The throttle's storage is away: TimeoutError" in caplog.text


# --- what a person does with their own account, on a pool that answers what a test says


@pytest.fixture
def own() -> StubbedSite:
    """Someone is signed in, and may do each thing once an hour."""
    site = StubbedSite(**{"throttle.account": "1 per 1 hour"})
    site.let_in()
    return site


def test_another_key_for_an_app_is_not_to_be_had_all_the_time(own: StubbedSite) -> None:
    form = form_with(own.browser.get("/account/two-factor/authenticator"), "new")
    with own.cognito() as cognito:
        cognito.add_response(
            "associate_software_token", {"SecretCode": "JBSWY3DPEHPK3PXP"}, own.own
        )
        form.submit("new", status=200)
        form.submit("new", status=429)


def test_nor_are_all_the_data_in_whatever_form(own: StubbedSite) -> None:
    with own.cognito() as cognito:
        cognito.add_response("get_user", {"Username": "ada", "UserAttributes": []}, own.own)
        cognito.add_response("get_user_auth_factors", {"Username": "ada"}, own.own)
        cognito.add_response("list_devices", {"Devices": []}, own.own)
        cognito.add_response("list_user_sessions", {"Sessions": []}, own.own)
        cognito.add_response("list_web_authn_credentials", {"Credentials": []}, own.own)
        own.browser.get("/account/personal-data")
        own.browser.get("/account/personal-data.json", status=429)
