"""Making an account, confirming it, asking for another code."""

from __future__ import annotations

import logging

import pytest

from pyramid_cognito.errors import cognito_error
from tests.unit.views.site import Site, problem

NEW_ACCOUNT = {"username": "ada", "email": "ada@example.com", "password": "Correct-Horse-9"}
CODE = {"username": "ada", "code": "123456"}


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


class TestSigningUp:
    def test_a_new_account_has_to_be_confirmed(self, site):
        form = site.browser.get("/account/sign-up").form
        assert form["password"].attrs["autocomplete"] == "new-password"
        for name, text in NEW_ACCOUNT.items():
            form[name] = text
        assert where(form.submit()) == "/account/confirm?username=ada"
        attributes = {"email": "ada@example.com"}
        assert site.cognito.account.calls == [("sign_up", "ada", "Correct-Horse-9", attributes)]

    def test_the_address_is_asked_only_where_people_may_write_it(self):
        site = Site(editable_attributes=frozenset())
        assert "email" not in site.browser.get("/account/sign-up").form.fields
        site.post("/account/sign-up", NEW_ACCOUNT)
        assert site.cognito.account.calls == [("sign_up", "ada", "Correct-Horse-9", {})]

    @pytest.mark.parametrize("name", ["custom:role", "userAttributes.custom:role", "name"])
    def test_a_forged_attribute_changes_nothing_and_is_logged(self, site, caplog, name):
        site.post("/account/sign-up", {**NEW_ACCOUNT, name: "admin"})
        (call,) = site.cognito.account.calls
        assert call[-1] == {"email": "ada@example.com"}
        assert f"{name!r} was posted" in caplog.text

    @pytest.mark.parametrize(
        "code",
        ["UsernameExistsException", "AliasExistsException", "CodeDeliveryFailureException"],
    )
    def test_a_name_that_is_taken_answers_like_one_that_is_free(self, site, code):
        free = site.post("/account/sign-up", NEW_ACCOUNT)
        site.cognito.account.error = cognito_error(code)
        taken = site.post("/account/sign-up", NEW_ACCOUNT)
        assert (taken.status, taken.headerlist) == (free.status, free.headerlist)
        assert taken.body == free.body

    def test_a_password_against_the_rules_is_told_beside_its_field(self, site):
        site.cognito.account.error = cognito_error("InvalidPasswordException")
        response = site.post("/account/sign-up", NEW_ACCOUNT)
        assert response.status_int == 400
        assert "does not meet the rules" in response.html.select_one("#password-error").text
        assert response.form["email"].value == "ada@example.com"
        assert response.form["password"].value == ""

    def test_what_is_about_no_field_is_said_above_them(self, site):
        site.cognito.account.error = cognito_error("UserLambdaValidationException")
        response = site.post("/account/sign-up", NEW_ACCOUNT)
        assert response.status_int == 400
        assert "The rules of this service" in problem(response)

    @pytest.mark.parametrize("password", [" Correct-Horse-9", "Correct-Horse-9 ", "  "])
    def test_a_password_with_a_space_at_an_end_is_refused_here(self, site, password):
        response = site.post("/account/sign-up", {**NEW_ACCOUNT, "password": password})
        assert response.status_int == 400
        assert "begin or end with a space" in problem(response)
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize(
        ("code", "status"), [("TooManyAttempts", 429), ("ServiceUnavailable", 503)]
    )
    def test_when_to_try_again_is_said(self, site, code, status):
        site.cognito.account.error = cognito_error(code, retry_after=7)
        response = site.post("/account/sign-up", NEW_ACCOUNT)
        assert response.status_int == status
        assert response.headers["Retry-After"] == "7"
        assert response.form["username"].value == "ada"


class TestConfirming:
    def test_the_code_confirms_the_account(self, site):
        form = site.browser.get("/account/confirm?username=ada").form
        assert form["username"].value == "ada"
        form["code"] = "123456"
        response = form.submit()
        assert site.cognito.account.calls == [("confirm_sign_up", "ada", "123456")]
        assert where(response) == "/account/sign-in?reason=confirmed"
        assert "Your account is confirmed." in response.follow()

    @pytest.mark.parametrize(
        "code",
        [
            "CodeMismatchException",
            "ExpiredCodeException",
            "LimitExceededException",
            "NotAuthorizedException",
            "TooManyFailedAttemptsException",
            "UnexpectedLambdaException",
            "UserNotFoundException",
        ],
    )
    def test_an_unknown_or_confirmed_account_looks_like_a_wrong_code(self, site, code):
        site.cognito.account.error = cognito_error("UserNotFoundException")
        unknown = site.post("/account/confirm", CODE)
        site.cognito.account.error = cognito_error(code)
        response = site.post("/account/confirm", CODE)
        assert (response.status_int, unknown.status_int) == (400, 400)
        assert response.body == unknown.body
        assert response.form["username"].value == "ada"
        assert response.form["code"].value == ""

    def test_who_has_the_code_is_told_that_the_address_is_in_use(self, site):
        site.cognito.account.error = cognito_error("AliasExistsException")
        response = site.post("/account/confirm", CODE)
        assert response.status_int == 400
        assert "already uses this e-mail address" in problem(response)

    def test_a_name_in_the_address_that_none_can_have_is_not_shown(self, site):
        for name in ("a" * 129, "a%00b", "%EF%BF%BD"):
            page = site.browser.get(f"/account/confirm?username={name}")
            assert page.form["username"].value == ""

    def test_the_embedded_pool_shows_its_code_and_logs_it(self, caplog):
        caplog.set_level(logging.INFO)
        site = Site(is_local=True)
        assert "123456" in site.browser.get("/account/confirm")
        assert "123456" in caplog.text

    def test_no_other_pool_shows_a_code(self, site, caplog):
        caplog.set_level(logging.INFO)
        assert "123456" not in site.browser.get("/account/confirm")
        assert "123456" not in caplog.text


class TestResending:
    def test_another_code_is_sent(self, site):
        form = site.browser.get("/account/confirm?username=ada").click("Get a new one").form
        response = form.submit()
        assert site.cognito.account.calls == [("resend_confirmation_code", "ada")]
        assert where(response) == "/account/confirm?username=ada&reason=sent"
        assert "a new code is on its way" in response.follow()

    @pytest.mark.parametrize(
        "code",
        [
            "CodeDeliveryFailureException",
            "InvalidParameterException",
            "LimitExceededException",
            "UserNotFoundException",
        ],
    )
    def test_unknown_and_confirmed_accounts_answer_alike(self, site, code):
        sent = site.post("/account/confirm/resend", {"username": "ada"})
        site.cognito.account.error = cognito_error(code)
        refused = site.post("/account/confirm/resend", {"username": "ada"})
        assert (refused.status, refused.headerlist) == (sent.status, sent.headerlist)

    @pytest.mark.parametrize(
        ("code", "status"),
        [("TooManyAttempts", 429), ("TooManyRequestsException", 429), ("ServiceUnavailable", 503)],
    )
    def test_what_is_the_same_for_every_account_is_said(self, site, code, status):
        site.cognito.account.error = cognito_error(code)
        response = site.post("/account/confirm/resend", {"username": "ada"})
        assert response.status_int == status
        assert response.headers["Retry-After"]

    def test_a_name_is_needed(self, site):
        assert site.post("/account/confirm/resend", {"username": " "}).status_int == 400
        assert site.cognito.account.calls == []
