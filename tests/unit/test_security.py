from __future__ import annotations

import gc
import logging
import weakref
from typing import Any

import pytest
from pyramid.authorization import ALL_PERMISSIONS, Allow, Deny, Everyone
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import Allowed, Denied, forget, remember
from webtest import TestApp
from zope.interface.verify import verifyObject

from pyramid_cognito.claim_policy import CannotDecide
from pyramid_cognito.cookies import Headers
from pyramid_cognito.denied import CognitoDenied
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.events import AccessDenied, AccountEvent, UserSignedIn, UserSignedOut
from pyramid_cognito.security import (
    CognitoSecurityPolicy,
    access_token_of,
    has_bearer,
    state_of,
    username_of,
)
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.ticket import Tokens
from tests.application import cookie_header, make_config, make_request, make_tokens, receive
from tests.clock import Clock
from tests.jwt_factory import (
    ABSENT,
    CLIENT_ID,
    NOW,
    SUB,
    access_claims,
    id_claims,
    machine_claims,
    make_token,
)

HOUR = 3600


class Site:
    def __init__(self, **settings: str) -> None:
        self.clock = Clock()
        named = {f"cognito.{name}": text for name, text in settings.items()}
        self.config: Configurator = make_config(named, self.clock)
        self.policy = CognitoSecurityPolicy()

    @property
    def services(self) -> Services:
        services: Services = self.config.registry[REGISTRY_KEY]
        return services

    def request(self, headers: Headers = (), **environ: str) -> Request:
        cookie = cookie_header(list(headers))
        if cookie:
            environ["HTTP_COOKIE"] = cookie
        return make_request(self.config, **environ)

    def bearer(self, token: str, headers: Headers = ()) -> Request:
        return self.request(headers, HTTP_AUTHORIZATION=f"Bearer {token}")

    def sign_in(self, **changes: Any) -> Headers:
        tokens = make_tokens(now=int(self.clock()), **changes)
        return self.policy.remember(self.request(), tokens)

    def refuse(self, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
        def refresh(tokens: Tokens) -> Tokens:
            raise cognito_error(code)

        monkeypatch.setattr(self.services.sessions, "_refresh", refresh)


@pytest.fixture
def site() -> Site:
    return Site()


class Context:
    def __init__(self, *acl: Any) -> None:
        self.__acl__ = acl


def test_it_is_a_security_policy_of_pyramid(site: Site) -> None:
    assert verifyObject(ISecurityPolicy, site.policy)
    site.config.commit()
    assert isinstance(site.config.registry.getUtility(ISecurityPolicy), CognitoSecurityPolicy)


def test_nobody_is_anonymous(site: Site) -> None:
    request = site.request()
    assert request.identity is None
    assert request.authenticated_userid is None
    assert not request.is_authenticated


def test_somebody_is_the_sub(site: Site) -> None:
    request = site.request(site.sign_in())
    assert request.authenticated_userid == SUB
    assert request.identity.username == "ada"
    assert request.identity is request.identity


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        (Everyone, True),
        ("system.Authenticated", True),
        (SUB, True),
        ("group:Admin", True),
        ("group:Editors", False),
        ("custom:domain=example.com", True),
        ("custom:domain=example.net", False),
        ("scope:aws.cognito.signin.user.admin", False),
    ],
)
def test_acls_decide_by_principals(site: Site, principal: str, allowed: bool) -> None:
    request = site.request(site.sign_in())
    result = request.has_permission("view", Context((Allow, principal, "view")))
    assert bool(result) is allowed
    assert isinstance(result, Allowed if allowed else CognitoDenied)


def test_a_denial_says_why_and_what_would_help(site: Site) -> None:
    site.config.add_cognito_policy("Staff", groups="Staff")
    site.config.add_cognito_policy("Recent", max_age=60)
    acl = Context((Allow, "policy:Staff", "view"))
    anonymous = site.request().has_permission("view", acl)
    assert anonymous.remedy == "sign_in"
    assert "policy Staff: not signed in" in anonymous.reasons
    request = site.request(site.sign_in())
    denied = request.has_permission("view", acl)
    assert denied.remedy == "none"
    assert "policy Staff: in none of the groups Staff" in denied.reasons
    assert "default deny" in str(denied)
    site.clock.advance(61)
    both = Context((Allow, "policy:Staff", "view"), (Allow, "policy:Recent", "view"))
    stale = site.request(site.sign_in(auth_time=NOW)).has_permission("view", both)
    assert stale.remedy == "step_up"


