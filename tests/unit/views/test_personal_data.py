"""All that the user pool has about a person."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pyramid_cognito.account_types import AuthFactors, Device, Passkey, User, UserSession
from pyramid_cognito.errors import cognito_error
from tests.unit.views.site import ADA, Site

PAGE, FILE = "/account/personal-data", "/account/personal-data.json"
THEN = datetime(2026, 6, 5, 7, 0, 9, tzinfo=timezone.utc)
USER = User(
    "ada",
    {"sub": "sub-of-ada", "email": "ada@example.com", "email_verified": "true", "name": "Ada é"},
    ("SOFTWARE_TOKEN_MFA", "SMS_MFA"),
    "SMS_MFA",
)
ANSWERS = {
    "get_user": USER,
    "get_user_auth_factors": AuthFactors("ada", ("PASSWORD", "WEB_AUTHN", "NEW_KIND")),
    "list_devices": [Device("key-1", "Ada's laptop", "192.0.2.7", THEN, None)],
    "list_user_sessions": [
        UserSession("session-1", THEN, THEN, "Firefox", "192.0.2.7", "London", is_current=True)
    ],
    "list_web_authn_credentials": [
        Passkey("passkey-1", "Ada's telephone", THEN, "example.com", "platform", ("internal",))
    ],
}


def facts(page):
    terms = [term.text.strip() for term in page.html.select("dt")]
    values = [" ".join(value.text.split()) for value in page.html.select("dd")]
    return list(zip(terms, values, strict=True))


@pytest.fixture
def site() -> Site:
    site = Site()
    site.policy.person = ADA
    site.cognito.account.answers = dict(ANSWERS)
    return site


def test_the_page_shows_all_of_it_in_words(site):
    page = site.browser.get(PAGE)
    assert facts(page) == [
        ("User name", "ada"),
        ("Full name", "Ada é"),
        ("E-mail address", "ada@example.com"),
        ("E-mail address confirmed", "Yes"),
        ("Identifier", "sub-of-ada"),
        ("You sign in with", "Password, Passkey, NEW_KIND"),
        ("Second factors", "Authenticator app, Code by text message"),
        ("Asked for first", "Code by text message"),
        ("Name", "Ada's laptop"),
        ("Identifier", "key-1"),
        ("First used", "2026-06-05 07:00 UTC"),
        ("Address", "192.0.2.7"),
        ("Remembered", "Yes"),
        ("Device", "Firefox"),
        ("Signed in", "2026-06-05 07:00 UTC"),
        ("Last active", "2026-06-05 07:00 UTC"),
        ("Address", "192.0.2.7"),
        ("Place", "London"),
        ("This session", "Yes"),
        ("Name", "Ada's telephone"),
        ("Identifier", "passkey-1"),
        ("Made", "2026-06-05 07:00 UTC"),
        ("For the site", "example.com"),
        ("Kind", "platform"),
        ("Reached by", "internal"),
    ]


def test_the_file_holds_the_same_for_programs(site):
    file = site.browser.get(PAGE).click("Download")
    assert file.content_type == "application/json"
    assert file.headers["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    assert file.headers["Cache-Control"] == "no-store, private"
    assert file.json == {
        "account": {
            "username": "ada",
            "attributes": dict(USER.attributes),
            "second_factors": ["SOFTWARE_TOKEN_MFA", "SMS_MFA"],
            "preferred_second_factor": "SMS_MFA",
        },
        "ways_to_sign_in": {
            "username": "ada",
            "auth_factors": ["PASSWORD", "WEB_AUTHN", "NEW_KIND"],
            "second_factors": [],
            "preferred_second_factor": None,
        },
        "devices": [
            {
                "key": "key-1",
                "name": "Ada's laptop",
                "last_ip": "192.0.2.7",
                "created": "2026-06-05T07:00:09+00:00",
                "last_used": None,
                "remembered": True,
            }
        ],
        "sessions": [
            {
                "id": "session-1",
                "created": "2026-06-05T07:00:09+00:00",
                "last_active": "2026-06-05T07:00:09+00:00",
                "device_type": "Firefox",
                "address": "192.0.2.7",
                "place": "London",
                "is_current": True,
            }
        ],
        "passkeys": [
            {
                "id": "passkey-1",
                "name": "Ada's telephone",
                "created": "2026-06-05T07:00:09+00:00",
                "relying_party": "example.com",
                "attachment": "platform",
                "transports": ["internal"],
            }
        ],
    }


def test_letters_of_all_languages_stay_readable_in_it(site):
    assert "Ada é" in site.browser.get(FILE).body.decode()


def test_what_the_pool_does_not_offer_is_neither_asked_for_nor_shown(site):
    site.cognito.not_in_the_pool = {"devices", "sessions", "passkeys"}
    assert site.browser.get(FILE).json.keys() == {"account", "ways_to_sign_in"}
    headings = [heading.text for heading in site.browser.get(PAGE).html.select("h2")]
    assert headings == ["Account", "Signing in"]
    asked = {call[0] for call in site.cognito.account.calls}
    assert asked == {"get_user", "get_user_auth_factors"}


def test_that_there_is_none_of_a_kind_is_said(site):
    nothing = ("list_devices", "list_user_sessions", "list_web_authn_credentials")
    site.cognito.account.answers |= dict.fromkeys(nothing, ())
    site.cognito.account.answers["get_user"] = User("ada", {})
    assert ("Second factors", "None") in facts(site.browser.get(PAGE))
    assert site.browser.get(FILE).json["devices"] == []


def test_an_operation_that_the_pool_does_not_know_is_left_out(site):
    site.cognito.account.errors["get_user_auth_factors"] = cognito_error("InvalidAction")
    assert "ways_to_sign_in" not in site.browser.get(FILE).json
    assert "You sign in with" not in dict(facts(site.browser.get(PAGE)))


@pytest.mark.parametrize("path", [PAGE, FILE])
@pytest.mark.parametrize(
    "operation",
    [
        "get_user_auth_factors",
        "list_devices",
        "list_user_sessions",
        "list_web_authn_credentials",
    ],
)
def test_half_of_it_never_passes_for_all(site, path, operation):
    site.cognito.account.errors[operation] = cognito_error("ServiceUnavailable")
    page = site.browser.get(path, status=503)
    assert page.html.h1.text == "Please try again shortly"


def test_page_and_file_are_counted_together_before_cognito_is_asked(site):
    for path in (PAGE, FILE) * 5:
        site.browser.get(path)
    site.cognito.account.calls.clear()
    page = site.browser.get(FILE, status=429)
    assert page.html.h1.text == "Too many requests"
    assert int(page.headers["Retry-After"]) > 0
    assert site.cognito.account.calls == []


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_nobody_sees_it_without_signing_in(site, path):
    site.policy.person = None
    response = site.browser.get(path)
    assert response.location.startswith("http://localhost/account/sign-in?")
    assert site.cognito.account.calls == []
