"""What Cognito asks after the password."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyramid_cognito.challenges import as_choices
from pyramid_cognito.errors import cognito_error
from pyramid_cognito.sign_in import AuthenticatorSetup, SignInResult, SignInStatus
from tests.unit.views.site import ADA, TICKET, Site, problem

CHALLENGE = "/account/sign-in/challenge"


def cookies(response):
    return response.headers.getall("Set-Cookie")


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


def test_without_a_pending_challenge_the_sign_in_starts_again(site):
    response = site.browser.get(CHALLENGE + "?next=/secret")
    assert where(response) == "/account/sign-in?reason=expired&next=%2Fsecret"
    assert "took too long" in response.follow()


def test_a_page_that_was_open_for_too_long_keeps_the_name(site):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    form = site.browser.get(CHALLENGE).form
    form["code"] = "123456"
    site.cognito.challenge = None
    page = form.submit().follow()
    assert page.form["username"].value == "ada"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE"),
        ("SMS_MFA", "SMS_MFA_CODE"),
        ("EMAIL_OTP", "EMAIL_OTP_CODE"),
        ("SMS_OTP", "SMS_OTP_CODE"),
    ],
)
def test_a_code_is_passed_on_under_cognitos_name(site, name, answer):
    site.is_asked(name)
    form = site.browser.get(CHALLENGE + "?next=/secret").form
    form["code"] = " 123 456-"
    response = form.submit()
    assert site.cognito.answers == [{answer: "123456"}]
    assert where(response) == "/secret"
    assert TICKET[1] in cookies(response)


def test_a_code_is_asked_with_what_telephones_look_for(site):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    code = site.browser.get(CHALLENGE).form["code"]
    assert code.attrs["autocomplete"] == "one-time-code"
    assert code.attrs["inputmode"] == "numeric"


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("SOFTWARE_TOKEN_MFA", {"FRIENDLY_DEVICE_NAME": "Ada's <b>"}, "app (Ada's <b>)"),
        ("SOFTWARE_TOKEN_MFA", {}, "Open your authenticator app and enter"),
        ("SMS_MFA", {"CODE_DELIVERY_DESTINATION": "+*******1234"}, "sent to +*******1234."),
        ("EMAIL_OTP", {}, "A code was sent to you."),
    ],
)
def test_it_is_said_where_the_code_is(site, name, parameters, words):
    site.is_asked(name, **parameters)
    assert words in " ".join(site.browser.get(CHALLENGE).html.text.split())


@pytest.mark.parametrize("code", ["", "abcdef", "12345६", "1" * 65])
def test_what_is_no_code_is_not_sent(site, code):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    assert site.post(CHALLENGE, {"code": code}).status_int == 400
    assert site.cognito.answers == []


def test_a_wrong_code_may_be_tried_again_and_is_not_shown_again(site):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    site.fails("CodeMismatchException")
    response = site.post(CHALLENGE, {"code": "424242", "next": "/secret"})
    assert response.status_int == 400
    assert "This code is not right." in problem(response)
    assert response.html.select_one("#code")["aria-invalid"] == "true"
    assert response.form["next"].value == "/secret"
    assert "424242" not in response


@pytest.mark.parametrize(("code", "status"), [("TooManyAttempts", 429), ("Throttling", 429)])
def test_too_many_codes_keep_the_challenge(site, code, status):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    site.fails(code)
    response = site.post(CHALLENGE, {"code": "123456"})
    assert response.status_int == status
    assert response.headers["Retry-After"]


@pytest.mark.parametrize("code", ["NotAuthorizedException", "SessionExpired"])
def test_a_challenge_that_is_over_starts_the_sign_in_again(site, code):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    site.fails(code)
    response = site.post(CHALLENGE, {"code": "123456", "next": "/secret"})
    assert where(response) == "/account/sign-in?reason=expired&next=%2Fsecret&username=ada"
    assert "challenge=" in cookies(response)


def test_a_new_password_is_asked_with_the_attributes_that_people_may_write(site):
    required = '["userAttributes.name", "userAttributes.birthdate", "userAttributes.custom:x"]'
    site.is_asked("NEW_PASSWORD_REQUIRED", requiredAttributes=required)
    form = site.browser.get(CHALLENGE).form
    assert form["new_password"].attrs["autocomplete"] == "new-password"
    assert "userAttributes.custom:x" not in form.fields
    form["new_password"] = "Better-Horse-10"
    form["userAttributes.name"] = "Ada Lovelace"
    form["userAttributes.birthdate"] = "1990-12-10"
    assert where(form.submit()) == "/"
    assert site.cognito.answers == [
        {
            "NEW_PASSWORD": "Better-Horse-10",
            "userAttributes.name": "Ada Lovelace",
            "userAttributes.birthdate": "1990-12-10",
        }
    ]


def test_a_new_password_may_be_all_that_is_asked(site):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    site.post(CHALLENGE, {"new_password": "Better-Horse-10"})
    assert site.cognito.answers == [{"NEW_PASSWORD": "Better-Horse-10"}]


def test_a_forged_attribute_changes_nothing_and_is_logged(site, caplog):
    site.is_asked("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.name"]')
    fields = {"new_password": "Better-Horse-10", "userAttributes.name": "Ada"}
    response = site.post(CHALLENGE, {**fields, "userAttributes.custom:role": "admin"})
    assert "Nothing was changed." in problem(response)
    assert site.cognito.answers == []
    assert "'userAttributes.custom:role' was posted" in caplog.text
    assert "Better-Horse-10" not in caplog.text


def test_a_password_against_the_rules_is_told_beside_its_field(site):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    response = site.post(CHALLENGE, {"new_password": "short"})
    assert response.status_int == 400
    assert "at least 8 characters" in response.html.select_one("#new_password-error").text
    assert site.cognito.answers == []


def test_a_password_that_cognito_does_not_take_is_told_beside_its_field(site):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    site.fails("PasswordHistoryPolicyViolationException")
    response = site.post(CHALLENGE, {"new_password": "Better-Horse-10"})
    assert response.status_int == 400
    assert "had this password before" in response.html.select_one("#new_password-error").text


def test_one_challenge_may_follow_another(site):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    site.cognito.result = SignInResult(SignInStatus.CHALLENGED, headers=[TICKET])
    response = site.post(CHALLENGE, {"new_password": "Better-Horse-10", "next": "/secret"})
    assert where(response) == CHALLENGE + "?next=%2Fsecret"


def test_a_step_that_is_not_offered_is_said_to_be_so(site):
    site.is_asked("DEVICE_SRP_AUTH")
    for page in (site.browser.get(CHALLENGE), site.post(CHALLENGE, {"code": "123456"})):
        assert page.html.h1.text == "This step is not offered here"
    assert site.cognito.answers == []


# other ways to sign in


@pytest.mark.parametrize("name", ["PASSWORD", "PASSWORD_SRP", "ADMIN_NO_SRP_AUTH"])
def test_a_password_may_be_asked_for_later(site, name):
    site.is_asked(name)
    form = site.browser.get(CHALLENGE + "?next=/secret").form
    assert form["password"].attrs["autocomplete"] == "current-password"
    assert form["username"].value == "ada"
    form["password"] = "Correct-Horse-9"
    assert where(form.submit()) == "/secret"
    assert site.cognito.answers == [{"PASSWORD": "Correct-Horse-9"}]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("PASSWORD", {"password": "wrong"}),
        ("WEB_AUTHN", {"credential": "{}"}),
        ("CUSTOM_CHALLENGE", {"answer": "wrong"}),
    ],
)
def test_a_wrong_proof_starts_the_sign_in_again_and_says_so(site, name, fields):
    site.is_asked(name)
    site.fails("NotAuthorizedException", detail="Incorrect username or password.")
    response = site.post(CHALLENGE, fields)
    assert where(response) == "/account/sign-in?reason=refused&username=ada"
    page = response.follow()
    assert "did not prove who you are" in page
    assert page.form["username"].value == "ada"


def test_a_proof_that_comes_too_late_is_told_as_that(site):
    site.is_asked("PASSWORD")
    site.fails("NotAuthorizedException", detail="Invalid session for the user, session is expired.")
    response = site.post(CHALLENGE, {"password": "right"})
    assert where(response) == "/account/sign-in?reason=expired&username=ada"


class TestWays:
    WAYS = ("PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")

    def is_asked(self, site, *ways):
        site.is_asked("SELECT_CHALLENGE", **as_choices(ways))

    def test_each_is_a_radio_button_and_the_password_may_be_typed_at_once(self, site):
        self.is_asked(site, *self.WAYS)
        page = site.browser.get(CHALLENGE)
        labels = [label.get_text(strip=True) for label in page.html.select("fieldset label")]
        assert labels == [
            "Your password",
            "A code by e-mail",
            "A code by text message",
            "A passkey",
        ]
        assert "Your password is right" not in page
        page.form["answer"], page.form["password"] = "PASSWORD_SRP", "Correct-Horse-9"
        page.form.submit()
        assert site.cognito.answers == [{"ANSWER": "PASSWORD_SRP", "PASSWORD": "Correct-Horse-9"}]

    def test_the_others_need_no_password(self, site):
        self.is_asked(site, "EMAIL_OTP", "WEB_AUTHN")
        form = site.browser.get(CHALLENGE).form
        assert "password" not in form.fields
        form["answer"] = "EMAIL_OTP"
        form.submit()
        assert site.cognito.answers == [{"ANSWER": "EMAIL_OTP", "PASSWORD": ""}]

    def test_where_none_is_offered_the_page_says_so(self, site):
        self.is_asked(site)
        page = site.browser.get(CHALLENGE)
        assert page.html.h1.text == "This step is not offered here"

    def test_a_password_that_is_missing_is_asked_for_again(self, site):
        self.is_asked(site, *self.WAYS)
        site.fails("InvalidChallengeAnswer")
        response = site.post(CHALLENGE, {"answer": "PASSWORD_SRP"})
        assert response.status_int == 400
        assert "does not answer what was asked" in problem(response)


class TestPasskey:
    OPTIONS = '{"challenge": "AAAA", "rpId": "example.com"}'

    @pytest.fixture(autouse=True)
    def _one_is_asked_for(self, site):
        site.is_asked("WEB_AUTHN", CREDENTIAL_REQUEST_OPTIONS=self.OPTIONS)

    def test_a_script_of_ours_gets_what_the_browser_needs(self, site):
        page = site.browser.get(CHALLENGE)
        assert page.html.select_one("#use-passkey")["data-options"] == self.OPTIONS
        script = page.html.select_one("script[defer]")["src"]
        assert "navigator.credentials.get" in site.browser.get(script)

    def test_without_a_script_the_page_says_what_to_do(self, site):
        page = site.browser.get(CHALLENGE)
        assert "A passkey needs JavaScript" in page.html.select_one("#passkey-status").text
        assert page.html.select_one("#use-passkey").has_attr("hidden")
        assert "Start the sign-in again" in page

    def test_what_the_browser_says_is_the_answer(self, site):
        form = site.browser.get(CHALLENGE + "?next=/secret").form
        form["credential"] = '{"id": "key"}'
        assert where(form.submit()) == "/secret"
        assert site.cognito.answers == [{"CREDENTIAL": '{"id": "key"}'}]

    def test_a_form_without_a_passkey_is_not_sent_on(self, site):
        assert "No passkey was used." in problem(site.post(CHALLENGE, {"credential": ""}))
        assert site.cognito.answers == []

    def test_a_proof_is_not_shown_again(self, site):
        site.fails("WebAuthnNotEnabledException")
        assert "used-proof" not in site.post(CHALLENGE, {"credential": "used-proof"})


class TestAQuestionOfThePoolsOwn:
    def test_is_shown_and_its_answer_sent(self, site):
        site.is_asked("CUSTOM_CHALLENGE", question="Your <b>first</b> dog?")
        page = site.browser.get(CHALLENGE + "?next=/secret")
        assert "Your <b>first</b> dog?" in page.html.text
        page.form["answer"] = "Rex"
        assert where(page.form.submit()) == "/secret"
        assert site.cognito.answers == [{"ANSWER": "Rex"}]

    def test_may_be_known_to_the_person_alone(self, site):
        site.is_asked("CUSTOM_CHALLENGE")
        assert "Answer the question that you were asked." in site.browser.get(CHALLENGE)

    def test_an_answer_is_not_shown_again(self, site):
        site.is_asked("CUSTOM_CHALLENGE")
        site.fails("CodeMismatchException")
        assert "my-answer" not in site.post(CHALLENGE, {"answer": "my-answer"})

    def test_an_application_asks_it_in_its_own_way(self, tmp_path):
        (tmp_path / "question.jinja2").write_text("<img alt='{{ challenge.parameters.alt }}'>")

        def configure(config):
            config.override_asset(
                "pyramid_cognito:templates/challenge_custom.jinja2",
                str(tmp_path / "question.jinja2"),
            )

        site = Site(configure)
        site.is_asked("CUSTOM_CHALLENGE", alt="a captcha")
        assert site.browser.get(CHALLENGE).html.select_one("img")["alt"] == "a captcha"


class TestChoice:
    @pytest.fixture(autouse=True)
    def _there_are_two(self, site):
        site.is_asked("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]')

    def test_the_factors_that_cognito_names_are_radio_buttons(self, site):
        page = site.browser.get(CHALLENGE)
        labels = [label.get_text(strip=True) for label in page.html.select("fieldset label")]
        assert labels == ["A code by text message", "The code of an authenticator app"]
        assert {field["type"] for field in page.html.select("[name=answer]")} == {"radio"}

    def test_the_choice_is_the_answer(self, site):
        form = site.browser.get(CHALLENGE + "?next=/secret").form
        form["answer"] = "SOFTWARE_TOKEN_MFA"
        response = form.submit()
        assert site.cognito.answers == [{"ANSWER": "SOFTWARE_TOKEN_MFA"}]
        assert where(response) == "/secret"

    @pytest.mark.parametrize("fields", [{}, {"answer": "EMAIL_OTP"}])
    def test_one_of_them_has_to_be_chosen(self, site, fields):
        response = site.post(CHALLENGE, fields)
        assert response.status_int == 400
        assert "Choose one of these." in problem(response)
        assert site.cognito.answers == []

    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("EMAIL_OTP", "A code by e-mail"),
            ("EMAIL_MFA", "A code by e-mail"),
            ("NEW_KIND", "NEW_KIND"),
        ],
    )
    def test_each_name_is_answered_as_cognito_spells_it(self, site, name, label):
        site.is_asked("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE=f'["{name}"]')
        page = site.browser.get(CHALLENGE)
        assert page.html.select_one("fieldset label").get_text(strip=True) == label
        page.form["answer"] = name
        page.form.submit()
        assert site.cognito.answers == [{"ANSWER": name}]


class TestSetUp:
    KEY = "JBSWY3DPEHPK3PXP"

    @pytest.fixture(autouse=True)
    def _an_app_is_asked_for(self, site):
        site.is_asked("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA"]')

    @pytest.fixture
    def begun(self, site):
        """The person has the page with the key before them."""
        site.cognito.challenge = replace(site.cognito.challenge, secret=self.KEY)

    def test_the_key_is_fetched_when_the_page_is_opened(self, site):
        headers = [("Set-Cookie", "challenge=with-a-key")]
        site.cognito.set_up_authenticator = lambda: AuthenticatorSetup(self.KEY, headers)
        page = site.browser.get(CHALLENGE)
        assert page.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert page.html.select_one("[role=img] svg")
        assert "challenge=with-a-key" in cookies(page)

    def test_a_code_without_a_key_gets_one(self, site):
        site.cognito.set_up_authenticator = lambda: AuthenticatorSetup(self.KEY)
        page = site.post(CHALLENGE, {"code": "123456"})
        assert page.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert site.cognito.answers == []

    @pytest.mark.usefixtures("begun")
    def test_the_first_code_signs_in(self, site):
        form = site.browser.get(CHALLENGE + "?next=/secret").form
        form["code"], form["device_name"] = "123 456", "Ada's telephone"
        response = form.submit()
        assert site.cognito.answers == [
            {"SOFTWARE_TOKEN_MFA_CODE": "123456", "FRIENDLY_DEVICE_NAME": "Ada's telephone"}
        ]
        assert where(response) == "/secret"

    @pytest.mark.usefixtures("begun")
    def test_a_wrong_code_leads_back_to_the_same_key(self, site):
        site.fails("EnableSoftwareTokenMFAException")
        response = site.post(CHALLENGE, {"code": "424242", "next": "/secret"})
        assert response.status_int == 400
        assert "not right" in response.html.select_one("#code-error").text
        assert response.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert response.form["next"].value == "/secret"
        assert "424242" not in response

    @pytest.mark.usefixtures("begun")
    def test_what_is_no_code_is_not_sent(self, site):
        response = site.post(CHALLENGE, {"code": "12345"})
        assert "six digits" in problem(response)
        assert site.cognito.answers == []

    def cannot(self, site, code):
        def refuse():
            raise cognito_error(code)

        site.cognito.set_up_authenticator = refuse

    def test_a_challenge_that_is_over_starts_the_sign_in_again(self, site):
        self.cannot(site, "SessionExpired")
        response = site.browser.get(CHALLENGE + "?next=/secret")
        assert where(response) == "/account/sign-in?reason=expired&next=%2Fsecret&username=ada"

    def test_while_cognito_is_away_the_page_says_so(self, site):
        self.cannot(site, "ServiceUnavailable")
        response = site.browser.get(CHALLENGE, expect_errors=True)
        assert response.status_int == 503

    def test_what_cannot_be_set_up_by_the_person_is_said(self, site):
        site.is_asked("MFA_SETUP", MFAS_CAN_SETUP='["SMS_MFA"]')
        page = site.browser.get(CHALLENGE)
        assert page.html.h1.text == "This step is not offered here"


class TestProvingAnew:
    """A challenge of someone who is signed in, whose session stands if they fail."""

    AGAIN = "/account/reauthenticate?reason=expired&next=%2Fsecret"

    @pytest.fixture(autouse=True)
    def _ada_proves_anew_who_she_is(self, site):
        site.policy.person = ADA
        site.is_asked("SOFTWARE_TOKEN_MFA")
        site.cognito.challenge = replace(site.cognito.challenge, subject=ADA.sub)

    def test_a_challenge_that_is_over_starts_again_with_the_password(self, site):
        site.fails("SessionExpired")
        response = site.post(CHALLENGE, {"code": "123456", "next": "/secret"})
        assert where(response) == self.AGAIN

    def test_the_way_back_is_not_another_sign_in(self, site):
        page = site.browser.get(CHALLENGE + "?next=/secret")
        links = [link["href"] for link in page.html.select(".cognito-links a")]
        assert links == ["/account/reauthenticate?next=%2Fsecret"]
