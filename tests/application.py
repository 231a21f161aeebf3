"""A small application around the package, with a clock, keys and answers that a test chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request, apply_request_extensions
from webtest import TestApp

from pyramid_cognito.claim_policies import ClaimPolicies
from pyramid_cognito.cookies import Headers
from pyramid_cognito.services import REGISTRY_KEY, Services, build_services
from pyramid_cognito.settings import CognitoSettings, read_settings
from pyramid_cognito.ticket import Tokens
from tests.clock import Clock
from tests.jwt_factory import CLIENT_ID, access_claims, id_claims, jwks, make_token

SECRET = "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A"
SETTINGS = {
    "cognito.user_pool_id": "eu-west-1_AbCdEf123",
    "cognito.client_id": CLIENT_ID,
    "cognito.secret": SECRET,
}


def make_settings(**changes: str | None) -> CognitoSettings:
    """Settings with *changes*, keyed without the prefix and with ``_`` for ``.``."""
    named = {f"cognito.{name}": text for name, text in changes.items()}
    texts = {**SETTINGS, **named}
    return read_settings({key: text for key, text in texts.items() if text is not None}, {})


def make_services(
    settings: CognitoSettings | None = None,
    clock: Callable[[], float] | None = None,
    policies: ClaimPolicies | None = None,
) -> Services:
    settings = settings or make_settings()
    return build_services(
        settings,
        policies or ClaimPolicies(settings.editable_attributes),
        clock or Clock(),
        fetch_jwks=jwks,
    )


def make_config(
    settings: dict[str, Any] | None = None, clock: Clock | None = None, **options: Any
) -> Configurator:
    """A configurator that has included the package, whose time stands still."""
    config = Configurator(settings={**SETTINGS, **(settings or {})}, **options)
    config.include("pyramid_cognito")
    services: Services = config.registry[REGISTRY_KEY]
    config.registry[REGISTRY_KEY] = make_services(
        services.settings, clock or Clock(), services.policies
    )
    return config


def make_tokens(
    *,
    now: int | None = None,
    refresh_token: str | None = "refresh.token",
    access: dict[str, Any] | None = None,
    **changes: Any,
) -> Tokens:
    """The tokens of one sign-in; *changes* are made to the claims of the id token."""
    times = {} if now is None else {"now": now}
    return Tokens(
        make_token(id_claims(**times, **changes)),
        make_token(access_claims(**times, **(access or {}))),
        refresh_token,
    )


def make_request(config: Configurator, path: str = "/", **environ: str) -> Request:
    """A request as the application's router would make it."""
    config.commit()
    request = Request.blank(path, environ=environ)
    request.registry = config.registry
    apply_request_extensions(request)
    return request


def cookie_header(headers: Headers) -> str:
    """What a browser sends back after *headers*."""
    pairs = [value.partition(";")[0] for name, value in headers if name == "Set-Cookie"]
    return "; ".join(pair for pair in pairs if not pair.endswith("="))


def receive(testapp: TestApp, headers: Headers) -> None:
    """Let *testapp* send these cookies from now on."""
    testapp.extra_environ["HTTP_COOKIE"] = cookie_header(headers)
