"""Who signed in long ago enters the password again before they change what matters."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Page, expect

from .application import Application
from .people import People
from .steps import (
    ACCOUNT,
    AUTHENTICATOR,
    CHANGE_PASSWORD,
    DELETE,
    EMAIL,
    PHONE,
    PROFILE,
    TWO_FACTOR,
    heading,
    press,
    problem,
    sign_in,
)

HOUR = 3600
AGAIN = "Enter your password again"


def test_sensitive_pages_ask_for_the_password_again_and_others_do_not(
    page: Page, application: Application, people: People
) -> None:
    sign_in(page, people.with_password().username)
    assert headings(page).isdisjoint({AGAIN})
    an_hour_passes(page, application)
    assert headings(page) == {AGAIN}
    page.goto(PROFILE)
    expect(heading(page)).to_have_text("Your profile")


def test_a_wrong_password_ends_nothing_and_the_right_one_leads_on(
    page: Page, application: Application, people: People
) -> None:
    person = people.with_password()
    sign_in(page, person.username)
    an_hour_passes(page, application)
    page.goto(CHANGE_PASSWORD)
    page.get_by_label("Password").fill("Wrong-Horse-9")
    press(page, "Go on")
    expect(problem(page)).to_be_focused()
    expect(heading(page)).to_have_text(AGAIN)
    page.goto(ACCOUNT)
    expect(heading(page)).to_have_text("Your account")
    page.goto(CHANGE_PASSWORD)
    page.get_by_label("Password").fill(person.password)
    press(page, "Go on")
    expect(heading(page)).to_have_text("Change your password")


def test_what_was_typed_is_there_again_after_the_password(
    page: Page, application: Application, people: People
) -> None:
    person = people.with_password()
    sign_in(page, person.username)
    page.goto(EMAIL)
    an_hour_passes(page, application)
    page.get_by_label("E-mail address").fill("new@example.com")
    press(page, "Save")
    page.get_by_label("Password").fill(person.password)
    press(page, "Go on")
    expect(page.get_by_label("E-mail address")).to_have_value("new@example.com")


def test_whoever_has_an_authenticator_enters_its_code_too(
    page: Page, application: Application, people: People
) -> None:
    person = people.with_authenticator()
    sign_in(page, person.username)
    page.get_by_label("Code").fill(person.code())
    press(page, "Go on")
    an_hour_passes(page, application)
    page.goto(DELETE)
    page.get_by_label("Password").fill(person.password)
    press(page, "Go on")
    expect(heading(page)).to_have_text("Enter your code")
    page.get_by_label("Code").fill(person.code())
    press(page, "Go on")
    expect(heading(page)).to_have_text("Delete your account")


def headings(page: Page) -> set[str]:
    """Of the sensitive pages, as they are answered."""
    found = set()
    for path in (CHANGE_PASSWORD, EMAIL, PHONE, TWO_FACTOR, AUTHENTICATOR, DELETE):
        page.goto(path)
        found.add(heading(page).inner_text())
    return found


def an_hour_passes(page: Page, application: Application) -> None:
    """Seal the session anew as if its owner had signed in an hour earlier."""
    tickets = application.tickets
    (cookie,) = [it for it in page.context.cookies() if it["name"] == "cognito"]
    # before the ticket stands of how many cookies it is
    ticket = cookie["value"].removeprefix("1")
    session, tokens = tickets.open(ticket), tickets.tokens(ticket)
    assert session is not None
    assert tokens is not None
    older = replace(session, auth_time=session.auth_time - HOUR)
    cookie["value"] = f"1{tickets.seal(older, tokens, lifetime=HOUR)}"
    page.context.add_cookies([cookie])
