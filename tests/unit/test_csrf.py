from __future__ import annotations

from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy, SessionCSRFStoragePolicy
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory
from webtest import TestApp

from tests.application import make_config
from tests.jwt_factory import access_claims, make_token

BEARER = {"Authorization": f"Bearer {make_token(access_claims())}"}


def storage(config: Configurator) -> Any:
    config.commit()
    return config.registry.getUtility(ICSRFStoragePolicy)


def test_tokens_are_in_a_cookie_where_there_is_no_session() -> None:
    policy = storage(make_config())
    assert isinstance(policy, CookieCSRFStoragePolicy)
    assert policy.cookie_name == "__Host-csrf_token"
    assert storage(make_config({"cognito.cookie_secure": "false"})).cookie_name == "csrf_token"


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_applications_session_keeps_them_whenever_it_is_set(when: str) -> None:
    factory = SignedCookieSessionFactory("secret")
    config = make_config(session_factory=factory if when == "before" else None)
    if when == "after":
        config.set_session_factory(factory)
    assert not isinstance(storage(config), CookieCSRFStoragePolicy)


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