def test_a_context_that_cannot_be_shown_is_denied_all_the_same(site: Site) -> None:
    class Detached(Context):
        def __repr__(self) -> str:
            raise LookupError("not bound to a database session")

    request = site.request(site.sign_in())
    acl = (Allow, "group:Staff", "view")
    denied = request.has_permission("view", Detached(acl))
    assert not denied
    assert (denied.remedy, repr(denied)) == ("none", "<CognitoDenied remedy='none': >")


def test_a_denial_knows_the_acl_as_pyramids_own_does(site: Site) -> None:
    context = Context((Deny, "group:Admin", "view"))
    denied = site.request(site.sign_in()).has_permission("view", context)
    assert denied.ace == (Deny, "group:Admin", "view")
    assert (denied.context, denied.permission) == (context, "view")
    with pytest.raises(AttributeError):
        _ = denied.nothing
    with pytest.raises(AttributeError):
        _ = CognitoDenied(("no ACL was asked",)).ace


def test_a_session_of_a_policy_asked_after_the_request_cannot_be_decided(site: Site) -> None:
    site.config.add_cognito_policy("Asks", predicate=lambda identity, request: True)
    request = site.request(site.sign_in())
    principals = request.cognito.principals
    del request
    with pytest.raises(CannotDecide, match="the request is over"):
        principals.satisfies("Asks")


def test_forgetting_a_bearer_makes_the_request_anonymous_too(site: Site) -> None:
    request = site.bearer(make_token(access_claims()))
    assert request.identity is not None
    forget(request)
    assert request.identity is None


def test_a_misspelt_option_of_remember_is_an_error(site: Site) -> None:
    with pytest.raises(TypeError):
        remember(site.request(), make_tokens(), remeber=True)


def test_an_unknown_policy_in_an_acl_denies_even_before_an_allow(site: Site) -> None:
    request = site.request(site.sign_in())
    acl = Context((Deny, "policy:Typo", "view"), (Allow, Everyone, ALL_PERMISSIONS))
    denied = request.has_permission("view", acl)
    assert isinstance(denied, CognitoDenied)
    assert "there is no Cognito policy 'Typo'" in denied.reasons[0]


def test_an_error_in_a_predicate_denies(site: Site) -> None:
    def broken(identity: Any, request: Any) -> bool:
        raise LookupError

    site.config.add_cognito_policy("Broken", predicate=broken)
    request = site.request(site.sign_in())
    acl = Context((Deny, "policy:Broken", "view"), (Allow, Everyone, "view"))
    assert not request.has_permission("view", acl)


def test_a_policy_is_asked_by_name(site: Site) -> None:
    site.config.add_cognito_policy("Staff", groups="Staff")
    site.config.add_cognito_policy("Admins", groups="Admin")
    request = site.request(site.sign_in())
    assert site.policy.permits_policy(request, None, "Admins")
    denied = site.policy.permits_policy(request, None, "Staff")
    assert denied.reasons == ("in none of the groups Staff",)


# the cookie


def test_what_webob_read_before_is_forgotten(site: Site) -> None:
    request = Request.blank("/", environ={"HTTP_COOKIE": cookie_header(site.sign_in())})
    assert "__Host-cognito" in request.cookies
    request.registry = site.config.registry
    assert request.identity is not None
    assert "__Host-cognito" not in request.cookies


def test_the_ticket_is_out_of_sight_once_the_identity_was_asked_for(site: Site) -> None:
    request = site.request(site.sign_in(), HTTP_X="1")
    assert request.identity is not None
    assert "cognito" not in request.environ["HTTP_COOKIE"]
    assert not request.cookies
    assert "eyJ" not in repr(request.environ)


def test_a_copied_request_has_the_same_person(site: Site) -> None:
    request = site.request(site.sign_in())
    assert request.identity is not None
    copy = request.copy()
    copy.registry = site.config.registry
    assert copy.identity.sub == SUB


def test_a_request_ends_without_the_garbage_collector(site: Site) -> None:
    request = site.request(site.sign_in())
    assert request.has_permission("view", Context((Allow, "group:Admin", "view")))
    assert request.cognito.tokens is not None
    request.response_callbacks.clear()
    gc.disable()
    try:
        gone = weakref.ref(request)
        del request
        assert gone() is None
    finally:
        gc.enable()


def test_the_identity_never_raises(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: Request) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(site.services.sessions, "load", broken)
    request = site.request(site.sign_in())
    assert request.identity is None
    assert not request.has_permission("view", Context((Allow, "group:Admin", "view")))
    assert "could not be read: taken as anonymous" in caplog.text


