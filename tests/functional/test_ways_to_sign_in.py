"""Other ways to begin than Secure Remote Password, mostly of pools that the emulator is not."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import ANY

from pyramid_cognito.challenges import Challenge
from pyramid_cognito.local import LocalPool
from tests.functional.site import (
    CHALLENGE,
    PASSWORD,
    SIGN_IN,
    Browser,
    configurator,
    problem,
    settings_of,
    where,
)
from tests.functional.stubbed_site import StubbedSite

SESSION = "s" * 20
FEATURES = "forgot_password email_code passkeys"


def test_a_password_is_sent_to_a_pool_that_wants_it(local_pool: LocalPool, admin: Any) -> None:
    created = admin.create_user_pool_client(
        UserPoolId=local_pool.user_pool_id,
        ClientName="sends passwords",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    settings = settings_of(
        local_pool,
        client_id=created["UserPoolClient"]["ClientId"],
        client_secret=None,
        auth_flow="USER_PASSWORD_AUTH",
    )
    browser = Browser(configurator(settings).make_wsgi_app())
    wrong = [
        problem(browser.sign_in(name, password, status=400))
        for name, password in (("ada", "Wrong-Horse-9"), ("nobody", PASSWORD))
    ]
    assert wrong[0] == wrong[1]
    browser.sign_in("ada")
    me = browser.me()
    assert me is not None
    assert me["username"] == "ada"


@pytest.fixture
def site() -> StubbedSite:
    return StubbedSite(auth_flow="USER_AUTH", features=FEATURES)


def choose(site: StubbedSite, way: str, following: dict[str, Any] | None, name: str = "ada") -> Any:
    """Sign in without a password, and choose *way*; None where there is no such account."""
    with site.cognito() as cognito:
        if following is None:
            cognito.add_client_error("initiate_auth", "UserNotFoundException")
            cognito.add_client_error("respond_to_auth_challenge", "NotAuthorizedException")
        else:
            choice = {
                "ChallengeName": "SELECT_CHALLENGE",
                "Session": SESSION,
                "AvailableChallenges": ["EMAIL_OTP", "PASSWORD_SRP", "WEB_AUTHN"],
            }
            cognito.add_response("initiate_auth", choice)
            cognito.add_response("respond_to_auth_challenge", following)
        page = site.browser.sign_in(name, "").follow()
        page.form["answer"] = way
        return page.form.submit()


SENT = {
    "ChallengeName": "EMAIL_OTP",
    "Session": "n" * 20,
    "ChallengeParameters": {"CODE_DELIVERY_DESTINATION": "a***@e***"},
}


def test_a_code_by_e_mail_signs_in(site: StubbedSite) -> None:
    page = choose(site, "EMAIL_OTP", SENT).follow()
    with site.cognito() as cognito:
        answers = {"EMAIL_OTP_CODE": "12345678", "USERNAME": "ada"}
        cognito.add_client_error(
            "respond_to_auth_challenge", "CodeMismatchException", "Invalid code"
        )
        cognito.add_response(
            "respond_to_auth_challenge",
            site.result,
            {
                "ClientId": ANY,
                "ChallengeName": "EMAIL_OTP",
                "ChallengeResponses": answers,
                "Session": "n" * 20,
            },
        )
        page.form["code"] = "00000000"
        page = page.form.submit(status=400)
        page.form["code"] = "12345678"
        page.form.submit(status=303)
    assert site.browser.me() is not None


def test_an_account_that_there_is_not_looks_like_one_that_there_is(site: StubbedSite) -> None:
    pages = []
    for name, following in (("ada", SENT), ("bob", None)):
        page = choose(site, "EMAIL_OTP", following, name).follow()
        with site.cognito() as cognito:
            cognito.add_client_error("respond_to_auth_challenge", "CodeMismatchException")
            page.form["code"] = "00000000"
            wrong = page.form.submit(status=400)
        pages.append([text_of(page), text_of(wrong)])
    assert pages[0] == pages[1]


def text_of(page: Any) -> str:
    return " ".join(page.html.select_one(".cognito").get_text(" ").split())


def test_a_passkey_signs_in(site: StubbedSite) -> None:
    options = {"CREDENTIAL_REQUEST_OPTIONS": '{"challenge": "AAAA"}'}
    asked = {"ChallengeName": "WEB_AUTHN", "Session": SESSION, "ChallengeParameters": options}
    page = choose(site, "WEB_AUTHN", asked).follow()
    with site.cognito() as cognito:
        cognito.add_response(
            "respond_to_auth_challenge",
            site.result,
            {
                "ClientId": ANY,
                "ChallengeName": "WEB_AUTHN",
                "ChallengeResponses": {"CREDENTIAL": '{"id": "AAAA"}', "USERNAME": "ada"},
                "Session": SESSION,
            },
        )
        page.form["credential"] = '{"id": "AAAA"}'
        page.form.submit(status=303)
    assert site.browser.me() is not None


def test_a_passkey_that_is_refused_starts_again_with_the_name_kept(site: StubbedSite) -> None:
    asked = {"ChallengeName": "WEB_AUTHN", "Session": SESSION}
    page = choose(site, "WEB_AUTHN", asked).follow()
    with site.cognito() as cognito:
        cognito.add_client_error("respond_to_auth_challenge", "NotAuthorizedException", "No.")
        page.form["credential"] = '{"id": "AAAA"}'
        answer = page.form.submit()
    assert where(answer) == f"{SIGN_IN}?reason=refused&username=ada"
    assert answer.follow().form["username"].value == "ada"


def test_questions_of_the_pools_own_are_asked_until_it_is_content() -> None:
    site = StubbedSite(auth_flow="CUSTOM_AUTH")
    with site.cognito() as cognito:
        # what the first call brings in place of a proof to ask for is an outage
        cognito.add_response("initiate_auth", {"ChallengeName": "CUSTOM_CHALLENGE"})
        site.browser.sign_in("ada", status=503)
    first = Challenge("CUSTOM_CHALLENGE", {"question": "Your dog?"}, "ada", "ada", False, SESSION)
    site.is_asked(first)
    with site.cognito() as cognito:
        again = {
            "ChallengeName": "CUSTOM_CHALLENGE",
            "Session": "n" * 20,
            "ChallengeParameters": {"question": "Your cat?"},
        }
        cognito.add_response("respond_to_auth_challenge", again)
        cognito.add_response("respond_to_auth_challenge", site.result)
        page = site.browser.get(CHALLENGE)
        assert "Your dog?" in page
        page.form["answer"] = "Rex"
        page = page.form.submit().follow()
        assert "Your cat?" in page
        page.form["answer"] = "Tom"
        page.form.submit(status=303)
    assert site.browser.me() is not None
