"""Every page that the application shows, and how a browser gets there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from .people import ADA, EVE, GRACE, PASSWORD, People
from .steps import (
    CONFIRM,
    FORGOT_PASSWORD,
    RESEND,
    RESET_PASSWORD,
    SIGN_IN,
    SIGN_OUT,
    SIGN_UP,
    fill_in_sign_in,
    main,
    press,
)


@dataclass(frozen=True)
class Place:
    """A page with its heading; ``prepare`` makes of the page at ``path`` what the name says."""

    name: str
    path: str
    heading: str
    signed_in_as: str | None = None
    prepare: Callable[[Page, People], None] | None = None

    def visit(self, page: Page, people: People) -> None:
        page.goto(self.path)
        if self.prepare:
            self.prepare(page, people)


def _refused_sign_in(page: Page, people: People) -> None:
    fill_in_sign_in(page, people.new_name(), "Wrong-Horse-9")
    press(page, "Sign in")


def _empty_form(button: str) -> Callable[[Page, People], None]:
    def submit(page: Page, _people: People) -> None:
        _let_the_server_check(page)
        press(page, button)

    return submit


def _code_challenge(page: Page, people: People) -> None:
    fill_in_sign_in(page, people.with_authenticator().username)
    press(page, "Sign in")


def _refused_code(page: Page, people: People) -> None:
    _code_challenge(page, people)
    page.get_by_label("Code").fill("not digits")
    press(page, "Go on")


def _new_password_challenge(page: Page, people: People) -> None:
    person = people.with_temporary_password()
    fill_in_sign_in(page, person.username, person.password)
    press(page, "Sign in")


def _refused_new_password(page: Page, people: People) -> None:
    _new_password_challenge(page, people)
    page.get_by_label("New password").fill(" Spaced-Horse-9 ")
    press(page, "Save and sign in")


def _refused_reset(page: Page, people: People) -> None:
    page.get_by_label("User name").fill(people.new_name())
    page.get_by_label("Code").fill("111111")
    page.get_by_label("New password").fill(PASSWORD)
    press(page, "Set the new password")


def _refused_domain(page: Page, _people: People) -> None:
    page.get_by_label("Domain").fill("no domain")
    press(page, "Share")


def _expired_form(page: Page, _people: People) -> None:
    page.context.clear_cookies(name=re.compile("csrf"))
    fill_in_sign_in(page, GRACE)
    press(page, "Sign in")


def _expired_document_form(page: Page, _people: People) -> None:
    page.context.clear_cookies(name=re.compile("csrf"))
    page.get_by_label("Title").fill("Too late")
    press(page, "Save")


def _let_the_server_check(page: Page) -> None:
    main(page).locator("form").evaluate("form => { form.noValidate = true }")


PLACES = (
    Place("home", "/", "Who may see what?"),
    Place("home of somebody signed in", "/", "Hello, Ada Lovelace", ADA),
    Place("documents", "/documents", "Documents", ADA),
    Place("a document", "/documents/welcome", "Welcome", EVE),
    Place("a document to share", "/documents/agreement", "Partner agreement", ADA),
    Place(
        "a domain that is none",
        "/documents/agreement",
        "Partner agreement",
        GRACE,
        _refused_domain,
    ),
    Place("a new document", "/documents/new", "New document", GRACE),
    Place("a new document with errors", "/documents/new", "New document", EVE, _empty_form("Save")),
    Place("a document to edit", "/documents/welcome/edit", "Edit document", ADA),
    Place("a document to delete", "/documents/welcome/delete", "Delete Welcome?", ADA),
    Place("restricted", "/restricted", "Restricted", GRACE),
    Place("admin", "/admin", "Admin", ADA),
    Place("a page that is closed", "/admin", "You may not see this page", EVE),
    Place("no page", "/nowhere", "There is nothing here"),
    Place(
        "an expired form of the application",
        "/documents/new",
        "This form has expired",
        EVE,
        _expired_document_form,
    ),
    Place("sign-in", SIGN_IN, "Sign in"),
    Place("sign-in of somebody signed in", SIGN_IN, "Sign in", GRACE),
    Place("refused sign-in", SIGN_IN, "Sign in", prepare=_refused_sign_in),
    Place("empty sign-in", SIGN_IN, "Sign in", prepare=_empty_form("Sign in")),
    Place("expired sign-in form", SIGN_IN, "This form has expired", prepare=_expired_form),
    Place("sign-up", SIGN_UP, "Create an account"),
    Place("empty sign-up", SIGN_UP, "Create an account", prepare=_empty_form("Create an account")),
    Place("confirmation", CONFIRM, "Confirm your account"),
    Place("another code", RESEND, "Get a new code"),
    Place("forgotten password", FORGOT_PASSWORD, "Forgot your password?"),
    Place("new password by code", RESET_PASSWORD, "Set a new password"),
    Place(
        "refused new password by code",
        RESET_PASSWORD,
        "Set a new password",
        prepare=_refused_reset,
    ),
    Place("authenticator code", SIGN_IN, "Enter your code", prepare=_code_challenge),
    Place("refused authenticator code", SIGN_IN, "Enter your code", prepare=_refused_code),
    Place("first password", SIGN_IN, "Choose a new password", prepare=_new_password_challenge),
    Place(
        "refused first password", SIGN_IN, "Choose a new password", prepare=_refused_new_password
    ),
    Place("sign-out", SIGN_OUT, "Sign out", GRACE),
    Place("signed out", SIGN_OUT, "You are signed out"),
)