# an outage


def test_while_cognito_is_away_an_expired_session_is_neither_in_nor_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = site.sign_in()
    site.clock.advance(HOUR - 1)
    headers = site.policy.remember(site.request(), make_tokens(now=NOW))
    site.clock.advance(1)
    site.refuse(monkeypatch, "ServiceUnavailable")
    request = site.request(headers)
    assert request.identity is None
    denied = request.has_permission("view", Context((Allow, "group:Admin", "view")))
    assert denied.remedy == "unavailable"
    assert denied.reasons[0] == "Cognito is away"
    assert request.has_permission("view", Context((Allow, Everyone, "view")))
    site.config.add_cognito_policy("Admins", groups="Admin")
    site.config.commit()
    assert site.policy.permits_policy(request, None, "Admins").remedy == "unavailable"


def test_a_sign_out_while_cognito_is_away_ends_the_session_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = site.policy.remember(site.request(), make_tokens(now=NOW), remember=True)
    site.clock.advance(HOUR)
    site.refuse(monkeypatch, "ServiceUnavailable")
    request = site.request(headers)
    assert request.identity is None
    forget(request)
    fresh = make_tokens(now=NOW + HOUR, auth_time=NOW)
    monkeypatch.setattr(site.services.sessions, "_refresh", lambda tokens: fresh)
    site.clock.advance(10)
    assert site.request(headers).identity is None


# remember and forget


def test_remember_takes_tokens_and_no_bare_name(site: Site) -> None:
    with pytest.raises(TypeError, match="a user id alone proves nothing"):
        remember(site.request(), SUB)
    request = site.request()
    assert remember(request, make_tokens())
    assert request.authenticated_userid == SUB


def test_remember_verifies_what_it_takes(site: Site) -> None:
    with pytest.raises(CognitoError):
        remember(site.request(), make_tokens(aud="another-client"))


def test_remember_makes_it_outlive_the_browser(site: Site) -> None:
    headers = remember(site.request(), make_tokens(), remember=True)
    assert "Max-Age" in headers[0][1]


def test_forget_makes_the_request_anonymous_at_once(site: Site) -> None:
    request = site.request(site.sign_in())
    assert request.identity is not None
    headers = forget(request)
    assert "Max-Age=0" in headers[0][1]
    assert request.identity is None
    assert not request.has_permission("view", Context((Allow, "group:Admin", "view")))


def test_signing_in_anew_ends_the_session_before(site: Site) -> None:
    before = site.sign_in()
    request = site.request(before)
    site.policy.remember(
        request, make_tokens(origin_jti="another", access={"origin_jti": "another"})
    )
    assert site.request(before).identity is None
    assert request.identity is not None


def test_signing_in_anew_with_the_same_tokens_keeps_the_session(site: Site) -> None:
    tokens = make_tokens()
    request = site.request(site.policy.remember(site.request(), tokens))
    headers = site.policy.remember(request, tokens)
    assert site.request(headers).identity is not None


