"""Programs that call the application with an access token."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pyramid.authorization import Allow
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from webtest import TestApp, TestResponse

from pyramid_cognito.local import LocalPool
from tests.functional.site import (
    GUARDED,
    NOWHERE,
    AdvancingClock,
    Browser,
    configurator,
    keep_time_by,
    settings_of,
)

ADA, EVE = "ada", "eve"


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The addresses for which the application's CSRF callback was asked."""
    return []


@pytest.fixture(scope="module")
def site(local_pool: LocalPool, asked: list[str]) -> Router:
    """Every POST needs a CSRF token, so the application says, unless its callback excepts it."""

    def callback(request: Request) -> bool:
        asked.append(request.path)
        return request.path != "/open"

    config = configurator(settings_of(local_pool))
    config.set_default_csrf_options(require_csrf=True, callback=callback)
    for name in ("submit", "open"):
        config.add_view(
            lambda request: Response(f"from {request.identity.username}"),
            name=name,
            permission="view",
            request_method="POST",
        )
    return config.make_wsgi_app()


@pytest.fixture(scope="module")
def browsers(site: Router) -> dict[str, Browser]:
    """ada's and eve's, signed in."""
    found = {name: Browser(site) for name in (ADA, EVE)}
    for name, browser in found.items():
        browser.sign_in(name)
    return found


@pytest.fixture(scope="module")
def tokens(browsers: dict[str, Browser]) -> dict[str, dict[str, str]]:
    return {name: browser.tokens() for name, browser in browsers.items()}


@pytest.fixture
def program(site: Router) -> Iterator[TestApp]:
    """A client without cookies; none is ever set."""
    client = TestApp(site)
    yield client
    assert not client.cookies


def bearer(token: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}


