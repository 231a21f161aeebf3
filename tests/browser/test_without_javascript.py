"""All without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .application import Application
from .conftest import new_profile
from .people import ADA, People
from .steps import (
    FORGOT_PASSWORD,
    SIGN_IN,
    SIGN_UP,
    fill_in_sign_in,
    heading,
    main,
    press,
    problem,
    sign_in,
)


@pytest.fixture(scope="module")
def window(application: Application, browser: Browser) -> Iterator[Page]:
    context = new_profile(browser, application, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_browser_without_javascript_runs_none(page: Page) -> None:
    page.goto("data:text/html,<title>off</title><script>document.title = 'on'</script>")
    expect(page).to_have_title("off")


def test_signing_in_and_out_needs_no_javascript(page: Page, people: People) -> None:
    person = people.with_password()
    page.goto("/documents")
    fill_in_sign_in(page, person.username, "Wrong-Horse-9")
    press(page, "Sign in")
    expect(problem(page)).to_be_visible()
    page.get_by_label("Password").fill(person.password)
    press(page, "Sign in")
    expect(heading(page)).to_have_text("Documents")
    page.get_by_role("button", name="Sign out").click()
    expect(heading(page)).to_have_text("You are signed out")


def test_documents_need_no_javascript(page: Page) -> None:
    sign_in(page, ADA)
    page.get_by_role("navigation").get_by_role("link", name="Documents").click()
    main(page).get_by_role("link", name="New document").click()
    page.get_by_label("Title").fill("Tides")
    page.get_by_label("Text").fill("High water at six.")
    page.get_by_label("People of the authorized domains").check()
    press(page, "Save")
    expect(heading(page)).to_have_text("Tides")
    page.get_by_label("Domain").fill("example.net")
    press(page, "Share")
    expect(main(page)).to_contain_text("Shared with example.net.")
    main(page).get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Tide table")
    press(page, "Save")
    expect(heading(page)).to_have_text("Tide table")
    main(page).get_by_role("link", name="Delete").click()
    press(page, "Delete")
    expect(heading(page)).to_have_text("Documents")
    expect(main(page).get_by_text("Tide table")).to_have_count(0)


def test_a_first_password_and_a_code_need_no_javascript(page: Page, people: People) -> None:
    newcomer = people.with_temporary_password()
    sign_in(page, newcomer.username, newcomer.password)
    page.get_by_label("New password").fill("Chosen-Horse-99")
    press(page, "Save and sign in")
    expect(heading(page)).to_have_text(f"Hello, {newcomer.username}")
    page.context.clear_cookies()
    person = people.with_authenticator()
    sign_in(page, person.username)
    page.get_by_label("Code").fill(person.code())
    press(page, "Go on")
    expect(heading(page)).to_have_text(f"Hello, {person.username}")


@pytest.mark.parametrize(
    ("path", "button", "leads_to"),
    [
        (SIGN_UP, "Create an account", "Confirm your account"),
        (FORGOT_PASSWORD, "Send the code", "Set a new password"),
    ],
)
def test_an_account_needs_no_javascript(
    page: Page, people: People, path: str, button: str, leads_to: str
) -> None:
    username = people.new_name()
    page.goto(SIGN_IN)
    page.goto(path)
    page.get_by_label("User name").fill(username)
    if path == SIGN_UP:
        page.get_by_label("E-mail address").fill(f"{username}@example.com")
        page.get_by_label("Password").fill("Chosen-Horse-99")
    press(page, button)
    expect(heading(page)).to_have_text(leads_to)
