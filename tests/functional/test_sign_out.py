"""Signing out: here, at Cognito, everywhere, and while Cognito is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory

from pyramid_cognito.local import LocalUser
from tests.functional.site import (
    CHALLENGE,
    LATER,
    NOWHERE,
    SIGN_IN,
    SIGN_OUT,
    Browser,
    Stage,
    deletes,
    form_with,
    where,
)

NewUser = Callable[..., LocalUser]


@pytest.fixture
def browser(stage: Stage) -> Browser:
    """eve's, who is signed in."""
    return stage.signed_in("eve")


@pytest.fixture
def refreshes(stage: Stage, admin: Any) -> Callable[[str], bool]:
    """Whether the user pool gives new tokens for a refresh token."""

    def ask(refresh_token: str) -> bool:
        try:
            admin.get_tokens_from_refresh_token(
                RefreshToken=refresh_token, ClientId=stage.client_id
            )
        except admin.exceptions.NotAuthorizedException:
            return False
        return True

    return ask


def test_to_look_at_the_page_signs_nobody_out(browser: Browser) -> None:
    page = browser.get(SIGN_OUT, status=200)

    assert form_with(page, "csrf_token").method == "post"
    browser.head(SIGN_OUT, status=200)
    assert browser.get("/view").text == "view for eve"


def test_the_form_signs_out_and_says_so(browser: Browser) -> None:
    answer = browser.sign_out()

    assert deletes(answer, "cognito")
    assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", "))
    assert where(answer) == SIGN_OUT
    assert answer.follow().html.h1.text == "You are signed out"
    assert browser.ticket is None
    assert where(browser.get("/view")).startswith(SIGN_IN)


@pytest.mark.parametrize(
    ("next_page", "place"), [("/?bye", "/?bye"), ("https://elsewhere.example/", SIGN_OUT)]
)
def test_a_form_may_say_where_to_go_on(browser: Browser, next_page: str, place: str) -> None:
    token = form_with(browser.get(SIGN_OUT), "csrf_token")["csrf_token"].value

    answer = browser.post(SIGN_OUT, {"csrf_token": token, "next": next_page})

    assert where(answer) == place


@pytest.mark.parametrize("fields", [{}, {"csrf_token": "forged"}])
def test_another_site_cannot_sign_people_out(browser: Browser, fields: dict[str, str]) -> None:
    answer = browser.post(SIGN_OUT, fields, status=400)

    assert not deletes(answer, "cognito")
    assert browser.get("/view").text == "view for eve"


def test_an_old_cookie_is_nobodys(browser: Browser) -> None:
    thief = browser.twin()
    assert thief.get("/view").text == "view for eve"

    browser.sign_out()

    assert thief.me() is None
    assert where(thief.get("/view")).startswith(SIGN_IN)


def test_so_is_an_access_token_of_the_session(browser: Browser) -> None:
    headers = {"Authorization": f"Bearer {browser.tokens()['access']}"}
    program = Browser(browser.app)
    program.get("/view", headers=headers, status=200)

    browser.sign_out()

    program.get("/view", headers=headers, status=401)


def test_other_sessions_of_the_person_go_on(browser: Browser, stage: Stage) -> None:
    elsewhere = Browser(browser.app)
    stage.let_in(elsewhere, "eve")

    browser.sign_out()

    assert elsewhere.get("/view").text == "view for eve"
    assert elsewhere.get("/refresh").json["signed_in"] is True


def test_the_refresh_token_is_revoked(
    browser: Browser, refreshes: Callable[[str], bool], admin: Any
) -> None:
    tokens = browser.tokens()
    assert refreshes(tokens["refresh"])

    browser.sign_out()

    assert not refreshes(tokens["refresh"])
    with pytest.raises(admin.exceptions.NotAuthorizedException):
        admin.get_user(AccessToken=tokens["access"])


def test_after_a_refresh_it_is_the_same_session_that_ends(
    browser: Browser, refreshes: Callable[[str], bool]
) -> None:
    before = browser.twin()
    assert browser.get("/refresh").json["signed_in"] is True
    refresh_token = browser.tokens()["refresh"]

    browser.sign_out()

    assert not refreshes(refresh_token)
    # the ticket of before the refresh is another cookie of one and the same sign-in
    assert before.me() is None


