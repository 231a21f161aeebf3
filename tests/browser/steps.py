"""What people do on the pages."""

from __future__ import annotations

from playwright.sync_api import Page

from .people import PASSWORD

SIGN_IN = "/account/sign-in"
SIGN_UP = "/account/sign-up"
SIGN_OUT = "/account/sign-out"


def fill_in_sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)


def submit_sign_in(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """From the home page by its link, ending there."""
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    fill_in_sign_in(page, username, password)
    submit_sign_in(page)
