"""Showing once more that it is oneself."""

from __future__ import annotations

import pytest

from pyramid_cognito.sign_in import SignInResult, SignInStatus
from tests.unit.views.site import ADA, TICKET, Site, problem

PAGE = "/account/reauthenticate"


def where(response):
    return response.location.removeprefix("http://localhost")


@pytest.fixture
def site() -> Site:
    site = Site()
    site.policy.person = ADA
    return site


def test_the_password_is_asked_of_the_person_who_is_signed_in(site):
    page = site.browser.get(PAGE + "?next=/secret")
    assert page.html.h1.text == "Enter your password again"
    assert "You are signed in as ada." in " ".join(page.html.text.split())
    assert page.form["next"].value == "/secret"
    assert page.form["password"].attrs["autocomplete"] == "current-password"
    name = page.html.select_one("input[autocomplete=username]")
    assert name["value"] == "ada"
    assert name.has_attr("hidden")


def test_with_the_right_password_they_go_on(site):
    form = site.browser.get(PAGE + "?next=/secret").form
    form["password"] = "Correct-Horse-9"
    response = form.submit()
    assert site.cognito.reauthentications == ["Correct-Horse-9"]
    assert where(response) == "/secret"
    assert TICKET[1] in response.headers.getall("Set-Cookie")


def test_whose_password_it_is_cannot_be_posted(site):
    site.post(PAGE, {"username": "eve", "password": "Correct-Horse-9"})
    assert site.cognito.reauthentications == ["Correct-Horse-9"]
    assert site.cognito.attempts == []


@pytest.mark.parametrize("onward", ["//elsewhere.example", "https://elsewhere.example/"])
def test_they_never_go_on_elsewhere(site, onward):
    response = site.post(PAGE, {"password": "Correct-Horse-9", "next": onward})
    assert where(response) == "/"


def test_a_challenge_comes_first_and_leads_there_too(site):
    headers = [("Set-Cookie", "challenge=sealed")]
    site.cognito.result = SignInResult(SignInStatus.CHALLENGED, headers=headers)
    response = site.post(PAGE, {"password": "Correct-Horse-9", "next": "/secret"})
    assert where(response) == "/account/sign-in/challenge?next=%2Fsecret"
    assert "challenge=sealed" in response.headers.getall("Set-Cookie")


def test_a_wrong_password_is_told_and_nobody_is_signed_out(site):
    site.fails("CodeMismatchException")
    response = site.post(PAGE, {"password": "Wrong-Horse-9", "next": "/secret"})
    assert response.status_int == 400
    assert "not right" in problem(response)
    assert response.form["next"].value == "/secret"
    assert "Wrong-Horse-9" not in response
    assert "challenge=" in response.headers.getall("Set-Cookie")
    assert site.cognito.sign_outs == 0


def test_who_tries_too_often_has_to_wait(site):
    site.fails("TooManyAttempts", retry_after=61)
    response = site.post(PAGE, {"password": "Wrong-Horse-9"})
    assert response.status_int == 429
    assert response.headers["Retry-After"] == "61"


def test_nothing_is_asked_of_cognito_without_a_password(site):
    assert site.post(PAGE).status_int == 400
    assert site.cognito.reauthentications == []


def test_it_is_said_why(site):
    page = site.browser.get(PAGE)
    assert "asks for a recent sign-in" in page.html.select_one(".cognito-notice").text


def test_a_conversation_that_took_too_long_is_said_to_have(site):
    page = site.browser.get(PAGE + "?reason=expired")
    assert "took too long" in page.html.select_one(".cognito-notice").text


def test_who_is_someone_else_may_sign_out(site):
    assert site.browser.get(PAGE).click("Not you").form.submit().status_int == 303
    assert site.cognito.sign_outs == 1


def test_who_has_no_password_signs_in_again_in_their_own_way(site):
    site.cognito.has_password = False
    for response in (
        site.browser.get(PAGE + "?next=/secret"),
        site.post(PAGE, {"password": "Correct-Horse-9", "next": "/secret"}),
    ):
        assert where(response) == "/account/sign-in?reason=step-up&next=%2Fsecret"
    assert site.cognito.reauthentications == []


def test_so_does_who_is_not_signed_in(site):
    site.policy.person = None
    response = site.browser.get(PAGE + "?next=/secret")
    assert where(response) == "/account/sign-in?reason=step-up&next=%2Fsecret"


def test_without_forgotten_passwords_there_is_no_link_to_that_page():
    site = Site(features=frozenset())
    site.policy.person = ADA
    links = [link.text for link in site.browser.get(PAGE).html.select(".cognito-links a")]
    assert links == ["Not you? Sign out"]
