"""Devices, sessions and passkeys: what there is, and the end of each."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from pyramid_cognito.account_types import Device, Passkey, UserSession
from pyramid_cognito.errors import Context, cognito_error
from tests.unit.views.site import ADA, problem

DEVICES, SESSIONS, PASSKEYS = "/account/devices", "/account/sessions", "/account/passkeys"


def day(number):
    return datetime(2026, 6, number, 7, 5, tzinfo=timezone.utc)


FIREFOX = Device("eu_1-f", "Firefox on Linux", "192.0.2.1", day(1), day(5))
NAMELESS = Device("eu_1-n", None, None, None, None, remembered=False)
HERE = UserSession("tkn1", day(1), day(2), "Firefox on Linux", "192.0.2.1", "York, GB", True)
THERE = UserSession("tkn2", day(1), day(5), "unknown", None, None, False)
ELSEWHERE = UserSession("tkn3", day(1), None, "Safari on iOS", None, None, False)
KEY = Passkey("id-1", "iCloud Keychain", day(5))
OLD_KEY = Passkey("id-0", "", None)


class List(NamedTuple):
    """A page, what lists, what ends, one of what there is, its key, what its button is called."""

    page: str
    find: str
    end: str
    one: Any
    key: str
    button: str


LISTS = [
    List(DEVICES, "list_devices", "forget_device", FIREFOX, "eu_1-f", "Forget Firefox on Linux"),
    List(
        SESSIONS,
        "list_user_sessions",
        "revoke_user_session",
        ELSEWHERE,
        "tkn3",
        "Sign out Safari on iOS",
    ),
    List(
        PASSKEYS,
        "list_web_authn_credentials",
        "delete_web_authn_credential",
        KEY,
        "id-1",
        "Remove iCloud Keychain",
    ),
]


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


def words(element):
    return " ".join(element.get_text(" ").split())


def items(page):
    return [words(item) for item in page.html.select(".cognito-items > li")]


def buttons(page):
    return [words(button) for button in page.html.select(".cognito-items button")]


@pytest.fixture(autouse=True)
def _ada_is_signed_in(site):
    site.policy.person = ADA
    site.cognito.account.answers |= {
        "list_devices": [],
        "list_user_sessions": [],
        "list_web_authn_credentials": [],
    }


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.page)
class TestEnding:
    def test_each_has_a_button_of_its_own_name(self, site, kind):
        site.cognito.account.answers[kind.find] = [kind.one]
        assert buttons(site.browser.get(kind.page)) == [kind.button]

    def test_the_button_ends_it(self, site, kind):
        site.cognito.account.answers[kind.find] = [kind.one]
        form = site.browser.get(kind.page).forms[0]
        site.cognito.account.calls.clear()
        response = form.submit()
        assert site.cognito.account.calls == [(kind.end, kind.key)]
        assert where(response) == f"{kind.page}?reason=ended"
        assert response.follow().html.select_one("[role=status]")

    def test_it_needs_the_csrf_token(self, site, kind):
        site.browser.post(kind.page, {"key": "one"}, status=400)
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize("key", ["", "a\x00b", "k" * 1401])
    def test_what_is_no_key_is_not_sent(self, site, kind, key):
        assert site.post(kind.page, {"key": key}).status_int == 400
        assert kind.end not in [call[0] for call in site.cognito.account.calls]

    def test_what_was_ended_before_is_told_with_the_list(self, site, kind):
        site.cognito.account.answers[kind.find] = [kind.one]
        site.cognito.account.errors[kind.end] = cognito_error("ResourceNotFoundException")
        response = site.post(kind.page, {"key": "gone"})
        assert response.status_int == 400
        assert "may have been removed" in problem(response)
        assert buttons(response) == [kind.button]

    def test_who_was_signed_out_meanwhile_signs_in_again(self, site, kind):
        site.cognito.account.errors[kind.end] = cognito_error(
            "NotAuthorizedException", context=Context.SIGNED_IN
        )
        response = site.post(kind.page, {"key": "one"})
        assert urlsplit(where(response)).path == "/account/sign-in"

    def test_nobody_else_sees_the_page(self, site, kind):
        site.policy.person = None
        assert urlsplit(site.browser.get(kind.page).location).path == "/account/sign-in"
        assert site.cognito.account.calls == []


class TestDevices:
    def test_the_latest_comes_first_with_time_and_address(self, site):
        site.cognito.account.answers["list_devices"] = [NAMELESS, FIREFOX]
        page = site.browser.get(DEVICES)
        assert items(page) == [
            (
                "Firefox on Linux Remembered "
                "Last used 2026-06-05 07:05 UTC from 192.0.2.1 Forget Firefox on Linux"
            ),
            "Device without a name Forget Device without a name",
        ]
        assert page.html.select_one("time")["datetime"] == "2026-06-05T07:05:00+00:00"

    def test_a_button_is_described_by_what_tells_devices_of_one_name_apart(self, site):
        site.cognito.account.answers["list_devices"] = [FIREFOX, FIREFOX]
        page = site.browser.get(DEVICES)
        about = [button["aria-describedby"] for button in page.html.select("li button")]
        assert len(set(about)) == 2
        assert "192.0.2.1" in page.html.select_one(f"#{about[0]}").text

    def test_there_may_be_none(self, site):
        assert "No device is known." in site.browser.get(DEVICES)

    def test_a_name_is_text(self, site):
        hostile = Device("eu_1-h", "<b>Firefox</b>", None, None, None)
        site.cognito.account.answers["list_devices"] = [hostile]
        assert buttons(site.browser.get(DEVICES)) == ["Forget <b>Firefox</b>"]


class TestSessions:
    def test_this_one_comes_first_then_the_latest(self, site):
        site.cognito.account.answers["list_user_sessions"] = [ELSEWHERE, THERE, HERE]
        assert items(site.browser.get(SESSIONS)) == [
            (
                "Firefox on Linux This is where you are now "
                "Last used 2026-06-02 07:05 UTC from 192.0.2.1 (York, GB) Sign out here"
            ),
            "Unknown device Last used 2026-06-05 07:05 UTC Sign out Unknown device",
            "Safari on iOS Sign out Safari on iOS",
        ]

    def test_this_one_ends_by_signing_out(self, site):
        site.cognito.account.answers["list_user_sessions"] = [HERE]
        page = site.browser.get(SESSIONS)
        assert page.html.select_one("li a")["href"] == "/account/sign-out"
        assert buttons(page) == []

    def test_a_pool_that_does_not_tell_sessions_can_still_end_them(self, site):
        site.cognito.not_in_the_pool = {"sessions"}
        page = site.browser.get(SESSIONS)
        assert "cannot tell where you are signed in" in page
        assert site.cognito.account.calls == []
        assert where(page.form.submit("everywhere")) == "/account/sign-out?reason=everywhere"

    def test_signing_out_everywhere_ends_this_session_too(self, site):
        response = site.browser.get(SESSIONS).form.submit("everywhere")
        assert ("global_sign_out",) in site.cognito.account.calls
        assert site.cognito.sign_outs == 1
        assert "ticket=; Path=/; Max-Age=0" in response.headers.getall("Set-Cookie")
        site.policy.person = None
        assert "signed out here and everywhere else" in response.follow()

    def test_who_could_not_be_signed_out_everywhere_is_told_so(self, site):
        site.cognito.account.errors["global_sign_out"] = cognito_error("ServiceUnavailable")
        response = site.post(SESSIONS, {"everywhere": "y"})
        assert response.status_int == 503
        assert "cannot be reached" in problem(response)
        assert site.cognito.sign_outs == 0


class TestPasskeys:
    def test_the_latest_comes_first(self, site):
        site.cognito.account.answers["list_web_authn_credentials"] = [OLD_KEY, KEY]
        assert items(site.browser.get(PASSKEYS)) == [
            "iCloud Keychain Made 2026-06-05 07:05 UTC Remove iCloud Keychain",
            "Passkey without a name Remove Passkey without a name",
        ]

    def test_there_may_be_none(self, site):
        assert "You have no passkeys." in site.browser.get(PASSKEYS)

    def test_a_sign_in_that_was_long_ago_does_not_do(self, site):
        site.cognito.age = 301
        response = site.post(PASSKEYS, {"key": "id-1"})
        assert urlsplit(where(response)).path == "/account/reauthenticate"
        assert site.cognito.account.calls == []


@pytest.mark.parametrize(("page", "feature"), [(DEVICES, "devices"), (PASSKEYS, "passkeys")])
class TestWithoutTheFeature:
    def test_there_is_no_page(self, site, page, feature):
        site.cognito.not_in_the_pool = {feature}
        response = site.browser.get(page, status=404)
        assert response.html.h1.text == "This is not offered here"
        assert site.cognito.account.calls == []

    def test_what_is_posted_is_answered_so_too(self, site, page, feature):
        site.cognito.not_in_the_pool = {feature}
        site.cognito.account.error = cognito_error("InvalidParameterException")
        assert site.post(page, {"key": "one"}).status_int == 404


@pytest.mark.parametrize("page", [DEVICES, SESSIONS, PASSKEYS])
class TestWithoutAnAnswer:
    def test_a_list_that_cannot_be_had_is_said(self, site, page):
        site.cognito.account.error = cognito_error("ServiceUnavailable")
        response = site.browser.get(page, status=503)
        assert "cannot be reached" in response

    def test_nor_is_it_after_something_could_not_be_ended(self, site, page):
        site.cognito.account.error = cognito_error("TooManyRequestsException")
        assert site.post(page, {"key": "one"}).status_int == 429

    def test_a_session_that_is_over_at_cognito_ends_here_too(self, site, page):
        site.cognito.account.error = cognito_error(
            "NotAuthorizedException", context=Context.SIGNED_IN
        )
        response = site.browser.get(page)
        assert urlsplit(where(response)).path == "/account/sign-in"
        assert site.cognito.sign_outs == 1
