"""Every page that the application shows, and how a browser gets there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from .people import ADA, EVE, GRACE, PASSWORD, People
from .scripted import ScriptedSite
from .steps import (
    ACCOUNT,
    AUTHENTICATOR,
    CHANGE_PASSWORD,
    CONFIRM,
    DELETE,
    DEVICES,
    EMAIL,
    FORGOT_PASSWORD,
    PERSONAL_DATA,
    PHONE,
    PROFILE,
    REAUTHENTICATE,
    RESEND,
    RESET_PASSWORD,
    SESSIONS,
    SIGN_IN,
    SIGN_OUT,
    SIGN_UP,
    TWO_FACTOR,
    VERIFY_EMAIL,
    VERIFY_PHONE,
    fill_in_sign_in,
    main,
    press,
)


@dataclass(frozen=True)
class World:
    """What the places are part of."""

    people: People
    cookies_of: Callable[[str], list[Any]]
    scripted: ScriptedSite


@dataclass(frozen=True)
class Place:
    """A page with its heading; ``prepare`` makes of the page at ``path`` what the name says."""

    name: str
    path: str
    heading: str
    signed_in_as: str | None = None
    prepare: Callable[[Page, People], None] | None = None

    def visit(self, page: Page, world: World) -> None:
        if self.signed_in_as:
            page.context.add_cookies(world.cookies_of(self.signed_in_as))
        page.goto(self.path)
        if self.prepare:
            self.prepare(page, world.people)


def submit_unchecked(page: Page, button: str) -> None:
    """Press *button* as if the browser checked nothing itself."""
    main(page).locator("form", has=page.get_by_role("button", name=button)).evaluate(
        "form => { form.noValidate = true }"
    )
    press(page, button)


def _refused_sign_in(page: Page, people: People) -> None:
    fill_in_sign_in(page, people.new_name(), "Wrong-Horse-9")
    press(page, "Sign in")


def _empty_form(button: str) -> Callable[[Page, People], None]:
    def submit(page: Page, _people: People) -> None:
        submit_unchecked(page, button)

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


def _refused(button: str, **typed: str) -> Callable[[Page, People], None]:
    """*typed* by the names of the fields."""

    def submit(page: Page, _people: People) -> None:
        for name, text in typed.items():
            main(page).locator(f"[name={name}]").fill(text)
        submit_unchecked(page, button)

    return submit


def _shown_a_key(page: Page, _people: People) -> None:
    press(page, "Show a key")


def _refused_authenticator(page: Page, people: People) -> None:
    _shown_a_key(page, people)
    _refused("Turn it on", code="123")(page, people)


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
    Place("sign-up of somebody signed in", SIGN_UP, "You have an account", GRACE),
    Place("account", ACCOUNT, "Your account", ADA),
    Place("account with a notice", f"{ACCOUNT}?reason=password-changed", "Your account", EVE),
    Place("password again", REAUTHENTICATE, "Enter your password again", GRACE),
    Place(
        "wrong password again",
        REAUTHENTICATE,
        "Enter your password again",
        EVE,
        _refused("Go on", password="Wrong-Horse-9"),
    ),
    Place("another password", CHANGE_PASSWORD, "Change your password", ADA),
    Place(
        "empty other password",
        CHANGE_PASSWORD,
        "Change your password",
        ADA,
        _empty_form("Change the password"),
    ),
    Place(
        "weak other password",
        CHANGE_PASSWORD,
        "Change your password",
        GRACE,
        _refused("Change the password", password=PASSWORD, new_password=" weak"),
    ),
    Place("profile", PROFILE, "Your profile", ADA),
    Place(
        "refused profile",
        PROFILE,
        "Your profile",
        GRACE,
        _refused("Save", website="nowhere", locale="?", zoneinfo="Nowhere/Land"),
    ),
    Place("e-mail address", EMAIL, "E-mail address", ADA),
    Place("refused e-mail address", EMAIL, "E-mail address", EVE, _refused("Save", email="eve")),
    Place("code of an e-mail address", VERIFY_EMAIL, "Enter your code", ADA),
    Place(
        "refused code of an e-mail address",
        VERIFY_EMAIL,
        "Enter your code",
        GRACE,
        _empty_form("Confirm"),
    ),
    Place("telephone number", PHONE, "Telephone number", ADA),
    Place(
        "refused telephone number",
        PHONE,
        "Telephone number",
        EVE,
        _refused("Save", phone_number="12"),
    ),
    Place("code of a telephone number", VERIFY_PHONE, "Enter your code", ADA),
    Place("two-factor sign-in", TWO_FACTOR, "Two-factor sign-in", ADA),
    Place("authenticator", AUTHENTICATOR, "Set up an authenticator app", ADA),
    Place(
        "key of an authenticator", AUTHENTICATOR, "Set up an authenticator app", ADA, _shown_a_key
    ),
    Place(
        "refused authenticator",
        AUTHENTICATOR,
        "Set up an authenticator app",
        GRACE,
        _refused_authenticator,
    ),
    Place("sessions that the pool does not list", SESSIONS, "Where you are signed in", ADA),
    Place("what the pool does not have", DEVICES, "This is not offered here", ADA),
    Place("personal data", PERSONAL_DATA, "Your personal data", ADA),
    Place("deletion", DELETE, "Delete your account", EVE),
    Place(
        "deletion without the password",
        DELETE,
        "Delete your account",
        EVE,
        _empty_form("Delete the account"),
    ),
    Place("sign-out", SIGN_OUT, "Sign out", GRACE),
    Place("signed out for good", f"{SIGN_OUT}?reason=deleted", "You are signed out"),
    Place("signed out", SIGN_OUT, "You are signed out"),
)
