"""The account pages: each view is a form, a call of ``request.cognito``, a redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.config import Configurator

from pyramid_cognito import rendering
from pyramid_cognito.views import errors, forbidden, password, protection, routes, sign_in, sign_up

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings


def register(config: Configurator, settings: CognitoSettings) -> None:
    """Add what answers a denial and, unless ``cognito.account_views`` is off, the account pages."""
    protection.register(config)
    if not settings.account_views:
        forbidden.register_without_pages(config)
        return
    rendering.register(config)
    rendering.require_layout(config, settings.layout)
    routes.register(config, settings.route_prefix)
    sign_in.register(config)
    sign_up.register(config)
    password.register(config)
    errors.register(config)
    forbidden.register(config)
