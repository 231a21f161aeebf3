"""The e-mail address and the telephone number."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from pyramid_cognito.account_types import CodeDelivery, User
from pyramid_cognito.errors import Context, cognito_error
from tests.unit.views.site import ADA, Site, problem

EMAIL, VERIFY_EMAIL = "/account/email", "/account/email/verify"
PHONE, VERIFY_PHONE = "/account/phone", "/account/phone/verify"
ATTRIBUTES = {
    "email": "ada@example.com",
    "email_verified": "true",
    "phone_number": "+442079460958",
    "phone_number_verified": "false",
}
SENT_TO_EVE = CodeDelivery("email", "EMAIL", "e***@e***")


def where(response):
    return response.location.removeprefix("http://localhost")


def words(page):
    return " ".join(page.html.select_one(".cognito").get_text(" ").split())


def told(site, **attributes):
    """From now on this is what the pool says of ada."""
    site.cognito.account.answers["get_user"] = User("ada", attributes, (), None)


def changes(site):
    return [call for call in site.cognito.account.calls if call[0] != "get_user"]


def what_was_done(site):
    """The calls since the last time that this was asked, and how often tokens were refreshed."""
    done = list(site.cognito.account.calls), site.cognito.refreshes
    site.cognito.account.calls.clear()
    site.cognito.refreshes = 0
    return done


@pytest.fixture
def site() -> Site:
    site = Site(editable_attributes=frozenset({"email", "phone_number"}))
    site.policy.person = ADA
    told(site, **ATTRIBUTES)
    site.cognito.account.answers["update_user_attributes"] = ()
    return site


class TestChanging:
    def test_the_present_one_and_how_it_stands_are_shown(self, site):
        page = site.browser.get(EMAIL)
        assert page.html.h1.text == "E-mail address"
        assert "You have confirmed that ada@example.com is yours." in words(page)
        assert page.form["email"].value == "ada@example.com"
        assert page.form["email"].attrs["autocomplete"] == "email"

    def test_one_that_is_not_confirmed_may_be(self, site):
        page = site.browser.get(PHONE)
        assert page.html.h1.text == "Telephone number"
        assert "You have not confirmed yet that +442079460958 is yours." in words(page)
        send = page.forms[1]
        assert send.action == VERIFY_PHONE

    def test_the_embedded_pool_has_no_codes_and_so_no_buttons_for_them(self):
        site = Site(editable_attributes=frozenset({"phone_number"}), is_local=True)
        site.policy.person = ADA
        told(site, **ATTRIBUTES)
        page = site.browser.get(PHONE)
        assert "it sends no codes" in words(page)
        assert "Send a code" not in page
        assert VERIFY_PHONE not in page

    def test_so_is_that_there_is_none(self, site):
        told(site)
        page = site.browser.get(PHONE)
        assert "There is none yet." in words(page)
        assert page.form["phone_number"].attrs["inputmode"] == "tel"

    def test_a_pool_that_sends_a_code_leads_to_where_it_is_entered(self, site):
        site.cognito.account.answers["update_user_attributes"] = (SENT_TO_EVE,)
        form = site.browser.get(EMAIL).form
        form["email"] = "eve@example.com"
        response = form.submit()
        assert changes(site) == [("update_user_attributes", {"email": "eve@example.com"})]
        assert where(response).startswith(VERIFY_EMAIL + "?reason=sent")
        page = response.follow()
        assert "Enter the code that was sent to e***@e*** ." in words(page)
        assert "A code is on its way." in words(page)

    def test_a_pool_that_changes_it_at_once_has_changed_it(self, site):
        response = site.post(PHONE, {"phone_number": "+44 20 7946 0000"})
        assert changes(site) == [("update_user_attributes", {"phone_number": "+442079460000"})]
        assert where(response) == PHONE + "?reason=changed"
        assert "The change is saved." in words(response.follow())

    def test_a_code_for_something_else_is_not_asked_for_here(self, site):
        site.cognito.account.answers["update_user_attributes"] = (SENT_TO_EVE,)
        response = site.post(PHONE, {"phone_number": "+442079460000"})
        assert where(response) == PHONE + "?reason=changed"

    def test_the_application_sees_the_change_at_once(self, site):
        site.post(EMAIL, {"email": "eve@example.com"})
        assert site.cognito.refreshes == 1

    def test_a_telephone_number_may_be_taken_away(self, site):
        response = site.post(PHONE, {"phone_number": ""})
        assert changes(site) == [("update_user_attributes", {"phone_number": ""})]
        assert where(response) == PHONE + "?reason=changed"

    def test_an_e_mail_address_may_not(self, site):
        assert site.post(EMAIL, {"email": ""}).status_int == 400
        assert changes(site) == []

    def test_what_is_no_address_is_not_sent_and_may_be_mended(self, site):
        page = site.post(EMAIL, {"email": "eve at example"})
        assert page.status_int == 400
        assert changes(site) == []

    def test_the_same_again_is_no_change(self, site):
        response = site.post(EMAIL, {"email": " ada@example.com "})
        assert changes(site) == []
        assert "Nothing was changed" in words(response.follow())

    def test_what_cognito_refuses_is_told(self, site):
        site.cognito.account.errors["update_user_attributes"] = cognito_error(
            "InvalidParameterException"
        )
        page = site.post(EMAIL, {"email": "eve@example.com"})
        assert page.status_int == 400
        assert page.form["email"].value == "eve@example.com"

    @pytest.mark.parametrize(
        ("path", "verify", "typed", "destination"),
        [
            (EMAIL, VERIFY_EMAIL, {"email": "eve@example.com"}, "e***@e***"),
            (PHONE, VERIFY_PHONE, {"phone_number": "+442079460000"}, "+********0000"),
        ],
    )
    def test_one_of_another_account_is_answered_as_one_that_is_free(
        self, site, path, verify, typed, destination
    ):
        (attribute,) = typed
        delivery = CodeDelivery(attribute, "", destination)
        site.cognito.account.answers["update_user_attributes"] = (delivery,)
        free, done_for_free = site.post(path, typed), what_was_done(site)
        site.cognito.account.errors["update_user_attributes"] = cognito_error(
            "AliasExistsException"
        )
        taken = site.post(path, typed)
        assert where(taken).startswith(verify)
        assert taken.status == free.status
        assert taken.headerlist == free.headerlist
        assert what_was_done(site) == done_for_free

    def test_an_old_sign_in_is_not_enough_and_what_was_typed_comes_back(self, site):
        site.cognito.age = 301
        response = site.post(EMAIL, {"email": "eve+1@example.com"})
        assert changes(site) == []
        page = response.follow()
        assert page.html.h1.text == "Enter your password again"
        page.form["password"] = "Correct-Horse-9"
        response = page.form.submit()
        site.cognito.age = 0
        page = response.follow()
        assert page.form["email"].value == "eve+1@example.com"
        assert page.form.submit().status_int == 303
        assert changes(site) == [("update_user_attributes", {"email": "eve+1@example.com"})]

    def test_what_comes_back_is_checked_like_anything_that_is_typed(self, site):
        site.cognito.age = 301
        back = parse_qs(urlsplit(where(site.post(EMAIL, {"email": "eve at example"}))).query)
        site.cognito.age = 0
        page = site.browser.get(back["next"][0])
        assert page.form["email"].value == "eve at example"
        assert page.form.submit(status=400).form["email"].value == "eve at example"
        assert changes(site) == []

    def test_what_was_emptied_comes_back_empty(self, site):
        site.cognito.age = 301
        back = parse_qs(urlsplit(where(site.post(PHONE, {"phone_number": ""}))).query)
        site.cognito.age = 0
        assert site.browser.get(back["next"][0]).forms[0]["phone_number"].value == ""

    @pytest.mark.parametrize("name", ["email", "kept"])
    def test_a_link_fills_in_nothing(self, site, name):
        page = site.browser.get(EMAIL, {name: "eve@example.com"})
        assert page.form["email"].value == "ada@example.com"

    def test_nor_does_it_pass_for_what_the_pool_has(self, site):
        page = site.post(f"{EMAIL}?email=not+an+address", {"email": "not an address"})
        assert page.status_int == 400
        assert changes(site) == []

    @pytest.mark.parametrize(("path", "verify"), [(EMAIL, VERIFY_EMAIL), (PHONE, VERIFY_PHONE)])
    def test_a_code_may_be_entered_even_where_the_old_one_is_confirmed(self, site, path, verify):
        assert site.browser.get(path).click("You have a code").request.path == verify

    @pytest.mark.parametrize("path", [EMAIL, VERIFY_EMAIL, PHONE, VERIFY_PHONE])
    def test_the_page_is_there_only_for_what_people_may_write(self, path):
        site = Site(editable_attributes=frozenset({"name"}))
        site.policy.person = ADA
        site.browser.get(path, status=404)


class TestConfirming:
    def test_the_right_code_confirms_it(self, site):
        form = site.browser.get(VERIFY_EMAIL).forms[0]
        assert form["code"].attrs["autocomplete"] == "one-time-code"
        form["code"] = "123 456"
        response = form.submit()
        assert changes(site) == [("verify_user_attribute", "email", "123456")]
        assert site.cognito.refreshes == 1
        assert where(response) == EMAIL + "?reason=confirmed"
        assert "it is confirmed" in words(response.follow())

    def test_a_wrong_code_may_be_corrected_and_is_not_shown_again(self, site):
        site.cognito.account.error = cognito_error("CodeMismatchException", context=Context.CODE)
        page = site.post(VERIFY_PHONE + "?to=%2B*******0958", {"code": "424242"})
        assert page.status_int == 400
        assert page.html.select_one("#code")["aria-invalid"] == "true"
        assert "424242" not in page
        assert "+*******0958" in words(page)

    def test_that_there_is_no_code_looks_like_a_wrong_one(self, site):
        pages = []
        for code in ("CodeMismatchException", "ExpiredCodeException"):
            site.cognito.account.error = cognito_error(code, context=Context.SIGNED_IN)
            pages.append(site.post(VERIFY_EMAIL, {"code": "123456"}))
        wrong, expired = pages
        assert wrong.status_int == 400
        assert "not right or has expired" in problem(wrong)
        assert expired.text == wrong.text

    def test_too_many_codes_and_an_outage_are_what_they_are(self, site):
        for code, status in (("TooManyFailedAttemptsException", 429), ("ServiceUnavailable", 503)):
            site.cognito.account.error = cognito_error(code, context=Context.SIGNED_IN)
            assert site.post(VERIFY_EMAIL, {"code": "123456"}).status_int == status

    def test_only_who_has_the_code_is_told_whose_it_is(self, site):
        site.cognito.account.error = cognito_error("AliasExistsException")
        page = site.post(VERIFY_EMAIL, {"code": "123456"})
        assert "Another account already uses" in problem(page)

    def test_what_is_no_code_is_not_sent(self, site):
        assert site.post(VERIFY_EMAIL, {"code": "abc"}).status_int == 400
        assert changes(site) == []

    def test_another_code_may_be_sent(self, site):
        site.cognito.account.answers["get_user_attribute_verification_code"] = CodeDelivery(
            "phone_number", "SMS", "+*******0958"
        )
        response = site.browser.get(VERIFY_PHONE).forms[1].submit("send")
        assert changes(site) == [("get_user_attribute_verification_code", "phone_number")]
        assert "+*******0958" in words(response.follow())

    def test_another_one_goes_where_the_page_said_as_far_as_anybody_is_told(self, site):
        site.cognito.account.answers["get_user_attribute_verification_code"] = CodeDelivery(
            "email", "EMAIL", "a***@e***"
        )
        response = site.browser.get(VERIFY_EMAIL, {"to": "e***@o***"}).forms[1].submit("send")
        assert "e***@o***" in words(response.follow())

    def test_that_it_is_sent_too_often_is_told(self, site):
        site.cognito.account.error = cognito_error("TooManyAttempts", retry_after=61)
        page = site.post(VERIFY_EMAIL, {"send": "y"})
        assert page.status_int == 429
        assert page.headers["Retry-After"] == "61"

    @pytest.mark.parametrize("text", ["call +44 20 7946 0958", "eve@example.com", "<b>", "*"])
    def test_only_what_cognito_writes_is_shown_as_where_the_code_is(self, site, text):
        page = site.browser.get(VERIFY_EMAIL, {"to": text})
        assert "Enter the code that was sent to you." in words(page)
        assert text not in words(page)

    def test_the_way_back_is_to_the_address(self, site):
        assert site.browser.get(VERIFY_EMAIL).click("E-mail address").request.path == EMAIL
