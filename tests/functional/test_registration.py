"""Making an account, confirming it, and a forgotten password; nobody learns who has an account."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.local import CONFIRMATION_CODE, RESET_CODE, LocalPool, LocalUser
from tests.functional.site import (
    PASSWORD,
    SIGN_IN,
    Browser,
    configurator,
    normalised,
    problem,
    settings_of,
    where,
)
from tests.functional.stubbed_site import StubbedSite

NewUser = Callable[..., LocalUser]

SIGN_UP = "/account/sign-up"
CONFIRM = "/account/confirm"
RESEND = "/account/confirm/resend"
FORGOT = "/account/forgot-password"
RESET = "/account/reset-password"

NEW_PASSWORD = "Changed-Horse-9"


@pytest.fixture
def name() -> str:
    """A user name that nobody has."""
    return f"new-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def unconfirmed(browser: Browser, name: str) -> str:
    """The name of someone who has signed up, and has not entered the code."""
    sign_up(browser, name, status=303)
    return name


@pytest.fixture(scope="module")
def site_of_a_real_pool(local_pool: LocalPool) -> Router:
    """For all that it knows, its pool is in a cloud, and mails codes."""
    return configurator(settings_of(local_pool)).make_wsgi_app()


def submit(browser: Browser, path: str, expect_errors: bool = True, **fields: str) -> TestResponse:
    """Open a page, fill in these fields of its form and submit it."""
    form = browser.get(path).form
    for field, value in fields.items():
        form[field] = value
    return form.submit(expect_errors=expect_errors)


def sign_up(
    browser: Browser, name: str, password: str = PASSWORD, status: int | None = None
) -> TestResponse:
    email = f"{name}@example.com"
    answer = submit(browser, SIGN_UP, username=name, password=password, email=email)
    assert status in (None, answer.status_int)
    return answer


def said(browser: Browser, answer: TestResponse, name: str) -> tuple[str, str, str]:
    """All that an answer tells, name and form token aside: where it leads, and what it shows."""
    if answer.status_int == 303:
        return answer.status, where(answer).replace(name, ""), normalised(answer.follow(), name)
    return answer.status, "", normalised(answer, name)


def attributes_of(admin: Any, pool: LocalPool, name: str) -> dict[str, str]:
    user = admin.admin_get_user(UserPoolId=pool.user_pool_id, Username=name)
    return {each["Name"]: each["Value"] for each in user["UserAttributes"]}


# --- an account


def test_who_signs_up_and_enters_the_code_can_sign_in(browser: Browser, name: str) -> None:
    answer = sign_up(browser, name)

    assert where(answer) == f"{CONFIRM}?username={name}"
    page = answer.follow()
    assert page.form["username"].value == name
    page.form["code"] = CONFIRMATION_CODE
    answer = page.form.submit()
    assert where(answer).startswith(SIGN_IN)
    assert "confirmed" in answer.follow().html.select_one(".cognito-notice").text
    browser.sign_in(name, status=303)
    me = browser.me()
    assert me is not None
    assert (me["username"], me["email"]) == (name, f"{name}@example.com")
    assert (me["groups"], me["domain"]) == ([], None)


def test_until_the_code_is_entered_nobody_signs_in(browser: Browser, unconfirmed: str) -> None:
    browser.sign_in(unconfirmed, status=400)


def test_a_wrong_code_may_be_corrected(browser: Browser, unconfirmed: str) -> None:
    page = submit(browser, f"{CONFIRM}?username={unconfirmed}", code="000000")

    assert page.status_int == 400
    assert "code" in problem(page)
    assert "000000" not in page
    page.form["code"] = CONFIRMATION_CODE
    assert where(page.form.submit()).startswith(SIGN_IN)


def test_another_code_can_be_asked_for(browser: Browser, unconfirmed: str) -> None:
    page = browser.get(f"{CONFIRM}?username={unconfirmed}")

    answer = page.click("new one").form.submit()

    assert where(answer) == f"{CONFIRM}?username={unconfirmed}&reason=sent"
    page = answer.follow()
    assert "on its way" in page.html.select_one(".cognito-notice").text
    page.form["code"] = CONFIRMATION_CODE
    assert where(page.form.submit()).startswith(SIGN_IN)


def test_each_rule_that_a_password_does_not_meet_is_said_beside_it(
    browser: Browser, name: str, admin: Any, local_pool: LocalPool
) -> None:
    page = sign_up(browser, name, "weakpassword", status=400)

    said_of_it = " ".join(page.html.find(id="password-error").text.split())
    assert said_of_it == (
        "It needs an upper-case letter, A to Z. It needs a digit, 0 to 9. "
        "It needs a symbol, like ! or -, or a space inside."
    )
    assert page.form["username"].value == name
    assert page.form["email"].value == f"{name}@example.com"
    assert "weakpassword" not in page
    with pytest.raises(admin.exceptions.UserNotFoundException):
        attributes_of(admin, local_pool, name)


# the emulator, unlike Cognito, does not count a space as a symbol
@pytest.mark.parametrize("password", ["Ab1-\u00e9\u7231cd", "Aa1" + "~" * 250])
def test_the_pool_takes_what_its_rules_as_shown_allow(
    browser: Browser, name: str, password: str
) -> None:
    sign_up(browser, name, password, status=303)


def test_a_pool_with_stricter_rules_than_the_settings_has_the_last_word(
    local_pool: LocalPool, name: str
) -> None:
    settings = settings_of(local_pool, password_policy="6")
    browser = Browser(configurator(settings).make_wsgi_app())

    page = sign_up(browser, name, "weakpassword", status=400)

    assert "rules" in page.html.find(id="password-error").text


def test_attributes_are_stored_by_their_types(local_pool: LocalPool, admin: Any, name: str) -> None:
    asked = {"sign_up_attributes": "phone_number birthdate locale email"}
    browser = Browser(configurator(settings_of(local_pool, **asked)).make_wsgi_app())
    fields = {
        "username": name,
        "password": PASSWORD,
        "email": f"{name}@example.com",
        "phone_number": "+44 (0)20 7946-0958",
        "birthdate": "1815-02-30",
        "locale": "en_GB",
    }

    page = submit(browser, SIGN_UP, **fields)
    assert page.status_int == 400
    assert "like 1990-12-31" in page.html.find(id="birthdate-error").text
    page.form["birthdate"], page.form["password"] = "1915-12-10", PASSWORD
    assert where(page.form.submit()) == f"{CONFIRM}?username={name}"

    stored = attributes_of(admin, local_pool, name)
    assert stored["phone_number"] == "+442079460958"
    assert stored["birthdate"] == "1915-12-10"
    assert stored["locale"] == "en-GB"


def test_where_the_address_is_the_name_it_is_typed_once(
    local_pool: LocalPool, admin: Any, name: str
) -> None:
    pool, browser = pool_whose_users(local_pool, admin, "email", UsernameAttributes=["email"])
    address = f"{name}@example.com"

    answer = submit(browser, SIGN_UP, username=address, password=PASSWORD)
    page = answer.follow()
    assert page.form["username"].value == address
    page.form["code"] = CONFIRMATION_CODE
    page.form.submit(status=303)

    (user,) = admin.list_users(UserPoolId=pool)["Users"]
    assert {"Name": "email", "Value": address} in user["Attributes"]
    browser.sign_in(address, status=303)


def test_who_has_a_user_name_may_sign_in_with_the_address(
    local_pool: LocalPool, admin: Any, name: str
) -> None:
    kinds = "username email"
    pool, browser = pool_whose_users(local_pool, admin, kinds, AliasAttributes=["email"])
    refused = submit(browser, SIGN_UP, username=f"{name}@example.com", password=PASSWORD)
    assert "cannot be an e-mail address" in refused.html.find(id="username-error").text
    page = sign_up(browser, name, status=303).follow()
    assert page.html.find("label", {"for": "username"}).text == "User name or e-mail address"
    page.form["code"] = CONFIRMATION_CODE
    page.form.submit(status=303)

    # as Cognito does when the code is entered
    verified = [{"Name": "email_verified", "Value": "true"}]
    admin.admin_update_user_attributes(UserPoolId=pool, Username=name, UserAttributes=verified)
    browser.sign_in(f"{name}@example.com", status=303)


def pool_whose_users(
    local_pool: LocalPool, admin: Any, sign_in_with: str, **options: Any
) -> tuple[str, Browser]:
    """Another pool, and a browser at an application of its."""
    pool = admin.create_user_pool(PoolName="another", **options)["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"]
    )["UserPoolClient"]["ClientId"]
    settings = settings_of(
        local_pool,
        user_pool_id=pool,
        client_id=client,
        client_secret=None,
        sign_in_with=sign_in_with,
    )
    return pool, Browser(configurator(settings).make_wsgi_app())


def test_what_decides_access_cannot_be_posted_beside_the_name(
    browser: Browser,
    name: str,
    admin: Any,
    local_pool: LocalPool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    form = browser.get(SIGN_UP).form
    fields = {
        "csrf_token": form["csrf_token"].value,
        "username": name,
        "password": PASSWORD,
        "email": f"{name}@example.com",
        "custom:domain": "example.com",
        "userAttributes.custom:domain": "example.com",
        "email_verified": "true",
        "name": "Ada Lovelace",
    }

    page = browser.post(SIGN_UP, fields, status=400)

    assert "Nothing was changed." in problem(page)
    with pytest.raises(admin.exceptions.UserNotFoundException):
        attributes_of(admin, local_pool, name)
    assert "'custom:domain'" in caplog.text
    assert "posted to a form that does not ask for it" in caplog.text


def test_a_form_without_its_token_makes_no_account(
    browser: Browser, name: str, admin: Any, local_pool: LocalPool
) -> None:
    fields = {"username": name, "password": PASSWORD, "email": f"{name}@example.com"}

    browser.post(SIGN_UP, fields, status=400)

    with pytest.raises(admin.exceptions.UserNotFoundException):
        attributes_of(admin, local_pool, name)


# --- a forgotten password


def test_who_forgot_a_password_sets_a_new_one(browser: Browser, new_user: NewUser) -> None:
    name = new_user().username

    answer = submit(browser, FORGOT, username=name)

    assert where(answer) == f"{RESET}?username={name}&reason=sent"
    page = answer.follow()
    assert "on its way" in page.html.select_one(".cognito-notice").text
    page.form["code"], page.form["new_password"] = RESET_CODE, NEW_PASSWORD
    answer = page.form.submit()
    assert where(answer).startswith(SIGN_IN)
    assert "changed" in answer.follow().html.select_one(".cognito-notice").text
    browser.sign_in(name, PASSWORD, status=400)
    browser.sign_in(name, NEW_PASSWORD, status=303)


def test_a_code_works_once(browser: Browser, new_user: NewUser) -> None:
    name = new_user().username
    submit(browser, FORGOT, username=name)
    fields = {"username": name, "code": RESET_CODE}
    submit(browser, RESET, **fields, new_password=NEW_PASSWORD)

    again = submit(browser, RESET, **fields, new_password="Another-Horse-9")

    assert again.status_int == 400
    browser.sign_in(name, NEW_PASSWORD, status=303)


def test_a_wrong_code_changes_nothing(browser: Browser, new_user: NewUser) -> None:
    name = new_user().username
    page = submit(browser, FORGOT, username=name).follow()
    page.form["code"], page.form["new_password"] = "000000", NEW_PASSWORD

    page = page.form.submit(status=400)

    assert "000000" not in page
    assert NEW_PASSWORD not in page
    assert page.form["username"].value == name
    browser.sign_in(name, PASSWORD, status=303)


def test_a_new_password_against_the_rules_is_said_beside_it(
    browser: Browser, new_user: NewUser
) -> None:
    name = new_user().username
    page = submit(browser, FORGOT, username=name).follow()
    page.form["code"], page.form["new_password"] = RESET_CODE, "weakpassword"

    page = page.form.submit(status=400)

    assert "It needs a digit" in page.html.find(id="new_password-error").text
    browser.sign_in(name, PASSWORD, status=303)


# --- where a developer finds the code


@pytest.mark.parametrize(("path", "code"), [(CONFIRM, CONFIRMATION_CODE), (RESET, RESET_CODE)])
def test_the_local_pools_code_is_on_the_page_and_in_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture, path: str, code: str
) -> None:
    caplog.set_level(logging.INFO)

    page = browser.get(path)

    assert page.html.select_one(".cognito-notice strong").text == code
    assert code in caplog.text


@pytest.mark.parametrize(("path", "code"), [(CONFIRM, CONFIRMATION_CODE), (RESET, RESET_CODE)])
def test_no_code_of_a_real_pool_is_shown(
    site_of_a_real_pool: Router, caplog: pytest.LogCaptureFixture, path: str, code: str
) -> None:
    caplog.set_level(logging.DEBUG)

    page = Browser(site_of_a_real_pool).get(path)

    assert code not in page
    assert code not in caplog.text


# --- nobody learns who has an account


def test_signing_up_with_a_name_that_is_taken_answers_like_one_that_is_free(
    browser: Browser, name: str, new_user: NewUser, admin: Any, local_pool: LocalPool
) -> None:
    owner = new_user().username
    before = attributes_of(admin, local_pool, owner)

    taken = sign_up(browser, owner, "Another-Horse-9")
    free = sign_up(browser, name, "Another-Horse-9")

    assert said(browser, taken, owner) == said(browser, free, name)
    assert attributes_of(admin, local_pool, owner) == before
    browser.sign_in(owner, status=303)


@pytest.mark.parametrize("path", [RESEND, FORGOT])
def test_codes_for_one_account_are_limited_as_the_page_says(
    local_pool: LocalPool, path: str
) -> None:
    limit = {"throttle.messages": "1 per 1 hour"}
    browser = Browser(configurator(settings_of(local_pool, **limit)).make_wsgi_app())
    assert "limited to 1 an hour" in browser.get(path)
    assert submit(browser, path, username="nobody-at-all").status_int == 303

    page = submit(browser, path, username="nobody-at-all")

    assert page.status_int == 429
    assert submit(browser, path, username="nobody-else").status_int == 303


@pytest.mark.parametrize(
    ("reveal", "leads_to"),
    [("false", f"{CONFIRM}?username=grace"), ("true", f"{SIGN_IN}?reason=confirmed")],
)
def test_an_account_that_the_pool_confirms_itself_is_told_only_where_that_is_wanted(
    reveal: str, leads_to: str
) -> None:
    site = StubbedSite(reveal_account_state=reveal)
    page = site.browser.get(SIGN_UP)
    page.form["username"], page.form["password"] = "grace", PASSWORD
    page.form["email"] = "grace@example.com"
    with site.cognito() as cognito:
        cognito.add_response("sign_up", {"UserConfirmed": True, "UserSub": "sub-of-grace"})
        answer = page.form.submit()
    assert where(answer) == leads_to
