"""Who signs in reaches what is theirs, until they sign out."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .application import Application
from .conftest import CookiesOf, NewContext
from .people import ADA, EVE, GRACE, NAMES, People
from .steps import (
    SIGN_IN,
    SIGN_OUT,
    fill_in_sign_in,
    go_back,
    heading,
    main,
    press,
    problem,
    sign_in,
)

HEADINGS = {
    "/documents": "Documents",
    "/documents/welcome": "Welcome",
    "/restricted": "Restricted",
    "/admin": "Admin",
}
REACH = {
    ADA: {"/documents", "/documents/welcome", "/restricted", "/admin"},
    GRACE: {"/documents", "/documents/welcome", "/restricted"},
    EVE: {"/documents", "/documents/welcome"},
}
CLOSED = "You may not see this page"
DAY = 86400


def test_the_home_page_leads_to_sign_in_and_greets_whoever_comes_back(page: Page) -> None:
    page.goto("/")
    expect(heading(page)).to_have_text("Who may see what?")
    main(page).get_by_role("link", name="Sign in").click()
    fill_in_sign_in(page, ADA)
    press(page, "Sign in")
    expect(page).to_have_url(re.compile(r"[0-9]/$"))
    expect(heading(page)).to_have_text(f"Hello, {NAMES[ADA]}")


def test_whoever_is_sent_to_sign_in_comes_back_to_where_they_were(page: Page) -> None:
    page.goto("/documents")
    expect(page).to_have_url(re.compile(rf"{SIGN_IN}\?"))
    fill_in_sign_in(page, ADA)
    press(page, "Sign in")
    expect(page).to_have_url(re.compile(r"/documents$"))
    expect(heading(page)).to_have_text("Documents")


@pytest.mark.parametrize("username", REACH)
def test_groups_and_attributes_decide_who_reaches_what(
    page: Page, cookies_of: CookiesOf, username: str
) -> None:
    page.context.add_cookies(cookies_of(username))
    page.goto("/")
    expect(heading(page)).to_have_text(f"Hello, {NAMES[username]}")
    for path, title in HEADINGS.items():
        answer = page.goto(path)
        is_open = path in REACH[username]
        assert answer is not None
        assert answer.status == (200 if is_open else 403), path
        expect(heading(page)).to_have_text(title if is_open else CLOSED)


def test_a_wrong_password_is_told_and_the_right_one_then_signs_in(
    page: Page, people: People
) -> None:
    person = people.with_password()
    page.goto("/documents")
    fill_in_sign_in(page, person.username, "Wrong-Horse-9")
    press(page, "Sign in")
    expect(problem(page)).to_be_focused()
    expect(problem(page)).to_contain_text("There is a problem")
    expect(page.get_by_label("User name")).to_have_value(person.username)
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page).to_have_title(re.compile("^Error: Sign in"))
    page.get_by_label("Password").fill(person.password)
    press(page, "Sign in")
    expect(page).to_have_url(re.compile(r"/documents$"))


def test_an_unknown_user_is_told_the_same_as_a_wrong_password(page: Page, people: People) -> None:
    said = []
    for username in (people.with_password().username, people.new_name()):
        page.goto(SIGN_IN)
        fill_in_sign_in(page, username, "Wrong-Horse-9")
        press(page, "Sign in")
        said.append(problem(page).inner_text())
    assert said[0] == said[1]


def test_whoever_signs_out_is_signed_out(page: Page) -> None:
    sign_in(page, GRACE)
    sign_out(page)
    page.goto("/documents")
    expect(page).to_have_url(re.compile(rf"{SIGN_IN}\?"))
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_the_back_button_shows_nothing_private_after_sign_out(page: Page) -> None:
    sign_in(page, ADA)
    page.goto("/documents/salaries")
    expect(heading(page)).to_have_text("Salary review")
    sign_out(page)
    go_back(page, f"**{SIGN_IN}?**")
    expect(heading(page)).to_have_text("Sign in")
    expect(page.get_by_text("Salary review")).to_have_count(0)
    expect(page.get_by_text(NAMES[ADA])).to_have_count(0)


def test_a_stolen_cookie_is_worth_nothing_after_sign_out(
    page: Page, new_context: NewContext
) -> None:
    sign_in(page, GRACE)
    thief = new_context(storage_state=page.context.storage_state()).new_page()
    sign_out(page)
    thief.goto("/documents")
    expect(thief).to_have_url(re.compile(rf"{SIGN_IN}\?"))


def test_whoever_is_signed_in_stays_so_when_application_and_pool_restart(
    page: Page, new_context: NewContext, application: Application
) -> None:
    sign_in(page, GRACE)
    expect(heading(page)).to_have_text(f"Hello, {NAMES[GRACE]}")
    application.stop()
    application.wait_for_pool_to_end()
    application.start()
    page.goto("/restricted")
    expect(heading(page)).to_have_text("Restricted")
    other = new_context().new_page()
    sign_in(other, EVE)
    expect(heading(other)).to_have_text(f"Hello, {NAMES[EVE]}")


def test_a_session_ends_with_the_browser(page: Page) -> None:
    sign_in(page, GRACE)
    expect(heading(page)).to_have_text(f"Hello, {NAMES[GRACE]}")
    assert expiry(page.context) == -1


def test_remember_me_outlives_the_browser(page: Page) -> None:
    sign_in(page, GRACE, remember=True)
    expect(heading(page)).to_have_text(f"Hello, {NAMES[GRACE]}")
    assert 29 * DAY < expiry(page.context) - time.time() <= 30 * DAY


def test_no_script_and_no_other_site_gets_at_the_cookies(page: Page, people: People) -> None:
    sign_in(page, people.with_authenticator().username)
    sign_in(page, GRACE)
    expect(heading(page)).to_have_text(f"Hello, {NAMES[GRACE]}")
    cookies = page.context.cookies()
    assert {cookie["name"] for cookie in cookies} >= {"cognito", "cognito-csrf"}
    assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies} == {(True, "Lax")}


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"**{SIGN_OUT}")
    expect(heading(page)).to_have_text("You are signed out")


def expiry(context: BrowserContext) -> float:
    """When the browser forgets the session: seconds since 1970, -1 for when it closes."""
    (cookie,) = [cookie for cookie in context.cookies() if cookie["name"] == "cognito"]
    return cookie["expires"]
