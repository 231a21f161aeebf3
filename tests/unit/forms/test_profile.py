"""The forms of what people say about themselves."""

from __future__ import annotations

import pytest

from pyramid_cognito.forms.password import PasswordForm
from pyramid_cognito.forms.profile import EmailForm, PhoneForm, VerifyForm, profile_form
from tests.unit.forms.asked import looked_at, posted

TYPES = {"attribute_types": {"custom:flag": "boolean"}}


def test_the_profile_shows_what_the_account_has():
    form = profile_form(("name", "custom:flag"))(
        looked_at(**TYPES), **{"name": "Ada", "custom:flag": "true"}
    )
    assert form.name.data == "Ada"
    assert form["custom:flag"].data is True


def test_the_attributes_stand_in_the_order_asked():
    form = profile_form(("website", "address", "name"))(looked_at())
    assert [field.name for field in form] == ["website", "address", "name"]


def test_what_is_emptied_is_to_be_cleared():
    form = profile_form(("name", "nickname"))(posted({"name": " ", "nickname": "Countess"}))
    assert form.validate()
    assert form.attributes() == {"name": "", "nickname": "Countess"}


def test_what_a_page_leaves_out_is_not_cleared():
    form = profile_form(("name", "nickname"))(posted({"nickname": "Countess"}))
    assert form.validate()
    assert form.attributes() == {"nickname": "Countess"}


@pytest.mark.parametrize(("fields", "value"), [({"custom:flag": "y"}, "true"), ({}, "false")])
def test_a_box_without_its_mark_is_false(fields, value):
    form = profile_form(("custom:flag",))(posted(fields, **TYPES))
    assert form.validate()
    assert form.attributes() == {"custom:flag": value}


def test_what_stays_as_it_is_need_not_be_right():
    profile = profile_form(("birthdate", "nickname", "website"))
    present = {"birthdate": "1815-12-10", "website": "example.com"}
    form = profile(posted({**present, "nickname": "Ada"}), **present)
    assert form.validate()
    assert form.attributes() == {**present, "nickname": "Ada"}
    form = profile(posted({**present, "website": "example.org"}), **present)
    assert not form.validate()
    assert list(form.errors) == ["website"]


def test_a_form_is_made_once_for_the_same_attributes():
    assert profile_form(("name",)) is profile_form(("name",))


@pytest.mark.parametrize("name", ["email", "custom:role", "userAttributes.name"])
def test_an_attribute_of_another_page_is_forged(name):
    assert not profile_form(("name",))(posted({"name": "Ada", name: "x"})).validate()


def test_an_account_keeps_some_email_address():
    form = EmailForm(posted({"email": ""}))
    assert not form.validate()
    assert form.errors == {"email": ["This is required."]}


@pytest.mark.parametrize(
    ("sign_in_with", "may_be_empty"),
    [({"username"}, True), ({"username", "phone_number"}, True), ({"phone_number"}, False)],
)
def test_a_telephone_number_may_be_removed_where_it_is_not_the_name(sign_in_with, may_be_empty):
    request = posted({"phone_number": ""}, sign_in_with=frozenset(sign_in_with))
    assert PhoneForm(request).validate() is may_be_empty


def test_a_code_verifies():
    assert VerifyForm(posted({"code": "123 456"})).validate()


def test_the_password_is_needed_to_delete():
    assert PasswordForm(posted({"password": "old"})).validate()
    assert not PasswordForm(posted()).validate()
