"""A small application on the embedded user pool, and a browser that signs in by the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from pyramid.authorization import DENY_ALL, Allow, Authenticated
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from pyramid.security import remember
from webtest import TestApp, TestResponse

from pyramid_cognito.local import LocalPool
from pyramid_cognito.services import REGISTRY_KEY, Services, build_services
from pyramid_cognito.ticket import Tokens

PASSWORD = "Correct-Horse-9"
SECRET = "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A"
#: nothing listens there
NOWHERE = "http://127.0.0.1:9"

SIGN_IN = "/account/sign-in"
CHALLENGE = "/account/sign-in/challenge"
SIGN_OUT = "/account/sign-out"

#: what the application has for people, each guarded in a way of its own
GUARDED = ("/view", "/administer", "/share", "/discuss", "/restricted")

#: seconds after which the first tokens of a `Stage` are over
LATER = 330

#: attempts are counted per application, and modules share one
PATIENT = {f"throttle.{what}": "1000 per 5 minute" for what in ("account", "address", "messages")}


class Root:
    """Grants by every kind of principal."""

    __acl__ = (
        (Allow, Authenticated, "view"),
        (Allow, "group:Admin", "administer"),
        (Allow, "custom:domain=example.com", "share"),
        (Allow, "policy:AuthorizedDomainsOnly", "discuss"),
        (Allow, "scope:aws.cognito.signin.user.admin", "call"),
    )

    def __init__(self, request: Request) -> None:
        self.request = request


class Owned:
    """Belongs to the person whom its address names."""

    def __init__(self, request: Request) -> None:
        self.__acl__ = ((Allow, request.matchdict["sub"], "edit"), DENY_ALL)


def settings_of(pool: LocalPool, **changes: str | None) -> dict[str, str]:
    """Settings that name the pool by its id, as an application names a real one.

    *changes* are keyed without the prefix; None takes a key away.
    """
    texts = {
        "user_pool_id": pool.user_pool_id,
        "client_id": pool.client_id,
        "client_secret": pool.client_secret,
        "endpoint_url": pool.endpoint_url,
        "secret": SECRET,
        "cookie_secure": "false",
        # so that tests of an outage do not wait between attempts
        "retry_attempts": "1",
        **PATIENT,
        **changes,
    }
    return {f"cognito.{name}": text for name, text in texts.items() if text is not None}


def configurator(settings: Mapping[str, str]) -> Configurator:
    """An application that has included the package, and has pages for people."""
    config = Configurator(settings=dict(settings), root_factory=Root)
    config.include("pyramid_cognito")
    config.include(pages)
    return config


def pages(config: Configurator) -> None:
    """Views that are public, guarded, or change something."""
    config.add_cognito_policy(
        "AuthorizedDomainsOnly", claims={"custom:domain": ["example.com", "example.org"]}
    )
    config.add_cognito_policy("RecentSignIn", max_age=300)
    config.add_view(lambda request: Response("home"))
    config.add_view(who, name="me", renderer="json")
    for name in ("view", "administer", "share", "discuss"):
        config.add_view(page, name=name, permission=name)
    config.add_view(page, name="restricted", cognito_policy="AuthorizedDomainsOnly")
    config.add_view(page, name="recent", cognito_policy="RecentSignIn")
    config.add_route("owned", "/owned-by/{sub}", factory=Owned)
    config.add_view(page, route_name="owned", permission="edit")
    config.add_view(page, name="call", permission="call")
    config.add_view(
        page, name="change", permission="view", request_method="POST", require_csrf=True
    )
    config.add_view(tokens, name="tokens", permission="view", renderer="json")
    config.add_view(receive, name="receive", request_method="POST")
    config.add_view(refresh, name="refresh", renderer="json")
    config.add_view(leave_everywhere, name="leave-everywhere", request_method="POST")


def page(request: Request) -> Response:
    return Response(f"{request.view_name} for {request.identity.username}")


def who(request: Request) -> dict[str, Any] | None:
    identity = request.identity
    if identity is None:
        return None
    return {
        "sub": identity.sub,
        "userid": request.authenticated_userid,
        "username": identity.username,
        "email": identity.email,
        "groups": sorted(identity.groups),
        "domain": identity.claims.get("custom:domain"),
        "auth_time": identity.auth_time,
        "expires_at": identity.expires_at,
        "principals": sorted(request.cognito.principals),
    }


def tokens(request: Request) -> dict[str, Any]:
    found = request.cognito.tokens
    return {
        "id": found.id_token,
        "access": found.access_token,
        "refresh": found.refresh_token,
    }


def receive(request: Request) -> Response:
    """Sign in with tokens that the browser got elsewhere."""
    tokens = Tokens(**request.json["tokens"])
    headers = remember(request, tokens, remember=request.json["remember"])
    return HTTPSeeOther("/", headers=headers)


def refresh(request: Request) -> dict[str, Any]:
    signed_in = request.cognito.refresh()
    return {"signed_in": signed_in, "now": who(request)}


def leave_everywhere(request: Request) -> Response:
    return HTTPSeeOther("/", headers=request.cognito.sign_out(everywhere=True))


class Browser(TestApp):
    """A browser with cookies of its own."""

    def sign_in(
        self,
        username: str,
        password: str = PASSWORD,
        *,
        remember: bool = False,
        next_page: str | None = None,
        **kwargs: Any,
    ) -> TestResponse:
        """Fill in the page and submit it; the response is what the form was answered with."""
        opened = self.get(SIGN_IN, {"next": next_page} if next_page else None)
        form = form_with(opened, "password")
        form["username"], form["password"] = username, password
        form["remember"] = remember
        return form.submit(**kwargs)

    def sign_out(self, **kwargs: Any) -> TestResponse:
        return form_with(self.get(SIGN_OUT), "csrf_token").submit(**kwargs)

    def me(self) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = self.get("/me").json
        return answer

    def tokens(self) -> dict[str, str]:
        answer: dict[str, str] = self.get("/tokens").json
        return answer

    def reaches(self, paths: Iterable[str] = GUARDED) -> set[str]:
        """Those of *paths* that open; every other one must answer 403."""
        answers = {path: self.get(path, expect_errors=True).status_int for path in paths}
        assert set(answers.values()) <= {200, 403}
        return {path for path, status in answers.items() if status == 200}

    @property
    def ticket(self) -> str | None:
        return self.cookies.get("cognito")

    def twin(self, app: Router | None = None) -> Browser:
        """Another browser with the same cookies: a thief, or the same one at another process."""
        twin = Browser(app or self.app)
        for cookie in self.cookiejar:
            twin.cookiejar.set_cookie(copy(cookie))
        return twin


class AdvancingClock:
    """The time of day, moved on by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


