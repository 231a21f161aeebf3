"""What people type, before Cognito is asked."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob.multidict import MultiDict

from pyramid_cognito.forms import (
    CodeForm,
    NameForm,
    ResetForm,
    SignInForm,
    SignUpForm,
    new_password_form,
)


def request_with(method, fields):
    settings = SimpleNamespace(editable_attributes=frozenset({"email"}))
    cognito = SimpleNamespace(settings=settings)
    return SimpleNamespace(method=method, POST=MultiDict(fields), cognito=cognito)


def posted(**fields):
    return request_with("POST", fields)


def looked_at():
    return request_with("GET", {})


def test_a_form_that_is_looked_at_shows_what_is_known_and_no_error():
    form = SignInForm(looked_at(), username="ada")
    assert form.username.data == "ada"
    assert form.errors == {}


@pytest.mark.parametrize("name", [None, "", "a" * 129, "a\x00b", "a\ud800b"])
def test_a_name_that_cannot_be_is_not_shown(name):
    assert NameForm(looked_at(), username=name).username.data == ""


def test_what_is_posted_wins_over_what_is_known():
    assert SignInForm(posted(username="eve"), username="ada").username.data == "eve"
    assert SignInForm(posted(), username="ada").username.data == ""


@pytest.mark.parametrize(
    "name", ["ada", " ada\r\n", "Ada.Lovelace+1@example.com", "爱达", "a" * 128]
)
def test_a_name_is_taken_without_the_white_space_around_it(name):
    form = NameForm(posted(username=name))
    assert form.validate()
    assert form.username.data == name.strip()


@pytest.mark.parametrize(
    ("form", "field", "longest"),
    [(NameForm, "username", 128), (SignInForm, "password", 256), (SignUpForm, "email", 2048)],
)
def test_what_is_too_long_is_refused_with_the_limit(form, field, longest):
    refused = form(posted(**{field: "a" * (longest + 1)}))
    assert not refused.validate()
    (message,) = refused[field].errors
    assert message.interpolate() == f"This is too long: {longest} characters at most."
    assert refused[field].data == ""
    accepted = form(posted(**{field: "a" * longest}))
    accepted.validate()
    assert accepted[field].errors == []


@pytest.mark.parametrize("password", ["a", " a b ", "pässwörd 爱", "a" * 256])
def test_a_password_is_taken_as_it_is(password):
    form = SignInForm(posted(username="ada", password=password))
    assert form.validate()
    assert form.password.data == password


@pytest.mark.parametrize("code", ["123456", " 123 456 ", "123-456", "1\u00a02\t3456", "0" * 64])
def test_the_digits_of_a_code_may_be_grouped(code):
    form = CodeForm(posted(code=code))
    assert form.validate()
    assert re.fullmatch("[0-9]+", form.code.data)
    assert 'value=""' in form.code()


@pytest.mark.parametrize("code", ["", " ", "12345a", "\uff11\uff12\uff13", "0" * 65])
def test_nothing_else_is_a_code(code):
    form = CodeForm(posted(code=code))
    assert not form.validate()
    assert len(form.code.errors) == 1


@given(st.text(st.characters()), st.sampled_from(["username", "code", "new_password"]))
def test_any_text_is_either_taken_and_can_be_sent_or_refused_and_dropped(text, name):
    form = ResetForm(posted(**{name: text}))
    form.validate()
    if form[name].errors:
        assert name == "new_password" or form[name].data == ""
    else:
        assert form[name].data.encode()
        assert form[name].data in (text, text.strip(), re.sub(r"[\s-]", "", text))


def test_a_refusal_stands_beside_the_field_that_it_is_about():
    form = ResetForm(posted(username="ada", code="1", new_password="x"))
    form.validate()
    form.refuse("wrong code", "CodeMismatchException")
    form.refuse("weak", "InvalidPasswordException")
    form.refuse("away", "ServiceUnavailable")
    form.refuse("no")
    assert form.errors == {"code": ["wrong code"], "new_password": ["weak"], "": ["away", "no"]}


def test_a_refusal_about_a_field_that_the_form_lacks_stands_on_top():
    form = NameForm(posted(username="ada"))
    form.validate()
    form.refuse("wrong code", "CodeMismatchException")
    assert form.form_errors == ["wrong code"]


def test_attributes_are_asked_by_names_for_people():
    form = new_password_form(("birthdate", "custom:team", "phone_number"))(
        posted(
            new_password="Better-Horse-10",
            **{"userAttributes.birthdate": "1815-12-10", "userAttributes.custom:team": " red "},
        )
    )
    labels = {field.name: field.label.text for field in form}
    assert labels["userAttributes.birthdate"] == "Date of birth"
    assert labels["userAttributes.custom:team"] == "team"
    assert not form.validate()
    assert list(form.errors) == ["userAttributes.phone_number"]
    assert form.attributes() == {"birthdate": "1815-12-10", "custom:team": "red"}


def test_nothing_that_was_posted_but_not_asked_for_becomes_an_attribute(caplog):
    form = SignUpForm(
        posted(
            username="ada",
            email="ada@example.com",
            password="Correct-Horse-9",
            **{"custom:role": "admin", "remember": "y"},
        )
    )
    assert form.validate()
    assert form.attributes() == {"email": "ada@example.com"}
    assert [record.getMessage() for record in caplog.records] == [
        "'custom:role' was posted to a form that does not ask for it"
    ]


def test_a_thousand_forged_fields_are_one_line_of_the_log(caplog):
    names = [f"custom:{number:03}" + "x" * 200 for number in range(1000)]
    assert NameForm(posted(username="ada", **dict.fromkeys(names, "admin"))).validate()
    (record,) = caplog.records
    shown = ", ".join(repr(name[:100]) for name in names[:5])
    expected = f"{shown} was posted to a form that does not ask for it (and 995 more)"
    assert record.getMessage() == expected
