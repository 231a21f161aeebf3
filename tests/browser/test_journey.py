"""From the first page to the last that somebody sees of their account, without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .application import Application
from .conftest import NewContext, new_profile
from .people import People, Person
from .steps import (
    ACCOUNT,
    SIGN_IN,
    code_on,
    fill_in_sign_in,
    follow,
    heading,
    main,
    notice,
    press,
    problem,
    sign_in,
)

FIRST, SECOND, THIRD = "First-Horse-1", "Second-Horse-2", "Third-Horse-3"


@pytest.fixture(scope="module")
def window(application: Application, browser: Browser) -> Iterator[Page]:
    context = new_profile(browser, application, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_an_account_from_its_beginning_to_its_end(
    page: Page, people: People, new_context: NewContext, tmp_path: Path
) -> None:
    name = people.new_name()
    register(page, name)
    person = enrol_an_authenticator(page, name)
    sign_out(page)
    sign_in_with_code(page, person)
    elsewhere = new_context(java_script_enabled=False).new_page()
    sign_in_with_code(elsewhere, person)
    person = change_password(page, person)
    is_signed_out(elsewhere)
    sign_out(page)
    person = reset_password(page, person)
    sign_in_with_code(page, person)
    change_profile(page)
    download_personal_data(page, person, tmp_path / "personal-data.json")
    delete_account(page, person)
    cannot_sign_in(page, person)


def register(page: Page, name: str) -> None:
    page.goto(SIGN_IN)
    follow(page, "Create an account")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(FIRST)
    press(page, "Create an account")
    page.get_by_label("Code").fill(code_on(page))
    press(page, "Confirm")
    expect(notice(page)).to_contain_text("Your account is confirmed")
    fill_in_sign_in(page, name, FIRST)
    press(page, "Sign in")
    expect(heading(page)).to_have_text(f"Hello, {name}")


def enrol_an_authenticator(page: Page, name: str) -> Person:
    page.goto(ACCOUNT)
    follow(page, "Two-factor sign-in")
    follow(page, "Set up an authenticator app")
    press(page, "Show a key")
    uri = urlsplit(scanned(page))
    (secret,) = parse_qs(uri.query)["secret"]
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", f"/localhost:{name}")
    assert main(page).locator("code").inner_text().replace(" ", "") == secret
    person = Person(name, FIRST, secret)
    page.get_by_label("Code", exact=True).fill(person.code())
    page.get_by_label("Name of the app").fill("Telephone")
    press(page, "Turn it on")
    expect(notice(page)).to_contain_text("Your authenticator app is set up")
    return person


def sign_out(page: Page) -> None:
    page.goto(ACCOUNT)
    press(page, "Sign out")
    expect(heading(page)).to_have_text("You are signed out")


def sign_in_with_code(page: Page, person: Person) -> None:
    sign_in(page, person.username, person.password)
    enter_code(page, person)
    expect(heading(page)).to_have_text(f"Hello, {person.username}")


def enter_code(page: Page, person: Person) -> None:
    expect(heading(page)).to_have_text("Enter your code")
    page.get_by_label("Code").fill(person.code())
    press(page, "Go on")


def change_password(page: Page, person: Person) -> Person:
    page.goto(ACCOUNT)
    follow(page, "Password")
    page.get_by_label("Present password").fill(person.password)
    page.get_by_label("New password").fill(SECOND)
    page.get_by_label("Sign out on all other devices").check()
    press(page, "Change the password")
    # the session here ended with the others, and a new one takes every factor
    enter_code(page, person)
    expect(notice(page)).to_contain_text("you are signed out everywhere else")
    return person.with_password(SECOND)


def is_signed_out(page: Page) -> None:
    page.goto(ACCOUNT)
    expect(heading(page)).to_have_text("Sign in")


def reset_password(page: Page, person: Person) -> Person:
    page.goto(SIGN_IN)
    follow(page, "Forgot your password?")
    page.get_by_label("User name").fill(person.username)
    press(page, "Send the code")
    page.get_by_label("Code").fill(code_on(page))
    page.get_by_label("New password").fill(THIRD)
    press(page, "Set the new password")
    expect(notice(page)).to_contain_text("Your password is changed")
    return person.with_password(THIRD)


def change_profile(page: Page) -> None:
    page.goto(ACCOUNT)
    follow(page, "Profile")
    page.get_by_label("Full name").fill("Countess of Lovelace")
    page.get_by_label("Date of birth").fill("1915-12-10")
    press(page, "Save")
    expect(notice(page)).to_contain_text("Your profile is saved")
    expect(page.get_by_label("Date of birth")).to_have_value("1915-12-10")
    # the application sees it at once
    expect(page.get_by_role("banner")).to_contain_text("Countess of Lovelace")


def download_personal_data(page: Page, person: Person, path: Path) -> None:
    page.goto(ACCOUNT)
    follow(page, "Personal data")
    expect(main(page)).to_contain_text("Countess of Lovelace")
    with page.expect_download() as download:
        main(page).get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == path.name
    download.value.save_as(path)
    account = json.loads(path.read_text())["account"]
    assert account["username"] == person.username
    assert account["attributes"]["name"] == "Countess of Lovelace"
    assert account["second_factors"] == ["SOFTWARE_TOKEN_MFA"]


def delete_account(page: Page, person: Person) -> None:
    page.goto(ACCOUNT)
    follow(page, "Delete your account")
    page.get_by_label("Password").fill("Wrong-Horse-9")
    press(page, "Delete the account")
    expect(problem(page)).to_be_visible()
    page.get_by_label("Password").fill(person.password)
    press(page, "Delete the account")
    expect(heading(page)).to_have_text("You are signed out")
    expect(notice(page)).to_contain_text("Your account is deleted")


def cannot_sign_in(page: Page, person: Person) -> None:
    sign_in(page, person.username, person.password)
    expect(problem(page)).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def scanned(page: Page) -> str:
    """What a camera reads in the page's QR code."""
    picture = Image.open(BytesIO(page.get_by_role("img", name="QR code").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    text: str = code.text
    return text
