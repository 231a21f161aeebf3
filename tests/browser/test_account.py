"""New accounts, new passwords, second factors: through the pages, with the codes they show."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .people import People
from .steps import (
    CHALLENGE,
    FORGOT_PASSWORD,
    RESET_PASSWORD,
    SIGN_IN,
    SIGN_UP,
    code_on,
    fill_in_sign_in,
    heading,
    main,
    press,
    problem,
    sign_in,
)

CHOSEN = "Chosen-Horse-99"


def test_whoever_registers_confirms_the_account_and_signs_in(page: Page, people: People) -> None:
    username = people.new_name()
    page.goto(SIGN_IN)
    main(page).get_by_role("link", name="Create an account").click()
    page.get_by_label("User name").fill(username)
    page.get_by_label("E-mail address").fill(f"{username}@example.com")
    page.get_by_label("Password").fill(CHOSEN)
    press(page, "Create an account")
    expect(heading(page)).to_have_text("Confirm your account")
    expect(page.get_by_label("User name")).to_have_value(username)
    page.get_by_label("Code").fill(code_on(page))
    press(page, "Confirm")
    expect(main(page).get_by_role("status")).to_contain_text("Your account is confirmed")
    fill_in_sign_in(page, username, CHOSEN)
    press(page, "Sign in")
    expect(heading(page)).to_have_text(f"Hello, {username}")


def test_an_account_is_not_confirmed_by_a_wrong_code(page: Page, people: People) -> None:
    username = people.new_name()
    page.goto(SIGN_UP)
    page.get_by_label("User name").fill(username)
    page.get_by_label("E-mail address").fill(f"{username}@example.com")
    page.get_by_label("Password").fill(CHOSEN)
    press(page, "Create an account")
    page.get_by_label("Code").fill("000000")
    press(page, "Confirm")
    expect(heading(page)).to_have_text("Confirm your account")
    expect(problem(page)).to_be_focused()
    expect(page.get_by_label("Code", exact=True)).to_have_value("")
    page.goto(SIGN_IN)
    fill_in_sign_in(page, username, CHOSEN)
    press(page, "Sign in")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_whoever_forgot_their_password_sets_a_new_one_and_signs_in(
    page: Page, people: People
) -> None:
    person = people.with_password()
    page.goto(FORGOT_PASSWORD)
    page.get_by_label("User name").fill(person.username)
    press(page, "Send the code")
    expect(page).to_have_url(re.compile(rf"{RESET_PASSWORD}\?"))
    expect(page.get_by_label("User name")).to_have_value(person.username)
    page.get_by_label("Code").fill(code_on(page))
    page.get_by_label("New password").fill(CHOSEN)
    press(page, "Set the new password")
    expect(main(page).get_by_role("status")).to_contain_text("Your password is changed")
    fill_in_sign_in(page, person.username, person.password)
    press(page, "Sign in")
    expect(problem(page)).to_be_visible()
    page.get_by_label("Password").fill(CHOSEN)
    press(page, "Sign in")
    expect(heading(page)).to_have_text(f"Hello, {person.username}")


def test_whom_an_administrator_created_chooses_a_password_first(page: Page, people: People) -> None:
    person = people.with_temporary_password()
    page.goto("/documents")
    fill_in_sign_in(page, person.username, person.password)
    press(page, "Sign in")
    expect(heading(page)).to_have_text("Choose a new password")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.get_by_label("New password").fill(CHOSEN)
    press(page, "Save and sign in")
    expect(heading(page)).to_have_text("Documents")
    page.context.clear_cookies()
    sign_in(page, person.username, CHOSEN)
    expect(heading(page)).to_have_text(f"Hello, {person.username}")


def test_whoever_has_an_authenticator_enters_its_code(page: Page, people: People) -> None:
    person = people.with_authenticator()
    page.goto("/documents")
    fill_in_sign_in(page, person.username, person.password)
    press(page, "Sign in")
    expect(heading(page)).to_have_text("Enter your code")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.get_by_label("Code").fill(another_code(person.code()))
    press(page, "Go on")
    expect(problem(page)).to_be_focused()
    page.get_by_label("Code", exact=True).fill(person.code())
    press(page, "Go on")
    expect(heading(page)).to_have_text("Documents")


def test_a_code_page_without_a_sign_in_before_it_leads_to_sign_in(page: Page) -> None:
    page.goto(CHALLENGE)
    expect(page).to_have_url(re.compile(rf"{SIGN_IN}\?"))
    expect(heading(page)).to_have_text("Sign in")


def another_code(code: str) -> str:
    """A code that is neither this one nor its neighbours in time, most likely."""
    return f"{(int(code) + 333333) % 10**6:06}"
