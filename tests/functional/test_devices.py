"""Devices, sessions and passkeys, whose operations the emulator lacks."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pyramid_cognito.local import LocalUser
from tests.functional.site import Browser, form_with, where
from tests.functional.stubbed_site import StubbedSite

MOMENT = datetime(2026, 6, 5, 7, 5, tzinfo=timezone.utc)
DEVICE_KEY = "eu-west-1_01234567-89ab-cdef-0123-456789abcdef"
SESSION_IDS = ["tkn" + character * 25 for character in "ab"]
PASSKEY_ID = "AbCdEfGhIjKlMnOpQrStUv"

DEVICES = {
    "Devices": [
        {
            "DeviceKey": DEVICE_KEY,
            "DeviceAttributes": [
                {"Name": "device_name", "Value": "Firefox on Linux"},
                {"Name": "last_ip_used", "Value": "192.0.2.1"},
            ],
            "DeviceLastAuthenticatedDate": MOMENT,
        }
    ]
}
SESSIONS = {
    "Sessions": [
        {"SessionId": SESSION_IDS[0], "DeviceType": "iOS, Safari", "LastActiveDate": MOMENT},
        {"SessionId": SESSION_IDS[1], "DeviceType": "Linux, Firefox", "IsCurrentSession": True},
    ]
}
PASSKEYS = {
    "Credentials": [
        {
            "CredentialId": PASSKEY_ID,
            "FriendlyCredentialName": "iCloud Keychain",
            "RelyingPartyId": "example.com",
            "AuthenticatorTransports": ["internal"],
            "CreatedAt": MOMENT,
        }
    ]
}


def words(page: Any) -> str:
    return " ".join(page.html.select_one(".cognito").get_text(" ").split())


@pytest.fixture
def site() -> StubbedSite:
    """Someone is signed in."""
    site = StubbedSite()
    site.let_in()
    return site


def test_a_device_is_listed_and_forgotten(site: StubbedSite) -> None:
    with site.cognito() as cognito:
        cognito.add_response("list_devices", DEVICES, site.own)
        page = site.browser.get("/account/devices")
        assert "Firefox on Linux Remembered Last used 2026-06-05 07:05 UTC from 192.0.2.1" in words(
            page
        )

        cognito.add_response("forget_device", {}, {**site.own, "DeviceKey": DEVICE_KEY})
        answer = form_with(page, "key").submit()
        cognito.add_response("list_devices", {"Devices": []}, site.own)
        assert "The device is forgotten." in words(answer.follow())


def test_a_session_is_listed_and_ended(site: StubbedSite) -> None:
    with site.cognito() as cognito:
        cognito.add_response("list_user_sessions", SESSIONS, site.own)
        page = site.browser.get("/account/sessions")
        assert [words.text for words in page.html.select("li h2")] == [
            "Linux, Firefox",
            "iOS, Safari",
        ]

        cognito.add_response("revoke_user_session", {}, {**site.own, "SessionId": SESSION_IDS[0]})
        answer = form_with(page, "key").submit()
        cognito.add_response("list_user_sessions", {"Sessions": []}, site.own)
        assert "The session is ended." in words(answer.follow())


def test_a_passkey_is_listed_and_removed(site: StubbedSite) -> None:
    with site.cognito() as cognito:
        cognito.add_response("list_web_authn_credentials", PASSKEYS, site.own)
        page = site.browser.get("/account/passkeys")
        assert "iCloud Keychain Made 2026-06-05 07:05 UTC" in words(page)

        cognito.add_response(
            "delete_web_authn_credential", {}, {**site.own, "CredentialId": PASSKEY_ID}
        )
        answer = form_with(page, "key").submit()
        cognito.add_response("list_web_authn_credentials", {"Credentials": []}, site.own)
        assert "The passkey is removed." in words(answer.follow())


def test_a_key_that_is_another_persons_ends_nothing(site: StubbedSite) -> None:
    with site.cognito() as cognito:
        cognito.add_response("list_devices", DEVICES, site.own)
        form = form_with(site.browser.get("/account/devices"), "key")

        form["key"] = "eu-west-1_of-someone-else"
        cognito.add_client_error(
            "forget_device",
            "ResourceNotFoundException",
            "Device does not exist.",
            expected_params={**site.own, "DeviceKey": "eu-west-1_of-someone-else"},
        )
        cognito.add_response("list_devices", DEVICES, site.own)
        assert "may have been removed" in words(form.submit(status=400))


@pytest.mark.parametrize(
    ("page", "operation", "code"),
    [
        ("devices", "list_devices", "InvalidParameterException"),
        ("devices", "list_devices", "InvalidUserPoolConfigurationException"),
        ("passkeys", "list_web_authn_credentials", "OperationNotEnabledException"),
    ],
)
def test_what_the_pool_does_not_offer_is_asked_for_once_and_has_no_page(
    site: StubbedSite, page: str, operation: str, code: str
) -> None:
    with site.cognito() as cognito:
        cognito.add_client_error(operation, code, "Not here.")
        for _ in range(2):
            answer = site.browser.get(f"/account/{page}", status=404)
            assert "This is not offered here" in words(answer)


def test_where_devices_are_listed_is_no_password_asked_for_again(site: StubbedSite) -> None:
    site.services.clock.advance(301)  # type: ignore[attr-defined]
    with site.cognito() as cognito:
        cognito.add_response("list_devices", DEVICES, site.own)
        assert site.browser.get("/account/devices").status_int == 200
    assert where(site.browser.get("/account/passkeys")).startswith("/account/reauthenticate?")


# --- with the emulator, which tells no sessions


def test_signing_out_everywhere_ends_every_session(browser: Browser, new_user: Any) -> None:
    person: LocalUser = new_user()
    elsewhere = Browser(browser.app)
    for each in (browser, elsewhere):
        each.sign_in(person.username)
    page = browser.get("/account/sessions")
    assert "cannot tell where you are signed in" in words(page)

    answer = form_with(page, "everywhere").submit("everywhere")

    assert where(answer) == "/account/sign-out?reason=everywhere"
    assert "signed out here and everywhere else" in words(answer.follow())
    assert browser.me() is None
    assert elsewhere.me() is None
    assert where(elsewhere.get("/account")).startswith("/account/sign-in?")


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("devices", "list_devices"),
        ("sessions", "list_user_sessions"),
        ("passkeys", "list_web_authn_credentials"),
    ],
)
def test_while_nobody_knows_whether_there_are_any_the_page_says_so(
    site: StubbedSite, path: str, operation: str
) -> None:
    with site.cognito() as cognito:
        cognito.add_client_error(operation, "TooManyRequestsException", "Rate exceeded")
        answer = site.browser.get(f"/account/{path}", status=429)
    assert "Too many requests" in words(answer)


@pytest.mark.parametrize("path", ["personal-data", "personal-data.json"])
def test_half_of_the_data_never_passes_for_all(site: StubbedSite, path: str) -> None:
    with site.cognito() as cognito:
        cognito.add_response("get_user", {"Username": "ada", "UserAttributes": []}, site.own)
        cognito.add_response("get_user_auth_factors", {"Username": "ada"}, site.own)
        cognito.add_response("list_devices", DEVICES, site.own)
        cognito.add_client_error("list_user_sessions", "InternalErrorException")
        site.browser.get(f"/account/{path}", status=503)


def test_a_menu_shows_nothing_that_nobody_knows_of_and_asks_for_one_page(
    site: StubbedSite,
) -> None:
    with site.cognito() as cognito:
        cognito.add_response("get_user", {"Username": "ada", "UserAttributes": []}, site.own)
        cognito.add_client_error("list_web_authn_credentials", "TooManyRequestsException")
        cognito.add_response("list_devices", {**DEVICES, "PaginationToken": "next"}, site.own)
        links = {link.get("href") for link in site.browser.get("/account").html.select("a")}
    assert "/account/devices" in links
    assert "/account/passkeys" not in links
