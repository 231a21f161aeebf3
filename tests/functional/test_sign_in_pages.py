"""Signing in by the page: who is let in, what they may see then, and how others are refused."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from pyramid.session import SignedCookieSessionFactory
from webtest import TestResponse

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.local import RESET_CODE, LocalPool, LocalUser
from tests.functional.conftest import USERS
from tests.functional.site import (
    GUARDED,
    NOWHERE,
    PASSWORD,
    SIGN_IN,
    Browser,
    configurator,
    form_with,
    normalised,
    problem,
    set_cookies,
    settings_of,
    where,
)

NewUser = Callable[..., LocalUser]

EXAMPLE_COM = {"/view", "/share", "/discuss", "/restricted"}


def refused_with(code: str) -> str:
    return str(cognito_error(code).message)


@pytest.fixture(scope="module")
def revealing_site(local_settings: dict[str, str]) -> Router:
    settings = local_settings | {"cognito.reveal_account_state": "true"}
    return configurator(settings).make_wsgi_app()


@pytest.fixture(scope="module")
def people(local_site: Router) -> dict[str, Browser]:
    """Browsers of ada, grace and eve, who have signed in."""
    browsers = {user.username: Browser(local_site) for user in USERS}
    for name, browser in browsers.items():
        assert where(browser.sign_in(name)) == "/"
    return browsers


@pytest.fixture
def unconfirmed(local_pool: LocalPool, local_site: Router) -> str:
    """The name of someone who has signed up, and has not entered the code."""
    name = f"unconfirmed-{uuid.uuid4().hex[:12]}"
    form = Browser(local_site).get("/account/sign-up").form
    form["username"], form["password"] = name, PASSWORD
    form["email"] = f"{name}@example.com"
    form.submit(status=303)
    return name


@pytest.fixture
def disabled(local_pool: LocalPool, admin: Any, new_user: NewUser) -> str:
    name = new_user().username
    admin.admin_disable_user(UserPoolId=local_pool.user_pool_id, Username=name)
    return name


@pytest.fixture
def to_be_reset(local_pool: LocalPool, admin: Any, new_user: NewUser) -> str:
    name = new_user().username
    admin.admin_reset_user_password(UserPoolId=local_pool.user_pool_id, Username=name)
    return name


# --- who is let in


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.username)
def test_who_signs_in_is_who_the_pool_knows(
    people: dict[str, Browser], local_pool: LocalPool, admin: Any, user: LocalUser
) -> None:
    me = people[user.username].me()

    known = admin.admin_get_user(UserPoolId=local_pool.user_pool_id, Username=user.username)
    attributes = {each["Name"]: each["Value"] for each in known["UserAttributes"]}
    sub, domain = attributes["sub"], attributes["custom:domain"]
    assert me is not None
    assert (me["sub"], me["userid"], me["username"]) == (sub, sub, user.username)
    assert (me["email"], me["groups"]) == (attributes["email"], [*user.groups])
    policies = {"policy:RecentSignIn"}
    if domain == "example.com":
        policies.add("policy:AuthorizedDomainsOnly")
    assert set(me["principals"]) == {
        "system.Everyone",
        "system.Authenticated",
        sub,
        f"custom:domain={domain}",
        *(f"group:{group}" for group in user.groups),
        *policies,
    }


@pytest.mark.parametrize(
    ("name", "open_pages"),
    [("ada", set(GUARDED)), ("grace", EXAMPLE_COM), ("eve", {"/view"})],
)
def test_groups_attributes_and_policies_decide_what_people_reach(
    people: dict[str, Browser], name: str, open_pages: set[str]
) -> None:
    assert people[name].reaches() == open_pages


def test_what_belongs_to_a_person_opens_for_its_owner_alone(people: dict[str, Browser]) -> None:
    me = people["eve"].me()
    assert me is not None
    address = f"/owned-by/{me['sub']}"

    people["eve"].get(address, status=200)
    people["grace"].get(address, status=403)


def test_a_verified_e_mail_address_signs_in_too(browser: Browser) -> None:
    browser.sign_in("ada@example.com")

    me = browser.me()
    assert me is not None
    assert me["username"] == "ada"


@pytest.mark.parametrize(
    "password", ["Grüße-aus-Köln-9", "日本語-Horse-9", "Two Words-9 'and\"% +&"]
)
def test_any_password_that_the_pool_takes_signs_in(
    browser: Browser, new_user: NewUser, password: str
) -> None:
    user = new_user(password=password)

    browser.sign_in(user.username, password, status=303)

    me = browser.me()
    assert me is not None
    assert me["username"] == user.username


def test_people_come_back_to_where_they_were(browser: Browser) -> None:
    sent_to = where(browser.get("/view?tab=2&from=a+b", status=302))

    assert sent_to == f"{SIGN_IN}?next={quote('/view?tab=2&from=a+b', safe='')}"
    form = browser.get(sent_to).form
    form["username"], form["password"] = "eve", PASSWORD
    assert where(form.submit()) == "/view?tab=2&from=a+b"
    assert browser.get("/view?tab=2&from=a+b").text == "view for eve"


def test_a_wrong_password_on_the_way_does_not_lose_the_place(browser: Browser) -> None:
    refused = browser.sign_in("eve", "Wrong-Horse-9", next_page="/view", status=400)

    form = refused.form
    form["password"] = PASSWORD
    assert where(form.submit()) == "/view"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_nobody_is_led_to_another_site(browser: Browser, elsewhere: str) -> None:
    form = browser.get(SIGN_IN).form
    fields = [("username", "eve"), ("password", PASSWORD), ("next", elsewhere)]

    answer = browser.post(SIGN_IN, [*fields, ("csrf_token", form["csrf_token"].value)])

    assert where(answer) == "/"


def test_the_cookie_ends_with_the_browser_unless_it_is_to_be_remembered(browser: Browser) -> None:
    answers = [browser.sign_in("eve", remember=remember) for remember in (False, True)]

    for answer in answers:
        assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", "))
    forgotten, remembered = (set_cookies(answer, "cognito") for answer in answers)
    assert len(forgotten) == len(remembered) == 1
    assert "Max-Age" not in forgotten[0]
    (max_age,) = re.findall("Max-Age=([0-9]+)", remembered[0])
    assert int(max_age) == pytest.approx(30 * 86400, abs=5)
    for header in forgotten + remembered:
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
        assert "secure" not in header.lower()


def test_over_https_the_cookie_is_bound_to_the_host(local_pool: LocalPool) -> None:
    site = configurator(settings_of(local_pool, cookie_secure="true")).make_wsgi_app()
    browser = Browser(site, extra_environ={"wsgi.url_scheme": "https", "HTTP_HOST": "localhost"})

    (header,) = set_cookies(browser.sign_in("eve"), "__Host-cognito")

    assert {"secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header
    assert browser.get("/view").text == "view for eve"


def test_a_form_without_its_token_signs_nobody_in(browser: Browser) -> None:
    form = browser.get(SIGN_IN).form
    form["username"], form["password"], form["csrf_token"] = "ada", PASSWORD, "forged"

    page = form.submit(status=400)

    assert page.html.h1.text == "This form has expired"
    assert set_cookies(page, "cognito") == []
    assert browser.me() is None


def test_who_is_signed_in_is_not_asked_again(people: dict[str, Browser]) -> None:
    assert where(people["eve"].get(SIGN_IN, {"next": "/view"})) == "/view"


def test_the_next_person_takes_over_and_the_first_ones_session_ends(browser: Browser) -> None:
    browser.sign_in("eve")
    eve = browser.twin()
    assert eve.get("/view").text == "view for eve"

    browser.sign_in("ada")

    me = browser.me()
    assert me is not None
    assert me["username"] == "ada"
    assert eve.me() is None


@pytest.fixture(scope="module")
def site_with_sessions(local_pool: LocalPool) -> Router:
    def keep(request: Request) -> Response:
        request.session["basket"] = "apples"
        return request.response

    def kept(request: Request) -> str | None:
        basket: str | None = request.session.get("basket")
        return basket

    config = configurator(settings_of(local_pool))
    config.set_session_factory(SignedCookieSessionFactory("a key of the application's own"))
    config.add_view(keep, name="keep")
    config.add_view(kept, name="kept", renderer="json")
    return config.make_wsgi_app()


class TestAnApplicationWithSessions:
    """Its own session holds what one person left in it, and the CSRF token."""

    @pytest.fixture
    def browser(self, site_with_sessions: Router) -> Browser:
        return Browser(site_with_sessions)

    def test_what_was_begun_before_signing_in_is_kept(self, browser: Browser) -> None:
        browser.get("/keep")

        browser.sign_in("eve")

        assert browser.get("/kept").json == "apples"

    def test_signing_in_again_keeps_it_too(self, browser: Browser) -> None:
        browser.sign_in("eve")
        browser.get("/keep")

        browser.sign_in("eve")

        assert browser.get("/kept").json == "apples"

    def test_the_next_person_finds_nothing_of_it(self, browser: Browser) -> None:
        browser.sign_in("eve")
        browser.get("/keep")

        browser.sign_in("grace")

        assert browser.get("/kept").json is None

    def test_a_token_from_before_the_sign_in_is_worth_nothing(self, browser: Browser) -> None:
        before = browser.get(SIGN_IN).form["csrf_token"].value

        browser.sign_in("eve")

        browser.post("/change", {"csrf_token": before}, status=400)
        now = form_with(browser.get("/account/sign-out"), "csrf_token")["csrf_token"].value
        assert browser.post("/change", {"csrf_token": now}).text == "change for eve"


def test_without_sessions_the_token_changes_too(browser: Browser) -> None:
    before = browser.get(SIGN_IN).form["csrf_token"].value

    browser.sign_in("eve")

    browser.post("/change", {"csrf_token": before}, status=400)


# --- how others are refused


@pytest.fixture(scope="module")
def usual_failure(local_site: Router) -> TestResponse:
    """What a name that nobody has is answered with."""
    return Browser(local_site).sign_in("nobody-at-all", "Wrong-Horse-9", expect_errors=True)


def assert_alike(failure: TestResponse, name: str, usual: TestResponse) -> None:
    """The two are the same to the letter, but for the name and the form's token."""
    assert failure.status == usual.status
    assert sorted(failure.headers) == sorted(usual.headers)
    assert normalised(failure, name) == normalised(usual, "nobody-at-all")
    assert refused_with("NotAuthorizedException") in problem(failure)


