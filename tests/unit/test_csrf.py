from __future__ import annotations

from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.csrf import SessionCSRFStoragePolicy, get_csrf_token, new_csrf_token
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory
from webtest import TestApp

from pyramid_cognito.csrf import CookieStorage
from tests.application import make_config, make_request
from tests.jwt_factory import access_claims, make_token

BEARER = {"Authorization": f"Bearer {make_token(access_claims())}"}


def storage(config: Configurator) -> Any:
    config.commit()
    return config.registry.getUtility(ICSRFStoragePolicy)


def test_tokens_are_in_a_cookie_where_there_is_no_session() -> None:
    config = make_config()
    assert isinstance(storage(config), CookieStorage)
    request = make_request(config)
    token = get_csrf_token(request)
    assert get_csrf_token(request) == token
    response = Response()
    request._process_response_callbacks(response)
    (text,) = response.headers.getall("Set-Cookie")
    assert text == f"__Host-cognito-csrf={token}; Path=/; secure; HttpOnly; SameSite=Lax"
    again = make_request(config, HTTP_COOKIE=f"a=1; __Host-cognito-csrf={token}")
    assert get_csrf_token(again) == token
    assert not again.response_callbacks or _set_cookies(again) == []


def _set_cookies(request: Any) -> list[str]:
    response = Response()
    request._process_response_callbacks(response)
    return list(response.headers.getall("Set-Cookie"))


def test_a_new_token_takes_the_place_of_the_browsers() -> None:
    config = make_config()
    request = make_request(config, HTTP_COOKIE="__Host-cognito-csrf=old")
    new = new_csrf_token(request)
    assert (get_csrf_token(request), len(new)) == (new, 32)
    assert _set_cookies(request) == [
        f"__Host-cognito-csrf={new}; Path=/; secure; HttpOnly; SameSite=Lax"
    ]


def test_a_retried_request_tells_the_browser_too() -> None:
    config = make_config()
    first = make_request(config)
    token = get_csrf_token(first)
    retried = Request(first.environ)
    retried.registry = config.registry
    assert get_csrf_token(retried) == token
    assert len(_set_cookies(retried)) == 1


@pytest.mark.parametrize(
    ("supplied", "is_good"), [("good", True), ("evil", False), ("", False), ("\ud800", False)]
)
def test_the_forms_token_must_be_the_browsers(supplied: str, is_good: bool) -> None:
    config = make_config()
    request = make_request(config, HTTP_COOKIE="__Host-cognito-csrf=good")
    assert storage(config).check_csrf_token(request, supplied) is is_good


@pytest.mark.parametrize(
    "header",
    [
        "__Host-cognito-csrf=good; a=1 __Host-cognito-csrf=evil",
        "a=1,__Host-cognito-csrf=evil; __Host-cognito-csrf=good",
        "__Host-cognito-csrf=good; \x85__Host-cognito-csrf=evil",
    ],
)
def test_a_subdomain_cannot_plant_a_token(header: str) -> None:
    config = make_config()
    assert get_csrf_token(make_request(config, HTTP_COOKIE=header)) == "good"


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_applications_session_keeps_them_whenever_it_is_set(when: str) -> None:
    factory = SignedCookieSessionFactory("secret")
    config = make_config(session_factory=factory if when == "before" else None)
    if when == "after":
        config.set_session_factory(factory)
    assert not isinstance(storage(config), CookieStorage)


def test_an_applications_own_storage_stays() -> None:
    config = make_config()
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    assert isinstance(storage(config), SessionCSRFStoragePolicy)


def post(config: Configurator, headers: dict[str, str], **options: Any) -> int:
    config.add_route("form", "/form")
    config.add_view(lambda request: Response("done"), route_name="form", **options)
    app = TestApp(config.make_wsgi_app())
    status: int = app.post("/form", headers=headers, expect_errors=True).status_int
    return status


def test_no_token_is_asked_of_a_bearer_request() -> None:
    assert post(make_config(), BEARER, require_csrf=True) == 200
    config = make_config()
    config.set_default_csrf_options(require_csrf=True)
    assert post(config, BEARER) == 200


def test_one_is_asked_where_bearers_are_turned_off() -> None:
    config = make_config({"cognito.bearer.enabled": "false"})
    assert post(config, BEARER, require_csrf=True) == 400


def test_options_that_are_set_after_a_commit_exempt_bearers_too() -> None:
    config = make_config()
    config.commit()
    config.set_default_csrf_options(require_csrf=True)
    assert post(config, BEARER) == 200
    assert post(make_config(autocommit=True), BEARER, require_csrf=True) == 200


def test_a_form_of_another_site_is_refused_by_its_origin() -> None:
    config = make_config()
    config.add_route("form", "/form")
    config.add_view(lambda request: Response("done"), route_name="form", require_csrf=True)
    app = TestApp(config.make_wsgi_app(), extra_environ={"wsgi.url_scheme": "https"})
    app.extra_environ["HTTP_COOKIE"] = "__Host-cognito-csrf=good"
    for origin, status in (("https://localhost", 200), ("https://evil.example.com", 400)):
        headers = {"Origin": origin, "X-CSRF-Token": "good"}
        assert app.post("/form", headers=headers, expect_errors=True).status_int == status


def test_every_other_request_needs_one() -> None:
    assert post(make_config(), {}, require_csrf=True) == 400
    assert post(make_config(), {"Authorization": "Basic YTpi"}, require_csrf=True) == 400


@pytest.mark.parametrize(("exempt", "status"), [(True, 200), (False, 400)])
def test_an_applications_own_exemption_still_counts(exempt: bool, status: int) -> None:
    config = make_config()
    config.set_default_csrf_options(require_csrf=True, callback=lambda request: not exempt)
    assert post(config, {}) == status


def test_an_application_that_asks_for_none_is_asked_for_none() -> None:
    assert post(make_config(), {}) == 200
