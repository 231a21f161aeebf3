"""Attributes of one's own, at the embedded pool; and all that it has about a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.local import LocalPool, LocalUser
from tests.functional.site import Browser, configurator, form_with, where
from tests.functional.stubbed_site import StubbedSite

NewUser = Callable[..., LocalUser]
Attributes = Callable[[], dict[str, str]]

PROFILE = "/account/profile"


@pytest.fixture(scope="module")
def site(local_settings: dict[str, str]) -> Router:
    return configurator(local_settings).make_wsgi_app()


@pytest.fixture
def person(new_user: NewUser) -> LocalUser:
    return new_user(
        attributes={
            "name": "Ada Lovelace",
            "birthdate": "1915-12-10",
            "custom:domain": "example.com",
        }
    )


@pytest.fixture
def browser(site: Router, person: LocalUser) -> Browser:
    """Of someone who is signed in."""
    browser = Browser(site)
    browser.sign_in(person.username)
    return browser


@pytest.fixture
def attributes(admin: Any, local_pool: LocalPool, person: LocalUser) -> Attributes:
    """What the pool has."""

    def read() -> dict[str, str]:
        user = admin.admin_get_user(UserPoolId=local_pool.user_pool_id, Username=person.username)
        return {each["Name"]: each["Value"] for each in user["UserAttributes"]}

    return read


def facts(page: TestResponse) -> dict[str, str]:
    terms = [term.text.strip() for term in page.html.select("dt")]
    values = [" ".join(value.text.split()) for value in page.html.select("dd")]
    return dict(zip(terms, values, strict=True))


def test_the_form_has_what_the_pool_has(browser: Browser) -> None:
    page = browser.get(PROFILE)

    form = form_with(page, "name")
    assert form["name"].value == "Ada Lovelace"
    assert form["birthdate"].value == "1915-12-10"
    assert facts(page)["Domain"] == "example.com"


def test_a_change_is_kept_and_the_application_sees_it_at_once(
    browser: Browser, attributes: Attributes
) -> None:
    form = form_with(browser.get(PROFILE), "name")
    form["name"], form["website"] = "Ada King", "https://example.com/ada"

    page = form.submit().follow()

    assert "Your profile is saved." in page
    assert form_with(page, "name")["name"].value == "Ada King"
    assert attributes()["website"] == "https://example.com/ada"


def test_what_is_emptied_is_gone(browser: Browser, attributes: Attributes) -> None:
    form = form_with(browser.get(PROFILE), "name")
    form["birthdate"] = ""

    form.submit(status=303)

    assert attributes().get("birthdate", "") == ""
    assert form_with(browser.get(PROFILE), "name")["birthdate"].value == ""


def test_what_is_not_mentioned_stays(browser: Browser, attributes: Attributes) -> None:
    token = form_with(browser.get(PROFILE), "name")["csrf_token"].value

    browser.post(PROFILE, {"csrf_token": token, "name": "Ada King"}, status=303)

    assert attributes()["birthdate"] == "1915-12-10"


@pytest.mark.parametrize("forged", ["custom:domain", "email_verified", "sub", "email"])
def test_a_form_made_by_hand_changes_nothing_and_is_logged(
    browser: Browser,
    attributes: Attributes,
    forged: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = attributes()
    token = form_with(browser.get(PROFILE), "name")["csrf_token"].value

    fields = {"csrf_token": token, "name": "Ada King", forged: "example.org"}
    browser.post(PROFILE, fields, status=400)

    assert attributes() == before
    assert f"'{forged}' was posted" in caplog.text


def test_an_e_mail_address_that_the_pool_changes_at_once_is_changed(
    browser: Browser, attributes: Attributes
) -> None:
    form = form_with(browser.get("/account/email"), "email")
    form["email"] = "ada.king@example.com"

    answer = form.submit()

    assert where(answer).startswith("/account/email")
    assert attributes()["email"] == "ada.king@example.com"
    me = browser.me()
    assert me is not None
    assert me["email"] == "ada.king@example.com"


def test_a_telephone_number_comes_and_goes(browser: Browser, attributes: Attributes) -> None:
    for typed, kept in (("+44 20 7946 0958", "+442079460958"), ("", "")):
        form = form_with(browser.get("/account/phone"), "phone_number")
        form["phone_number"] = typed
        form.submit(status=303)
        assert attributes().get("phone_number", "") == kept


def test_what_the_embedded_pool_cannot_do_is_said(browser: Browser) -> None:
    page = browser.get("/account/email/verify")

    page = page.forms[len(page.forms) - 1].submit("send", status=501)

    assert "does not know how to do this" in page


def test_all_that_the_pool_has_can_be_seen_and_taken_away(
    browser: Browser, person: LocalUser, attributes: Attributes
) -> None:
    page = browser.get("/account/personal-data")
    file = page.click("Download")

    assert facts(page)["User name"] == person.username
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Cache-Control"] == "no-store, private"
    assert file.json["account"]["attributes"] == attributes()
    assert facts(page)["Identifier"] == attributes()["sub"]


# --- what the emulator lacks


def test_it_holds_the_devices_sessions_and_passkeys_that_the_pool_tells_of() -> None:
    site = StubbedSite()
    site.let_in()
    own = site.own
    devices = {"Devices": [{"DeviceKey": "eu-west-1_a-device"}]}
    sessions = {"Sessions": [{"SessionId": "tkn" + "a" * 25}]}
    passkeys = {
        "Credentials": [
            {
                "CredentialId": "a-passkey",
                "FriendlyCredentialName": "iCloud Keychain",
                "RelyingPartyId": "example.com",
                "AuthenticatorTransports": ["internal"],
                "CreatedAt": datetime(2026, 6, 5, 7, 5, tzinfo=timezone.utc),
            }
        ]
    }
    lists = {
        "list_devices": devices,
        "list_user_sessions": sessions,
        "list_web_authn_credentials": passkeys,
    }
    with site.cognito() as cognito:
        cognito.add_response("get_user", {"Username": "ada", "UserAttributes": []}, own)
        factors = {"Username": "ada", "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]}
        cognito.add_response("get_user_auth_factors", factors, own)
        for operation, answer in lists.items():
            cognito.add_response(operation, answer, own)
        file = site.browser.get("/account/personal-data.json")

    assert file.json["ways_to_sign_in"]["auth_factors"] == ["PASSWORD", "WEB_AUTHN"]
    assert file.json["devices"][0]["key"] == "eu-west-1_a-device"
    assert file.json["sessions"][0]["id"] == "tkn" + "a" * 25
    assert file.json["passkeys"][0]["created"] == "2026-06-05T07:05:00+00:00"
