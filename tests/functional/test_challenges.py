"""What comes after the password: a new one, or an authenticator's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyramid.router import Router

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.local import LocalPool, LocalUser
from tests.functional.authenticator import Guarded, create_guarded
from tests.functional.site import (
    CHALLENGE,
    PASSWORD,
    SIGN_IN,
    AdvancingClock,
    Browser,
    configurator,
    deletes,
    keep_time_by,
    problem,
    set_cookies,
    settings_of,
    where,
)

NewUser = Callable[..., LocalUser]

NEW_PASSWORD = "Changed-Horse-9"


@pytest.fixture
def newcomer(new_user: NewUser) -> LocalUser:
    """Someone whom an administrator created, with a password that is good once."""
    return new_user(permanent=False, attributes={"custom:domain": "example.net"})


@pytest.fixture(scope="module")
def guarded(local_pool: LocalPool, admin: Any, local_site: Router) -> Guarded:
    return create_guarded(local_pool, admin, local_site, "with-an-authenticator")


def attributes_of(admin: Any, pool: LocalPool, name: str) -> dict[str, str]:
    user = admin.admin_get_user(UserPoolId=pool.user_pool_id, Username=name)
    return {each["Name"]: each["Value"] for each in user["UserAttributes"]}


# --- a new password


def test_who_was_created_by_an_administrator_chooses_a_password(
    browser: Browser, newcomer: LocalUser
) -> None:
    answer = browser.sign_in(newcomer.username, next_page="/view?tab=2")

    assert where(answer).startswith(CHALLENGE)
    assert set_cookies(answer, "cognito") == []
    form = answer.follow().form
    form["new_password"] = NEW_PASSWORD
    answer = form.submit()
    assert where(answer) == "/view?tab=2"
    assert deletes(answer, "cognito-challenge")
    assert browser.get("/view").text == f"view for {newcomer.username}"


def test_from_then_on_the_new_password_is_the_one(
    browser: Browser, newcomer: LocalUser, local_site: Router
) -> None:
    form = browser.sign_in(newcomer.username).follow().form
    form["new_password"] = NEW_PASSWORD
    form.submit()

    again = Browser(local_site)
    again.sign_in(newcomer.username, PASSWORD, status=400)
    assert where(again.sign_in(newcomer.username, NEW_PASSWORD)) == "/"


def test_so_does_who_typed_an_e_mail_address(browser: Browser, newcomer: LocalUser) -> None:
    form = browser.sign_in(newcomer.attributes["email"]).follow().form
    form["new_password"] = NEW_PASSWORD

    form.submit(status=303)

    assert browser.get("/view").text == f"view for {newcomer.username}"


def test_until_then_nobody_is_signed_in(browser: Browser, newcomer: LocalUser) -> None:
    browser.sign_in(newcomer.username)

    assert browser.me() is None
    assert where(browser.get("/view")).startswith(SIGN_IN)


def test_the_pending_challenge_is_a_sealed_cookie_of_minutes(
    browser: Browser, newcomer: LocalUser
) -> None:
    (header,) = set_cookies(browser.sign_in(newcomer.username), "cognito-challenge")

    assert {"HttpOnly", "Max-Age=180", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert newcomer.username not in header


def test_the_page_never_shows_the_password_that_was_given(
    browser: Browser, newcomer: LocalUser
) -> None:
    page = browser.sign_in(newcomer.username).follow()

    assert PASSWORD not in page
    page.form["new_password"] = " has spaces around it 9A! "
    refused = page.form.submit(status=400)
    assert "has spaces" not in refused.text.replace("begin or end with a space", "")
    assert refused.form["new_password"].value == ""


def test_what_decides_access_cannot_be_posted_beside_the_password(
    browser: Browser, newcomer: LocalUser, admin: Any, local_pool: LocalPool
) -> None:
    before = attributes_of(admin, local_pool, newcomer.username)
    form = browser.sign_in(newcomer.username).follow().form
    forged = {
        "userAttributes.custom:domain": "example.com",
        "custom:domain": "example.com",
        "userAttributes.email": "ada@example.com",
        "userAttributes.email_verified": "true",
        "cognito:groups": "Admin",
    }

    fields = {"csrf_token": form["csrf_token"].value, "new_password": NEW_PASSWORD, **forged}
    browser.post(CHALLENGE, fields, status=400)

    assert attributes_of(admin, local_pool, newcomer.username) == before
    assert browser.me() is None
    # the password that was given is still to be changed
    assert where(browser.sign_in(newcomer.username)) == CHALLENGE


def test_whose_password_it_is_comes_from_the_cookie_alone(
    browser: Browser, newcomer: LocalUser, local_site: Router
) -> None:
    form = browser.sign_in(newcomer.username).follow().form
    forged = {
        "username": "ada",
        "USERNAME": "ada",
        "user_id": "ada",
        "session": "forged",
        "challenge": "SOFTWARE_TOKEN_MFA",
    }

    fields = {"csrf_token": form["csrf_token"].value, "new_password": NEW_PASSWORD, **forged}
    browser.post(CHALLENGE, fields, status=303)

    me = browser.me()
    assert me is not None
    assert me["username"] == newcomer.username
    Browser(local_site).sign_in("ada", NEW_PASSWORD, status=400)


def test_a_form_without_its_token_changes_no_password(
    browser: Browser, newcomer: LocalUser, local_site: Router
) -> None:
    browser.sign_in(newcomer.username)

    browser.post(CHALLENGE, {"new_password": NEW_PASSWORD}, status=400)

    assert where(Browser(local_site).sign_in(newcomer.username)) == CHALLENGE


# --- a code


def test_an_authenticators_code_is_asked_after_the_password(
    browser: Browser, guarded: Guarded
) -> None:
    answer = browser.sign_in(guarded.username, remember=True, next_page="/view")

    assert where(answer).startswith(CHALLENGE)
    page = answer.follow()
    assert page.form["code"].attrs["autocomplete"] == "one-time-code"
    page.form["code"] = guarded.code()
    answer = page.form.submit()
    assert where(answer) == "/view"
    assert deletes(answer, "cognito-challenge")
    # what was chosen beside the password still holds
    assert "Max-Age=" in set_cookies(answer, "cognito")[0]
    assert browser.get("/view").text == f"view for {guarded.username}"


def test_a_wrong_code_may_be_corrected(browser: Browser, guarded: Guarded) -> None:
    form = browser.sign_in(guarded.username, next_page="/view").follow().form
    wrong = guarded.code(wrong=True)
    form["code"] = wrong

    page = form.submit(status=400)

    assert str(cognito_error("CodeMismatchException").message) in problem(page)
    assert wrong not in page
    assert browser.me() is None
    code = guarded.code()
    page.form["code"] = f"{code[:3]} {code[3:]}"
    assert where(page.form.submit()) == "/view"


def test_a_wrong_password_is_never_asked_for_a_code(browser: Browser, guarded: Guarded) -> None:
    answer = browser.sign_in(guarded.username, "Wrong-Horse-9", status=400)

    assert set_cookies(answer, "cognito-challenge") == []
    assert where(browser.get(CHALLENGE)).startswith(SIGN_IN)


def test_codes_are_not_guessed(local_pool: LocalPool, guarded: Guarded) -> None:
    limit = {"throttle.account": "2 per 5 minute"}
    browser = Browser(configurator(settings_of(local_pool, **limit)).make_wsgi_app())
    page = browser.sign_in(guarded.username).follow()
    for _ in range(2):
        page.form["code"] = guarded.code(wrong=True)
        page = page.form.submit(status=400)

    page.form["code"] = guarded.code()
    page = page.form.submit(status=429)

    assert 0 < int(page.headers["Retry-After"]) <= 300
    assert browser.me() is None


def test_a_code_alone_is_worth_nothing(browser: Browser, guarded: Guarded) -> None:
    token = browser.get(SIGN_IN).form["csrf_token"].value

    answer = browser.post(CHALLENGE, {"csrf_token": token, "code": guarded.code()})

    assert where(answer).startswith(SIGN_IN)
    assert browser.me() is None


# --- no challenge any more


def test_without_a_pending_challenge_the_sign_in_starts_again(browser: Browser) -> None:
    answer = browser.get(CHALLENGE, {"next": "/view"})

    assert where(answer).startswith(f"{SIGN_IN}?")
    page = answer.follow()
    assert "Start again" in page.html.select_one(".cognito-notice").text
    assert page.form["next"].value == "/view"


def test_a_challenge_ends_with_its_time(local_pool: LocalPool, newcomer: LocalUser) -> None:
    clock = AdvancingClock()
    config = configurator(settings_of(local_pool))
    keep_time_by(config, clock)
    browser = Browser(config.make_wsgi_app())
    form = browser.sign_in(newcomer.username).follow().form

    clock.advance(181)

    form["new_password"] = NEW_PASSWORD
    assert where(form.submit()).startswith(f"{SIGN_IN}?reason=expired")
    assert browser.me() is None
    # and the password is as it was
    assert where(browser.sign_in(newcomer.username)) == CHALLENGE


@pytest.mark.parametrize("value", ["1forged", "2", ""])
def test_a_forged_challenge_is_none(browser: Browser, value: str) -> None:
    browser.set_cookie("cognito-challenge", value)

    assert where(browser.get(CHALLENGE)).startswith(SIGN_IN)


def test_a_ticket_is_no_challenge_and_a_challenge_no_ticket(
    browser: Browser, newcomer: LocalUser, local_site: Router
) -> None:
    browser.sign_in(newcomer.username)
    challenge = browser.cookies["cognito-challenge"]
    other = Browser(local_site)
    other.sign_in("ada")
    ticket = other.ticket

    swapped = {"Cookie": f"cognito={challenge}; cognito-challenge={ticket}"}

    stranger = Browser(local_site)
    assert stranger.get("/me", headers=swapped).json is None
    assert where(stranger.get(CHALLENGE, headers=swapped)).startswith(SIGN_IN)


def test_signing_in_as_someone_else_half_way_drops_the_challenge(
    browser: Browser, newcomer: LocalUser
) -> None:
    browser.sign_in(newcomer.username)

    answer = browser.sign_in("eve")

    assert deletes(answer, "cognito-challenge")
    assert where(browser.get(CHALLENGE)).startswith(SIGN_IN)
    me = browser.me()
    assert me is not None
    assert me["username"] == "eve"


def test_a_wrong_password_half_way_drops_the_challenge(
    browser: Browser, newcomer: LocalUser
) -> None:
    browser.sign_in(newcomer.username)

    answer = browser.sign_in("eve", "Wrong-Horse-9", status=400)

    assert deletes(answer, "cognito-challenge")


def test_who_is_signed_in_stays_so_while_someone_else_is_half_way(
    browser: Browser, newcomer: LocalUser
) -> None:
    browser.sign_in("eve")

    page = browser.sign_in(newcomer.username).follow()

    assert browser.get("/view").text == "view for eve"
    page.form["new_password"] = NEW_PASSWORD
    page.form.submit(status=303)
    assert browser.get("/view").text == f"view for {newcomer.username}"


def test_the_newest_challenge_is_the_one(
    browser: Browser, newcomer: LocalUser, guarded: Guarded
) -> None:
    browser.sign_in(newcomer.username)

    page = browser.sign_in(guarded.username).follow()

    assert "new_password" not in page.form.fields
    page.form["code"] = guarded.code()
    page.form.submit(status=303)
    assert browser.get("/view").text == f"view for {guarded.username}"
