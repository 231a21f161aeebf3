"""The rules for a new password are marked as met while it is typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import CookiesOf, NewContext
from .people import ADA
from .steps import CHANGE_PASSWORD, RESET_PASSWORD, SIGN_UP, main, press

# how much of a password meets which rules, each told by a word of its own
TYPED = {
    "": [],
    "a": ["lower-case"],
    "a1": ["lower-case", "digit"],
    "a1B": ["upper-case", "lower-case", "digit"],
    "a1B-": ["upper-case", "lower-case", "digit", "symbol"],
    "a1B-efgh": ["characters", "upper-case", "lower-case", "digit", "symbol"],
    "a1B-efg": ["upper-case", "lower-case", "digit", "symbol"],
}


def test_each_rule_is_marked_when_it_is_met(page: Page) -> None:
    page.goto(SIGN_UP)
    field = page.get_by_label("Password")
    for typed, met in TYPED.items():
        field.fill(typed)
        expect(marked(page)).to_contain_text(met)


def test_who_listens_hears_which_rules_are_met_and_when_all_are(page: Page) -> None:
    page.goto(SIGN_UP)
    field, status = page.get_by_label("Password"), main(page).get_by_role("status")
    field.press_sequentially("Correct-Horse-")
    expect(status).to_have_text("")
    expect(rules(page).get_by_text("(done)").locator("visible=true")).to_have_count(4)
    field.press_sequentially("9")
    expect(status).to_have_text("The password has all that it needs.")


@pytest.mark.parametrize("path", [SIGN_UP, RESET_PASSWORD, CHANGE_PASSWORD])
def test_every_page_with_a_new_password_marks_its_rules(
    page: Page, cookies_of: CookiesOf, path: str
) -> None:
    if path == CHANGE_PASSWORD:
        page.context.add_cookies(cookies_of(ADA))
    page.goto(path)
    main(page).locator("[autocomplete=new-password]").fill("Correct-Horse-9")
    expect(marked(page)).to_have_count(5)


def test_without_javascript_the_rules_are_shown_and_the_server_names_those_unmet(
    new_context: NewContext,
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(SIGN_UP)
    expect(rules(page)).to_have_count(5)
    page.get_by_label("User name").fill("somebody")
    page.get_by_label("E-mail address").fill("somebody@example.com")
    page.get_by_label("Password").fill("lowercase")
    press(page, "Create an account")
    said = main(page).get_by_role("alert")
    for words in ("upper-case", "digit", "symbol"):
        expect(said).to_contain_text(words)
    expect(said).not_to_contain_text("8 characters")
    expect(marked(page)).to_have_count(0)


def rules(page: Page) -> Locator:
    return main(page).locator("[data-rules-of] > li")


def marked(page: Page) -> Locator:
    return main(page).locator("[data-rules-of] > .cognito-met")