def test_a_refresh_shows_new_claims_in_the_same_request(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = site.request(site.sign_in())
    assert "Admin" in request.identity.groups
    fresh = make_tokens(**{"cognito:groups": ABSENT})
    monkeypatch.setattr(site.services.sessions, "_refresh", lambda tokens: fresh)
    assert request.cognito.refresh() is True
    assert request.identity.groups == frozenset()
    site.refuse(monkeypatch, "NotAuthorizedException")
    assert request.cognito.refresh() is False
    assert request.identity is None
    assert request.cognito.refresh() is False


# what an application is told


@pytest.fixture
def events(site: Site) -> list[AccountEvent]:
    told: list[AccountEvent] = []
    site.config.add_subscriber(told.append, AccountEvent)
    return told


def test_remember_and_forget_are_told_as_sign_in_and_sign_out(
    site: Site, events: list[AccountEvent]
) -> None:
    request = site.request()
    remember(request, make_tokens())
    forget(request)
    forget(request)
    assert [(type(event), event.user, event.sub) for event in events] == [
        (UserSignedIn, "ada", SUB),
        (UserSignedOut, "ada", SUB),
    ]


def test_tokens_that_are_refused_sign_nobody_in(site: Site, events: list[AccountEvent]) -> None:
    with pytest.raises(CognitoError):
        remember(site.request(), make_tokens(aud="another-client"))
    assert events == []


class Guarded:
    """An application with views that ada may not see, and one that asks whether she may."""

    def __init__(self, site: Site) -> None:
        config = site.config
        config.add_cognito_policy("Staff", groups="Staff")
        config.add_cognito_policy("Broken", predicate=lambda identity, request: 1 / 0)
        config.set_root_factory(lambda request: Context((Allow, "policy:Staff", "view")))
        config.add_view(lambda request: Response(), name="acl", permission="view")
        config.add_view(lambda request: Response(), name="policy", cognito_policy="Staff")
        config.add_view(lambda request: Response(), name="broken", cognito_policy="Broken")
        config.add_view(self.ask, name="ask")
        config.add_view(self.raise_another, name="another")
        config.add_forbidden_view(lambda request: Response(status=403))
        headers = site.sign_in()
        self.app = TestApp(config.make_wsgi_app())
        receive(self.app, headers)

    def ask(self, request: Request) -> Response:
        assert not request.has_permission("view")
        return Response()

    def raise_another(self, request: Request) -> Response:
        assert not request.has_permission("view")
        raise HTTPForbidden


@pytest.mark.parametrize(
    ("path", "reasons"),
    [
        (
            "/acl",
            ("policy Staff: in none of the groups Staff", "no permission 'view' on Context"),
        ),
        ("/policy", ("in none of the groups Staff",)),
        ("/broken", ("policy 'Broken': predicate tests.unit.test_security.",)),
    ],
)
def test_a_view_that_is_denied_is_told_with_the_reasons(
    site: Site, events: list[AccountEvent], path: str, reasons: tuple[str, ...]
) -> None:
    guarded = Guarded(site)
    events.clear()
    guarded.app.get(path, status=403)
    (event,) = events
    assert isinstance(event, AccessDenied)
    assert (event.user, event.sub, event.remedy) == ("ada", SUB, "none")
    assert len(event.reasons) == len(reasons)
    assert all(map(str.startswith, event.reasons, reasons))


@pytest.mark.parametrize(("path", "status"), [("/ask", 200), ("/another", 403)])
def test_a_denial_that_is_not_the_answer_is_no_event(
    site: Site, events: list[AccountEvent], path: str, status: int
) -> None:
    guarded = Guarded(site)
    events.clear()
    guarded.app.get(path, status=status)
    assert events == []


def test_nobody_is_told_of_a_stranger_who_is_asked_to_sign_in(
    site: Site, events: list[AccountEvent]
) -> None:
    guarded = Guarded(site)
    events.clear()
    guarded.app.extra_environ.clear()
    guarded.app.get("/policy", status=403)
    assert events == []


def test_what_is_allowed_adds_nothing_to_the_request(site: Site) -> None:
    site.config.add_cognito_policy("Admins", groups="Admin")
    request = site.request(site.sign_in())
    assert request.identity is not None
    before = list(request.response_callbacks)
    assert request.has_permission("view", Context((Allow, "policy:Admins", "view")))
    assert site.policy.permits_policy(request, None, "Admins")
    assert list(request.response_callbacks) == before


# whose access token it is


def test_the_access_token_is_that_of_the_session(site: Site) -> None:
    tokens = make_tokens()
    request = site.request(site.policy.remember(site.request(), tokens))
    assert access_token_of(request) == tokens.access_token
    assert username_of(request) == "ada"


def test_or_the_bearer_token_itself(site: Site) -> None:
    token = make_token(access_claims(username="grace"))
    request = site.bearer(f" {token} ", site.sign_in())
    assert access_token_of(request) == token
    assert username_of(request) == "grace"


def test_but_only_if_the_bearer_token_is_good(site: Site) -> None:
    request = site.bearer(make_token(access_claims(exp=NOW)), site.sign_in())
    assert access_token_of(request) is None
    assert username_of(request) is None


def test_an_id_token_is_no_access_token() -> None:
    request = Site(**{"bearer.id_tokens": "true"}).bearer(make_token(id_claims()))
    assert username_of(request) == "ada"
    assert access_token_of(request) is None


def test_there_is_none_where_the_tokens_are_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = site.request(site.sign_in())
    monkeypatch.setattr(site.services.tickets, "tokens", lambda ticket: None)
    assert access_token_of(request) is None


# bearer tokens


def test_an_access_token_is_a_credential(site: Site) -> None:
    request = site.bearer(make_token(access_claims()))
    assert request.authenticated_userid == SUB
    assert request.identity.scopes == {"aws.cognito.signin.user.admin"}
    principals = set(request.cognito.principals)
    assert {"group:Admin", "scope:aws.cognito.signin.user.admin"} <= principals
    assert request.cognito.tokens is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        make_token(id_claims()),
        make_token(access_claims(client_id="another-client")),
        make_token(machine_claims()),
        make_token(access_claims(exp=NOW)),
        make_token(access_claims())[:-4] + "AAAA",
    ],
)
def test_a_bad_bearer_is_nobody_even_with_a_good_cookie(
    site: Site, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        request = site.bearer(token, site.sign_in())
        assert request.identity is None
    assert not token or token not in caplog.text


def test_a_bearer_alone_judges_a_request_with_a_cookie_too(site: Site) -> None:
    other = make_token(access_claims(**{"sub": "another", "cognito:groups": ["Editors"]}))
    request = site.bearer(other, site.sign_in())
    assert request.authenticated_userid == "another"
    assert "group:Admin" not in state_of(request).principals
    assert request.environ["HTTP_COOKIE"] == ""


def test_a_bearer_of_who_was_signed_out_everywhere_is_nobody(site: Site) -> None:
    before = make_token(access_claims(origin_jti="another", iat=NOW))
    after = make_token(access_claims(origin_jti="another", iat=NOW + 1))
    site.config.registry[REGISTRY_KEY].sessions.end_all(SUB)
    assert site.bearer(before).identity is None
    assert site.bearer(after).authenticated_userid == SUB


def test_a_session_that_was_signed_out_is_no_bearer_either(site: Site) -> None:
    token = make_token(access_claims())
    request = site.request(site.sign_in())
    forget(request)
    assert site.bearer(token).identity is None


def test_another_scheme_is_not_ours(site: Site) -> None:
    request = site.request(site.sign_in(), HTTP_AUTHORIZATION="Basic YWRhOnBhNTU=")
    assert request.authenticated_userid == SUB


def test_without_keys_a_bearer_cannot_be_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_keys() -> dict[str, Any]:
        raise OSError

    monkeypatch.setattr(site.services.verifier._keys, "_fetch_jwks", no_keys)
    request = site.bearer(make_token(access_claims()))
    denied = request.has_permission("view", Context((Allow, "group:Admin", "view")))
    assert denied.remedy == "unavailable"


@pytest.mark.parametrize("header", ["Bearer", "bearer ", "BEARER\tx", "Bearer x y", "Bearer ,"])
def test_whatever_names_the_scheme_is_a_bearer_though_it_is_bad(site: Site, header: str) -> None:
    request = site.request(site.sign_in(), HTTP_AUTHORIZATION=header)
    assert has_bearer(request)
    assert request.identity is None


@pytest.mark.parametrize("header", ["", "Bearerx", "Basic Bearer", "Bear", "Digest bearer x"])
def test_what_names_another_scheme_is_none(site: Site, header: str) -> None:
    request = site.request(site.sign_in(), HTTP_AUTHORIZATION=header)
    assert not has_bearer(request)
    assert request.identity is not None


def test_a_bearer_without_the_scopes_of_its_client_is_nobody() -> None:
    site = Site(**{"bearer.client_ids": "the-app documents/read"})
    request = site.bearer(make_token(access_claims(client_id="the-app")), site.sign_in())
    assert request.identity is None
    assert state_of(request).required_scopes == ("documents/read",)


def test_a_further_client_is_the_same_person() -> None:
    site = Site(**{"bearer.client_ids": "the-app"})
    request = site.bearer(make_token(access_claims(client_id="the-app")))
    assert request.authenticated_userid == SUB
    assert "client:the-app" not in request.cognito.principals


def test_an_id_token_is_a_credential_where_the_settings_say_so() -> None:
    request = Site(**{"bearer.id_tokens": "true"}).bearer(make_token(id_claims()))
    assert request.identity.email == "ada@example.com"
    assert "custom:domain=example.com" in request.cognito.principals
    assert request.identity.scopes == frozenset()


# machines


@pytest.fixture
def machine() -> Request:
    site = Site(**{"bearer.machine_clients": CLIENT_ID})
    site.config.add_cognito_policy("Anybody", predicate=lambda identity, request: True)
    site.config.add_cognito_policy("Recent", max_age=60)
    site.config.add_cognito_principals(lambda identity, request: ["role:reader"])
    return site.bearer(make_token(machine_claims(**{"cognito:username": "ada"})))


def test_a_machine_is_no_person(machine: Request) -> None:
    assert machine.identity.is_machine
    assert machine.identity.username == ""
    assert machine.authenticated_userid is None
    assert not machine.is_authenticated
    assert (username_of(machine), access_token_of(machine)) == (None, None)
    assert not machine.cognito.has_password
    assert not machine.cognito.signed_in_within(HOUR)
    with pytest.raises(CognitoError, match="NotAuthorizedException"):
        machine.cognito.check_password("Correct-Horse-9")


def test_a_machine_holds_its_client_and_its_scopes_and_nothing_else(machine: Request) -> None:
    assert set(machine.cognito.principals) == {
        Everyone,
        f"client:{CLIENT_ID}",
        "scope:documents/read",
    }
    assert "role:reader" not in machine.cognito.principals


def test_a_machine_is_let_in_by_an_acl(machine: Request) -> None:
    assert machine.has_permission("view", Context((Allow, f"client:{CLIENT_ID}", "view")))
    denied = machine.has_permission("view", Context((Allow, "policy:Recent", "view")))
    assert denied.remedy == "none"
    assert "policy Recent: a machine, which never signs in" in denied.reasons


# one of the two alone


def test_without_cookies_a_session_is_not_looked_at() -> None:
    headers = Site().sign_in()
    site = Site(cookies="false")
    assert site.request(headers).identity is None
    assert site.bearer(make_token(access_claims())).authenticated_userid == SUB


def test_without_cookies_nobody_can_be_signed_in() -> None:
    site = Site(cookies="false")
    with pytest.raises(RuntimeError, match=r"cognito\.cookies is false"):
        site.sign_in()


def test_without_bearers_the_header_is_somebody_elses() -> None:
    site = Site(**{"bearer.enabled": "false"})
    token = make_token(access_claims(sub="another"))
    assert site.bearer(token).identity is None
    request = site.bearer(token, site.sign_in())
    assert not has_bearer(request)
    assert request.authenticated_userid == SUB


# one policy of several


class RobotsAndPeople:
    """Robots have keys of their own, which come as bearer tokens too; people come by Cognito."""

    def __init__(self) -> None:
        self._people = CognitoSecurityPolicy()

    def identity(self, request: Request) -> Any:
        is_robot = request.headers.get("Authorization") == "Bearer k3y"
        return "robot" if is_robot else self._people.identity(request)

    def authenticated_userid(self, request: Request) -> str | None:
        identity = self.identity(request)
        return "robot" if identity == "robot" else self._people.authenticated_userid(request)

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        if self.identity(request) == "robot":
            return Allowed("yes") if permission == "view" else Denied("no")
        return self._people.permits(request, context, permission)

    def remember(self, request: Request, userid: Any, **kw: Any) -> Headers:
        return self._people.remember(request, userid, **kw)

    def forget(self, request: Request, **kw: Any) -> Headers:
        return self._people.forget(request, **kw)


@pytest.fixture
def composed() -> TestApp:
    site = Site(security_policy="false")
    site.config.set_security_policy(RobotsAndPeople())
    site.config.add_cognito_policy("Admins", groups="Admin")
    everything = Context((Allow, "group:Admin", ALL_PERMISSIONS))
    site.config.set_root_factory(lambda request: everything)
    site.config.set_default_csrf_options(require_csrf=True)

    def view(request: Request) -> Response:
        return Response(str(request.authenticated_userid))

    for name in ("view", "edit"):
        site.config.add_view(view, name=name, permission=name)
    site.config.add_view(view, name="policy", cognito_policy="Admins")
    return TestApp(site.config.make_wsgi_app())


def test_composed_with_another_policy_ours_knows_its_own_bearers(composed: TestApp) -> None:
    headers = {"Authorization": f"Bearer {make_token(access_claims())}"}
    for path in ("/view", "/edit", "/policy"):
        assert composed.get(path, headers=headers).text == SUB
    assert composed.post("/edit", headers=headers).text == SUB


def test_and_its_own_cookies(composed: TestApp) -> None:
    receive(composed, Site().sign_in())
    assert composed.get("/edit").text == SUB
    composed.post("/edit", status=400)


def test_and_leaves_the_others_to_it(composed: TestApp) -> None:
    headers = {"Authorization": "Bearer k3y"}
    assert composed.get("/view", headers=headers).text == "robot"
    for path in ("/edit", "/policy"):
        denied = composed.get(path, headers=headers, status=403)
        assert denied.json["error"] == "forbidden"


def test_and_answers_who_is_known_to_neither(composed: TestApp) -> None:
    answer = composed.get("/view", headers={"Authorization": "Bearer guess"}, status=401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert composed.get("/view", status=302).location.startswith("http://localhost/account/")