def test_a_refusal_says_what_to_do_and_keeps_the_name(browser: Browser) -> None:
    page = browser.sign_in("ada", "Wrong-Horse-9", remember=True, status=400)

    assert refused_with("NotAuthorizedException") in problem(page)
    links = {link["href"] for link in page.html.select(".cognito-problem a")}
    assert {"/account/confirm", "/account/forgot-password"} <= links
    assert page.form["username"].value == "ada"
    assert page.form["remember"].checked
    assert page.form["password"].value == ""
    assert "Wrong-Horse-9" not in page
    assert set_cookies(page, "cognito") == []


def test_a_wrong_password_looks_like_an_unknown_user(
    browser: Browser, usual_failure: TestResponse
) -> None:
    page = browser.sign_in("ada", "Wrong-Horse-9", expect_errors=True)

    assert_alike(page, "ada", usual_failure)
    assert browser.me() is None


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-9"])
def test_an_unconfirmed_user_looks_like_an_unknown_one(
    browser: Browser, unconfirmed: str, password: str, usual_failure: TestResponse
) -> None:
    page = browser.sign_in(unconfirmed, password, expect_errors=True)

    assert_alike(page, unconfirmed, usual_failure)


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-9"])
def test_a_disabled_user_looks_like_an_unknown_one(
    browser: Browser, disabled: str, password: str, usual_failure: TestResponse
) -> None:
    page = browser.sign_in(disabled, password, expect_errors=True)

    assert_alike(page, disabled, usual_failure)


