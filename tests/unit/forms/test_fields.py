"""Names, passwords and codes as people type them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito.forms.base import AccountForm
from pyramid_cognito.forms.fields import LinesField, TextField, name_field
from pyramid_cognito.forms.password import ResetForm
from pyramid_cognito.forms.sign_in import ChooseForm, CodeForm, SignInForm
from pyramid_cognito.forms.sign_up import NameForm
from pyramid_cognito.password_policy import PasswordPolicy
from tests.unit.forms.asked import looked_at, posted, texts

PHONE = frozenset({"phone_number"})
EVERY_KIND = frozenset({"username", "email", "phone_number"})


class NoteForm(AccountForm):
    line = TextField("Line", longest=20)
    lines = LinesField("Lines", longest=20)


class TestNames:
    @pytest.mark.parametrize("name", [None, "", "a" * 129, "a\x00b", "a\ud800b"])
    def test_one_that_cannot_be_is_not_shown(self, name):
        assert NameForm(looked_at(), username=name).username.data == ""

    @pytest.mark.parametrize(
        "name", ["ada", " ada\r\n", "Ada.Lovelace+1@example.com", "爱达", "a" * 128]
    )
    def test_white_space_around_one_is_dropped(self, name):
        form = NameForm(posted({"username": name}))
        assert form.validate()
        assert form.username.data == name.strip()

    @pytest.mark.parametrize(
        ("kinds", "label", "missing", "input_type"),
        [
            ("username", "User name", "Enter your user name.", "text"),
            ("email", "E-mail address", "Enter your e-mail address.", "email"),
            ("phone_number", "Telephone number", "Enter your telephone number.", "tel"),
            ("username email", "User name or e-mail address", None, "text"),
            ("username phone_number", "User name or telephone number", None, "text"),
            ("email phone_number", "E-mail address or telephone number", None, "text"),
            (
                "username email phone_number",
                "User name, e-mail address or telephone number",
                None,
                "text",
            ),
        ],
    )
    def test_the_pool_says_what_one_is(self, kinds, label, missing, input_type):
        field = NameForm(posted(sign_in_with=frozenset(kinds.split()))).username
        assert field.label.text == label
        assert f'type="{input_type}"' in field()
        assert 'autocomplete="username"' in field()
        assert not field.validate(NameForm(posted()))
        assert field.errors == [missing or "Enter the name that you sign in with."]

    @pytest.mark.parametrize("kinds", [PHONE, EVERY_KIND])
    def test_a_telephone_number_may_be_grouped(self, kinds):
        form = NameForm(posted({"username": "+44 (0)20 7946-0958"}, sign_in_with=kinds))
        assert form.validate()
        assert form.username.data == "+442079460958"

    @pytest.mark.parametrize("kinds", [PHONE, EVERY_KIND])
    def test_what_is_no_telephone_number_stays_what_it_is(self, kinds):
        form = NameForm(posted({"username": "sub-of.ada(1)"}, sign_in_with=kinds))
        assert form.validate()
        assert form.username.data == "sub-of.ada(1)"

    def test_no_number_is_made_of_a_name_where_names_are_no_numbers(self):
        form = NameForm(posted({"username": "+44-207946.0958"}))
        assert form.validate()
        assert form.username.data == "+44-207946.0958"

    def test_there_are_words_for_every_setting(self):
        kinds = sorted(EVERY_KIND)
        chosen = [[k for i, k in enumerate(kinds) if bits & 1 << i] for bits in range(1, 8)]
        labels = {name_field(frozenset(kinds)).args[0] for kinds in chosen}
        assert len(labels) == 7


class TestText:
    @pytest.mark.parametrize("name", ["line", "lines"])
    def test_what_is_too_long_is_refused_with_the_limit(self, name):
        form = NoteForm(posted({name: "a" * 21}))
        assert not form.validate()
        assert texts(form[name].errors) == ["This is too long: 20 characters at most."]
        assert form[name].data == ""
        assert NoteForm(posted({name: "a" * 20})).validate()

    @pytest.mark.parametrize("text", [*"\x00\x1b\x85\t", chr(0xDC80), "\N{REPLACEMENT CHARACTER}"])
    @pytest.mark.parametrize("name", ["line", "lines"])
    def test_what_cannot_be_sent_or_shown_is_refused_and_dropped(self, name, text):
        form = NoteForm(posted({name: f"x{text}x"}))
        assert not form.validate()
        assert form[name].errors == ["This holds a character that cannot be used."]
        assert form[name].data == ""

    def test_lines_are_kept_apart_as_cognito_gets_them(self):
        form = NoteForm(posted({"lines": "12 Street\r\nTown\n"}))
        assert form.validate()
        assert form.lines.data == "12 Street\nTown"

    def test_a_line_has_no_lines_in_it(self):
        assert not NoteForm(posted({"line": "a\nb"})).validate()


class TestPasswords:
    @pytest.mark.parametrize("password", ["a", " a b ", "pässwörd 爱", "a" * 256])
    def test_one_is_taken_as_it_is(self, password):
        form = SignInForm(posted({"username": "ada", "password": password}))
        assert form.validate()
        assert form.password.data == password

    def test_one_that_is_too_long_is_refused_with_the_limit(self):
        form = SignInForm(posted({"username": "ada", "password": "a" * 257}))
        assert not form.validate()
        assert texts(form.password.errors) == ["This is too long: 256 characters at most."]

    def test_each_rule_that_a_new_one_does_not_meet_is_named(self):
        form = ResetForm(posted({"new_password": "horse"}))
        form.validate()
        assert texts(form.new_password.errors) == [
            "It needs at least 8 characters.",
            "It needs an upper-case letter, A to Z.",
            "It needs a digit, 0 to 9.",
            "It needs a symbol, like ! or -, or a space inside.",
        ]

    def test_the_rules_are_the_settings(self):
        weak = PasswordPolicy(6, False, False, False, False)
        form = ResetForm(posted({"new_password": "horses"}, password_policy=weak))
        form.validate()
        assert form.new_password.errors == []

    @pytest.mark.parametrize("password", [" Correct-Horse-9", "Correct-Horse-9 "])
    def test_a_new_one_has_no_space_at_either_end(self, password):
        form = ResetForm(posted({"new_password": password}))
        form.validate()
        assert form.new_password.errors == ["A password cannot begin or end with a space."]

    def test_of_one_that_is_missing_nothing_more_is_said(self):
        form = ResetForm(posted())
        form.validate()
        assert form.new_password.errors == ["Choose a password."]

    def test_none_is_shown_again(self):
        form = ResetForm(posted({"new_password": "Better-Horse-10"}))
        assert "Better-Horse-10" not in form.new_password()


class TestCodes:
    @pytest.mark.parametrize("code", ["123456", " 123 456 ", "123-456", "1\u00a02\t3456", "0" * 64])
    def test_the_digits_may_be_grouped(self, code):
        form = CodeForm(posted({"code": code}))
        assert form.validate()
        assert re.fullmatch("[0-9]+", form.code.data)
        assert 'value=""' in form.code()

    @pytest.mark.parametrize("code", ["", " ", "12345a", "\uff11\uff12\uff13", "0" * 65])
    def test_nothing_else_is_one(self, code):
        form = CodeForm(posted({"code": code}))
        assert not form.validate()
        assert len(form.code.errors) == 1


class TestChoices:
    @pytest.mark.parametrize(("answer", "is_taken"), [("SMS_MFA", True), ("EMAIL_OTP", False)])
    def test_only_what_is_offered_is_taken(self, answer, is_taken):
        form = ChooseForm(posted({"answer": answer}))
        form.answer.choices = [("SMS_MFA", "A text message")]
        assert form.validate() is is_taken
        assert form.answer.errors == ([] if is_taken else ["Choose one of these."])

    def test_something_has_to_be_chosen(self):
        form = ChooseForm(posted())
        assert not form.validate()
        assert form.answer.errors == ["Choose one of these."]


def test_the_value_of_a_box_is_never_what_was_posted():
    form = SignInForm(posted({"remember": "<script>"}))
    assert form.remember.data is True
    assert "script" not in form.remember()


@given(st.text(st.characters()), st.sampled_from(["username", "code", "new_password"]))
def test_any_text_is_either_taken_and_can_be_sent_or_refused(text, name):
    form = ResetForm(posted({name: text}))
    form.validate()
    if form[name].errors:
        assert name == "new_password" or form[name].data == ""
    else:
        assert form[name].data.encode()
        assert form[name].data in (text, text.strip(), re.sub(r"[\s-]", "", text))
