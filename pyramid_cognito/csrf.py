"""CSRF tokens for applications without sessions, and none asked of bearer requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.config.security import DefaultCSRFOptions
from pyramid.csrf import CookieCSRFStoragePolicy, LegacySessionCSRFStoragePolicy
from pyramid.interfaces import (
    PHASE2_CONFIG,
    PHASE3_CONFIG,
    ICSRFStoragePolicy,
    IDefaultCSRFOptions,
    ISessionFactory,
)

from pyramid_cognito.security import has_bearer

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from pyramid_cognito.settings import CognitoSettings


def register(config: Configurator, settings: CognitoSettings) -> None:
    """Queue both until the application's own choices are known."""
    config.action(None, exempt_bearer_requests, args=(config,), order=PHASE2_CONFIG)
    # one more than the order of set_session_factory and set_csrf_storage_policy
    order = PHASE3_CONFIG + 1
    config.action(None, store_tokens_in_cookies, args=(config, settings), order=order)


def exempt_bearer_requests(config: Configurator) -> None:
    """A browser sends no bearer header for another site, so such requests need no CSRF token."""
    registry = config.registry
    options = registry.queryUtility(IDefaultCSRFOptions)
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
        registry.registerUtility(options, IDefaultCSRFOptions)
    inner = options.callback

    def callback(request: Request) -> bool:
        return not has_bearer(request) and (inner is None or bool(inner(request)))

    options.callback = callback


def store_tokens_in_cookies(config: Configurator, settings: CognitoSettings) -> None:
    """Where there is no session to keep CSRF tokens in, and nobody chose another place."""
    registry = config.registry
    has_session = registry.queryUtility(ISessionFactory) is not None
    policy = registry.queryUtility(ICSRFStoragePolicy)
    if not has_session and isinstance(policy, LegacySessionCSRFStoragePolicy):
        name = "__Host-csrf_token" if settings.cookie_secure else "csrf_token"
        storage = CookieCSRFStoragePolicy(name, secure=settings.cookie_secure, httponly=True)
        registry.registerUtility(storage, ICSRFStoragePolicy)