def test_a_password_to_be_reset_is_told_to_nobody_who_does_not_know_it(
    browser: Browser, to_be_reset: str, usual_failure: TestResponse
) -> None:
    page = browser.sign_in(to_be_reset, "Wrong-Horse-9", expect_errors=True)

    assert_alike(page, to_be_reset, usual_failure)


def test_who_knows_a_password_that_is_to_be_reset_sets_a_new_one(
    browser: Browser, to_be_reset: str
) -> None:
    answer = browser.sign_in(to_be_reset, next_page="/view")

    assert where(answer).startswith("/account/reset-password?")
    page = answer.follow()
    assert "has to be changed" in page
    form = page.form
    assert form["username"].value == to_be_reset
    form["code"], form["new_password"] = RESET_CODE, "Changed-Horse-9"
    assert where(form.submit()).startswith(SIGN_IN)
    browser.sign_in(to_be_reset, "Changed-Horse-9", status=303)
    assert browser.get("/view").text == f"view for {to_be_reset}"


def test_a_team_may_tell_people_that_they_are_not_confirmed(
    revealing_site: Router, unconfirmed: str
) -> None:
    answer = Browser(revealing_site).sign_in(unconfirmed)

    assert where(answer) == f"/account/confirm?username={unconfirmed}"


def test_even_then_a_wrong_password_looks_like_an_unknown_user(
    revealing_site: Router, usual_failure: TestResponse
) -> None:
    browser = Browser(revealing_site)
    page = browser.sign_in("ada", "Wrong-Horse-9", expect_errors=True)

    assert_alike(page, "ada", usual_failure)


