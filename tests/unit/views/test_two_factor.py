"""Second factors of who is signed in: on, off, preferred; an authenticator app set up."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from pyramid_cognito import qr
from pyramid_cognito.account_types import User
from pyramid_cognito.errors import Context, cognito_error
from pyramid_cognito.events import Throttled
from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.ticket import Sealer
from tests.application import SECRET
from tests.unit.views.site import ADA, Site, problem

TWO_FACTOR = "/account/two-factor"
AUTHENTICATOR = "/account/two-factor/authenticator"
APP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
VERIFIED = {
    "email": "ada@example.com",
    "email_verified": "true",
    "phone_number": "+441632960001",
    "phone_number_verified": "true",
}
KEYS = ["JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ"]


def where(response):
    assert response.status_int == 303
    return response.location.removeprefix("http://localhost")


def words(element):
    return " ".join(element.get_text(" ").split())


def ada_has(site, *factors, preferred=None, **attributes):
    user = User("ada", VERIFIED | attributes, factors, preferred)
    site.cognito.account.answers["get_user"] = user


def factors(page):
    """What the page says of each factor, and the buttons it has for it."""
    return {
        words(item.h2): (
            [words(state) for state in item.select(".cognito-state")],
            [words(button) for button in item.select("button")],
        )
        for item in page.html.select(".cognito-items > li")
    }


def links(page):
    return {link["href"] for link in page.html.select(".cognito-items a")}


def choices(site):
    """The preferences that Cognito was told."""
    return [call[1:] for call in site.cognito.account.calls if call[0] == "set_user_mfa_preference"]


@pytest.fixture(autouse=True)
def _ada_is_signed_in(site):
    site.policy.person = ADA


class TestFactors:
    def test_those_that_are_off_can_be_set_up_or_turned_on(self, site):
        ada_has(site)
        page = site.browser.get(TWO_FACTOR)
        assert factors(page) == {
            "Authenticator app": (["Off"], []),
            "Code by e-mail": (["Off"], ["Turn on Code by e-mail"]),
            "Code by text message": (["Off"], ["Turn on Code by text message"]),
        }
        assert links(page) == {AUTHENTICATOR}

    def test_those_that_are_on_can_be_turned_off_and_one_of_several_preferred(self, site):
        ada_has(site, APP, SMS, preferred=APP)
        page = site.browser.get(TWO_FACTOR)
        assert factors(page) == {
            "Authenticator app": (["On"], ["Turn off Authenticator app"]),
            "Code by e-mail": (["Off"], ["Turn on Code by e-mail"]),
            "Code by text message": (
                ["On"],
                [
                    "Ask for this one (Code by text message)",
                    "Turn off Code by text message",
                ],
            ),
        }
        assert "This is the one that you are asked for." in words(page.html.select_one("li"))

    def test_the_only_one_need_not_be_preferred(self, site):
        ada_has(site, SMS)
        assert factors(site.browser.get(TWO_FACTOR))["Code by text message"] == (
            ["On"],
            ["Turn off Code by text message"],
        )

    def test_it_is_said_where_codes_go(self, site):
        ada_has(site)
        text = words(site.browser.get(TWO_FACTOR).html)
        assert "Codes go to ada@example.com." in text
        assert "Codes go to +441632960001." in text

    def test_codes_need_an_address_that_is_confirmed(self):
        site = Site(editable_attributes=frozenset({"email", "phone_number"}))
        site.policy.person = ADA
        ada_has(site, email_verified="false", phone_number_verified="")
        page = site.browser.get(TWO_FACTOR)
        assert factors(page)["Code by e-mail"] == (["Off"], [])
        assert factors(page)["Code by text message"] == (["Off"], [])
        assert links(page) == {AUTHENTICATOR, "/account/email", "/account/phone"}

    def test_there_is_no_way_to_an_address_that_people_may_not_write(self):
        site = Site(editable_attributes=frozenset())
        site.policy.person = ADA
        ada_has(site, email_verified="false", phone_number_verified="false")
        page = site.browser.get(TWO_FACTOR)
        assert "needs a telephone number that you have confirmed" in words(page.html)
        assert links(page) == {AUTHENTICATOR}

    def test_what_is_not_offered_is_not_shown(self):
        site = Site(features=frozenset({"authenticator_app"}))
        site.policy.person = ADA
        ada_has(site)
        assert [*factors(site.browser.get(TWO_FACTOR))] == ["Authenticator app"]

    def test_what_is_on_can_be_turned_off_even_where_it_is_no_longer_offered(self):
        site = Site(features=frozenset({"sms_code"}))
        site.policy.person = ADA
        ada_has(site, APP)
        page = site.browser.get(TWO_FACTOR)
        assert factors(page)["Authenticator app"] == (["On"], ["Turn off Authenticator app"])
        assert links(page) == set()

    def test_a_factor_of_a_kind_that_is_new_is_left_alone(self, site):
        ada_has(site, APP, "WEB_AUTHN", preferred=APP)
        site.post(TWO_FACTOR, {"choice": f"turn_off {APP}"})
        assert choices(site) == [({APP: False}, None)]


class TestChoosing:
    @pytest.mark.parametrize(
        ("before", "preferred", "choice", "told"),
        [
            ((), None, f"turn_on {SMS}", ({SMS: True}, SMS)),
            ((APP,), APP, f"turn_on {EMAIL}", ({APP: True, EMAIL: True}, APP)),
            ((APP,), None, f"turn_on {EMAIL}", ({APP: True, EMAIL: True}, APP)),
            ((APP, SMS), APP, f"prefer {SMS}", ({APP: True, SMS: True}, SMS)),
            ((APP, SMS), APP, f"turn_off {SMS}", ({APP: True, SMS: False}, APP)),
            ((APP, SMS), SMS, f"turn_off {SMS}", ({APP: True, SMS: False}, APP)),
            (
                (APP, SMS, EMAIL),
                APP,
                f"turn_off {APP}",
                ({APP: False, EMAIL: True, SMS: True}, EMAIL),
            ),
            ((SMS,), SMS, f"turn_off {SMS}", ({SMS: False}, None)),
        ],
    )
    def test_the_others_stay_as_they_are(self, site, before, preferred, choice, told):
        ada_has(site, *before, preferred=preferred)
        response = site.post(TWO_FACTOR, {"choice": choice})
        assert choices(site) == [told]
        assert where(response) == f"{TWO_FACTOR}?reason=changed"
        assert "as you chose" in words(response.follow().html.select_one("[role=status]"))

    @pytest.mark.parametrize(
        "choice",
        [
            "",
            "turn_on",
            f"turn_on {APP}",
            f"turn_on {SMS}",
            f"turn_off {EMAIL}",
            f"prefer {APP}",
            "turn_on WEB_AUTHN",
        ],
    )
    def test_what_the_page_does_not_offer_is_refused(self, site, choice):
        ada_has(site, phone_number_verified="false")
        response = site.post(TWO_FACTOR, {"choice": choice})
        assert response.status_int == 400
        assert "Choose one of these." in problem(response)
        assert choices(site) == []

    def test_a_pool_that_does_not_take_it_is_told_of(self, site):
        ada_has(site, APP, preferred=APP)
        site.cognito.account.errors["set_user_mfa_preference"] = cognito_error(
            "InvalidParameterException"
        )
        response = site.post(TWO_FACTOR, {"choice": f"turn_off {APP}"})
        assert response.status_int == 400
        assert "your account has to keep a second factor" in problem(response)
        assert "Turn off Authenticator app" in factors(response)["Authenticator app"][1]

    def test_while_cognito_is_away_the_page_says_so(self, site):
        ada_has(site, APP, preferred=APP)
        site.cognito.account.errors["set_user_mfa_preference"] = cognito_error("ServiceUnavailable")
        response = site.post(TWO_FACTOR, {"choice": f"turn_off {APP}"})
        assert response.status_int == 503
        assert "cannot be reached" in problem(response)

    def test_who_was_signed_out_meanwhile_signs_in_again(self, site):
        site.cognito.account.errors["get_user"] = cognito_error(
            "NotAuthorizedException", context=Context.SIGNED_IN
        )
        response = site.post(TWO_FACTOR, {"choice": f"turn_off {APP}"})
        assert where(response) == ("/account/sign-in?reason=ended&next=%2Faccount%2Ftwo-factor")


@pytest.mark.parametrize("page", [TWO_FACTOR, AUTHENTICATOR])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_sign_in_that_was_long_ago_does_not_do(site, page, method):
    site.cognito.age = 301
    response = site.browser.get(page) if method == "get" else site.post(page)
    assert urlsplit(where(response)).path == "/account/reauthenticate"
    assert parse_qs(urlsplit(where(response)).query) == {"next": [page]}
    assert site.cognito.account.calls == []


@pytest.mark.parametrize("page", [TWO_FACTOR, AUTHENTICATOR])
def test_nobody_else_sees_the_page(site, page):
    site.policy.person = None
    assert urlsplit(site.browser.get(page).location).path == "/account/sign-in"
    assert site.cognito.account.calls == []


def with_key(site):
    """The page after a key was asked for."""
    return site.browser.get(AUTHENTICATOR).form.submit("new")


class TestAuthenticator:
    @pytest.fixture
    def enrolling(self, site):
        """A site where Ada has no second factor yet, and Cognito a new key each time."""
        ada_has(site)
        keys = iter(KEYS)
        site.cognito.account.associate_software_token = lambda: next(keys)
        return site

    @pytest.fixture
    def drawn(self, monkeypatch):
        """What QR codes were made of."""
        texts = []
        draw = qr.qr_code
        monkeypatch.setattr(qr, "qr_code", lambda text: texts.append(text) or draw(text))
        return texts

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_a_page_that_is_only_opened_asks_cognito_for_nothing(self, site, method):
        page = getattr(site.browser, method)(AUTHENTICATOR)
        assert page.status_int == 200
        assert site.cognito.account.calls == []

    def test_the_page_says_what_another_key_does_to_the_one_before(self, site):
        assert "takes the place of a key" in site.browser.get(AUTHENTICATOR)

    def test_a_key_is_shown_to_who_posts_alone(self, site):
        site.browser.post(AUTHENTICATOR, {"new": "y"}, status=400)
        assert site.cognito.account.calls == []

    def test_keys_are_counted(self, site):
        events = []
        site.config.add_subscriber(events.append, Throttled)
        site.config.commit()
        site.cognito.account.answers["associate_software_token"] = KEYS[0]
        for _ in range(10):
            assert site.post(AUTHENTICATOR, {"new": "y"}).status_int == 200
        assert site.post(AUTHENTICATOR, {"new": "y"}).status_int == 429
        assert len(site.cognito.account.calls) == 10
        assert [(event.action, event.user) for event in events] == [("authenticator", "ada")]

    def test_the_page_has_the_key_as_a_qr_code_and_in_groups_of_four(self, enrolling, drawn):
        page = with_key(enrolling)
        assert page.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert page.html.select_one("[role=img] svg")
        assert page.html.select_one("[role=img]")["aria-label"].startswith("QR code")
        assert drawn == ["otpauth://totp/localhost:ada?secret=JBSWY3DPEHPK3PXP&issuer=localhost"]

    def test_the_app_names_the_site_and_the_account_as_people_do(self, enrolling, drawn):
        enrolling.cognito.settings.site_name = "Example Ltd"
        enrolling.policy.person = CognitoIdentity.from_claims(
            {"sub": "id", "cognito:username": "id", "email": "ada@example.com"}
        )
        with_key(enrolling)
        assert drawn[0].startswith("otpauth://totp/Example%20Ltd:ada%40example.com?")

    def test_no_style_and_no_script_is_in_the_page_itself(self, enrolling):
        page = with_key(enrolling)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert page.html.select("[style], style, script:not([src])") == []

    def test_the_app_counts_once_its_first_code_is_right(self, enrolling):
        form = with_key(enrolling).form
        form["code"], form["device_name"] = "123 456", " Ada's telephone "
        response = form.submit()
        assert enrolling.cognito.account.calls == [
            ("verify_software_token", "123456", "Ada's telephone"),
            ("get_user",),
            ("set_user_mfa_preference", {APP: True}, APP),
        ]
        assert where(response) == f"{TWO_FACTOR}?reason=set-up"
        assert "Your authenticator app is set up." in words(response.follow().html)

    def test_a_factor_that_is_preferred_stays_so(self, enrolling):
        ada_has(enrolling, SMS, preferred=SMS)
        form = with_key(enrolling).form
        form["code"] = "123456"
        form.submit()
        assert choices(enrolling) == [({APP: True, SMS: True}, SMS)]

    def test_the_code_is_asked_with_what_telephones_look_for(self, enrolling):
        code = with_key(enrolling).form["code"]
        assert code.attrs["autocomplete"] == "one-time-code"
        assert code.attrs["inputmode"] == "numeric"

    @pytest.mark.parametrize("code", ["EnableSoftwareTokenMFAException", "CodeMismatchException"])
    def test_a_wrong_code_leads_back_to_the_same_key(self, enrolling, code):
        form = with_key(enrolling).form
        error = cognito_error(code)
        enrolling.cognito.account.errors["verify_software_token"] = error
        form["code"], form["device_name"] = "424242", "Ada's telephone"
        response = form.submit(status=400)
        assert response.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert response.html.select_one("#code-error").text.strip() == error.message
        assert response.form["device_name"].value == "Ada's telephone"
        assert "424242" not in response
        assert choices(enrolling) == []
        enrolling.cognito.account.errors.clear()
        response.form["code"] = "123456"
        assert where(response.form.submit()) == f"{TWO_FACTOR}?reason=set-up"

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("", "Enter the code."),
            ("12345", "The code of an authenticator app has six digits."),
            ("1234567", "The code of an authenticator app has six digits."),
            ("abcdef", "A code has digits only."),
        ],
    )
    def test_what_is_no_code_is_not_sent(self, enrolling, code, said):
        form = with_key(enrolling).form
        form["code"] = code
        response = form.submit(status=400)
        assert said in problem(response)
        assert response.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"
        assert enrolling.cognito.account.calls == []

    def test_an_error_that_is_not_about_the_code_is_said_on_top(self, enrolling):
        form = with_key(enrolling).form
        enrolling.cognito.account.errors["set_user_mfa_preference"] = cognito_error(
            "ServiceUnavailable"
        )
        form["code"] = "123456"
        response = form.submit(status=503)
        assert "cannot be reached" in problem(response)
        assert response.html.select_one("code").text == "JBSW Y3DP EHPK 3PXP"

    def test_an_application_that_offers_no_apps_has_no_such_page(self):
        site = Site(features=frozenset({"sms_code"}))
        site.policy.person = ADA
        assert site.browser.get(AUTHENTICATOR, status=404)

    class TestTheKeyThatThePageBrings:
        def begins_anew(self, site, setup):
            """Post a good code with *setup*; another key must be asked for."""
            response = site.post(AUTHENTICATOR, {"code": "123456", "setup": setup})
            assert response.status_int == 400
            assert "open for too long" in problem(response)
            assert response.html.select_one("code") is None
            assert site.cognito.account.calls == []
            response = response.form.submit("new")
            assert response.html.select_one("code").text == "GEZD GNBV GY3T QOJQ"
            return True

        @pytest.fixture
        def setup(self, enrolling):
            return with_key(enrolling).form["setup"].value

        def test_it_is_sealed(self, setup):
            assert KEYS[0] not in setup

        def test_it_is_good_for_a_quarter_of_an_hour(self, enrolling, setup):
            enrolling.clock.advance(899)
            response = enrolling.post(AUTHENTICATOR, {"code": "123456", "setup": setup})
            assert response.status_int == 303

        def test_it_is_good_for_no_longer(self, enrolling, setup):
            enrolling.clock.advance(900)
            assert self.begins_anew(enrolling, setup)

        def test_it_is_nobody_elses(self, enrolling, setup):
            claims = {"sub": "sub-of-eve", "cognito:username": "eve"}
            enrolling.policy.person = CognitoIdentity.from_claims(claims)
            assert self.begins_anew(enrolling, setup)

        def test_it_is_not_one_that_the_browser_made(self, enrolling, setup):
            assert self.begins_anew(enrolling, "sub-of-ada MFRGGZDFMZTWQ2LK")

        def test_it_is_not_something_else_that_was_sealed(self, enrolling, setup):
            other = Sealer((SECRET,), "challenge", "pool", "client", clock=enrolling.clock)
            sealed = other.seal(b"sub-of-ada MFRGGZDFMZTWQ2LK", lifetime=900)
            assert self.begins_anew(enrolling, sealed)

        def test_a_form_without_it_begins_anew(self, enrolling, setup):
            assert self.begins_anew(enrolling, "")