def keep_time_by(config: Configurator, clock: Callable[[], float]) -> None:
    """Let the package's rooms take the time from *clock*."""
    services: Services = config.registry[REGISTRY_KEY]
    config.registry[REGISTRY_KEY] = build_services(services.settings, services.policies, clock)


_KINDS = ("Id", "Access", "Refresh")


class Stage:
    """Applications of one app client and one clock, which goes forward as a test wants.

    The emulator keeps real time. So people sign in while its tokens live five minutes, then the
    tokens that it issues are made to live a day, and the applications' clock goes forward: the
    first tokens are over then, and those of a refresh are good.
    """

    _flows = ("USER_SRP", "ADMIN_USER_PASSWORD", "REFRESH_TOKEN")

    def __init__(self, pool: LocalPool, admin: Any, client_id: str) -> None:
        self.clock = AdvancingClock()
        self._pool = pool
        self._admin = admin
        self.client_id = client_id
        self._tokens_live(5, "minutes")

    def configurator(self, **changes: str) -> Configurator:
        own = {"client_id": self.client_id, "client_secret": None}
        config = configurator(settings_of(self._pool, **(own | changes)))
        keep_time_by(config, self.clock)
        return config

    def application(self, **changes: str) -> Router:
        """Another process, or the same one after a restart."""
        return self.configurator(**changes).make_wsgi_app()

    def signed_in(self, name: str, *, remember: bool = False, **changes: str) -> Browser:
        """The browser of someone who has just signed in, at an application of their own."""
        browser = Browser(self.application(**changes))
        self.let_in(browser, name, remember=remember)
        return browser

    def let_in(self, browser: Browser, name: str, *, remember: bool = False) -> None:
        """Sign in with tokens of an administrator's flow, which needs no arithmetic of SRP."""
        result = self._admin.admin_initiate_auth(
            UserPoolId=self._pool.user_pool_id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        tokens = {f"{kind.lower()}_token": result[f"{kind}Token"] for kind in _KINDS}
        browser.post_json("/receive", {"tokens": tokens, "remember": remember}, status=303)

    def move_on(self, seconds: float) -> None:
        """Let time go by."""
        self._tokens_live(24, "hours")
        self.clock.advance(seconds)

    def _tokens_live(self, value: int, unit: str) -> None:
        self._admin.update_user_pool_client(
            UserPoolId=self._pool.user_pool_id,
            ClientId=self.client_id,
            ExplicitAuthFlows=[f"ALLOW_{flow}_AUTH" for flow in self._flows],
            AccessTokenValidity=value,
            IdTokenValidity=value,
            TokenValidityUnits={"AccessToken": unit, "IdToken": unit},
        )


def form_with(response: TestResponse, field: str) -> Any:
    """The form of a page that has this field; a layout may have forms of its own."""
    return next(form for form in response.forms.values() if field in form.fields)


def where(response: TestResponse) -> str:
    """Where a redirect leads, which must be on this site."""
    assert response.status_int in (302, 303), response.status
    parts = urlsplit(response.location)
    assert parts.netloc in ("", "localhost", "localhost:80")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def problem(response: TestResponse) -> str:
    """What the page says is wrong, its white space folded."""
    return " ".join(response.html.select_one(".cognito-problem").text.split())


def normalised(response: TestResponse, *typed: str) -> str:
    """A whole page without its CSRF token and without what was typed."""
    text: str = response.text
    for form in response.forms.values():
        text = text.replace(form["csrf_token"].value, "")
    for word in typed:
        text = text.replace(word, "")
    return text


def set_cookies(response: TestResponse, name: str) -> list[str]:
    """The Set-Cookie headers of one cookie."""
    headers = response.headers.getall("Set-Cookie")
    return [header for header in headers if header.startswith(f"{name}=")]


def deletes(response: TestResponse, name: str) -> bool:
    """Whether a response deletes a cookie, and does not set it besides."""
    headers = set_cookies(response, name)
    return bool(headers) and all("Max-Age=0" in header for header in headers)