def test_everywhere_ends_the_sessions_of_all_browsers(
    stage: Stage, new_user: NewUser, refreshes: Callable[[str], bool]
) -> None:
    person = new_user()
    browser = stage.signed_in(person.username)
    elsewhere = Browser(browser.app)
    stage.let_in(elsewhere, person.username)
    refresh_token = elsewhere.tokens()["refresh"]
    at_another_process = elsewhere.twin(stage.application())

    answer = browser.post("/leave-everywhere")

    assert deletes(answer, "cognito")
    assert not refreshes(refresh_token)
    assert elsewhere.me() is None
    # at another process it goes on until that asks Cognito
    assert at_another_process.me() is not None
    answer = at_another_process.get("/refresh")
    assert answer.json == {"signed_in": False, "now": None}
    assert deletes(answer, "cognito")


def test_what_the_application_kept_for_the_person_is_gone(stage: Stage) -> None:
    def keep(request: Request) -> Response:
        request.session["basket"] = "apples"
        return request.response

    config = stage.configurator()
    config.set_session_factory(SignedCookieSessionFactory("a key of the application's own"))
    config.add_view(keep, name="keep")
    config.add_view(lambda request: request.session.get("basket"), name="kept", renderer="json")
    browser = Browser(config.make_wsgi_app())
    stage.let_in(browser, "eve")
    browser.get("/keep")
    assert browser.get("/kept").json == "apples"

    browser.sign_out()

    assert browser.get("/kept").json is None


def test_a_challenge_that_was_left_pending_is_dropped(browser: Browser, new_user: NewUser) -> None:
    newcomer = new_user(permanent=False)
    browser.sign_in(newcomer.username)

    answer = browser.sign_out()

    assert deletes(answer, "cognito-challenge")
    assert where(browser.get(CHALLENGE)).startswith(SIGN_IN)


def test_who_is_not_signed_in_is_told_so(stage: Stage) -> None:
    browser = Browser(stage.application())

    assert browser.get(SIGN_OUT).html.h1.text == "You are signed out"
    token = browser.get(SIGN_IN).form["csrf_token"].value
    assert where(browser.post(SIGN_OUT, {"csrf_token": token})) == SIGN_OUT


@pytest.mark.parametrize("path", [SIGN_OUT, "/leave-everywhere"])
def test_it_works_while_cognito_is_away(
    browser: Browser, stage: Stage, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    cut_off = browser.twin(stage.application(endpoint_url=NOWHERE))
    assert cut_off.get("/view").text == "view for eve"
    thief = cut_off.twin()
    token = form_with(cut_off.get(SIGN_OUT), "csrf_token")["csrf_token"].value

    answer = cut_off.post(path, {"csrf_token": token}, status=303)

    assert deletes(answer, "cognito")
    assert cut_off.me() is None
    assert thief.me() is None
    warnings = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert any("could not be told" in each.getMessage() for each in warnings)


class TestWhenTheTokensHaveRunOutToo:
    """Who it is cannot be told then, but the session is there, and goes on with Cognito."""

    @pytest.fixture
    def cut_off(self, browser: Browser, stage: Stage) -> Browser:
        cut_off = browser.twin(stage.application(endpoint_url=NOWHERE))
        stage.move_on(LATER)
        return cut_off

    def test_nobody_is_told_that_they_are_signed_out(self, cut_off: Browser) -> None:
        page = cut_off.get(SIGN_OUT, expect_errors=True)

        assert page.html.h1.text != "You are signed out"

    def test_an_old_cookie_is_nobodys(self, cut_off: Browser) -> None:
        thief = cut_off.twin()
        thief.get("/view", status=503)
        token = cut_off.get(SIGN_IN).form["csrf_token"].value

        answer = cut_off.post(SIGN_OUT, {"csrf_token": token})

        assert deletes(answer, "cognito")
        assert where(thief.get("/view")).startswith(SIGN_IN)
