"""What applications' tests use, in an application that has views, an ACL and a policy."""

from __future__ import annotations

from typing import Any

import pytest
from pyramid.authorization import Allow
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.router import Router
from webtest import TestApp

from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.testing import offline_settings, sign_in


class Root:
    __acl__ = ((Allow, "group:Admin", "administer"), (Allow, "custom:domain=example.com", "view"))

    def __init__(self, request: Request) -> None:
        self.request = request


def whoami(request: Request) -> dict[str, Any]:
    identity = request.identity
    return identity and {
        "sub": identity.sub,
        "username": identity.username,
        "email": identity.email,
        "groups": sorted(identity.groups),
        "auth_time": identity.auth_time,
        "expires_at": identity.expires_at,
        "principals": sorted(request.cognito.principals),
    }


def sign_out(request: Request) -> None:
    request.response.headers.extend(request.cognito.sign_out())


def application(settings: dict[str, Any]) -> Router:
    with Configurator(settings=settings, root_factory=Root) as config:
        config.include("pyramid_cognito")
        config.add_view(whoami, renderer="json")
        config.add_view(sign_out, name="sign-out", renderer="json")
        config.add_view(lambda _: "", name="view", permission="view", renderer="string")
        config.add_view(lambda _: "", name="admin", permission="administer", renderer="string")
        config.add_view(lambda _: "", name="lately", cognito_policy="Lately", renderer="string")
        return config.make_wsgi_app()


@pytest.fixture
def testapp() -> TestApp:
    return TestApp(application(offline_settings({"cognito.policy.Lately": "signed in within 60"})))


def test_nobody_is_signed_in_at_first(testapp: TestApp) -> None:
    assert testapp.get("/").json is None


def test_the_person_is_the_identity_of_the_requests_that_follow(testapp: TestApp) -> None:
    claims = {"custom:domain": "example.com", "email": "ada@example.com"}

    identity = sign_in(testapp, "ada", groups=["Admin", "Staff"], claims=claims)

    who = testapp.get("/").json
    assert (who["sub"], who["username"]) == (identity.sub, "ada")
    assert who["email"] == identity.email == "ada@example.com"
    assert who["groups"] == sorted(identity.groups) == ["Admin", "Staff"]
    assert who["auth_time"] == identity.auth_time
    assert who["expires_at"] == identity.expires_at
    expected = {identity.sub, "group:Admin", "custom:domain=example.com", "policy:Lately"}
    assert expected < set(who["principals"])


def test_acls_decide(testapp: TestApp) -> None:
    sign_in(testapp, "grace", claims={"custom:domain": "example.com"})

    testapp.get("/view", status=200)
    testapp.get("/admin", status=403)


def test_a_long_past_sign_in_fails_a_policy_over_its_age(testapp: TestApp) -> None:
    now = sign_in(testapp).auth_time
    testapp.get("/lately", status=200)

    sign_in(testapp, auth_time=now - 3600)

    assert testapp.get("/").json["auth_time"] == now - 3600
    assert testapp.get("/lately", expect_errors=True).status_int != 200


def test_a_name_always_has_the_same_sub_unless_one_is_given(testapp: TestApp) -> None:
    ada = sign_in(testapp, "ada")

    assert sign_in(testapp, "grace").sub != ada.sub
    assert sign_in(testapp, "ada").sub == ada.sub
    assert sign_in(testapp, "ada", sub="a-sub").sub == testapp.get("/").json["sub"] == "a-sub"


def test_claims_win_over_those_made_up(testapp: TestApp) -> None:
    identity = sign_in(testapp, groups=["Admin"], claims={"cognito:groups": ["Staff"]})

    assert identity.groups == {"Staff"}


def test_the_next_person_takes_over(testapp: TestApp) -> None:
    sign_in(testapp, "ada", groups=[f"Group-{number:0100}" for number in range(40)])
    assert len(testapp.cookies) > 1

    sign_in(testapp, "grace")

    assert testapp.get("/").json["username"] == "grace"


def test_reset_forgets_the_person(testapp: TestApp) -> None:
    sign_in(testapp)

    testapp.reset()

    assert testapp.get("/").json is None


def test_signing_out_works_and_calls_nobody(
    testapp: TestApp, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(testapp)

    testapp.get("/sign-out")

    assert testapp.get("/").json is None
    assert "Cognito" not in caplog.text
    sign_in(testapp)
    assert testapp.get("/").json["username"] == "ada"


def test_each_application_has_its_own_secret(testapp: TestApp) -> None:
    sign_in(testapp)
    other = TestApp(application(offline_settings({"cognito.policy.Lately": "group in A"})))

    for name, value in testapp.cookies.items():
        other.set_cookie(name, value)

    assert other.get("/").json is None


def test_offline_settings_keep_what_has_nothing_to_do_with_the_pool() -> None:
    settings = {
        "myapp.colour": "green",
        "cognito.policy.Staff": "group in Staff",
        "cognito.route_prefix": "/me",
        "cognito.user_pool_id": "local",
        "cognito.client_secret": "a-client-secret",
        "cognito.local.users": "ada Correct-Horse-9",
    }

    offline = offline_settings(settings)

    assert {key: offline[key] for key in list(settings)[:3]} == dict(list(settings.items())[:3])
    assert offline["cognito.user_pool_id"] != "local"
    assert offline["cognito.client_secret"] == ""
    assert "cognito.local.users" not in offline
    assert settings["cognito.user_pool_id"] == "local"


def test_the_environment_does_not_bring_the_real_pool_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEf123")
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", "a-client-secret")
    monkeypatch.setenv("COGNITO_REGION", "eu-north-1")
    monkeypatch.setenv("COGNITO_ROUTE_PREFIX", "/me")
    config = Configurator(settings=offline_settings())
    config.include("pyramid_cognito")

    settings = config.registry[REGISTRY_KEY].settings

    assert settings.user_pool_id != "eu-west-1_AbCdEf123"
    assert (settings.client_secret, settings.region) == (None, "eu-west-1")
    assert settings.route_prefix == "/me"


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    raise NotImplementedError


@pytest.mark.parametrize("app", [wsgi, Configurator().make_wsgi_app()])
def test_another_application_is_a_type_error(app: Any) -> None:
    with pytest.raises(TypeError, match="includes pyramid_cognito"):
        sign_in(TestApp(app))
