"""Second factors: an authenticator app from its key to its end, and what the emulator lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.local import LocalPool, LocalUser
from pyramid_cognito.sign_in import Challenge
from tests.functional.authenticator import Guarded
from tests.functional.site import (
    CHALLENGE,
    Browser,
    configurator,
    deletes,
    form_with,
    problem,
    settings_of,
    where,
)
from tests.functional.stubbed_site import StubbedSite
from tests.jwt_factory import SUB

NewUser = Callable[..., LocalUser]

TWO_FACTOR = "/account/two-factor"
AUTHENTICATOR = "/account/two-factor/authenticator"
SETTLED = f"{TWO_FACTOR}?reason=set-up"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def key_in(page: TestResponse) -> str:
    """The key that the page shows to be typed."""
    key: str = page.html.select_one("code").text.replace(" ", "")
    return key


def with_key(browser: Browser) -> TestResponse:
    """The page after a key was asked for."""
    return form_with(browser.get(AUTHENTICATOR), "new").submit("new")


def states(page: TestResponse) -> list[str]:
    return [" ".join(state.text.split()) for state in page.html.select(".cognito-state")]


def choose(browser: Browser, choice: str) -> TestResponse:
    return form_with(browser.get(TWO_FACTOR), "choice").submit("choice", value=choice)


# --- an authenticator app, with the emulator


@pytest.fixture
def person(browser: Browser, new_user: NewUser) -> LocalUser:
    """Someone who is signed in."""
    person = new_user()
    browser.sign_in(person.username, next_page=TWO_FACTOR)
    return person


@pytest.fixture
def app(browser: Browser, person: LocalUser) -> Guarded:
    """The authenticator app that the person has just set up from the page."""
    page = with_key(browser)
    app = Guarded(person.username, key_in(page))
    form = form_with(page, "setup")
    form["code"] = app.code()
    assert where(form.submit()) == SETTLED
    return app


def test_it_is_set_up_from_the_page_and_then_asked_for(
    browser: Browser, app: Guarded, local_site: Router
) -> None:
    assert states(browser.get(TWO_FACTOR)) == ["On"]
    browser.sign_out()

    page = browser.sign_in(app.username, next_page="/view").follow()
    assert browser.me() is None
    page.form["code"] = app.code()

    assert where(page.form.submit()) == "/view"
    assert browser.get("/view").text == f"view for {app.username}"


def test_it_is_turned_off_and_no_longer_asked_for(browser: Browser, app: Guarded) -> None:
    answer = choose(browser, "turn_off SOFTWARE_TOKEN_MFA")

    assert where(answer) == f"{TWO_FACTOR}?reason=changed"
    assert states(answer.follow()) == ["Off"]
    browser.sign_out()
    assert where(browser.sign_in(app.username, next_page="/view")) == "/view"


def test_a_wrong_code_turns_nothing_on_and_keeps_the_key(
    browser: Browser, person: LocalUser
) -> None:
    page = with_key(browser)
    app = Guarded(person.username, key_in(page))
    form = form_with(page, "setup")
    form["code"] = wrong = app.code(wrong=True)

    page = form.submit(status=400)

    assert "code from your authenticator app is not right" in problem(page)
    assert wrong not in page
    assert key_in(page) == app.key
    assert states(browser.get(TWO_FACTOR)) == ["Off"]
    form = form_with(page, "setup")
    form["code"] = app.code()
    assert where(form.submit()) == SETTLED


def test_a_key_that_is_only_shown_turns_nothing_on(browser: Browser, person: LocalUser) -> None:
    with_key(browser)

    assert states(browser.get(TWO_FACTOR)) == ["Off"]
    browser.sign_out()
    assert where(browser.sign_in(person.username, next_page="/view")) == "/view"


def test_a_page_that_is_only_opened_leaves_the_key_of_another_window_good(
    browser: Browser, person: LocalUser
) -> None:
    page = with_key(browser)
    browser.get(AUTHENTICATOR)

    form = form_with(page, "setup")
    form["code"] = Guarded(person.username, key_in(page)).code()
    assert where(form.submit()) == SETTLED


def test_another_key_takes_the_place_of_the_first(browser: Browser, app: Guarded) -> None:
    page = with_key(browser)
    second = Guarded(app.username, key_in(page))
    assert second.key != app.key
    form = form_with(page, "setup")
    form["code"] = second.code()
    form.submit(status=303)
    browser.sign_out()

    form = browser.sign_in(app.username, next_page="/view").follow().form
    form["code"] = app.code()
    form = form.submit(status=400).form
    form["code"] = second.code()
    assert where(form.submit()) == "/view"


def test_a_key_of_someone_else_is_not_shown_again(
    browser: Browser, person: LocalUser, new_user: NewUser, local_site: Router
) -> None:
    page = with_key(browser)
    other = Browser(local_site)
    other.sign_in(new_user().username)
    form = form_with(with_key(other), "setup")
    form["setup"] = form_with(page, "setup")["setup"].value
    form["code"] = Guarded(person.username, key_in(page)).code()

    refused = form.submit(status=400)

    assert "open for too long" in problem(refused)
    assert refused.html.select_one("code") is None
    assert states(other.get(TWO_FACTOR)) == ["Off"]


def test_codes_by_text_message_are_turned_on_for_a_number_that_is_confirmed(
    local_pool: LocalPool, new_user: NewUser
) -> None:
    number = {"phone_number": "+441632960001", "phone_number_verified": "true"}
    browser = Browser(configurator(settings_of(local_pool, features="sms_code")).make_wsgi_app())
    browser.sign_in(new_user(attributes=number).username)
    assert "Codes go to +441632960001." in browser.get(TWO_FACTOR)

    answer = choose(browser, "turn_on SMS_MFA")

    assert states(answer.follow()) == ["On"]


def test_nobody_who_is_signed_out_can_set_one_up(browser: Browser) -> None:
    assert where(browser.get(AUTHENTICATOR)).startswith("/account/sign-in?")


# --- codes by e-mail, which the emulator lacks


def test_codes_by_e_mail_are_turned_on_beside_an_app() -> None:
    site = StubbedSite(features="authenticator_app email_code")
    site.let_in()
    attributes = [
        {"Name": "email", "Value": "ada@example.com"},
        {"Name": "email_verified", "Value": "true"},
    ]
    user: dict[str, Any] = {
        "Username": "ada",
        "UserAttributes": attributes,
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
    }
    with site.cognito() as cognito:
        cognito.add_response("get_user", user, site.own)
        cognito.add_response("get_user", user, site.own)
        cognito.add_response(
            "set_user_mfa_preference",
            {},
            {
                **site.own,
                "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": False},
            },
        )
        answer = choose(site.browser, "turn_on EMAIL_OTP")

        user["UserMFASettingList"] = ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
        cognito.add_response("get_user", user, site.own)
        assert states(answer.follow()) == ["On", "On"]


# --- what Cognito asks at sign-in, which the emulator never does


def asked(name: str, **parameters: str) -> Challenge:
    """A challenge that comes after the password."""
    return Challenge(name, parameters, "ada", "ada", remember=False, session="session-" + "1" * 20)


@pytest.fixture
def site() -> StubbedSite:
    """Someone has given their password."""
    return StubbedSite()


def setup_page(site: StubbedSite) -> TestResponse:
    site.is_asked(asked("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA", "SMS_MFA"]'))
    with site.cognito() as cognito:
        cognito.add_response(
            "associate_software_token",
            {"SecretCode": KEY, "Session": "session-" + "2" * 20},
            {"Session": "session-" + "1" * 20},
        )
        return site.browser.get(f"{CHALLENGE}?next=/view")


VERIFY = {"Session": "session-" + "2" * 20, "UserCode": "123456"}


def test_a_pool_that_wants_a_factor_has_one_set_up_at_sign_in(site: StubbedSite) -> None:
    page = setup_page(site)
    assert key_in(page) == KEY
    with site.cognito() as cognito:
        cognito.add_response(
            "verify_software_token",
            {"Status": "SUCCESS", "Session": "session-" + "3" * 20},
            {**VERIFY, "FriendlyDeviceName": "Ada's telephone"},
        )
        cognito.add_response(
            "respond_to_auth_challenge",
            site.result,
            {
                "ClientId": site.services.settings.client_id,
                "ChallengeName": "MFA_SETUP",
                "ChallengeResponses": {"USERNAME": "ada"},
                "Session": "session-" + "3" * 20,
            },
        )
        page.form["code"], page.form["device_name"] = "123 456", "Ada's telephone"
        answer = page.form.submit()
    assert where(answer) == "/view"
    assert deletes(answer, "cognito-challenge")
    assert site.browser.get("/view").text == "view for ada"


def test_a_wrong_code_at_sign_in_keeps_the_key_and_signs_nobody_in(site: StubbedSite) -> None:
    page = setup_page(site)
    with site.cognito() as cognito:
        cognito.add_client_error(
            "verify_software_token",
            "EnableSoftwareTokenMFAException",
            "Code mismatch",
            expected_params=VERIFY,
        )
        page.form["code"] = "123456"
        page = page.form.submit(status=400)
    assert key_in(page) == KEY
    assert site.browser.me() is None


def test_a_set_up_that_took_too_long_starts_the_sign_in_again(site: StubbedSite) -> None:
    page = setup_page(site)
    with site.cognito() as cognito:
        cognito.add_client_error(
            "verify_software_token", "NotAuthorizedException", "Invalid session for the user."
        )
        page.form["code"] = "123456"
        answer = page.form.submit()
    assert where(answer) == "/account/sign-in?reason=expired&next=%2Fview&username=ada"


def test_of_several_factors_one_is_chosen_and_then_asked_for(site: StubbedSite) -> None:
    site.is_asked(asked("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'))
    page = site.browser.get(f"{CHALLENGE}?next=/view")
    with site.cognito() as cognito:
        cognito.add_response(
            "respond_to_auth_challenge",
            {
                "ChallengeName": "SMS_MFA",
                "ChallengeParameters": {"CODE_DELIVERY_DESTINATION": "+*******0001"},
                "Session": "session-" + "2" * 20,
            },
            {
                "ClientId": site.services.settings.client_id,
                "ChallengeName": "SELECT_MFA_TYPE",
                "ChallengeResponses": {"USERNAME": "ada", "ANSWER": "SMS_MFA"},
                "Session": "session-" + "1" * 20,
            },
        )
        page.form["answer"] = "SMS_MFA"
        answer = page.form.submit()
    assert where(answer) == f"{CHALLENGE}?next=%2Fview"
    assert "+*******0001" in answer.follow()


def test_who_proves_anew_too_slowly_starts_again_and_is_still_signed_in(site: StubbedSite) -> None:
    site.let_in()
    site.is_asked(replace(asked("SOFTWARE_TOKEN_MFA"), subject=SUB))
    page = site.browser.get(f"{CHALLENGE}?next=/view")
    with site.cognito() as cognito:
        cognito.add_client_error(
            "respond_to_auth_challenge", "NotAuthorizedException", "Invalid session for the user."
        )
        page.form["code"] = "123456"
        answer = page.form.submit()
    assert where(answer) == "/account/reauthenticate?reason=expired&next=%2Fview"
    assert site.browser.get("/view").text == "view for ada"