def assert_unauthorized(answer: TestResponse) -> None:
    assert answer.status_int == 401
    assert answer.content_type == "application/json"
    assert answer.json["error"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers


def changed(token: str, part: int, **changes: Any) -> str:
    """*token* with other members in its header (part 0) or claims (part 1)."""
    segments = token.split(".")
    padding = "=" * (-len(segments[part]) % 4)
    members = json.loads(base64.urlsafe_b64decode(segments[part] + padding)) | changes
    segments[part] = base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()
    return ".".join(segments)


# --- good tokens


def test_an_access_token_is_who_it_was_issued_to(
    program: TestApp, tokens: dict[str, dict[str, str]], browsers: dict[str, Browser]
) -> None:
    answer = program.get("/me", headers=bearer(tokens[ADA]["access"])).json

    by_cookie = browsers[ADA].me()
    assert by_cookie is not None
    for name in ("sub", "userid", "username", "groups"):
        assert answer[name] == by_cookie[name]


@pytest.mark.parametrize(
    ("name", "open_pages"),
    # an access token says nothing of custom attributes, and so nobody reaches by them
    [(ADA, {"/view", "/administer"}), (EVE, {"/view"})],
)
def test_the_same_acls_and_policies_decide(
    program: TestApp, tokens: dict[str, dict[str, str]], name: str, open_pages: set[str]
) -> None:
    headers = bearer(tokens[name]["access"])

    answers = {path: program.get(path, headers=headers, expect_errors=True) for path in GUARDED}

    assert {path for path, answer in answers.items() if answer.status_int == 200} == open_pages
    denied = [answer for path, answer in answers.items() if path not in open_pages]
    assert {answer.status_int for answer in denied} == {403}
    assert {answer.json["error"] for answer in denied} == {"forbidden"}
    assert not any("WWW-Authenticate" in answer.headers for answer in denied)


def test_its_principals_are_groups_and_scopes(
    program: TestApp, tokens: dict[str, dict[str, str]]
) -> None:
    headers = bearer(tokens[ADA]["access"])
    me = program.get("/me", headers=headers).json

    assert set(me["principals"]) == {
        "system.Everyone",
        "system.Authenticated",
        me["sub"],
        "group:Admin",
        "scope:aws.cognito.signin.user.admin",
        "policy:RecentSignIn",
    }


def test_a_scope_is_a_principal_of_programs_alone(
    program: TestApp, tokens: dict[str, dict[str, str]], browsers: dict[str, Browser]
) -> None:
    program.get("/call", headers=bearer(tokens[EVE]["access"]), status=200)

    browsers[ADA].get("/call", status=403)


def test_a_policy_over_the_age_of_a_sign_in_counts_for_programs_too(
    local_pool: LocalPool, tokens: dict[str, dict[str, str]]
) -> None:
    clock = AdvancingClock()
    config = configurator(settings_of(local_pool))
    keep_time_by(config, clock)
    program = TestApp(config.make_wsgi_app())
    headers = bearer(tokens[ADA]["access"])
    program.get("/recent", headers=headers, status=200)

    clock.advance(600)
    answer = program.get("/recent", headers=headers, status=401)

    assert answer.json["error"] == "insufficient_user_authentication"
    assert "insufficient_user_authentication" in answer.headers["WWW-Authenticate"]
    assert "Location" not in answer.headers


def test_the_word_bearer_may_be_written_in_any_case(
    program: TestApp, tokens: dict[str, dict[str, str]]
) -> None:
    for word in ("bearer", "BEARER"):
        headers = {"Authorization": f"{word} {tokens[ADA]['access']}"}
        assert program.get("/me", headers=headers).json["username"] == ADA


def test_a_program_has_no_session(program: TestApp, tokens: dict[str, dict[str, str]]) -> None:
    answer = program.get("/refresh", headers=bearer(tokens[ADA]["access"]))

    assert answer.json["signed_in"] is False
    assert answer.json["now"]["username"] == ADA


# --- bad ones


def bad_tokens(good: dict[str, str]) -> dict[str, str]:
    access = good["access"]
    head, claims, signature = access.split(".")
    return {
        "an id token": good["id"],
        "a refresh token": good["refresh"],
        "garbage": "garbage",
        "nothing": "",
        "white space": "  ",
        "two words": f"{access} {access}",
        "not signed": f"{head}.{claims}.",
        "said to need no signature": changed(access, 0, alg="none").rpartition(".")[0] + ".",
        "another algorithm": changed(access, 0, alg="HS256"),
        "another key": changed(access, 0, kid="another"),
        "another group": changed(access, 1, **{"cognito:groups": ["Admin", "Root"]}),
        "another person": changed(access, 1, sub="another", username="grace"),
        "another signature": f"{head}.{claims}.{signature[:-4]}AAAA",
        "too long": access + "A" * 20_000,
        "not ascii": "žluťoučký",
    }


@pytest.mark.parametrize(
    "fault", bad_tokens(dict.fromkeys(("id", "access", "refresh"), "e30.e30.e30"))
)
def test_a_bad_token_is_refused_as_json(
    program: TestApp, tokens: dict[str, dict[str, str]], fault: str
) -> None:
    token = bad_tokens(tokens[ADA])[fault]
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}

    assert_unauthorized(program.get("/view", headers=headers, expect_errors=True))


def test_whatever_a_program_accepts_it_is_not_redirected(program: TestApp) -> None:
    for accept in ("text/html", "*/*", "application/json"):
        headers = bearer("garbage", Accept=accept)
        assert_unauthorized(program.get("/restricted", headers=headers, expect_errors=True))


def test_without_a_token_a_program_is_told_to_bring_one(program: TestApp) -> None:
    answer = program.get("/view", headers={"Accept": "application/json"}, status=401)

    # a request that carries no credential is told of no error (RFC 6750, section 3.1)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cognito"'
    assert answer.json["error"] == "unauthorized"


def test_an_expired_token_is_refused(
    local_pool: LocalPool, tokens: dict[str, dict[str, str]]
) -> None:
    clock = AdvancingClock()
    config = configurator(settings_of(local_pool))
    keep_time_by(config, clock)
    program = TestApp(config.make_wsgi_app())
    headers = bearer(tokens[ADA]["access"])
    program.get("/view", headers=headers, status=200)

    clock.advance(3601)

    assert_unauthorized(program.get("/view", headers=headers, expect_errors=True))


def test_a_token_of_another_app_client_is_refused(
    program: TestApp, local_pool: LocalPool, tokens: dict[str, dict[str, str]]
) -> None:
    public = {"client_id": local_pool.public_client_id, "client_secret": None}
    other = Browser(configurator(settings_of(local_pool, **public)).make_wsgi_app())
    other.sign_in(ADA)
    token = other.tokens()["access"]

    other.get("/view", headers=bearer(token), status=200)
    assert_unauthorized(program.get("/view", headers=bearer(token), expect_errors=True))


