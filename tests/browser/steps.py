"""What people do on the pages."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from .people import PASSWORD

SIGN_IN = "/account/sign-in"
CHALLENGE = "/account/sign-in/challenge"
SIGN_OUT = "/account/sign-out"
SIGN_UP = "/account/sign-up"
CONFIRM = "/account/confirm"
RESEND = "/account/confirm/resend"
FORGOT_PASSWORD = "/account/forgot-password"
RESET_PASSWORD = "/account/reset-password"
ACCOUNT = "/account"
REAUTHENTICATE = "/account/reauthenticate"
CHANGE_PASSWORD = "/account/password"
PROFILE = "/account/profile"
EMAIL = "/account/email"
VERIFY_EMAIL = "/account/email/verify"
PHONE = "/account/phone"
VERIFY_PHONE = "/account/phone/verify"
TWO_FACTOR = "/account/two-factor"
AUTHENTICATOR = "/account/two-factor/authenticator"
DEVICES = "/account/devices"
SESSIONS = "/account/sessions"
PASSKEYS = "/account/passkeys"
PERSONAL_DATA = "/account/personal-data"
DELETE = "/account/delete"


def sign_in(page: Page, username: str, password: str = PASSWORD, *, remember: bool = False) -> None:
    """From the sign-in page to the home page, or to the challenge that comes between."""
    page.goto(SIGN_IN)
    page.get_by_label("Keep me signed in").set_checked(remember)
    fill_in_sign_in(page, username, password)
    press(page, "Sign in")


def fill_in_sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)


def press(page: Page, button: str) -> None:
    """A button of the page itself, not of the frame around it; returns when it has answered."""
    with page.expect_navigation():
        main(page).get_by_role("button", name=button).click()


def main(page: Page) -> Locator:
    """The page without the frame around it."""
    return page.get_by_role("main")


def heading(page: Page) -> Locator:
    return main(page).get_by_role("heading", level=1)


def problem(page: Page) -> Locator:
    """The summary of what is wrong in a form."""
    return main(page).get_by_role("alert")


def notice(page: Page) -> Locator:
    """What has just been done."""
    return main(page).get_by_role("status")


def follow(page: Page, link: str) -> None:
    """A link of the page itself, by its whole name."""
    with page.expect_navigation():
        main(page).get_by_role("link", name=link, exact=True).click()


def code_on(page: Page) -> str:
    """The code that the embedded pool shows where a real one sends mail."""
    return page.get_by_text("Development pool").get_by_role("strong").inner_text()


def go_back(page: Page, expected_url: str) -> None:
    """As the Back button does; Playwright's own cannot follow to a page that was kept whole."""
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url(expected_url, wait_until="commit")
