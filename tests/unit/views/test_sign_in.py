"""Signing in and out."""

from __future__ import annotations

import pytest

from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.sign_in import SignInResult, SignInStatus
from tests.unit.views.site import ADA, TICKET, Site, problem

NAME_AND_PASSWORD = {"username": "ada", "password": "Correct-Horse-9"}
CHALLENGE = "/account/sign-in/challenge"


def cookies(response):
    return response.headers.getall("Set-Cookie")


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


class TestSigningIn:
    def test_name_and_password_are_asked_with_what_password_managers_look_for(self, site):
        form = site.browser.get("/account/sign-in").form
        assert form["username"].attrs["autocomplete"] == "username"
        assert form["password"].attrs["autocomplete"] == "current-password"
        assert form["password"].attrs["type"] == "password"
        assert not form["remember"].checked

    def test_who_signs_in_goes_home_with_the_ticket(self, site):
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert site.cognito.attempts == [("ada", "Correct-Horse-9", False)]
        assert where(response) == "/"
        assert TICKET[1] in cookies(response)

    def test_who_signs_in_goes_on_to_where_they_were(self, site):
        form = site.browser.get("/account/sign-in?next=/secret%3Fpage%3D2").form
        assert form["next"].value == "/secret?page=2"
        form["username"], form["password"] = "ada", "Correct-Horse-9"
        form["remember"] = True
        assert where(form.submit()) == "/secret?page=2"
        assert site.cognito.attempts == [("ada", "Correct-Horse-9", True)]

    @pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example"])
    def test_nobody_is_sent_to_another_site(self, site, elsewhere):
        page = site.browser.get("/account/sign-in", {"next": elsewhere})
        assert "next" not in page.form.fields
        response = site.post("/account/sign-in", {**NAME_AND_PASSWORD, "next": elsewhere})
        assert where(response) == "/"

    def test_white_space_around_a_name_is_dropped_but_not_around_a_password(self, site):
        site.post("/account/sign-in", {"username": " ada\t", "password": " horse "})
        assert site.cognito.attempts == [("ada", " horse ", False)]

    def test_what_was_not_typed_is_said_and_cognito_is_not_asked(self, site):
        response = site.post("/account/sign-in", {"username": "", "password": ""})
        assert response.status_int == 400
        assert site.cognito.attempts == []
        assert [link["href"] for link in response.html.select(".cognito-problem a")] == [
            "#username",
            "#password",
        ]
        field = response.html.select_one("#username")
        assert field["aria-invalid"] == "true"
        described_by = response.html.select_one(f"#{field['aria-describedby']}")
        assert "Enter your user name." in described_by.text

    def test_the_summary_of_errors_takes_the_focus_and_the_title_tells_of_them(self, site):
        page = site.post("/account/sign-in")
        summary = page.html.select_one("[role=alert]")
        assert summary.has_attr("autofocus")
        assert summary["tabindex"] == "-1"
        assert page.html.title.text == "Error: Sign in"
        assert page.html.h1.text == "Sign in"

    @pytest.mark.parametrize(
        "code",
        [
            "NotAuthorizedException",
            "UserNotFoundException",
            "UserNotConfirmedException",
            "PasswordResetRequiredException",
            "UserLambdaValidationException",
            "LimitExceededException",
            "UnexpectedLambdaException",
        ],
    )
    def test_every_failure_of_an_account_looks_like_a_wrong_password(self, site, code):
        site.fails("NotAuthorizedException", detail="Incorrect username or password.")
        wrong_password = site.post("/account/sign-in", NAME_AND_PASSWORD)
        site.fails(code)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == wrong_password.status_int == 400
        assert response.body == wrong_password.body
        assert "Retry-After" not in response.headers

    def test_a_failure_keeps_the_name_but_not_the_password_and_offers_help(self, site):
        site.fails("NotAuthorizedException")
        response = site.post("/account/sign-in", {**NAME_AND_PASSWORD, "next": "/secret"})
        assert response.form["username"].value == "ada"
        assert response.form["next"].value == "/secret"
        assert "Correct-Horse-9" not in response
        links = {link["href"] for link in response.html.select(".cognito-problem a")}
        assert links == {"/account/confirm", "/account/forgot-password"}

    def test_the_headers_of_a_failure_are_sent_too(self, site):
        site.fails("NotAuthorizedException")
        assert "challenge=" in cookies(site.post("/account/sign-in", NAME_AND_PASSWORD))

    def test_who_tries_too_often_is_told_how_long_to_wait(self, site):
        site.fails("TooManyAttempts", retry_after=61)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == 429
        assert response.headers["Retry-After"] == "61"
        assert "You can try again in 2 minutes." in problem(response)
        assert response.form["username"].value == "ada"

    def test_while_cognito_is_away_the_form_stays(self, site):
        site.fails("ServiceUnavailable", retry_after=10)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == 503
        assert response.headers["Retry-After"] == "10"
        assert "cannot be reached" in problem(response)
        assert "You can try again in a minute." in problem(response)
        assert response.form["username"].value == "ada"
        assert "Correct-Horse-9" not in response

    def test_an_application_that_is_set_up_wrongly_does_not_blame_the_password(self, site):
        detail = "USER_SRP_AUTH is not enabled for the client."
        site.fails("InvalidParameterException", detail=detail)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == 502
        assert "Tell the administrator" in problem(response)

    def test_a_failure_without_a_reason_is_a_failure(self, site):
        site.cognito.result = SignInResult(SignInStatus.FAILED)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == 400
        assert "not right" in problem(response)

    def test_a_challenge_comes_before_the_page_that_was_asked_for(self, site):
        headers = [("Set-Cookie", "challenge=sealed")]
        site.cognito.result = SignInResult(SignInStatus.CHALLENGED, headers=headers)
        response = site.post("/account/sign-in", {**NAME_AND_PASSWORD, "next": "/secret"})
        assert where(response) == CHALLENGE + "?next=%2Fsecret"
        assert "challenge=sealed" in cookies(response)

    def test_who_may_know_that_they_are_unconfirmed_is_sent_to_confirm(self, site):
        site.fails("UserNotConfirmedException", SignInStatus.NOT_CONFIRMED)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert where(response) == "/account/confirm?username=ada"

    def test_who_may_know_that_their_password_must_be_reset_is_sent_to_do_so(self, site):
        site.fails("PasswordResetRequiredException", SignInStatus.PASSWORD_RESET_REQUIRED)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert where(response) == "/account/reset-password?username=ada&reason=required"
        assert "has to be changed" in response.follow()


