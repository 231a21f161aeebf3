"""All without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import CookiesOf
from .pages import World
from .people import GRACE, NAMES, PASSWORD, People
from .scripted_pages import SCRIPTED_PLACES
from .steps import ACCOUNT, CHANGE_PASSWORD, CONFIRM, SIGN_IN, heading, press, problem

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
ACCOUNT_ORDER = [
    "Profile",
    "E-mail address",
    "Telephone number",
    "Password",
    "Two-factor sign-in",
    "Sessions",
    "Personal data",
    "Delete your account",
    "Sign out",
]
PASSWORD_ORDER = [
    "Your account",
    "Present password",
    "New password",
    "Sign out on all other devices",
    "Change the password",
]

FOCUSED = """() => {
  const element = document.activeElement;
  return (element.labels?.length ? element.labels[0] : element).innerText.trim();
}"""


def test_the_tab_key_goes_through_sign_in_as_it_is_read(page: Page) -> None:
    page.goto(SIGN_IN)
    assert focused_one_after_another(page, len(SIGN_IN_ORDER)) == SIGN_IN_ORDER


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


def test_the_tab_key_goes_through_the_account_as_it_is_read(
    page: Page, cookies_of: CookiesOf
) -> None:
    page.context.add_cookies(cookies_of(GRACE))
    page.goto(ACCOUNT)
    page.get_by_role("main").focus()
    assert focused_one_after_another(page, len(ACCOUNT_ORDER)) == ACCOUNT_ORDER


def test_the_tab_key_goes_through_a_change_of_password_as_it_is_read(
    page: Page, cookies_of: CookiesOf
) -> None:
    page.context.add_cookies(cookies_of(GRACE))
    page.goto(CHANGE_PASSWORD)
    page.get_by_role("main").focus()
    assert focused_one_after_another(page, len(PASSWORD_ORDER)) == PASSWORD_ORDER


def test_the_focus_goes_to_what_is_wrong_and_from_there_to_the_field(
    page: Page, cookies_of: CookiesOf
) -> None:
    page.context.add_cookies(cookies_of(GRACE))
    page.goto(CHANGE_PASSWORD)
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password").fill("Horse-9")
    page.keyboard.press("Enter")
    expect(problem(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.get_by_label("New password")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("It needs at least 8 characters"))


def test_a_choice_without_a_mouse(page: Page, world: World) -> None:
    choice = next(it for it in SCRIPTED_PLACES if it.name == "no choice of second factors")
    choice.visit(page, world)
    expect(problem(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("The code of an authenticator app")).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("A code by text message")).to_be_checked()


def focused_one_after_another(page: Page, count: int) -> list[str]:
    order = []
    for _ in range(count):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
    return order


def tab_to(page: Page, name: str) -> None:
    """Press Tab until *name* has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"the Tab key never comes to {name}")
