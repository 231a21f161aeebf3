"""The overview of one's own account."""

from __future__ import annotations

import pytest

from pyramid_cognito.account_types import User
from pyramid_cognito.errors import Context, cognito_error
from tests.unit.views.site import ADA, Site

PAGE = "/account"
ALL = (
    "/account/profile",
    "/account/email",
    "/account/phone",
    "/account/password",
    "/account/two-factor",
    "/account/passkeys",
    "/account/devices",
    "/account/sessions",
    "/account/personal-data",
    "/account/delete",
)


def where(response):
    return response.location.removeprefix("http://localhost")


def make_site(factors=(), attributes=None, **settings):
    settings.setdefault("editable_attributes", frozenset({"email", "phone_number"}))
    site = Site(**settings)
    site.policy.person = ADA
    preferred = factors[0] if factors else None
    user = User("ada", attributes or {}, factors, preferred)
    site.cognito.account.answers["get_user"] = user
    return site


def links(page):
    return tuple(link["href"] for link in page.html.select(".cognito-rows a"))


def state(page, address):
    row = page.html.select_one(f'.cognito-rows a[href="{address}"]').parent
    return " ".join(row.p.text.split())


def test_it_leads_to_all_that_is_offered():
    assert links(make_site().browser.get(PAGE)) == ALL


def test_and_says_who_is_signed_in_and_lets_them_sign_out():
    site = make_site()
    page = site.browser.get(PAGE)
    assert "You are signed in as ada." in " ".join(page.html.p.text.split())
    assert page.form.action == "/account/sign-out"
    page.form.submit(status=303)
    assert site.cognito.sign_outs == 1


def test_what_is_not_offered_is_not_there():
    site = make_site(features=frozenset(), editable_attributes=frozenset({"name"}))
    assert links(site.browser.get(PAGE)) == (
        "/account/profile",
        "/account/password",
        "/account/personal-data",
    )


def test_nor_what_the_pool_lacks():
    site = make_site()
    site.cognito.not_in_the_pool = {"passkeys", "devices"}
    assert set(ALL) - set(links(site.browser.get(PAGE))) == {
        "/account/passkeys",
        "/account/devices",
    }


def test_sessions_can_be_ended_where_the_pool_does_not_list_them():
    site = make_site()
    site.cognito.not_in_the_pool = {"sessions"}
    assert "/account/sessions" in links(site.browser.get(PAGE))


def test_who_has_no_password_cannot_change_it():
    site = make_site()
    site.cognito.has_password = False
    assert "/account/password" not in links(site.browser.get(PAGE))


def test_where_nothing_is_offered_for_signing_in_there_is_no_heading_for_it():
    site = make_site(features=frozenset())
    site.cognito.has_password = False
    headings = [heading.text for heading in site.browser.get(PAGE).html.select("h2")]
    assert headings == ["About you", "Your data"]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({}, "None yet"),
        ({"email": "ada@example.com"}, "ada@example.com (not confirmed yet)"),
        (
            {"email": "ada@example.com", "email_verified": "true"},
            "ada@example.com (confirmed)",
        ),
    ],
)
def test_it_says_how_an_address_stands(attributes, words):
    page = make_site(attributes=attributes).browser.get(PAGE)
    assert state(page, "/account/email") == words


@pytest.mark.parametrize(("factors", "words"), [((), "Off"), (("SMS_MFA",), "On")])
def test_it_says_how_the_second_factor_stands(factors, words):
    page = make_site(factors).browser.get(PAGE)
    assert state(page, "/account/two-factor") == words


def test_it_says_what_has_just_been_done():
    page = make_site().browser.get(PAGE + "?reason=password-changed")
    assert page.html.select_one(".cognito-notice").text == "Your password is changed."


def test_while_cognito_is_away_it_says_so():
    site = make_site()
    site.cognito.account.error = cognito_error("ServiceUnavailable")
    page = site.browser.get(PAGE, status=503)
    assert page.html.h1.text == "Please try again shortly"
    assert page.headers["Retry-After"] == "10"


def test_a_session_that_has_ended_at_cognito_ends_here_too():
    site = make_site()
    site.cognito.account.error = cognito_error(
        "NotAuthorizedException", "Access Token has been revoked", context=Context.SIGNED_IN
    )
    response = site.browser.get(PAGE)
    assert where(response) == "/account/sign-in?reason=ended&next=%2Faccount"
    assert site.cognito.sign_outs == 1
    site.policy.person = None
    assert "Your session has ended." in response.follow()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_an_account_is_told_so_where_one_is_made(method):
    site = make_site()
    page = getattr(site if method == "post" else site.browser, method)("/account/sign-up")
    assert page.html.h1.text == "You have an account"
    assert "You are signed in as ada." in page
    assert page.click("Your account").request.path == PAGE
    assert "sign_up" not in [call[0] for call in site.cognito.account.calls]
