"""Attributes as fields: each of its type, with words for people."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito.forms import formats
from pyramid_cognito.forms.attributes import STANDARD, attribute_field, display, label_of
from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.setting_types import ATTRIBUTE_TYPES
from tests.unit.forms.asked import looked_at, posted, texts

TYPES = {f"custom:{name}": name for name in ATTRIBUTE_TYPES}


def form_for(*names, required=False):
    return type("Asked", (AccountForm,), {n: attribute_field(n, required=required) for n in names})


def asked(name, typed, **options):
    """A form with that one attribute, to which *typed* was posted."""
    form = form_for(name, **options)(posted({name: typed}, attribute_types=TYPES))
    form.validate()
    return form


def field_of(name):
    form = form_for(name)(looked_at(attribute_types=TYPES))
    return BeautifulSoup(form[name](), "html.parser").find()


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("name", {"type": "text", "autocomplete": "name"}),
        ("birthdate", {"type": "date", "autocomplete": "bday", "min": "1850-01-01"}),
        ("email", {"type": "email", "autocomplete": "email", "inputmode": "email"}),
        ("phone_number", {"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        ("website", {"type": "url", "autocomplete": "url", "inputmode": "url"}),
        ("locale", {"type": "text", "autocomplete": "language"}),
        ("zoneinfo", {"type": "text", "autocomplete": "on"}),
        ("custom:text", {"type": "text", "autocomplete": "on"}),
        ("custom:number", {"type": "text", "inputmode": "decimal"}),
        ("custom:boolean", {"type": "checkbox"}),
        ("custom:date", {"type": "date", "min": "1850-01-01", "max": "2150-12-31"}),
        ("custom:email", {"type": "email", "inputmode": "email"}),
        ("custom:phone", {"type": "tel", "inputmode": "tel"}),
        ("custom:url", {"type": "url", "inputmode": "url"}),
        ("custom:locale", {"type": "text", "spellcheck": "false"}),
        ("custom:zone", {"type": "text", "spellcheck": "false"}),
        ("custom:other", {"type": "text"}),
    ],
)
def test_browsers_are_told_what_goes_in(name, attributes):
    field = field_of(name)
    assert {key: field.get(key) for key in attributes} == attributes


def test_an_address_has_lines():
    assert field_of("address").name == "textarea"
    assert asked("address", "12 Street\r\nTown").attributes() == {"address": "12 Street\nTown"}


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_every_standard_attribute_has_words_and_a_field(name):
    assert label_of(name) == form_for(name)(looked_at())[name].label.text
    assert label_of(name)[0].isupper()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("custom:team", "Team"),
        ("custom:favourite_colour", "Favourite colour"),
        ("dev:custom:x", "X"),
        ("preferred_username", "Preferred user name"),
    ],
)
def test_a_custom_attribute_is_called_as_cognito_calls_it(name, label):
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("name", " Ada  Lovelace ", "Ada  Lovelace"),
        ("birthdate", "1815-12-10", None),
        ("birthdate", "1915-12-10", "1915-12-10"),
        ("email", "ada@example.com", "ada@example.com"),
        ("email", "ada", None),
        ("phone_number", "+44 20 7946 0958", "+442079460958"),
        ("phone_number", "020 7946 0958", None),
        ("website", "javascript:alert(1)", None),
        ("locale", "en_GB", "en-GB"),
        ("zoneinfo", "Nowhere/Nothing at all", None),
        ("custom:number", "forty-two", None),
        ("custom:number", "42", "42"),
        ("custom:date", "2026-02-30", None),
        ("custom:other", "anything", "anything"),
    ],
)
def test_what_is_typed_is_stored_by_its_type_or_refused_and_shown_again(name, typed, stored):
    form = asked(name, typed)
    if stored is None:
        assert len(form[name].errors) == 1
        assert form[name].data == typed
    else:
        assert form[name].errors == []
        assert form.attributes() == {name: stored}


@given(st.sampled_from(sorted(set(TYPES) - {"custom:boolean"})), st.text())
def test_any_text_is_either_stored_in_its_own_form_or_refused(name, typed):
    form = asked(name, typed)
    stored = form.attributes().get(name, "")
    if not form.errors:
        assert asked(name, stored).attributes().get(name, "") == stored


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"custom:boolean"}))
def test_one_that_need_not_be_filled_in_may_be_empty(name):
    form = asked(name, "  ")
    assert form.errors == {}
    assert form.attributes() == {}


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"custom:boolean"}))
def test_one_that_has_to_be_filled_in_says_so(name):
    form = asked(name, "  ", required=True)
    assert texts(form[name].errors) == ["This is required."]
    assert form[name].flags.required


@pytest.mark.parametrize("name", ["name", "address", "custom:zone"])
def test_what_is_too_long_is_refused_with_the_limit(name):
    form = asked(name, "a" * 2049)
    assert texts(form[name].errors) == ["This is too long: 2048 characters at most."]


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"custom:boolean"}))
def test_what_the_account_has_is_shown_as_it_is(name):
    form = form_for(name)(looked_at(attribute_types=TYPES), **{name: "whatever it is"})
    assert form[name].data == "whatever it is"
    assert form.errors == {}


@pytest.mark.parametrize(
    ("shown", "is_marked"),
    [("true", True), ("True", True), ("1", True), ("false", False), ("", False), (None, False)],
)
def test_a_box_is_marked_where_the_account_says_true(shown, is_marked):
    form = form_for("custom:boolean")(looked_at(attribute_types=TYPES), **{"custom:boolean": shown})
    assert form["custom:boolean"].data is is_marked


@pytest.mark.parametrize(("fields", "stored"), [({"custom:boolean": "y"}, "true"), ({}, "false")])
def test_a_box_is_true_or_false(fields, stored):
    form = form_for("custom:boolean")(posted(fields, attribute_types=TYPES))
    assert form.validate()
    assert form.attributes() == {"custom:boolean": stored}


def test_time_zones_are_suggested(monkeypatch):
    monkeypatch.setattr(formats, "zone_suggestions", lambda: ["Europe/Berlin"])
    form = form_for("zoneinfo", "name")(looked_at())
    assert form.zoneinfo.suggestions == ["Europe/Berlin"]
    assert not hasattr(form.name, "suggestions")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("email_verified", "true", "Yes"),
        ("phone_number_verified", "false", "No"),
        ("custom:boolean", "true", "Yes"),
        ("custom:other", "true", "true"),
        ("name", "Ada", "Ada"),
    ],
)
def test_values_are_shown_in_words_where_there_are_any(name, value, words):
    assert display(name, value, TYPES) == words


def test_types_need_not_be_known_to_show_a_value():
    assert display("custom:boolean", "true") == "true"
