from __future__ import annotations

from collections.abc import Callable

import pytest
from pyramid.authorization import Allow, Authenticated
from pyramid.request import Request
from pyramid.response import Response
from webtest import TestApp

from tests.application import make_config
from tests.jwt_factory import access_claims, make_token

BEARER = {"Authorization": f"Bearer {make_token(access_claims())}"}
BOTH = "Cookie, Authorization"


class Root:
    __acl__ = ((Allow, Authenticated, "view"),)

    def __init__(self, request: Request) -> None:
        self.request = request


def public(request: Request) -> Response:
    return Response("the same for everyone")


def personal(request: Request) -> Response:
    return Response(f"for {request.authenticated_userid}")


def site(view: Callable[[Request], Response] = personal, **settings: str) -> TestApp:
    named = {f"cognito.{name}": text for name, text in settings.items()}
    config = make_config(named, root_factory=Root)
    config.add_view(view)
    config.add_view(public, name="guarded", permission="view")
    return TestApp(config.make_wsgi_app())


@pytest.mark.parametrize("headers", [{}, BEARER, {"Cookie": "__Host-cognito=x"}])
def test_a_response_that_depends_on_who_asks_says_so(headers: dict[str, str]) -> None:
    assert site().get("/", headers=headers).headers.getall("Vary") == [BOTH]


def test_so_does_one_behind_a_permission_and_a_denial() -> None:
    app = site()
    assert app.get("/guarded", headers=BEARER, status=200).headers["Vary"] == BOTH
    assert app.get("/guarded", status=302).headers["Vary"] == BOTH
    headers = {"Accept": "application/json"}
    assert app.get("/guarded", headers=headers, status=401).headers["Vary"] == BOTH


@pytest.mark.parametrize("headers", [{}, BEARER, {"Cookie": "__Host-cognito=x"}])
def test_one_that_is_the_same_for_everyone_does_not(headers: dict[str, str]) -> None:
    assert "Vary" not in site(public).get("/", headers=headers).headers


@pytest.mark.parametrize(
    ("settings", "vary"),
    [
        ({"bearer.enabled": "false"}, "Cookie"),
        ({"cookies": "false"}, "Authorization"),
    ],
)
def test_what_is_turned_off_is_not_named(settings: dict[str, str], vary: str) -> None:
    assert site(**settings).get("/").headers["Vary"] == vary


@pytest.mark.parametrize(
    ("lines", "vary"),
    [
        (["Accept"], f"Accept, {BOTH}"),
        (["accept-language, cookie"], "accept-language, cookie, Authorization"),
        (["Accept", "Authorization"], "Accept, Authorization, Cookie"),
        ([BOTH], BOTH),
        ([""], BOTH),
        (["*"], "*"),
    ],
)
def test_what_the_application_says_stays(lines: list[str], vary: str) -> None:
    def view(request: Request) -> Response:
        response = personal(request)
        response.headerlist += [("vary", line) for line in lines]
        return response

    assert site(view).get("/").headers.getall("Vary") == [vary]
