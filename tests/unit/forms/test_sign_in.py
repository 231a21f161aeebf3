"""The forms of signing in."""

from __future__ import annotations

import pytest

from pyramid_cognito.forms.password import PasswordForm
from pyramid_cognito.forms.password import ReauthenticateForm as AgainForm
from pyramid_cognito.forms.sign_in import SignInForm, new_password_form
from tests.unit.forms.asked import looked_at, posted


def test_the_password_of_signing_in_need_not_follow_the_rules_for_new_ones():
    assert SignInForm(posted({"username": "ada", "password": "old"})).validate()
    assert PasswordForm(posted({"password": "old"})).validate()


@pytest.mark.parametrize(("form", "typed"), [(SignInForm, {"username": "a"}), (AgainForm, {})])
def test_where_people_choose_how_they_sign_in_the_password_may_be_empty(form, typed):
    assert not form(posted(typed)).validate()
    asked = form(posted(typed, auth_flow="USER_AUTH"))
    assert asked.validate()
    assert asked.password.data == ""
    assert "another way" in asked.password.description


def test_what_is_missing_is_said():
    form = SignInForm(posted())
    assert not form.validate()
    assert form.errors == {
        "username": ["Enter your user name."],
        "password": ["Enter your password."],
    }


def test_attributes_that_the_pool_requires_are_asked_with_the_first_password():
    form = new_password_form(("birthdate", "custom:team", "phone_number"))(
        posted(
            {
                "new_password": "Better-Horse-10",
                "userAttributes.birthdate": "1915-12-10",
                "userAttributes.custom:team": " red ",
            }
        )
    )
    assert [field.name for field in form] == [
        "new_password",
        "userAttributes.birthdate",
        "userAttributes.custom:team",
        "userAttributes.phone_number",
    ]
    assert not form.validate()
    assert form.errors == {"userAttributes.phone_number": ["This is required."]}
    assert form.attributes() == {"birthdate": "1915-12-10", "custom:team": "red"}


def test_an_attribute_that_the_pool_does_not_require_is_forged():
    form = new_password_form(("name",))(
        posted({"new_password": "Better-Horse-10", "userAttributes.name": "Ada", "name": "Eve"})
    )
    assert not form.validate()


def test_a_form_is_made_once_for_the_same_attributes():
    assert new_password_form(("name",)) is new_password_form(("name",))
    assert new_password_form(("name",)) is not new_password_form(("email",))


def test_one_form_serves_applications_with_other_types():
    form = new_password_form(("custom:flag",))
    name = "userAttributes.custom:flag"
    assert form(looked_at(attribute_types={"custom:flag": "boolean"}))[name].data is False
    assert form(looked_at())[name].data == ""


def test_a_password_that_is_refused_of_who_is_signed_in_is_a_fault_of_that_field():
    form = PasswordForm(posted({"password": "old"}))
    form.validate()
    form.refuse("Not right.", "NotAuthorizedException")
    assert form.errors == {"password": ["Not right."]}


def test_of_who_signs_in_the_name_may_be_wrong_as_well():
    form = SignInForm(posted({"username": "ada", "password": "old"}))
    form.validate()
    form.refuse("Not right.", "NotAuthorizedException")
    assert form.form_errors == ["Not right."]
    assert not form.password.errors
