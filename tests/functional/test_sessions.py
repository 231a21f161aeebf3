"""Sessions as time goes by: refreshed, ended, shared by processes, kept over a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyramid.router import Router

from pyramid_cognito.errors import Context, cognito_error
from pyramid_cognito.local import LocalPool, LocalUser
from pyramid_cognito.pool import UserPool
from tests.functional.site import (
    LATER,
    NOWHERE,
    SECRET,
    SIGN_IN,
    Browser,
    Stage,
    configurator,
    deletes,
    problem,
    set_cookies,
    settings_of,
    where,
)

NewUser = Callable[..., LocalUser]

MINUTE, HOUR = 60, 3600

REFRESH = "GetTokensFromRefreshToken"


# --- refresh


def test_tokens_that_ran_out_are_renewed_without_a_word(stage: Stage) -> None:
    browser = stage.signed_in("ada")
    before = browser.me()
    old_ticket = browser.ticket
    assert before is not None
    assert before["expires_at"] == pytest.approx(time.time() + 5 * MINUTE, abs=30)

    stage.move_on(LATER)
    answer = browser.get("/view", status=200)

    (header,) = set_cookies(answer, "cognito")
    assert browser.ticket != old_ticket
    assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", "))
    after = browser.me()
    assert after is not None
    assert after["expires_at"] > stage.clock()
    assert after["sub"] == before["sub"]
    assert "Max-Age" not in header


def test_the_renewed_session_is_good_for_many_requests(stage: Stage, calls: list[str]) -> None:
    browser = stage.signed_in("ada")
    stage.move_on(LATER)
    calls.clear()

    for _ in range(3):
        browser.get("/view", status=200)

    assert calls == [REFRESH]


def test_a_signed_in_request_asks_cognito_nothing(stage: Stage, calls: list[str]) -> None:
    browser = stage.signed_in("ada")
    calls.clear()

    assert len(browser.reaches()) == 5
    Browser(browser.app).get("/view", status=302)

    assert calls == []


def test_a_refresh_does_not_count_as_having_signed_in_again(stage: Stage) -> None:
    browser = stage.signed_in("ada")
    browser.get("/recent", status=200)
    before = browser.me()

    stage.move_on(LATER)

    answer = browser.get("/recent", status=302)
    assert where(answer) == "/account/reauthenticate?next=%2Frecent"
    assert "password" in answer.follow().form.fields
    after = browser.me()
    assert before is not None
    assert after is not None
    assert after["auth_time"] == before["auth_time"]


def test_a_remembered_session_stays_remembered(stage: Stage) -> None:
    browser = stage.signed_in("ada", remember=True)

    stage.move_on(LATER)

    (header,) = set_cookies(browser.get("/view"), "cognito")
    assert "Max-Age=" in header


def test_requests_that_come_together_are_refreshed_once(stage: Stage, calls: list[str]) -> None:
    browser = stage.signed_in("ada")
    tabs = [browser.twin() for _ in range(6)]
    stage.move_on(LATER)
    calls.clear()

    with ThreadPoolExecutor(len(tabs)) as threads:
        answers = list(threads.map(lambda tab: tab.get("/view", expect_errors=True), tabs))

    assert {answer.status_int for answer in answers} == {200}
    assert all(set_cookies(answer, "cognito") for answer in answers)
    assert calls == [REFRESH]


def test_a_request_that_was_on_its_way_with_the_old_cookie_is_let_in(
    stage: Stage, calls: list[str]
) -> None:
    browser = stage.signed_in("ada")
    straggler = browser.twin()
    stage.move_on(LATER)
    browser.get("/view", status=200)
    calls.clear()

    straggler.get("/view", status=200)

    assert calls == []


@pytest.mark.parametrize(
    "end", ["admin_disable_user", "admin_delete_user", "admin_user_global_sign_out"]
)
def test_whom_an_administrator_shut_out_is_anonymous_from_the_next_refresh_on(
    stage: Stage, admin: Any, local_pool: LocalPool, new_user: NewUser, end: str
) -> None:
    person = new_user(groups=["Admin"])
    browser = stage.signed_in(person.username)
    thief = browser.twin()
    getattr(admin, end)(UserPoolId=local_pool.user_pool_id, Username=person.username)

    stage.move_on(LATER)
    answer = browser.get("/view")

    assert where(answer) == f"{SIGN_IN}?next=%2Fview&reason=ended"
    assert "Your session has ended" in answer.follow().text
    assert deletes(answer, "cognito")
    assert browser.ticket is None
    assert thief.me() is None


def test_a_refused_refresh_is_not_tried_again(
    stage: Stage, admin: Any, local_pool: LocalPool, new_user: NewUser, calls: list[str]
) -> None:
    person = new_user()
    browser = stage.signed_in(person.username)
    admin.admin_disable_user(UserPoolId=local_pool.user_pool_id, Username=person.username)
    stage.move_on(LATER)
    thief = browser.twin()
    calls.clear()

    browser.get("/view")
    thief.get("/view")

    assert calls == [REFRESH]


@pytest.mark.parametrize("asked", [True, False])
def test_a_changed_group_counts_after_a_refresh(
    stage: Stage, admin: Any, local_pool: LocalPool, new_user: NewUser, *, asked: bool
) -> None:
    person = new_user()
    browser = stage.signed_in(person.username)
    membership = {
        "UserPoolId": local_pool.user_pool_id,
        "Username": person.username,
        "GroupName": "Admin",
    }
    admin.admin_add_user_to_group(**membership)
    browser.get("/administer", status=403)

    if asked:
        answer = browser.get("/refresh").json
        assert answer["signed_in"] is True
        # in the same request already
        assert answer["now"]["groups"] == ["Admin"]
    else:
        stage.move_on(LATER)

    browser.get("/administer", status=200)
    admin.admin_remove_user_from_group(**membership)
    browser.get("/refresh")
    browser.get("/administer", status=403)


def test_a_changed_attribute_counts_after_a_refresh(
    stage: Stage, admin: Any, local_pool: LocalPool, new_user: NewUser
) -> None:
    person = new_user(attributes={"custom:domain": "example.com"})
    browser = stage.signed_in(person.username)
    assert browser.reaches() == {"/view", "/share", "/discuss", "/restricted"}

    admin.admin_update_user_attributes(
        UserPoolId=local_pool.user_pool_id,
        Username=person.username,
        UserAttributes=[{"Name": "custom:domain", "Value": "example.org"}],
    )
    browser.get("/refresh")

    assert browser.reaches() == {"/view", "/discuss", "/restricted"}


def test_refreshing_nobody_is_no_error(stage: Stage) -> None:
    answer = Browser(stage.application()).get("/refresh")

    assert answer.json == {"signed_in": False, "now": None}
    assert "Set-Cookie" not in answer.headers


class TestAnotherProcessWasFaster:
    """Cognito rotates refresh tokens, and the old one came too late."""

    @pytest.fixture(autouse=True)
    def _old_tokens_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        call, spent = UserPool.call, set()

        def rotating(self: UserPool, operation: str, /, **parameters: Any) -> dict[str, Any]:
            if operation == REFRESH:
                if parameters["RefreshToken"] in spent:
                    raise cognito_error("RefreshTokenReuseException", context=Context.SIGNED_IN)
                spent.add(parameters["RefreshToken"])
            return call(self, operation, **parameters)

        monkeypatch.setattr(UserPool, "call", rotating)

    def test_the_page_is_asked_for_again_with_what_the_other_one_got(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")
        late = browser.twin(stage.application())
        stage.move_on(LATER)
        browser.get("/view", status=200)

        answer = late.get("/view?page=2")
        assert where(answer) == "/view?page=2"
        assert set_cookies(answer, "cognito") == []
        assert "no-store" in answer.headers["Cache-Control"]

        take_cookies(browser, late)
        assert answer.follow().text == "view for ada"

    def test_who_has_nothing_newer_is_signed_out(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")
        late = browser.twin(stage.application())
        stage.move_on(LATER)
        browser.get("/view", status=200)

        answer = late.get("/view").follow()

        assert where(answer) == f"{SIGN_IN}?next=%2Fview&reason=ended"
        assert deletes(answer, "cognito")
        assert deletes(answer, "cognito-again")
        browser.get("/view", status=200)

    def test_what_changes_something_is_not_sent_twice(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")
        late = browser.twin(stage.application())
        stage.move_on(LATER)
        browser.get("/view", status=200)

        answer = late.post("/change")

        assert answer.status_int in (303, 400)
        assert "Set-Cookie" not in answer.headers or not set_cookies(answer, "cognito")


def take_cookies(source: Browser, browser: Browser) -> None:
    """Let *browser* have the ticket of *source*, as tabs of one browser do."""
    for cookie in source.cookiejar:
        if cookie.name == "cognito":
            browser.cookiejar.set_cookie(cookie)


# --- revalidation


class TestRevalidation:
    """Tokens live for a day here, so that it is not a refresh that tells."""

    @pytest.fixture(autouse=True)
    def _tokens_live_long(self, stage: Stage) -> None:
        stage.move_on(0)

    def test_is_one_question_in_five_minutes(self, stage: Stage, calls: list[str]) -> None:
        browser = stage.signed_in("ada")
        calls.clear()
        for _ in range(2):
            stage.clock.advance(5 * MINUTE)
            tabs = [browser.twin() for _ in range(6)]
            with ThreadPoolExecutor(len(tabs)) as threads:
                answers = list(threads.map(lambda tab: tab.get("/view"), tabs))
            assert {answer.status_int for answer in answers} == {200}

        assert calls == ["GetUser"] * 2

    @pytest.mark.parametrize(
        "end", ["admin_disable_user", "admin_delete_user", "admin_user_global_sign_out"]
    )
    def test_signs_out_whom_an_administrator_shut_out(
        self, stage: Stage, admin: Any, local_pool: LocalPool, new_user: NewUser, end: str
    ) -> None:
        person = new_user()
        browser = stage.signed_in(person.username)
        getattr(admin, end)(UserPoolId=local_pool.user_pool_id, Username=person.username)
        browser.get("/view", status=200)

        stage.clock.advance(5 * MINUTE)
        answer = browser.get("/view")

        assert where(answer) == f"{SIGN_IN}?next=%2Fview&reason=ended"
        assert deletes(answer, "cognito")

    def test_signs_out_who_signed_out_at_another_process(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")
        thief = browser.twin(stage.application())
        browser.sign_out()

        stage.clock.advance(5 * MINUTE)

        assert thief.me() is None

    def test_lets_people_go_on_while_cognito_is_away(self, stage: Stage) -> None:
        browser = stage.signed_in("ada").twin(stage.application(endpoint_url=NOWHERE))

        stage.clock.advance(5 * MINUTE)

        browser.get("/view", status=200)

    def test_can_be_turned_off(self, stage: Stage, calls: list[str]) -> None:
        browser = stage.signed_in("ada", revalidate_after="0")
        calls.clear()

        stage.clock.advance(50 * MINUTE)

        browser.get("/view", status=200)
        assert calls == []


# --- while Cognito is away


class TestWhileCognitoIsAway:
    @pytest.fixture
    def away(self, stage: Stage) -> Router:
        return stage.application(endpoint_url=NOWHERE)

    def test_people_go_on_until_their_tokens_really_run_out(
        self, stage: Stage, away: Router
    ) -> None:
        browser = stage.signed_in("ada").twin(away)

        stage.move_on(4 * MINUTE + 30)

        # a refresh is due, but the tokens are good
        browser.get("/view", status=200)

    def test_then_they_are_asked_to_wait_and_stay_signed_in(
        self, stage: Stage, away: Router
    ) -> None:
        browser = stage.signed_in("ada")
        cut_off = browser.twin(away)
        stage.move_on(LATER)

        page = cut_off.get("/view", status=503)

        assert int(page.headers["Retry-After"]) > 0
        assert set_cookies(page, "cognito") == []
        assert cut_off.me() is None
        assert cut_off.get("/").text == "home"
        assert cut_off.twin(browser.app).get("/view").text == "view for ada"

    def test_a_program_is_told_as_json(self, stage: Stage, away: Router) -> None:
        browser = stage.signed_in("ada").twin(away)
        stage.move_on(LATER)

        answer = browser.get("/view", headers={"Accept": "application/json"}, status=503)

        assert answer.json["error"] == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0

    def test_a_page_behind_a_policy_waits_too(self, stage: Stage, away: Router) -> None:
        browser = stage.signed_in("ada").twin(away)
        stage.move_on(LATER)

        browser.get("/restricted", status=503)
        browser.get("/discuss", status=503)


# --- how long


def test_a_session_that_nobody_uses_ends(stage: Stage, calls: list[str]) -> None:
    browser = stage.signed_in("ada")
    calls.clear()

    stage.move_on(HOUR + 1)

    assert where(browser.get("/view")).startswith(SIGN_IN)
    assert calls == []


def test_a_session_that_is_used_goes_on(stage: Stage) -> None:
    browser = stage.signed_in("ada")

    for _ in range(5):
        stage.move_on(50 * MINUTE)
        browser.get("/view", status=200)


def test_but_no_longer_than_its_lifetime(stage: Stage) -> None:
    browser = stage.signed_in("ada", session_lifetime=str(2 * HOUR))
    for _ in range(2):
        stage.move_on(50 * MINUTE)
        browser.get("/view", status=200)

    stage.move_on(21 * MINUTE)

    assert where(browser.get("/view")).startswith(SIGN_IN)


def test_a_remembered_session_may_lie_unused(stage: Stage) -> None:
    browser = stage.signed_in("ada", remember=True)

    stage.move_on(20 * HOUR)

    browser.get("/view", status=200)


def test_but_it_has_a_lifetime_as_well(stage: Stage) -> None:
    browser = stage.signed_in("ada", remember=True, remember_lifetime=str(10 * HOUR))

    stage.move_on(10 * HOUR + 1)

    assert where(browser.get("/view")).startswith(SIGN_IN)


# --- other processes, restarts, secrets


def test_two_processes_serve_one_session(stage: Stage, calls: list[str]) -> None:
    browser = stage.signed_in("ada")
    other = stage.application()
    calls.clear()

    at_other = browser.twin(other)

    assert at_other.me() == browser.me()
    assert len(at_other.reaches()) == 5
    assert calls == []


def test_a_session_that_one_process_refreshed_goes_on_at_the_other(stage: Stage) -> None:
    browser = stage.signed_in("ada")
    other = stage.application()
    stage.move_on(LATER)
    browser.get("/view", status=200)

    at_other = browser.twin(other)

    assert set_cookies(at_other.get("/view", status=200), "cognito") == []


def test_who_signed_out_at_one_process_is_out_at_the_other_from_the_next_refresh_on(
    stage: Stage,
) -> None:
    browser = stage.signed_in("eve")
    thief = browser.twin(stage.application())
    browser.sign_out()

    stage.move_on(LATER)

    answer = thief.get("/view")
    assert where(answer).startswith(SIGN_IN)
    assert deletes(answer, "cognito")


def test_people_are_still_signed_in_after_a_restart(stage: Stage) -> None:
    browser = stage.signed_in("ada")

    restarted = browser.twin(stage.application())

    assert restarted.get("/view").text == "view for ada"
    assert restarted.sign_out().status_int == 303


def test_another_secret_opens_nothing(stage: Stage) -> None:
    browser = stage.signed_in("ada")

    stranger = browser.twin(stage.application(secret="x" + SECRET[1:]))

    assert stranger.me() is None
    assert stranger.get("/").text == "home"


def test_a_ticket_of_another_app_client_opens_nothing(stage: Stage, local_pool: LocalPool) -> None:
    browser = stage.signed_in("ada")

    stranger = browser.twin(configurator(settings_of(local_pool)).make_wsgi_app())

    assert stranger.me() is None


def test_secrets_are_replaced_without_signing_anyone_out(stage: Stage) -> None:
    browser = stage.signed_in("ada")
    new = "b8Yt2Rk6Wm4Qz9Xc7Vn1Lp5Jd3Gf0Hs2"

    both = browser.twin(stage.application(secret=f"{new}\n{SECRET}"))

    assert both.get("/view").text == "view for ada"
    assert both.get("/refresh").json["signed_in"] is True
    assert both.twin(stage.application(secret=new)).get("/view").text == "view for ada"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ticket: ticket[:40] + ("A" if ticket[40] != "A" else "B") + ticket[41:],
        lambda ticket: ticket[: len(ticket) // 6],
        lambda ticket: ticket[:-1],
        lambda ticket: "2" + ticket[1:],
        lambda ticket: ticket[::-1],
        lambda ticket: "1" + "x" * 9000,
    ],
    ids=["changed", "cut short", "cut at its end", "a piece missing", "turned around", "too long"],
)
def test_a_spoilt_cookie_is_anonymous_and_no_error(
    stage: Stage, spoil: Callable[[str], str]
) -> None:
    browser = stage.signed_in("ada")

    stranger = with_ticket(browser, spoil)

    assert stranger.me() is None
    assert stranger.get("/").text == "home"
    assert where(stranger.get("/view")).startswith(SIGN_IN)


def with_ticket(browser: Browser, spoil: Callable[[str], str]) -> Browser:
    """Another browser, with what *spoil* makes of the ticket."""
    other = browser.twin()
    for cookie in other.cookiejar:
        if cookie.name == "cognito":
            cookie.value = spoil(cookie.value)
    return other


# --- people in many groups


class TestTheCookie:
    @pytest.fixture
    def member(
        self, local_pool: LocalPool, admin: Any, new_user: NewUser
    ) -> Callable[[int], LocalUser]:
        """Someone in so many groups of long names."""

        def make(count: int) -> LocalUser:
            names = [
                f"{number:03d}-{'department-of-' * 3}{number * 7919}" for number in range(count)
            ]
            known = admin.list_groups(UserPoolId=local_pool.user_pool_id)["Groups"]
            for name in set(names) - {group["GroupName"] for group in known}:
                admin.create_group(UserPoolId=local_pool.user_pool_id, GroupName=name)
            return new_user(groups=names)

        return make

    def test_of_a_typical_person_is_one(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")

        assert len(f"cognito={browser.ticket}") <= 4096
        assert "cognito-1" not in browser.cookies

    def test_is_split_when_it_is_long_and_deleted_whole(
        self, stage: Stage, member: Callable[[int], LocalUser]
    ) -> None:
        browser = stage.signed_in(member(30).username)

        assert {"cognito", "cognito-1"} <= browser.cookies.keys()
        me = browser.me()
        assert me is not None
        assert len(me["groups"]) == 30
        stage.move_on(LATER)
        browser.get("/view", status=200)

        answer = browser.sign_out()

        assert deletes(answer, "cognito")
        assert deletes(answer, "cognito-1")

    def test_that_no_browser_holds_is_a_clear_error(
        self, stage: Stage, member: Callable[[int], LocalUser], caplog: pytest.LogCaptureFixture
    ) -> None:
        person = member(90)

        page = Browser(stage.application()).sign_in(person.username, status=502)

        assert str(cognito_error("TicketTooLong").message) in problem(page)
        assert "let the app client read fewer attributes" in caplog.text
