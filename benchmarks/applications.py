"""One small application under each of the policies compared: two pages behind an ACL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from typing import Any
from warnings import catch_warnings, simplefilter

from pyramid.authentication import AuthTktCookieHelper
from pyramid.authorization import (
    ACLAuthorizationPolicy,
    ACLHelper,
    Allow,
    Authenticated,
    Everyone,
)
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import remember

from benchmarks import people

Environ = dict[str, Any]
WSGIApp = Callable[[Environ, Callable[..., object]], Iterable[bytes]]

PLAIN, READS_COOKIES = "/plain", "/reads-cookies"
#: sent by every browser besides what says who it is
FOREIGN_COOKIE = "theme=dark"
#: long enough for every hash
SECRET = people.SETTINGS["cognito.secret"] * 2


class Page:
    """The context of both pages; the second entry of its ACL lets our people in."""

    __acl__ = (
        (Allow, "group:Auditors", "view"),
        (Allow, "group:Human Resources", "view"),
    )

    def __init__(self, request: Request) -> None:
        self.request = request


def plain(request: Request) -> Response:
    return Response("Hello")


def reads_cookies(request: Request) -> Response:
    return Response("Hello in " + request.cookies["theme"])


class AuthTktPolicy:
    """What Pyramid's documentation composes of its helpers, without a look at any database."""

    def __init__(self) -> None:
        self._helper = AuthTktCookieHelper(SECRET, hashalg="sha512", secure=True, http_only=True)
        self._acl = ACLHelper()
        self._groups = {people.sub(0): [f"group:{name}" for name in people.GROUPS]}

    def identity(self, request: Request) -> dict[str, Any] | None:
        ticket = self._helper.identify(request)
        if ticket is None:
            return None
        return {"userid": ticket["userid"], "principals": self._groups[ticket["userid"]]}

    def authenticated_userid(self, request: Request) -> str | None:
        identity = request.identity
        return None if identity is None else identity["userid"]

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        identity = request.identity
        principals = {Everyone}
        if identity is not None:
            principals.update((Authenticated, identity["userid"], *identity["principals"]))
        return self._acl.permits(context, principals, permission)

    def remember(self, request: Request, userid: str) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = self._helper.remember(request, userid)
        return headers


def without_policy(config: Configurator) -> None:
    """Nobody asks who it is."""


def with_authtkt(config: Configurator) -> None:
    config.set_security_policy(AuthTktPolicy())


def with_pyramid_jwt(config: Configurator) -> None:
    config.include("pyramid_jwt")
    config.set_authorization_policy(ACLAuthorizationPolicy())
    config.set_jwt_cookie_authentication_policy(SECRET, callback=groups_in_jwt)


def with_cognito(config: Configurator) -> None:
    config.include("pyramid_cognito")


def groups_in_jwt(userid: str, request: Request) -> list[str]:
    return [f"group:{name}" for name in request.jwt_claims["cognito:groups"]]


def make_application(
    configure: Callable[[Configurator], None],
) -> tuple[Configurator, WSGIApp]:
    """The application under the policy that *configure* sets."""
    config = Configurator(settings=dict(people.SETTINGS))
    with catch_warnings():
        # pyramid_jwt sets its policy in the way of Pyramid 1
        simplefilter("ignore", DeprecationWarning)
        configure(config)
        for view, path in ((plain, PLAIN), (reads_cookies, READS_COOKIES)):
            config.add_route(path, path, factory=Page)
            config.add_view(view, route_name=path, permission="view")
        return config, config.make_wsgi_app()


def remembered(config: Configurator, userid: str, **claims: Any) -> str:
    """The cookie that a policy of Pyramid's kind makes for *userid*."""
    request = blank("/")
    request.registry = config.registry
    return str(remember(request, userid, **claims)[0][1].partition(";")[0])


def browsers(app: WSGIApp, path: str, cookies: Iterable[str]) -> Callable[[], None]:
    """Make a function that sends one request, each time with the next one of *cookies*."""
    environs = requests(path, cookies)
    return lambda: send(app, next(environs))


def requests(path: str, cookies: Iterable[str]) -> Iterator[Environ]:
    """What a server makes of one request after the other, with each of *cookies* in turn."""
    blank_environ = blank(path).environ
    for cookie in cycle(cookies):
        header = "; ".join(filter(None, (FOREIGN_COOKIE, cookie)))
        yield {**blank_environ, "HTTP_COOKIE": header}


def blank(path: str) -> Request:
    return Request.blank(path, base_url="https://example.com")


def send(app: WSGIApp, environ: Environ) -> None:
    b"".join(app(environ, start_response))


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    assert status == "200 OK", status
