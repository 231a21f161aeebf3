"""Making an account, confirming it, asking for another code."""

from __future__ import annotations

import logging

import pytest

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.forms import formats
from pyramid_cognito.password_policy import PasswordPolicy
from tests.unit.views.site import ADA, Site, problem

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

    def test_an_account_that_needs_no_code_answers_as_if_it_did(self, site):
        waiting = site.post("/account/sign-up", NEW_ACCOUNT)
        site.cognito.account.answers["sign_up"] = True
        confirmed = site.post("/account/sign-up", NEW_ACCOUNT)
        assert (confirmed.status, confirmed.headerlist) == (waiting.status, waiting.headerlist)
        assert "your account may need none" in confirmed.follow()

    @pytest.mark.parametrize(
        ("is_confirmed", "leads_to"),
        [
            (True, "/account/sign-in?reason=confirmed"),
            (False, "/account/confirm?username=ada"),
        ],
    )
    def test_it_leads_on_at_once_where_the_state_of_accounts_is_told(self, is_confirmed, leads_to):
        site = Site(reveal_account_state=True)
        site.cognito.account.answers["sign_up"] = is_confirmed
        assert where(site.post("/account/sign-up", NEW_ACCOUNT)) == leads_to

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_who_is_signed_in_has_an_account_already(self, site, method):
        site.policy.person = ADA
        path = "/account/sign-up"
        page = site.browser.get(path) if method == "get" else site.post(path, NEW_ACCOUNT)
        assert page.html.h1.text == "You have an account"
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize("name", ["custom:role", "userAttributes.custom:role", "name"])
    def test_a_forged_attribute_changes_nothing_and_is_logged(self, site, caplog, name):
        response = site.post("/account/sign-up", {**NEW_ACCOUNT, name: "admin"})
        assert response.status_int == 400
        assert "Nothing was changed." in problem(response)
        assert site.cognito.account.calls == []
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

    def test_each_rule_that_a_password_does_not_meet_is_named_before_cognito_is_asked(self, site):
        response = site.post("/account/sign-up", {**NEW_ACCOUNT, "password": "horse-99"})
        assert response.status_int == 400
        error = response.html.select_one("#password-error")
        assert " ".join(error.text.split()) == "It needs an upper-case letter, A to Z."
        assert "It needs an upper-case letter" in problem(response)
        assert site.cognito.account.calls == []

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


class TestWhatIsAsked:
    """As the settings say."""

    def test_an_address_that_is_the_name_is_asked_once(self):
        site = Site(sign_in_with=frozenset({"email"}))
        form = site.browser.get("/account/sign-up").form
        assert form["username"].attrs["type"] == "email"
        assert "email" not in form.fields
        form["username"], form["password"] = "ada@example.com", "Correct-Horse-9"
        assert where(form.submit()) == "/account/confirm?username=ada%40example.com"
        assert site.cognito.account.calls == [
            ("sign_up", "ada@example.com", "Correct-Horse-9", {"email": "ada@example.com"})
        ]

    def test_a_code_is_announced_where_it_goes_by_mail(self, site):
        announced = "is sent to your e-mail address"
        assert announced in site.browser.get("/account/sign-up")
        assert announced not in Site(sign_up_attributes=()).browser.get("/account/sign-up")

    def test_attributes_are_asked_by_their_types(self, monkeypatch):
        monkeypatch.setattr(formats, "zone_suggestions", lambda: ["Europe/Berlin"])
        names = ("address", "phone_number", "zoneinfo", "custom:news")
        site = Site(sign_up_attributes=names, attribute_types={"custom:news": "boolean"})
        page = site.browser.get("/account/sign-up")
        labels = {label["for"]: label.text for label in page.html.select("label")}
        assert [labels[name] for name in names] == [
            "Address",
            "Telephone number",
            "Time zone",
            "News",
        ]
        assert page.html.select_one("textarea#address")
        help_id = page.html.select_one("#phone_number")["aria-describedby"]
        assert "country code" in page.html.find(id=help_id).text
        list_id = page.html.select_one("#zoneinfo")["list"]
        assert [option["value"] for option in page.html.find(id=list_id)("option")] == [
            "Europe/Berlin"
        ]
        assert page.html.find(id="custom:news")["type"] == "checkbox"

    def test_what_is_wrong_with_one_stands_beside_it_and_what_was_typed_stays(self):
        site = Site(sign_up_attributes=("phone_number",))
        response = site.post("/account/sign-up", {"phone_number": "020 7946 0958"})
        field = response.html.select_one("#phone_number")
        assert field["value"] == "020 7946 0958"
        assert field["aria-invalid"] == "true"
        assert field["aria-describedby"] == "phone_number-error phone_number-help"
        assert "country code" in response.html.select_one("#phone_number-error").text


class TestTheRulesForAPassword:
    def test_each_stands_beside_the_field_that_it_is_for(self):
        site = Site(password_policy=PasswordPolicy.parse("10 numbers"))
        page = site.browser.get("/account/sign-up").html
        rules = page.find(id=page.select_one("#password")["aria-describedby"])
        assert [item.find(string=True).strip() for item in rules("li")] == [
            "at least 10 characters",
            "a digit",
        ]

    def test_they_are_marked_by_a_script_of_this_site(self, site):
        page = site.browser.get("/account/sign-up")
        (script,) = page.html("script")
        assert "defer" in script.attrs
        assert script.text == ""
        assert site.browser.get(script["src"]).content_type == "text/javascript"

    def test_the_script_finds_what_it_needs(self, site):
        page = site.browser.get("/account/sign-up").html
        rules = page.select_one("[data-rules-of]")
        assert page.find(id=rules["data-rules-of"])["type"] == "password"
        assert page.find(id=rules["data-rules-of"] + "-status")["role"] == "status"
        assert all(item.select_one("[hidden]") for item in rules.select("[data-pattern]"))


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

    def test_who_is_confirmed_already_is_told_to_sign_in(self, site):
        site.cognito.account.error = cognito_error("NotAuthorizedException")
        response = site.post("/account/confirm", CODE)
        assert "If the account is confirmed already, you can sign in." in problem(response)
        assert response.click("Confirmed already").request.path == "/account/sign-in"

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
        ("limit", "words"),
        [
            ("5 per 1 hour", "5 an hour."),
            ("1 per 3 hour", "1 in 3 hours."),
            ("2 per 1 minute", "2 a minute."),
            ("2 per 30 minute", "2 in 30 minutes."),
            ("9 per 1 day", "9 a day."),
            ("9 per 7 day", "9 in 7 days."),
            ("1 per 1 second", "1 a second."),
            ("1 per 30 second", "1 in 30 seconds."),
        ],
    )
    def test_the_limit_is_stated(self, limit, words):
        page = Site(throttle_messages=limit).browser.get("/account/confirm/resend")
        assert f"Codes for one account are limited to {words}" in page

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