class TestSigningInWithoutOtherPages:
    """What an application does not offer, nobody is sent to."""

    @pytest.fixture
    def site(self):
        return Site(features=frozenset())

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("UserNotConfirmedException", SignInStatus.NOT_CONFIRMED),
            ("PasswordResetRequiredException", SignInStatus.PASSWORD_RESET_REQUIRED),
        ],
    )
    def test_an_account_that_needs_them_cannot_be_signed_in_to(self, site, code, status):
        site.fails(code, status)
        response = site.post("/account/sign-in", NAME_AND_PASSWORD)
        assert response.status_int == 400
        assert "not right" in problem(response)

    def test_the_page_has_no_links_to_them(self, site):
        page = site.browser.get("/account/sign-in")
        assert page.html.select(".cognito-links a") == []


class TestSigningInWhenSignedIn:
    @pytest.fixture(autouse=True)
    def _ada_is_signed_in(self, site):
        site.policy.person = ADA

    def test_who_is_signed_in_goes_on_at_once(self, site):
        assert where(site.browser.get("/account/sign-in?next=/secret")) == "/secret"

    def test_without_a_next_page_they_see_who_they_are(self, site):
        page = site.browser.get("/account/sign-in")
        assert "You are signed in as ada." in " ".join(page.html.text.split())

    @pytest.mark.parametrize("reason", ["step-up", "switch", "expired"])
    def test_who_was_sent_to_sign_in_anew_is_asked(self, site, reason):
        page = site.browser.get(f"/account/sign-in?next=/secret&reason={reason}")
        assert page.form["username"].value == "ada"
        assert page.form["next"].value == "/secret"

    def test_they_are_told_that_a_page_asks_for_a_recent_sign_in(self, site):
        page = site.browser.get("/account/sign-in?reason=step-up")
        assert "recent sign-in" in page.html.select_one(".cognito-notice").text

    def test_who_was_signed_out_at_cognito_is_told_so(self, site):
        page = site.browser.get("/account/sign-in?reason=ended")
        assert "Your session has ended" in page.html.select_one(".cognito-notice").text

    def test_a_reason_that_is_not_ours_is_not_shown(self, site):
        assert "gone" not in site.browser.get("/account/sign-in?reason=gone")

    def test_whom_only_another_policy_knows_is_not_signed_in_here(self, site):
        site.policy.person, site.policy.guest = None, "a string"
        assert site.browser.get("/account/sign-in?next=/secret").form["username"].value == ""
        assert site.post("/account/sign-in", NAME_AND_PASSWORD).status_int == 303
        assert site.browser.get("/account/sign-out").html.h1.text == "You are signed out"

    def test_someone_whose_user_name_is_an_id_is_called_by_their_address(self, site):
        claims = {"sub": "id-1", "cognito:username": "id-1", "email": "ada@example.com"}
        site.policy.person = CognitoIdentity.from_claims(claims)
        page = site.browser.get("/account/sign-in")
        assert page.form["username"].value == "ada@example.com"

    def test_an_id_without_an_address_stays_an_id(self, site):
        claims = {"sub": "id-1", "cognito:username": "id-1"}
        site.policy.person = CognitoIdentity.from_claims(claims)
        assert site.browser.get("/account/sign-in").form["username"].value == "id-1"


class TestSigningOut:
    def test_signing_out_needs_a_post_so_get_asks_first(self, site):
        site.policy.person = ADA
        page = site.browser.get("/account/sign-out")
        assert site.cognito.sign_outs == 0
        response = page.form.submit()
        assert site.cognito.sign_outs == 1
        assert where(response) == "/account/sign-out"
        assert "ticket=; Path=/; Max-Age=0" in cookies(response)

    def test_who_has_signed_out_is_told_so(self, site):
        assert site.browser.get("/account/sign-out").html.h1.text == "You are signed out"

    @pytest.mark.parametrize(
        ("reason", "words"), [("deleted", "account is deleted"), ("everywhere", "everywhere else")]
    )
    def test_they_are_told_what_else_is_over(self, site, reason, words):
        page = site.browser.get(f"/account/sign-out?reason={reason}")
        assert words in page.html.select_one("[role=status]").text

    def test_while_cognito_is_away_the_session_is_still_there(self, site):
        site.policy.unavailable = "Cognito is away"
        assert site.browser.get("/account/sign-out").html.h1.text == "Sign out"

    def test_an_application_may_say_where_to_go_then(self, site):
        assert where(site.post("/account/sign-out", {"next": "/bye"})) == "/bye"

    def test_signing_out_needs_the_csrf_token(self, site):
        site.browser.post("/account/sign-out", {}, status=400)
        assert site.cognito.sign_outs == 0
