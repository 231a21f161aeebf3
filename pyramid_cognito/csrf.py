"""CSRF tokens for applications without sessions, and none asked of bearer requests."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Any

from pyramid.config.security import DefaultCSRFOptions
from pyramid.csrf import LegacySessionCSRFStoragePolicy
from pyramid.interfaces import (
    PHASE3_CONFIG,
    ICSRFStoragePolicy,
    IDefaultCSRFOptions,
    ISessionFactory,
)
from zope.interface import implementer

from pyramid_cognito.security import has_bearer
from pyramid_cognito.services import REGISTRY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

    from pyramid_cognito.cookies import Cookies, TakenCookies


def register(config: Configurator) -> None:
    """Add both; the application's own choice of a storage is known at the end."""
    # inner derivers run first, so this is before csrf_view reads the options
    config.add_view_deriver(bearer_needs_no_token, under="csrf_view")
    # one more than the order of set_session_factory and set_csrf_storage_policy
    order = PHASE3_CONFIG + 1
    config.action(None, store_tokens_in_cookies, args=(config,), order=order)


def bearer_needs_no_token(view: Any, info: Any) -> Any:
    """View deriver: no CSRF token is asked of bearer requests, whatever options are in force.

    A browser sends no bearer header for another site. The view stays as it is.
    """
    options = info.registry.queryUtility(IDefaultCSRFOptions)
    if options is None:
        # as Pyramid's csrf_view does without options
        options = DefaultCSRFOptions(
            require_csrf=False,
            token="csrf_token",  # noqa: S106 - the field's name
            header="X-CSRF-Token",
            safe_methods=("GET", "HEAD", "OPTIONS", "TRACE"),
            check_origin=True,
            allow_no_origin=False,
            callback=None,
        )
        info.registry.registerUtility(options, IDefaultCSRFOptions)
    if not isinstance(options.callback, AsksNoBearer):
        options.callback = AsksNoBearer(options.callback)
    return view


class AsksNoBearer:
    """A callback of the CSRF options: whether a request needs a token."""

    def __init__(self, inner: Callable[[Request], bool] | None) -> None:
        self._inner = inner

    def __call__(self, request: Request) -> bool:
        return not has_bearer(request) and (self._inner is None or bool(self._inner(request)))


def store_tokens_in_cookies(config: Configurator) -> None:
    """Where there is no session to keep CSRF tokens in, and nobody chose another place."""
    registry = config.registry
    has_session = registry.queryUtility(ISessionFactory) is not None
    policy = registry.queryUtility(ICSRFStoragePolicy)
    if not has_session and isinstance(policy, LegacySessionCSRFStoragePolicy):
        registry.registerUtility(CookieStorage(), ICSRFStoragePolicy)


@implementer(ICSRFStoragePolicy)
class CookieStorage:
    """Keeps the CSRF token in a cookie (double submit), as Pyramid's own policy for this does.

    That one reads it by WebOb, which finds cookies inside of other cookies' values too: a sibling
    subdomain could plant a token, whatever the prefix of the name.
    """

    def new_csrf_token(self, request: Request) -> str:
        """A new token, on the response too."""
        cookies, taken = _cookies_of(request)
        taken.values[cookies.csrf] = secrets.token_hex(16)
        taken.csrf_is_new = True
        return self.get_csrf_token(request)

    def get_csrf_token(self, request: Request) -> str:
        """The browser's token; a new one where it has none."""
        cookies, taken = _cookies_of(request)
        token = taken.values.get(cookies.csrf)
        if not token:
            return self.new_csrf_token(request)
        if taken.csrf_is_new:
            # of each request that asks: a retried one has the token and not yet the callback
            request.add_response_callback(_tell_token)
        return token

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        """Whether the token that was sent with a form is the browser's."""
        expected = self.get_csrf_token(request).encode()
        supplied = supplied_token.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(expected, supplied)


def _tell_token(request: Request, response: Response) -> None:
    cookies, taken = _cookies_of(request)
    header = cookies.header(cookies.csrf, taken.values[cookies.csrf])
    if header not in response.headerlist:
        response.headerlist.append(header)


def _cookies_of(request: Request) -> tuple[Cookies, TakenCookies]:
    cookies: Cookies = request.registry[REGISTRY_KEY].cookies
    return cookies, cookies.take(request.environ)
