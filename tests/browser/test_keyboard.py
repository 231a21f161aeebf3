"""All without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .people import GRACE, NAMES, PASSWORD, People
from .steps import CONFIRM, SIGN_IN, heading, press

SIGN_IN_ORDER = [
    "Skip to content",
    "Scaffold",
    "Home",
    "Documents",
    "User name",
    "Password",
    "Keep me signed in on this device",
    "Sign in",
    "Forgot your password?",
    "Create an account",
]

FOCUSED = """() => {
  const element = document.activeElement;
  return (element.labels?.length ? element.labels[0] : element).innerText.trim();
}"""


def test_the_tab_key_goes_through_sign_in_as_it_is_read(page: Page) -> None:
    page.goto(SIGN_IN)
    order = []
    for _ in SIGN_IN_ORDER:
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
    assert order == SIGN_IN_ORDER


def test_whatever_has_the_focus_shows_it(page: Page) -> None:
    page.goto(SIGN_IN)
    for name in SIGN_IN_ORDER:
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert re.search(r"solid 3px", outline), f"{name}: {outline}"


def test_the_skip_link_appears_and_leads_past_the_navigation(page: Page) -> None:
    page.goto(SIGN_IN)
    link = page.get_by_role("link", name="Skip to content")
    expect(link).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("User name")).to_be_focused()


def test_whoever_has_no_mouse_signs_in_and_out(page: Page) -> None:
    page.goto("/documents")
    tab_to(page, "User name")
    page.keyboard.type(GRACE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Keep me signed in")).to_be_checked()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Documents")
    expect(page.get_by_role("banner")).to_contain_text(NAMES[GRACE])
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("You are signed out")


def test_the_summary_of_what_is_wrong_leads_to_the_field(page: Page, people: People) -> None:
    page.goto(CONFIRM)
    page.get_by_label("User name").fill(people.new_name())
    page.get_by_label("Code").fill("no digits")
    press(page, "Confirm")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    expect(code).to_have_accessible_description("A code has digits only.")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until *name* has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"the Tab key never comes to {name}")
