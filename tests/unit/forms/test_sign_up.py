"""The form of a new account, which the settings shape."""

from __future__ import annotations

import pytest

from pyramid_cognito.forms.sign_up import ConfirmForm, sign_up_form
from tests.unit.forms.asked import looked_at, posted, texts

PASSWORD = {"password": "Correct-Horse-9"}
USERNAME = frozenset({"username"})
EMAIL = frozenset({"email"})
PHONE = frozenset({"phone_number"})


def asked(request):
    return sign_up_form(request.cognito.settings)(request)


def signing_up(name, sign_in_with, **settings):
    settings.setdefault("sign_up_attributes", ())
    form = asked(posted({"username": name, **PASSWORD}, sign_in_with=sign_in_with, **settings))
    form.validate()
    return form


@pytest.mark.parametrize(
    ("sign_in_with", "label", "attributes"),
    [
        (USERNAME, "User name", ["name", "email"]),
        (USERNAME | EMAIL, "User name", ["name", "email"]),
        (EMAIL, "E-mail address", ["name"]),
        (PHONE, "Telephone number", ["name", "email"]),
        (EMAIL | PHONE, "E-mail address or telephone number", ["name"]),
    ],
)
def test_the_name_is_asked_first_then_what_is_not_the_name_already(sign_in_with, label, attributes):
    form = asked(looked_at(sign_in_with=sign_in_with, sign_up_attributes=("name", "email")))
    assert form.username.label.text == label
    assert [field.name for field in form.asked()] == attributes
    assert [field.name for field in form] == ["username", *attributes, "password"]


@pytest.mark.parametrize(
    ("name", "sign_in_with", "attributes"),
    [
        ("ada", USERNAME, {}),
        ("ada@example.com", USERNAME, {}),
        ("ada@example.com", EMAIL, {"email": "ada@example.com"}),
        ("ada@example.com", EMAIL | PHONE, {"email": "ada@example.com"}),
        ("+44 20 7946 0958", EMAIL | PHONE, {"phone_number": "+442079460958"}),
        ("+44 20 7946 0958", PHONE, {"phone_number": "+442079460958"}),
    ],
)
def test_an_address_that_is_the_name_is_an_attribute_too(name, sign_in_with, attributes):
    form = signing_up(name, sign_in_with)
    assert form.errors == {}
    assert form.attributes() == attributes


def test_it_is_none_where_people_may_not_write_it():
    form = signing_up("ada@example.com", EMAIL, editable_attributes=frozenset())
    assert form.attributes() == {}


@pytest.mark.parametrize(
    ("name", "sign_in_with", "message"),
    [
        ("ada lovelace", USERNAME, "A user name cannot hold spaces."),
        ("ada\u3000lovelace", USERNAME, "A user name cannot hold spaces."),
        ("ada@example.com", USERNAME | EMAIL, "A user name cannot be an e-mail address."),
        ("+44 20 7946 0958", USERNAME | PHONE, "A user name cannot hold spaces."),
        ("+442079460958", USERNAME | PHONE, "A user name cannot be a telephone number."),
        ("ada", EMAIL, "Enter an e-mail address, like name@example.com."),
        ("ada@", EMAIL | PHONE, "Enter an e-mail address, like name@example.com."),
        (
            "02079460958",
            EMAIL | PHONE,
            "Enter a telephone number with + and its country code, like +44 20 7946 0958.",
        ),
    ],
)
def test_what_the_pool_takes_for_no_name_is_refused(name, sign_in_with, message):
    form = signing_up(name, sign_in_with)
    assert texts(form.username.errors) == [message]
    assert form.username.data == name


@pytest.mark.parametrize("name", ["ada", "Ada.Lovelace+1", "爱达", "ada@example.com"])
def test_other_names_are_taken(name):
    assert signing_up(name, USERNAME).errors == {}


@pytest.mark.parametrize(
    ("sign_in_with", "attributes", "by_mail"),
    [
        (USERNAME, ("email",), True),
        (EMAIL, (), True),
        (USERNAME, (), False),
        (USERNAME, ("email", "phone_number"), False),
        (PHONE, ("email",), False),
        (EMAIL | PHONE, (), False),
    ],
)
def test_a_code_goes_by_mail_where_no_telephone_number_is_asked(sign_in_with, attributes, by_mail):
    form = asked(looked_at(sign_in_with=sign_in_with, sign_up_attributes=attributes))
    assert form.code_goes_by_mail() is by_mail


def test_attributes_have_their_types():
    types = {"custom:newsletter": "boolean"}
    form = asked(
        posted(
            {"username": "ada", **PASSWORD},
            sign_up_attributes=("custom:newsletter",),
            attribute_types=types,
        )
    )
    assert form.validate()
    assert form.attributes() == {"custom:newsletter": "false"}


def test_an_attribute_that_the_settings_do_not_name_is_forged():
    fields = {"username": "ada@example.com", "email": "eve@example.com", **PASSWORD}
    assert not asked(posted(fields, sign_in_with=EMAIL)).validate()


def test_an_account_is_confirmed_by_a_name_that_need_not_be_a_new_one():
    fields = {"username": "id-of-ada", "code": "123456"}
    assert ConfirmForm(posted(fields, sign_in_with=EMAIL)).validate()
