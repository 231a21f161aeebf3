"""Who is signed in proves anew who they are: the same person alone, with every factor they have."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.local import LocalPool, LocalUser
from tests.functional.authenticator import Guarded, create_guarded
from tests.functional.site import (
    NOWHERE,
    PASSWORD,
    Browser,
    configurator,
    deletes,
    set_cookies,
    settings_of,
)

NewUser = Callable[..., LocalUser]

WRONG = "Wrong-Horse-9"


def pages(config: Configurator) -> None:
    """Views that do no more than call the façade."""
    for view in (prove, answer, check):
        config.add_view(view, name=view.__name__, request_method="POST", renderer="json")


def prove(request: Request) -> dict[str, Any]:
    return outcome(request, request.cognito.reauthenticate(request.POST["password"]))


def answer(request: Request) -> dict[str, Any]:
    return outcome(request, request.cognito.answer(**request.POST))


def check(request: Request) -> str:
    try:
        request.cognito.check_password(request.POST["password"])
    except CognitoError as error:
        return error.code
    return "right"


def outcome(request: Request, result: Any) -> dict[str, Any]:
    request.response.headerlist.extend(result.headers)
    return {"status": result.status.value, "error": result.error and result.error.code}


@pytest.fixture(scope="module")
def site(local_pool: LocalPool) -> Router:
    return application(local_pool)


def application(pool: LocalPool, **changes: str) -> Router:
    config: Configurator = configurator(settings_of(pool, **changes))
    config.include(pages)
    return config.make_wsgi_app()


@pytest.fixture
def person(new_user: NewUser) -> LocalUser:
    return new_user()


@pytest.fixture
def browser(site: Router, person: LocalUser) -> Browser:
    """Of someone who is signed in."""
    browser = Browser(site)
    browser.sign_in(person.username)
    return browser


@pytest.fixture(scope="module")
def guarded(local_pool: LocalPool, admin: Any, local_site: Router) -> Guarded:
    return create_guarded(local_pool, admin, local_site, "with-a-code-each-time")


@pytest.fixture
def half_way(site: Router, guarded: Guarded) -> Browser:
    """Of someone who is signed in, has given the password again, and is asked for a code."""
    browser = Browser(site)
    form = browser.sign_in(guarded.username, remember=True).follow().form
    form["code"] = guarded.code()
    form.submit(status=303)
    assert status(browser.post("/prove", {"password": PASSWORD})) == "challenged"
    return browser


def status(response: TestResponse) -> str:
    text: str = response.json["status"]
    return text


def goes_on(browser: Browser, name: str) -> bool:
    """Whether a session is as good as ever, at Cognito too."""
    return bool(
        browser.get("/view").text == f"view for {name}"
        and browser.get("/refresh").json["signed_in"]
    )


# --- by password


def test_the_password_brings_a_new_session_of_the_same_person(
    browser: Browser, person: LocalUser
) -> None:
    before, tokens = browser.me(), browser.tokens()

    answered = browser.post("/prove", {"password": PASSWORD})

    assert status(answered) == "succeeded"
    after = browser.me()
    assert before is not None
    assert after is not None
    assert after["sub"] == before["sub"]
    assert after["auth_time"] >= before["auth_time"]
    assert browser.tokens()["refresh"] != tokens["refresh"]
    assert goes_on(browser, person.username)


def test_the_session_before_is_over_here_and_at_cognito(
    browser: Browser, local_pool: LocalPool, admin: Any
) -> None:
    before, tokens = browser.twin(), browser.tokens()
    elsewhere = browser.twin(application(local_pool))

    browser.post("/prove", {"password": PASSWORD})

    assert before.me() is None
    # another process finds out when it asks Cognito
    assert elsewhere.get("/refresh").json["signed_in"] is False
    with pytest.raises(admin.exceptions.NotAuthorizedException):
        admin.get_user(AccessToken=tokens["access"])


@pytest.mark.parametrize("remember", [True, False])
def test_a_session_outlives_the_browsers_if_it_did_before(
    site: Router, person: LocalUser, remember: bool
) -> None:
    browser = Browser(site)
    browser.sign_in(person.username, remember=remember)

    answered = browser.post("/prove", {"password": PASSWORD})

    (header,) = set_cookies(answered, "cognito")
    assert ("Max-Age=" in header) is remember


def test_a_wrong_password_changes_nothing(browser: Browser, person: LocalUser) -> None:
    before = browser.ticket

    answered = browser.post("/prove", {"password": WRONG})

    assert answered.json == {"status": "failed", "error": "NotAuthorizedException"}
    assert set_cookies(answered, "cognito") == []
    assert browser.ticket == before
    assert goes_on(browser, person.username)


def test_somebody_elses_password_is_a_wrong_one(site: Router, new_user: NewUser) -> None:
    mine, theirs = new_user(password="Mine-Horse-91"), new_user(password="Their-Horse-92")
    browser = Browser(site)
    browser.sign_in(mine.username, mine.password)

    assert status(browser.post("/prove", {"password": theirs.password})) == "failed"
    assert goes_on(browser, mine.username)


def test_while_cognito_is_away_the_session_stands(
    browser: Browser, person: LocalUser, local_pool: LocalPool
) -> None:
    cut_off = browser.twin(application(local_pool, endpoint_url=NOWHERE))

    answered = cut_off.post("/prove", {"password": PASSWORD})

    assert answered.json == {"status": "failed", "error": "ServiceUnavailable"}
    assert cut_off.get("/view").text == f"view for {person.username}"
    assert goes_on(browser, person.username)


def test_nobody_signs_in_so(site: Router) -> None:
    stranger = Browser(site)

    assert status(stranger.post("/prove", {"password": PASSWORD})) == "failed"
    assert stranger.me() is None


def test_passwords_are_not_guessed_at_a_session_that_was_left_open(
    local_pool: LocalPool, person: LocalUser
) -> None:
    browser = Browser(application(local_pool, **{"throttle.account": "2 per 5 minute"}))
    browser.sign_in(person.username)

    errors = [browser.post("/prove", {"password": WRONG}).json["error"] for _ in range(2)]
    errors.append(browser.post("/prove", {"password": PASSWORD}).json["error"])

    assert errors == [*["NotAuthorizedException"] * 2, "TooManyAttempts"]
    assert browser.get("/view").text == f"view for {person.username}"


# --- by password and code


def test_a_code_is_asked_for_too(half_way: Browser, guarded: Guarded) -> None:
    before = half_way.twin()
    assert half_way.get("/view").text == f"view for {guarded.username}"

    answered = half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": guarded.code()})

    assert status(answered) == "succeeded"
    assert deletes(answered, "cognito-challenge")
    assert "Max-Age=" in set_cookies(answered, "cognito")[0]
    assert goes_on(half_way, guarded.username)
    assert before.me() is None


def test_the_page_for_codes_answers_it_as_well(half_way: Browser, guarded: Guarded) -> None:
    before = half_way.twin()
    form = half_way.get("/account/sign-in/challenge").form
    form["code"] = guarded.code()

    form.submit(status=303)

    assert goes_on(half_way, guarded.username)
    assert before.me() is None


def test_a_wrong_code_changes_nothing_and_may_be_corrected(
    half_way: Browser, guarded: Guarded
) -> None:
    wrong = half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": guarded.code(wrong=True)})

    assert wrong.json == {"status": "failed", "error": "CodeMismatchException"}
    assert set_cookies(wrong, "cognito") == []
    assert goes_on(half_way, guarded.username)
    right = half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": guarded.code()})
    assert status(right) == "succeeded"


# --- and meanwhile


def test_the_code_counts_for_nobody_who_signed_in_meanwhile(
    half_way: Browser, guarded: Guarded
) -> None:
    pending = half_way.cookies["cognito-challenge"]
    half_way.sign_in("eve")
    half_way.set_cookie("cognito-challenge", pending)

    answered = half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": guarded.code()})

    assert answered.json == {"status": "failed", "error": "SessionExpired"}
    assert deletes(answered, "cognito-challenge")
    assert goes_on(half_way, "eve")


def test_it_signs_nobody_in_who_signed_out_meanwhile(half_way: Browser, guarded: Guarded) -> None:
    pending = half_way.cookies["cognito-challenge"]
    half_way.sign_out()
    half_way.set_cookie("cognito-challenge", pending)

    answered = half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": guarded.code()})

    assert answered.json == {"status": "failed", "error": "SessionExpired"}
    assert half_way.me() is None


def test_who_is_created_anew_under_the_same_name_is_someone_else(
    browser: Browser, person: LocalUser, admin: Any, local_pool: LocalPool
) -> None:
    identity = {"UserPoolId": local_pool.user_pool_id, "Username": person.username}
    admin.admin_delete_user(**identity)
    admin.admin_create_user(**identity, MessageAction="SUPPRESS")
    admin.admin_set_user_password(**identity, Password=PASSWORD, Permanent=True)
    before = browser.me()

    answered = browser.post("/prove", {"password": PASSWORD})

    assert answered.json == {"status": "failed", "error": "NotAuthorizedException"}
    assert set_cookies(answered, "cognito") == []
    assert browser.me() == before


# --- the password alone


def test_a_password_is_checked_and_leaves_no_tokens(
    browser: Browser, person: LocalUser, calls: list[str]
) -> None:
    before = browser.ticket
    calls.clear()

    assert browser.post("/check", {"password": PASSWORD}).json == "right"

    assert calls == ["InitiateAuth", "RespondToAuthChallenge", "RevokeToken"]
    assert browser.ticket == before
    assert goes_on(browser, person.username)


def test_a_wrong_one_is_told(browser: Browser, person: LocalUser) -> None:
    assert browser.post("/check", {"password": WRONG}).json == "NotAuthorizedException"
    assert goes_on(browser, person.username)


def test_of_who_has_an_authenticator_it_is_still_the_password(
    half_way: Browser, guarded: Guarded
) -> None:
    assert half_way.post("/check", {"password": PASSWORD}).json == "right"
    assert half_way.post("/check", {"password": WRONG}).json == "NotAuthorizedException"
    assert goes_on(half_way, guarded.username)


# --- what is told of it


def test_the_audit_trail_tells_all_of_it_and_no_secret(
    half_way: Browser, guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pyramid_cognito.audit")
    caplog.clear()
    wrong, right = guarded.code(wrong=True), guarded.code()

    half_way.post("/prove", {"password": WRONG})
    half_way.post("/prove", {"password": PASSWORD})
    half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": wrong})
    half_way.post("/answer", {"SOFTWARE_TOKEN_MFA_CODE": right})

    lines = [each.getMessage() for each in caplog.records if each.name == "pyramid_cognito.audit"]
    names = [line.partition(" ")[0] for line in lines]
    assert names == ["SignInFailed", "ChallengeFailed", "UserSignedIn"]
    assert all(f'"user": "{guarded.username}"' in line for line in lines)
    assert not any(secret in line for line in lines for secret in (WRONG, PASSWORD, wrong, right))
