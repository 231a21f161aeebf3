"""The pages about one's own account: what they lead to, and what they ask for first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from webtest import TestResponse

from pyramid_cognito.local import LocalPool, LocalUser
from tests.functional.authenticator import create_guarded
from tests.functional.site import (
    CHALLENGE,
    NOWHERE,
    PASSWORD,
    SIGN_IN,
    AdvancingClock,
    Browser,
    configurator,
    form_with,
    keep_time_by,
    problem,
    settings_of,
    where,
)
from tests.functional.stubbed_site import StubbedSite

NewUser = Callable[..., LocalUser]

ACCOUNT = "/account"
CHANGE = "/account/password"
REAUTHENTICATE = "/account/reauthenticate"
NEW_PASSWORD = "Changed-Horse-9"


def words(page: TestResponse) -> str:
    return " ".join(page.html.select_one(".cognito").get_text(" ").split())


def links(page: TestResponse) -> set[str]:
    return {link["href"] for link in page.html.select("a[href]")}


@pytest.fixture
def person(new_user: NewUser) -> LocalUser:
    return new_user()


@pytest.fixture
def at_home(browser: Browser, person: LocalUser) -> Browser:
    """The browser of someone who is signed in."""
    browser.sign_in(person.username)
    return browser


# --- the overview


def test_the_overview_is_what_the_pool_says(at_home: Browser, person: LocalUser) -> None:
    page = at_home.get(ACCOUNT)

    assert f"You are signed in as {person.username}" in words(page)
    assert f"{person.attributes['email']} (confirmed)" in words(page)
    assert "Two-factor sign-in Off" in words(page)


def test_every_link_of_it_leads_to_a_page(at_home: Browser) -> None:
    found = links(at_home.get(ACCOUNT))

    assert {CHANGE, "/account/profile", "/account/delete"} < found
    # what the embedded pool lacks
    assert not found & {"/account/devices", "/account/passkeys"}
    for address in found:
        assert at_home.get(address).status_int == 200


def test_nobody_else_sees_it(browser: Browser) -> None:
    answer = browser.get(ACCOUNT)

    assert where(answer) == f"{SIGN_IN}?next=%2Faccount"
    form = form_with(answer.follow(), "password")
    form["username"], form["password"] = "eve", PASSWORD
    assert "You are signed in as eve" in words(form.submit().follow())


def test_signing_out_is_part_of_it(at_home: Browser) -> None:
    form = next(
        form for form in at_home.get(ACCOUNT).forms.values() if form.action == "/account/sign-out"
    )
    assert "You are signed out" in words(form.submit().follow())
    assert at_home.me() is None


def test_a_session_that_an_administrator_ended_leads_back_to_the_sign_in(
    at_home: Browser, person: LocalUser, admin: Any, local_pool: LocalPool
) -> None:
    admin.admin_user_global_sign_out(UserPoolId=local_pool.user_pool_id, Username=person.username)

    answer = at_home.get("/account/profile")

    assert where(answer) == f"{SIGN_IN}?reason=ended&next=%2Faccount%2Fprofile"
    assert "Your session has ended" in words(answer.follow())
    assert at_home.me() is None


def test_while_cognito_is_away_the_page_says_so_and_the_session_stands(
    person: LocalUser, local_pool: LocalPool
) -> None:
    browser = Browser(configurator(settings_of(local_pool)).make_wsgi_app())
    browser.sign_in(person.username)
    settings = settings_of(local_pool, endpoint_url=NOWHERE)
    away = browser.twin(configurator(settings).make_wsgi_app())

    page = away.get(ACCOUNT, status=503)

    assert "Please try again shortly" in words(page)
    assert int(page.headers["Retry-After"]) > 0
    assert away.get("/view").status_int == 200


def test_only_what_the_settings_name_is_there(local_settings: dict[str, str]) -> None:
    only = {"cognito.features": "authenticator_app", "cognito.editable_attributes": "name"}
    browser = Browser(configurator(local_settings | only).make_wsgi_app())
    opened = browser.get(SIGN_IN)
    browser.sign_in("eve")

    assert links(opened) & {"/account/sign-up", "/account/forgot-password"} == set()
    assert links(browser.get(ACCOUNT)) & {"/account/email", "/account/delete"} == set()
    for path in ("/account/sign-up", "/account/forgot-password", "/account/email"):
        browser.get(path, status=404)


def test_who_is_signed_in_is_not_asked_to_make_an_account(at_home: Browser) -> None:
    assert "You have an account" in words(at_home.get("/account/sign-up"))


# --- a new password


def change(browser: Browser, **fields: Any) -> TestResponse:
    form = form_with(browser.get(CHANGE), "new_password")
    values = {"password": PASSWORD, "new_password": NEW_PASSWORD, **fields}
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def test_a_changed_password_is_the_one_from_then_on(at_home: Browser, person: LocalUser) -> None:
    answer = change(at_home)

    assert "Your password is changed." in words(answer.follow())
    again = Browser(at_home.app)
    again.sign_in(person.username, status=400)
    again.sign_in(person.username, NEW_PASSWORD, status=303)


def test_a_wrong_present_password_changes_nothing(at_home: Browser, person: LocalUser) -> None:
    page = change(at_home, password="Wrong-Horse-9")

    assert page.status_int == 400
    assert "present password" in problem(page)
    assert NEW_PASSWORD not in page
    Browser(at_home.app).sign_in(person.username, status=303)


def test_other_sessions_stand_unless_asked_otherwise(at_home: Browser, person: LocalUser) -> None:
    elsewhere = Browser(at_home.app)
    elsewhere.sign_in(person.username)

    change(at_home)

    assert elsewhere.get(ACCOUNT).status_int == 200


def test_when_asked_they_end_and_this_one_goes_on(at_home: Browser, person: LocalUser) -> None:
    elsewhere = Browser(at_home.app)
    elsewhere.sign_in(person.username)

    answer = change(at_home, sign_out_others=True)

    assert elsewhere.me() is None
    assert "signed out everywhere else" in words(answer.follow())
    assert where(elsewhere.get(ACCOUNT)).startswith(SIGN_IN)
    assert at_home.get("/refresh").json["signed_in"]


def test_a_second_factor_is_asked_for_then(
    local_pool: LocalPool, admin: Any, local_site: Any
) -> None:
    guarded = create_guarded(local_pool, admin, local_site, "changes-the-password")
    browser = Browser(local_site)
    form = browser.sign_in(guarded.username).follow().form
    form["code"] = guarded.code()
    form.submit(status=303)

    thief = browser.twin()
    answer = change(browser, sign_out_others=True)

    # the session is over before the code is entered, in whoever's hands it is
    assert thief.me() is None
    assert where(thief.get(ACCOUNT)).startswith(SIGN_IN)
    assert where(answer).startswith(CHALLENGE)
    form = answer.follow().form
    form["code"] = guarded.code()
    assert "signed out everywhere else" in words(form.submit().follow())


# --- the password again


@pytest.fixture
def clock() -> AdvancingClock:
    return AdvancingClock()


@pytest.fixture
def long_ago(local_settings: dict[str, str], person: LocalUser, clock: AdvancingClock) -> Browser:
    """The browser of someone who signed in five minutes ago."""
    config = configurator(local_settings)
    keep_time_by(config, clock)
    browser = Browser(config.make_wsgi_app())
    browser.sign_in(person.username)
    clock.advance(301)
    return browser


def test_after_a_while_a_sensitive_page_asks_for_the_password_again(
    long_ago: Browser, person: LocalUser, clock: AdvancingClock
) -> None:
    answer = long_ago.get(CHANGE)
    assert where(answer) == f"{REAUTHENTICATE}?next=%2Faccount%2Fpassword"
    page = answer.follow()
    assert f"You are signed in as {person.username}" in words(page)
    form = form_with(page, "password")
    form["password"] = PASSWORD
    # the emulator keeps real time: what it issues now is five minutes old to a clock that is ahead
    clock.advance(-301)
    answer = form.submit()

    assert where(answer) == CHANGE
    assert answer.follow().status_int == 200


def test_a_wrong_one_leads_nowhere_and_ends_nothing(long_ago: Browser) -> None:
    form = form_with(long_ago.get(REAUTHENTICATE, {"next": CHANGE}), "password")
    form["password"] = "Wrong-Horse-9"

    page = form.submit(status=400)

    assert "present password" in problem(page)
    assert page.form["next"].value == CHANGE
    assert where(long_ago.get(CHANGE)).startswith(REAUTHENTICATE)
    assert long_ago.get("/view").status_int == 200


def test_a_policy_that_asks_for_a_recent_sign_in_asks_for_it_too(long_ago: Browser) -> None:
    assert where(long_ago.get("/recent")) == f"{REAUTHENTICATE}?next=%2Frecent"


# --- what the emulator lacks


DESTINATION = "e***@e***"


def user_with(**attributes: str) -> dict[str, Any]:
    pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return {"Username": "ada", "UserAttributes": pairs}


@pytest.fixture
def stubbed_site() -> StubbedSite:
    """Someone is signed in."""
    site = StubbedSite()
    site.let_in()
    return site


def test_an_e_mail_address_is_changed_with_a_code(stubbed_site: StubbedSite) -> None:
    site, own = stubbed_site, stubbed_site.own
    details = {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": DESTINATION,
    }
    before = user_with(email="ada@example.com", email_verified="true")
    after = user_with(email="eve@example.com", email_verified="true")
    with site.cognito() as cognito:
        cognito.add_response("get_user", before, own)
        form = form_with(site.browser.get("/account/email"), "email")
        form["email"] = "eve@example.com"
        cognito.add_response("get_user", before, own)
        cognito.add_response(
            "update_user_attributes",
            {"CodeDeliveryDetailsList": [details]},
            {**own, "UserAttributes": [{"Name": "email", "Value": "eve@example.com"}]},
        )
        cognito.add_client_error("get_tokens_from_refresh_token", "InternalErrorException")
        answer = form.submit()
        page = answer.follow()
        assert f"Enter the code that was sent to {DESTINATION}" in words(page)

        cognito.add_response(
            "get_user_attribute_verification_code",
            {"CodeDeliveryDetails": details},
            {**own, "AttributeName": "email"},
        )
        page = page.forms[1].submit("send").follow()

        wrong = {**own, "AttributeName": "email", "Code": "654321"}
        cognito.add_client_error(
            "verify_user_attribute", "CodeMismatchException", expected_params=wrong
        )
        form = form_with(page, "code")
        form["code"] = "654321"
        form = form_with(form.submit(status=400), "code")

        cognito.add_response("verify_user_attribute", {}, {**wrong, "Code": "123456"})
        cognito.add_client_error("get_tokens_from_refresh_token", "InternalErrorException")
        form["code"] = "123 456"
        answer = form.submit()
        cognito.add_response("get_user", after, own)
        assert "You have confirmed that eve@example.com is yours." in words(answer.follow())


def test_one_that_is_another_accounts_looks_like_any_other(stubbed_site: StubbedSite) -> None:
    site, own = stubbed_site, stubbed_site.own
    with site.cognito() as cognito:
        for _ in range(2):
            cognito.add_response("get_user", user_with(email="ada@example.com"), own)
        cognito.add_client_error("update_user_attributes", "AliasExistsException")
        # as after a change: what a free one leads to
        cognito.add_client_error("get_tokens_from_refresh_token", "InternalErrorException")
        form = form_with(site.browser.get("/account/email"), "email")
        form["email"] = "eve@example.com"
        page = form.submit().follow()
        assert f"Enter the code that was sent to {DESTINATION}" in words(page)

        details = {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"}
        cognito.add_response(
            "get_user_attribute_verification_code",
            {"CodeDeliveryDetails": details},
            {**own, "AttributeName": "email"},
        )
        page = page.forms[1].submit("send").follow()
        assert f"Enter the code that was sent to {DESTINATION}" in words(page)

        cognito.add_client_error("verify_user_attribute", "ExpiredCodeException")
        form = form_with(page, "code")
        form["code"] = "654321"
        assert "This code is not right or has expired." in problem(form.submit(status=400))


def test_what_was_typed_before_the_password_comes_back_sealed(stubbed_site: StubbedSite) -> None:
    site, own = stubbed_site, stubbed_site.own
    typed = "Correct-Horse-9"
    with site.cognito() as cognito:
        cognito.add_response("get_user", user_with(email="ada@example.com"), own)
        form = form_with(site.browser.get("/account/email"), "email")
        form["email"] = typed
        site.services.clock.advance(301)  # type: ignore[attr-defined]
        address = where(form.submit())
        assert typed not in address
        # within what two clocks may differ
        site.services.clock.advance(-59)  # type: ignore[attr-defined]
        back = parse_qs(urlsplit(address).query)["next"][0]
        cognito.add_response("get_user", user_with(email="ada@example.com"), own)
        assert form_with(site.browser.get(back), "email")["email"].value == typed


def test_an_old_sign_in_changes_no_address(stubbed_site: StubbedSite) -> None:
    stubbed_site.services.clock.advance(301)  # type: ignore[attr-defined]
    with stubbed_site.cognito():
        answer = stubbed_site.browser.get("/account/email")
    assert where(answer) == f"{REAUTHENTICATE}?next=%2Faccount%2Femail"