def test_even_then_a_reset_is_told_only_to_who_knows_the_password(
    revealing_site: Router, to_be_reset: str, usual_failure: TestResponse
) -> None:
    browser = Browser(revealing_site)
    page = browser.sign_in(to_be_reset, "Wrong-Horse-9", expect_errors=True)

    assert_alike(page, to_be_reset, usual_failure)
    answer = browser.sign_in(to_be_reset)
    assert where(answer).startswith("/account/reset-password?")


# --- too often, and nobody there


class TestGuessing:
    @pytest.fixture
    def limited(self, local_pool: LocalPool) -> Callable[..., Browser]:
        """A browser at an application that allows so many attempts in five minutes."""

        def make(*, account: int = 100, address: int = 100) -> Browser:
            limits = {"account": account, "address": address}
            texts = {f"throttle.{name}": f"{most} per 5 minute" for name, most in limits.items()}
            return Browser(configurator(settings_of(local_pool, **texts)).make_wsgi_app())

        return make

    def test_is_stopped_whatever_the_password(self, limited: Callable[..., Browser]) -> None:
        browser = limited(account=2)
        for _ in range(2):
            browser.sign_in("ada", "Wrong-Horse-9", status=400)

        page = browser.sign_in("ada", status=429)

        assert 0 < int(page.headers["Retry-After"]) <= 300
        assert refused_with("TooManyAttempts") in problem(page)
        assert page.form["username"].value == "ada"
        assert PASSWORD not in page
        assert browser.me() is None

    def test_is_stopped_for_one_account_however_it_is_typed(
        self, limited: Callable[..., Browser]
    ) -> None:
        browser = limited(account=1)
        browser.sign_in("eve", "Wrong-Horse-9", status=400)

        browser.sign_in("EVE ", status=429)

        browser.sign_in("grace", status=303)

    def test_looks_the_same_for_an_account_that_nobody_has(
        self, limited: Callable[..., Browser]
    ) -> None:
        browser = limited(account=1)
        names = ("ada", "nobody-at-all")

        one, other = (
            [normalised(browser.sign_in(name, "Wrong", expect_errors=True), name) for _ in range(2)]
            for name in names
        )

        assert one == other
        assert one[0] != one[1]

    def test_from_one_address_is_stopped_for_all_accounts(
        self, limited: Callable[..., Browser]
    ) -> None:
        browser = limited(address=1)
        browser.sign_in("nobody-at-all", "Wrong-Horse-9", status=400)

        browser.sign_in("ada", status=429)

        browser.extra_environ["REMOTE_ADDR"] = "192.0.2.7"
        browser.sign_in("ada", status=303)

    def test_is_forgotten_once_the_password_was_right(
        self, limited: Callable[..., Browser]
    ) -> None:
        browser = limited(account=2)
        browser.sign_in("grace", "Wrong-Horse-9", status=400)
        browser.sign_in("grace", status=303)

        for _ in range(2):
            browser.sign_in("grace", "Wrong-Horse-9", status=400)


class TestWhileCognitoIsAway:
    @pytest.fixture
    def browser(self, local_pool: LocalPool) -> Browser:
        settings = settings_of(local_pool, endpoint_url=NOWHERE)
        return Browser(configurator(settings).make_wsgi_app())

    def test_signing_in_says_when_to_try_again(
        self, browser: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        page = browser.sign_in("ada", remember=True, next_page="/view", status=503)

        assert int(page.headers["Retry-After"]) > 0
        assert refused_with("ServiceUnavailable") in problem(page)
        assert page.form["username"].value == "ada"
        assert page.form["remember"].checked
        assert page.form["next"].value == "/view"
        assert page.form["password"].value == ""
        assert PASSWORD not in page
        assert [record.levelno for record in caplog.records if record.name.endswith("pool")] == [
            logging.ERROR
        ]

    def test_the_form_itself_is_there(self, browser: Browser) -> None:
        assert browser.get(SIGN_IN).form["username"].value == ""
        assert browser.get("/").text == "home"
        assert where(browser.get("/view")).startswith(SIGN_IN)