@pytest.fixture(scope="module")
def of_the_other_client(local_pool: LocalPool) -> dict[str, str]:
    public = {"client_id": local_pool.public_client_id, "client_secret": None}
    other = Browser(configurator(settings_of(local_pool, **public)).make_wsgi_app())
    other.sign_in(ADA)
    return other.tokens()


def test_one_of_a_client_that_the_settings_name_is_good(
    local_pool: LocalPool, of_the_other_client: dict[str, str]
) -> None:
    named = {"bearer.client_ids": f"{local_pool.public_client_id} aws.cognito.signin.user.admin"}
    program = TestApp(configurator(settings_of(local_pool, **named)).make_wsgi_app())
    headers = bearer(of_the_other_client["access"])

    assert program.get("/me", headers=headers).json["username"] == ADA
    assert program.get("/administer", headers=headers).text == "administer for ada"


def test_one_without_the_scopes_of_its_client_is_told_what_it_lacks(
    local_pool: LocalPool, of_the_other_client: dict[str, str]
) -> None:
    named = {"bearer.client_ids": f"{local_pool.public_client_id} documents/read"}
    program = TestApp(configurator(settings_of(local_pool, **named)).make_wsgi_app())

    answer = program.get("/view", headers=bearer(of_the_other_client["access"]), status=403)

    assert answer.json["error"] == "insufficient_scope"
    challenge = 'Bearer error="insufficient_scope", scope="documents/read"'
    assert answer.headers["WWW-Authenticate"] == challenge


def test_an_id_token_is_good_where_the_settings_say_so(
    local_pool: LocalPool, tokens: dict[str, dict[str, str]]
) -> None:
    settings = settings_of(local_pool, **{"bearer.id_tokens": "true"})
    program = TestApp(configurator(settings).make_wsgi_app())

    me = program.get("/me", headers=bearer(tokens[ADA]["id"])).json

    assert (me["username"], me["domain"]) == (ADA, "example.com")
    assert program.get("/restricted", headers=bearer(tokens[ADA]["id"]), status=200)
    program.get("/call", headers=bearer(tokens[ADA]["id"]), status=403)


def test_an_application_without_cookies_knows_programs_alone(
    local_pool: LocalPool, browsers: dict[str, Browser], tokens: dict[str, dict[str, str]]
) -> None:
    app = configurator(settings_of(local_pool, cookies="false")).make_wsgi_app()
    browser = browsers[ADA].twin(app)

    assert browser.me() is None
    browser.get("/account/sign-in", status=404)
    answer = browser.get("/me", headers=bearer(tokens[EVE]["access"]))
    assert answer.json["username"] == EVE
    assert answer.headers["Vary"] == "Authorization"


def test_an_application_without_bearers_knows_browsers_alone(
    local_pool: LocalPool, browsers: dict[str, Browser], tokens: dict[str, dict[str, str]]
) -> None:
    settings = settings_of(local_pool, **{"bearer.enabled": "false"})
    browser = browsers[ADA].twin(configurator(settings).make_wsgi_app())
    headers = bearer(tokens[EVE]["access"])

    assert browser.get("/me", headers=headers).json["username"] == ADA
    assert TestApp(browser.app).get("/me", headers=headers).json is None
    browser.post("/change", headers=headers, status=400)


def test_caches_are_told_what_a_response_depends_on(
    program: TestApp, tokens: dict[str, dict[str, str]]
) -> None:
    for headers in ({}, bearer("garbage"), bearer(tokens[ADA]["access"])):
        answer = program.get("/me", headers=headers)
        assert answer.headers["Vary"] == "Cookie, Authorization"
    assert "Vary" not in program.get("/").headers


def test_a_bad_token_leaves_public_pages_open(program: TestApp) -> None:
    assert program.get("/", headers=bearer("garbage")).text == "home"
    assert program.get("/me", headers=bearer("garbage")).json is None


