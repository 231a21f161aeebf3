"""The end of an account."""

from __future__ import annotations

import pytest

from pyramid_cognito.errors import Context, cognito_error
from tests.unit.views.site import ADA, Site, problem

PAGE = "/account/delete"


def where(response):
    return response.location.removeprefix("http://localhost")


@pytest.fixture
def site() -> Site:
    site = Site()
    site.policy.person = ADA
    return site


def test_what_will_happen_is_said_first(site):
    page = site.browser.get(PAGE)
    assert "Nobody can bring it back" in page
    assert page.form["password"].attrs["autocomplete"] == "current-password"
    assert page.form["username"].value == "ada"
    assert page.html.find("a", string="Keep the account")["href"] == "/account"
    assert site.cognito.account.calls == []


def test_with_the_password_the_account_is_deleted_and_its_owner_signed_out(site):
    response = site.post(PAGE, {"password": "Correct-Horse-9"})
    assert site.cognito.checked == ["Correct-Horse-9"]
    assert site.cognito.account.calls == [("delete_user",)]
    assert site.cognito.sign_outs == 1
    assert "ticket=; Path=/; Max-Age=0" in response.headers.getall("Set-Cookie")
    assert where(response) == "/account/sign-out?reason=deleted"
    site.policy.person = None
    assert "Your account is deleted." in response.follow()


def test_a_wrong_password_deletes_nothing(site):
    site.cognito.check_error = cognito_error(
        "NotAuthorizedException", "Incorrect username or password.", context=Context.SIGNED_IN
    )
    response = site.post(PAGE, {"password": "Wrong-Horse-9"})
    assert response.status_int == 400
    assert "Your present password is not" in problem(response)
    assert "Wrong-Horse-9" not in response
    assert site.cognito.account.calls == []
    assert site.cognito.sign_outs == 0


def test_neither_does_none(site):
    assert site.post(PAGE).status_int == 400
    assert site.cognito.checked == site.cognito.account.calls == []


def test_what_cognito_does_not_delete_stays_signed_in(site):
    site.cognito.account.error = cognito_error("ServiceUnavailable")
    assert site.post(PAGE, {"password": "Correct-Horse-9"}).status_int == 503
    assert site.cognito.sign_outs == 0


def test_who_has_no_password_need_not_know_one(site):
    site.cognito.has_password = False
    form = site.browser.get(PAGE).form
    assert "password" not in form.fields
    assert where(form.submit()) == "/account/sign-out?reason=deleted"
    assert site.cognito.checked == []
    assert site.cognito.account.calls == [("delete_user",)]


def test_an_old_sign_in_is_not_enough(site):
    site.cognito.age, site.cognito.has_password = 301, False
    response = site.post(PAGE)
    assert where(response) == "/account/reauthenticate?next=%2Faccount%2Fdelete"
    assert site.cognito.account.calls == []


def test_the_page_is_there_only_where_it_is_offered():
    site = Site(features=frozenset({"sign_up"}))
    site.policy.person = ADA
    site.browser.get(PAGE, status=404)
