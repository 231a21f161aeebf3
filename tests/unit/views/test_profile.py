"""What an account says of the person."""

from __future__ import annotations

import logging

import pytest

from pyramid_cognito.account_types import User
from pyramid_cognito.errors import cognito_error
from tests.unit.views.site import ADA, Site, problem

PAGE = "/account/profile"
PRESENT = {
    "sub": "sub-of-ada",
    "identities": "[]",
    "cognito:user_status": "CONFIRMED",
    "name": "Ada Lovelace",
    "birthdate": "1915-12-10",
    "email": "ada@example.com",
    "email_verified": "true",
    "custom:staff": "true",
    "custom:domain": "example.com",
    "gender": "female",
}


def where(response):
    return response.location.removeprefix("http://localhost")


def facts(page):
    terms = [term.text.strip() for term in page.html.select("dt")]
    values = [" ".join(value.text.split()) for value in page.html.select("dd")]
    return dict(zip(terms, values, strict=True))


def make_site(*editable, **settings):
    site = Site(editable_attributes=frozenset(editable), **settings)
    site.policy.person = ADA
    site.cognito.account.answers["get_user"] = User("ada", PRESENT, (), None)
    return site


def changes(site):
    return [call for call in site.cognito.account.calls if call[0] != "get_user"]


@pytest.fixture
def site() -> Site:
    return make_site("email", "name", "birthdate", "custom:newsletter", "website", **TYPES)


TYPES = {"attribute_types": {"custom:newsletter": "boolean", "custom:staff": "boolean"}}


def test_the_form_has_what_people_may_write_each_with_its_type(site):
    form = site.browser.get(PAGE).form
    names = [name for name in form.fields if name not in (None, "csrf_token")]
    assert names == ["name", "birthdate", "website", "custom:newsletter"]
    assert form["name"].value == "Ada Lovelace"
    assert form["birthdate"].attrs["type"] == "date"
    assert form["website"].attrs["type"] == "url"
    assert form["custom:newsletter"].attrs["type"] == "checkbox"


def test_the_rest_is_text_but_for_what_is_nobodys_business(site):
    assert facts(site.browser.get(PAGE)) == {
        "E-mail address": "ada@example.com (confirmed) Change",
        "Gender": "female",
        "Domain": "example.com",
        "Staff": "Yes",
    }


def test_an_address_that_cannot_be_changed_has_no_link():
    page = make_site("name").browser.get(PAGE)
    assert facts(page)["E-mail address"] == "ada@example.com (confirmed)"


def test_a_telephone_number_that_there_is_not_yet_may_be_added():
    page = make_site("name", "phone_number").browser.get(PAGE)
    assert facts(page)["Telephone number"] == "None yet Change"
    assert page.html.select_one("dd a")["href"] == "/account/phone"


def test_only_what_has_changed_is_written(site):
    form = site.browser.get(PAGE).form
    form["name"] = "Ada King"
    response = form.submit()
    assert changes(site) == [("update_user_attributes", {"name": "Ada King"})]
    assert where(response) == PAGE + "?reason=saved"
    assert "Your profile is saved." in response.follow()


def test_what_is_emptied_is_cleared(site):
    form = site.browser.get(PAGE).form
    form["birthdate"] = ""
    form["custom:newsletter"] = True
    form.submit()
    wanted = {"birthdate": "", "custom:newsletter": "true"}
    assert changes(site) == [("update_user_attributes", wanted)]


def test_without_a_change_nothing_is_written(site):
    assert where(site.browser.get(PAGE).form.submit()) == PAGE + "?reason=saved"
    assert changes(site) == []


def test_what_is_wrong_is_told_beside_its_field_and_stays(site):
    form = site.browser.get(PAGE).form
    form["name"], form["website"] = "Ada King", "javascript:alert(1)"
    page = form.submit(status=400)
    assert page.html.select_one("#website")["aria-invalid"] == "true"
    assert page.form["name"].value == "Ada King"
    assert changes(site) == []


def test_what_cognito_refuses_is_told(site):
    site.cognito.account.errors["update_user_attributes"] = cognito_error(
        "UserLambdaValidationException"
    )
    form = site.browser.get(PAGE).form
    form["name"] = "Ada King"
    page = form.submit(status=400)
    assert page.form["name"].value == "Ada King"
    assert site.cognito.refreshes == 0


def test_a_taken_name_is_told_beside_it_and_nothing_is_said_of_addresses():
    site = make_site("name", "preferred_username")
    site.cognito.account.errors["update_user_attributes"] = cognito_error("AliasExistsException")
    form = site.browser.get(PAGE).form
    form["preferred_username"] = "eve"
    page = form.submit(status=400)
    field = page.html.select_one("#preferred_username")
    assert field["aria-invalid"] == "true"
    assert field["value"] == "eve"
    assert "Another account has this name." in problem(page)
    assert "e-mail" not in problem(page)


@pytest.mark.parametrize("forged", ["custom:staff", "email_verified", "gender", "email"])
def test_a_form_made_by_hand_changes_nothing_and_is_logged(site, forged, caplog):
    page = site.post(PAGE, {"name": "Ada King", forged: "true"})
    assert page.status_int == 400
    assert changes(site) == []
    assert f"'{forged}' was posted" in caplog.text


def test_the_application_sees_the_change_at_once(site):
    site.post(PAGE, {"name": "Ada King"})
    assert site.cognito.refreshes == 1


def test_a_change_counts_even_if_it_is_seen_later(site, caplog):
    caplog.set_level(logging.WARNING)
    site.cognito.refresh_error = cognito_error("ServiceUnavailable")
    assert where(site.post(PAGE, {"name": "Ada King"})) == PAGE + "?reason=saved"
    assert "ServiceUnavailable" in caplog.text


def test_where_nothing_may_be_written_there_is_no_form():
    page = make_site("email").browser.get(PAGE)
    assert page.html.form is None
    assert facts(page)["Full name"] == "Ada Lovelace"


def test_a_browser_does_not_object_to_what_was_written_elsewhere():
    page = make_site("website").browser.get(PAGE)
    assert page.html.select_one("form:has(input[name=website])").has_attr("novalidate")