def test_while_the_pools_keys_cannot_be_had_a_program_is_asked_to_wait(
    local_pool: LocalPool, tokens: dict[str, dict[str, str]]
) -> None:
    site = configurator(settings_of(local_pool, endpoint_url=NOWHERE)).make_wsgi_app()

    answer = TestApp(site).get("/view", headers=bearer(tokens[ADA]["access"]), status=503)

    assert answer.json["error"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0


def test_no_log_holds_a_token(
    program: TestApp, tokens: dict[str, dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for fault, token in bad_tokens(tokens[ADA]).items():
        if fault != "not ascii":
            program.get("/view", headers=bearer(token), expect_errors=True)

    said = caplog.text
    for token in tokens[ADA].values():
        assert not any(segment in said for segment in token.split("."))


# --- machines


@pytest.fixture(scope="module")
def machine(local_pool: LocalPool, admin: Any) -> dict[str, str]:
    """An app client that comes as itself, and the token that it got for itself."""
    pool = {"UserPoolId": local_pool.user_pool_id}
    scopes = [{"ScopeName": "read", "ScopeDescription": "read documents"}]
    admin.create_resource_server(**pool, Identifier="documents", Name="documents", Scopes=scopes)
    client = admin.create_user_pool_client(
        **pool,
        ClientName="robot",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["documents/read"],
    )["UserPoolClient"]
    answer = requests.post(
        f"{local_pool.endpoint_url}/oauth2/token",
        {"grant_type": "client_credentials", "scope": "documents/read"},
        auth=(client["ClientId"], client["ClientSecret"]),
        timeout=10,
    )
    return {"id": client["ClientId"], "token": answer.json()["access_token"]}


def test_a_machine_that_the_settings_name_is_known_by_its_client_and_scopes(
    local_pool: LocalPool, machine: dict[str, str]
) -> None:
    named = {"bearer.machine_clients": f"{machine['id']} documents/read"}
    config = configurator(settings_of(local_pool, **named))
    config.add_route("job", "/job", factory=lambda request: Job(machine["id"]))
    config.add_view(lambda request: Response("done"), route_name="job", permission="run")
    program = TestApp(config.make_wsgi_app())
    headers = bearer(machine["token"])

    me = program.get("/me", headers=headers).json

    assert set(me["principals"]) == {
        "system.Everyone",
        f"client:{machine['id']}",
        "scope:documents/read",
    }
    assert (me["userid"], me["username"]) == (None, "")
    assert program.post("/job", headers=headers).text == "done"
    answers = [program.get(path, headers=headers, status=403) for path in GUARDED]
    assert {answer.json["error"] for answer in answers} == {"forbidden"}


class Job:
    def __init__(self, client: str) -> None:
        self.__acl__ = ((Allow, f"client:{client}", "run"),)


def test_a_machine_that_they_do_not_name_is_refused(
    program: TestApp, machine: dict[str, str]
) -> None:
    headers = bearer(machine["token"])

    assert_unauthorized(program.get("/view", headers=headers, expect_errors=True))


# --- beside a cookie


def test_beside_a_cookie_the_token_alone_says_who_it_is(
    browsers: dict[str, Browser], tokens: dict[str, dict[str, str]]
) -> None:
    headers = bearer(tokens[EVE]["access"])

    assert browsers[ADA].get("/me", headers=headers).json["username"] == EVE
    browsers[ADA].get("/administer", headers=headers, status=403)


def test_a_bad_token_is_not_made_good_by_a_cookie(browsers: dict[str, Browser]) -> None:
    browsers[ADA].get("/view", status=200)

    answer = browsers[ADA].get("/view", headers=bearer("garbage"), expect_errors=True)

    assert_unauthorized(answer)
    browsers[ADA].get("/view", status=200)


# --- posting


def test_no_csrf_token_is_asked_of_a_program(
    program: TestApp, tokens: dict[str, dict[str, str]], asked: list[str]
) -> None:
    asked.clear()

    answer = program.post("/submit", headers=bearer(tokens[ADA]["access"]))

    assert answer.text == "from ada"
    assert program.post("/change", headers=bearer(tokens[ADA]["access"])).text == "change for ada"
    assert program.post_json("/submit", {}, headers=bearer(tokens[ADA]["access"])).status_int == 200


def test_one_is_asked_of_a_browser(browsers: dict[str, Browser], asked: list[str]) -> None:
    asked.clear()

    browsers[ADA].post("/submit", status=400)
    browsers[ADA].post("/change", status=400)

    assert asked == ["/submit", "/change"]


def test_what_the_applications_callback_excepts_is_excepted_still(
    browsers: dict[str, Browser],
) -> None:
    assert browsers[ADA].post("/open").text == "from ada"


def test_a_bad_token_is_no_way_around_the_csrf_token(browsers: dict[str, Browser]) -> None:
    answer = browsers[ADA].post("/submit", headers=bearer("garbage"), expect_errors=True)

    assert_unauthorized(answer)
