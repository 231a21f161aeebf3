"""Forgotten passwords."""

from __future__ import annotations

import logging

import pytest

from pyramid_cognito.errors import cognito_error
from tests.unit.views.site import Site, problem

RESET = {"username": "ada", "code": "654321", "new_password": "Better-Horse-10"}


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


class TestForgetting:
    def test_a_code_is_sent(self, site):
        form = site.browser.get("/account/forgot-password").form
        form["username"] = "ada"
        response = form.submit()
        assert site.cognito.account.calls == [("forgot_password", "ada")]
        assert where(response) == "/account/reset-password?username=ada&reason=sent"
        assert "a code is on its way" in response.follow()

    def test_the_limit_is_stated(self, site):
        page = site.browser.get("/account/forgot-password")
        assert "Codes for one account are limited to 5 an hour." in page

    @pytest.mark.parametrize(
        "code",
        [
            "CodeDeliveryFailureException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "UserNotFoundException",
        ],
    )
    def test_unknown_accounts_answer_alike(self, site, code):
        sent = site.post("/account/forgot-password", {"username": "ada"})
        site.cognito.account.error = cognito_error(code)
        refused = site.post("/account/forgot-password", {"username": "ada"})
        assert (refused.status, refused.headerlist) == (sent.status, sent.headerlist)

    @pytest.mark.parametrize(
        ("code", "status"), [("TooManyAttempts", 429), ("ServiceUnavailable", 503)]
    )
    def test_what_is_the_same_for_every_account_is_said(self, site, code, status):
        site.cognito.account.error = cognito_error(code, retry_after=9)
        response = site.post("/account/forgot-password", {"username": "ada"})
        assert response.status_int == status
        assert response.headers["Retry-After"] == "9"
        assert response.form["username"].value == "ada"

    def test_a_name_is_needed(self, site):
        assert site.post("/account/forgot-password").status_int == 400
        assert site.cognito.account.calls == []


class TestResetting:
    def test_the_code_allows_a_new_password(self, site):
        form = site.browser.get("/account/reset-password?username=ada").form
        form["code"], form["new_password"] = "654 321", "Better-Horse-10"
        response = form.submit()
        assert site.cognito.account.calls == [
            ("confirm_forgot_password", "ada", "654321", "Better-Horse-10")
        ]
        assert where(response) == "/account/sign-in?reason=password-changed"
        assert "Your password is changed." in response.follow()

    @pytest.mark.parametrize(
        "code",
        [
            "CodeMismatchException",
            "ExpiredCodeException",
            "LimitExceededException",
            "NotAuthorizedException",
            "TooManyFailedAttemptsException",
            "UserNotConfirmedException",
        ],
    )
    def test_an_unknown_account_looks_like_a_wrong_code(self, site, code):
        site.cognito.account.error = cognito_error("UserNotFoundException")
        unknown = site.post("/account/reset-password", RESET)
        site.cognito.account.error = cognito_error(code)
        response = site.post("/account/reset-password", RESET)
        assert (response.status_int, unknown.status_int) == (400, 400)
        assert response.body == unknown.body

    def test_neither_code_nor_password_are_shown_again(self, site):
        site.cognito.account.error = cognito_error("CodeMismatchException")
        response = site.post("/account/reset-password", RESET)
        assert response.form["username"].value == "ada"
        assert "654321" not in response
        assert "Better-Horse-10" not in response

    @pytest.mark.parametrize(
        "code", ["InvalidPasswordException", "PasswordHistoryPolicyViolationException"]
    )
    def test_what_is_wrong_with_the_password_is_told_beside_it(self, site, code):
        error = site.cognito.account.error = cognito_error(code)
        response = site.post("/account/reset-password", RESET)
        assert response.status_int == 400
        assert error.message in problem(response)
        assert response.html.select_one("#new_password-error")

    def test_each_rule_that_a_password_does_not_meet_is_named_before_cognito_is_asked(self, site):
        response = site.post("/account/reset-password", {**RESET, "new_password": "better-10"})
        assert response.status_int == 400
        assert "It needs an upper-case letter" in problem(response)
        assert site.cognito.account.calls == []

    def test_the_rules_are_shown_and_marked_by_a_script(self, site):
        page = site.browser.get("/account/reset-password").html
        assert page.select_one('[data-rules-of="new_password"]')
        assert page.select_one("script[defer]")["src"] == "/account/static/password.js"

    @pytest.mark.parametrize("path", ["/account/forgot-password", "/account/reset-password"])
    def test_a_forged_attribute_changes_nothing_and_is_logged(self, site, caplog, path):
        response = site.post(path, {**RESET, "custom:role": "admin"})
        assert response.status_int == 400
        assert site.cognito.account.calls == []
        assert "'custom:role' was posted" in caplog.text

    def test_what_is_missing_is_said(self, site):
        response = site.post("/account/reset-password", {"username": "ada"})
        assert response.status_int == 400
        assert "Enter the code." in problem(response)
        assert "Choose a password." in problem(response)
        assert site.cognito.account.calls == []

    def test_the_embedded_pool_shows_its_code_and_logs_it(self, caplog):
        caplog.set_level(logging.INFO)
        assert "654321" in Site(is_local=True).browser.get("/account/reset-password")
        assert "654321" in caplog.text

    def test_no_other_pool_shows_a_code(self, site):
        assert "654321" not in site.browser.get("/account/reset-password")
