"""What all forms do: take what was posted, refuse what is forged, say what is wrong."""

from __future__ import annotations

import pytest

from pyramid_cognito.forms.password import ResetForm
from pyramid_cognito.forms.profile import EmailForm
from pyramid_cognito.forms.sign_in import SignInForm
from pyramid_cognito.forms.sign_up import NameForm
from tests.unit.forms.asked import looked_at, posted

EMAIL = {"email": "ada@example.com"}


def test_a_form_that_is_looked_at_shows_what_is_known_and_no_error():
    form = SignInForm(looked_at(), username="ada")
    assert form.username.data == "ada"
    assert form.errors == {}


def test_what_is_posted_wins_over_what_is_known():
    assert SignInForm(posted({"username": "eve"}), username="ada").username.data == "eve"
    assert SignInForm(posted(), username="ada").username.data == ""


def test_a_refusal_stands_beside_the_field_that_it_is_about():
    form = ResetForm(posted({"username": "ada", "code": "1", "new_password": "Better-Horse-10"}))
    form.validate()
    form.refuse("wrong code", "CodeMismatchException")
    form.refuse("weak", "InvalidPasswordException")
    form.refuse("away", "ServiceUnavailable")
    form.refuse("no")
    assert form.errors == {"code": ["wrong code"], "new_password": ["weak"], "": ["away", "no"]}


def test_a_refusal_about_a_field_that_the_form_lacks_stands_on_top():
    form = NameForm(posted({"username": "ada"}))
    form.validate()
    form.refuse("wrong code", "CodeMismatchException")
    assert form.form_errors == ["wrong code"]


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "email_verified",
        "sub",
        "custom:role",
        "dev:custom:role",
        "cognito:groups",
        "userAttributes.email",
        "userAttributes.custom:role",
        "EMAIL",
        "userattributes.email",
        "USERATTRIBUTES.Sub",
    ],
)
def test_an_attribute_that_is_not_asked_for_refuses_the_whole_form(name, caplog):
    form = EmailForm(posted({**EMAIL, name: "admin"}))
    assert not form.validate()
    assert form.form_errors == [
        "The form held something that is not asked for. Nothing was changed."
    ]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"{name!r} was posted to a form that does not ask for it")
    ]


@pytest.mark.parametrize("name", ["next", "csrf_token", "username", "send", "userAttributes"])
def test_other_fields_are_nobodys_business(name, caplog):
    assert EmailForm(posted({**EMAIL, name: "x"})).validate()
    assert caplog.records == []


def test_a_thousand_forged_fields_are_one_line_of_the_log(caplog):
    names = [f"custom:{number:03}" + "x" * 200 for number in range(1000)]
    assert not NameForm(posted({"username": "ada", **dict.fromkeys(names, "admin")})).validate()
    (record,) = caplog.records
    shown = ", ".join(repr(name[:100]) for name in names[:5])
    expected = f"{shown} was posted to a form that does not ask for it (and 995 more)"
    assert record.getMessage() == expected


def test_what_is_forged_is_logged_without_what_it_held(caplog):
    EmailForm(posted({**EMAIL, "custom:role": "hunter2"})).validate()
    assert "hunter2" not in caplog.text


def test_a_field_that_is_posted_twice_is_taken_once():
    form = EmailForm(posted([("email", "ada@example.com"), ("email", "eve@example.com")]))
    assert form.validate()
    assert form.attributes() == EMAIL
