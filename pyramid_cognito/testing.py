"""For an application's own tests: its settings without a user pool, and people without passwords.

Only the tokens are made up. The session is sealed like any other, so policies, ACLs, CSRF checks
and pages are the real ones. To replace the security policy altogether there is Pyramid's
``config.testing_securitypolicy``, which decides on the view option ``cognito_policy`` too.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from email.message import Message
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.request import Request
from urllib.response import addinfourl
from uuid import NAMESPACE_URL, uuid4, uuid5

from webob.request import BaseRequest

from pyramid_cognito.cookies import TakenCookies
from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.setting_table import LOCAL_PREFIX
from pyramid_cognito.settings import Fixed
from pyramid_cognito.ticket import Session, Tokens

if TYPE_CHECKING:
    from webtest import TestApp

    from pyramid_cognito.cookies import Headers
    from pyramid_cognito.services import Services

# nothing listens on port 9, so that a test which calls Cognito fails at once and calls nobody
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    "cognito.user_pool_id": "eu-west-1_Offline00",
    "cognito.client_id": "offline",
    "cognito.endpoint_url": _NOWHERE,
    "cognito.retry_attempts": "1",
    "cognito.cookie_secure": "false",
    "cognito.throttle.storage": "memory://",
    # an empty setting is none
    "cognito.client_secret": "",
    "cognito.cookie_domain": "",
    "cognito.issuer": "",
    "cognito.region": "",
}


def offline_settings(settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An application's settings, but with a made-up user pool that no call reaches.

    Policies and whatever else they say is kept; cookies are for plain http, as WebTest speaks it.
    Variables like ``COGNITO_USER_POOL_ID`` in the environment do not bring the real pool back.

    :param settings: as ``pyramid.paster.get_appsettings`` reads them; left as they are.
    """
    kept = {
        key: value for key, value in (settings or {}).items() if not key.startswith(LOCAL_PREFIX)
    }
    offline = {**_OFFLINE, "cognito.secret": secrets.token_hex(32)}
    return {**kept, **{key: Fixed(text) for key, text in offline.items()}}


def sign_in(
    testapp: TestApp,
    username: str = "ada",
    *,
    sub: str | None = None,
    groups: Iterable[str] = (),
    claims: Mapping[str, Any] | None = None,
    auth_time: int | None = None,
) -> CognitoIdentity:
    """Sign someone in to the application under test; Cognito is not asked.

    The person stays until ``testapp.reset()``, a sign-out, or the next call.

    :param testapp: a ``webtest.TestApp`` around what ``make_wsgi_app`` returned.
    :param sub: the user's id; by default one that always belongs to *username*.
    :param groups: names for ``cognito:groups``.
    :param claims: further claims of the id token, by name; they win over those made up here.
    :param auth_time: when the password was proved, in seconds since 1970; by default now.
    :returns: what ``request.identity`` will be.
    :raises TypeError: *testapp* is around something else, WSGI middleware say.
    """
    services = _services(testapp)
    now = int(services.clock())
    session = Session(
        claims=_claims(services, username, sub, groups, now) | dict(claims or {}),
        started_at=now,
        auth_time=now if auth_time is None else auth_time,
        tokens_expire_at=now + services.settings.session_lifetime,
        remember=False,
    )
    _receive(testapp, _headers(services, session))
    return CognitoIdentity.from_claims(
        session.claims, auth_time=session.auth_time, expires_at=session.tokens_expire_at
    )


def _services(testapp: TestApp) -> Services:
    try:
        services: Services = testapp.app.registry[REGISTRY_KEY]
    except (AttributeError, KeyError):
        raise TypeError(
            "sign_in takes a TestApp around a Pyramid application that includes pyramid_cognito"
        ) from None
    return services


def _claims(
    services: Services, username: str, sub: str | None, groups: Iterable[str], now: int
) -> dict[str, Any]:
    settings = services.settings
    made_up = {
        "sub": sub or str(uuid5(NAMESPACE_URL, f"{settings.issuer}/{username}")),
        "iss": settings.issuer,
        "aud": settings.client_id,
        "token_use": "id",
        "cognito:username": username,
        "origin_jti": str(uuid4()),
        "iat": now,
        "exp": now + settings.session_lifetime,
    }
    names = list(groups)
    return {**made_up, "cognito:groups": names} if names else made_up


def _headers(services: Services, session: Session) -> Headers:
    # without a refresh token nothing ever asks Cognito for new ones, nor tells it of a sign-out
    tokens = Tokens(_unsigned(session.claims), _unsigned({"token_use": "access"}), None)
    lifetime = services.settings.session_idle
    ticket = services.tickets.seal(session, tokens, lifetime=lifetime)
    cookies = services.cookies
    return cookies.write(TakenCookies(), cookies.ticket, ticket)


def _unsigned(claims: Mapping[str, Any]) -> str:
    segments = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    encoded = [urlsafe_b64encode(segment).rstrip(b"=").decode() for segment in segments]
    return ".".join([*encoded, "offline"])


def _receive(testapp: TestApp, headers: Headers) -> None:
    """Take cookies as if a response had set them; ``set_cookie`` would quote their values."""
    message = Message()
    for name, value in headers:
        message[name] = value
    url = BaseRequest.blank("/", testapp.extra_environ).url
    request = Request(url)  # noqa: S310 - nothing is opened
    testapp.cookiejar.extract_cookies(addinfourl(BytesIO(), message, url), request)
