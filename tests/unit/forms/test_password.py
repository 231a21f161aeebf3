"""The forms of a new password."""

from __future__ import annotations

from pyramid_cognito.forms.password import ChangePasswordForm, ResetForm
from tests.unit.forms.asked import posted


def test_what_is_missing_for_a_reset_is_said():
    form = ResetForm(posted({"username": "ada"}))
    assert not form.validate()
    assert form.errors == {"code": ["Enter the code."], "new_password": ["Choose a password."]}


def test_the_present_password_need_not_follow_the_rules():
    form = ChangePasswordForm(posted({"password": "old", "new_password": "Better-Horse-10"}))
    assert form.validate()
    assert form.sign_out_others.data is False


def test_others_are_signed_out_if_asked():
    form = ChangePasswordForm(posted({"sign_out_others": "y", "new_password": "old"}))
    assert not form.validate()
    assert form.sign_out_others.data is True
