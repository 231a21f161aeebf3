"""The account pages: each view is a form, a call of ``request.cognito``, a redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.config import Configurator

from pyramid_cognito import i18n, rendering
from pyramid_cognito.views import (
    account,
    authenticator,
    challenge,
    change_password,
    contact,
    delete_account,
    devices,
    forbidden,
    password,
    personal_data,
    profile,
    protection,
    reauthenticate,
    routes,
    sign_in,
    sign_up,
    two_factor,
)

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings


def register(config: Configurator, settings: CognitoSettings) -> None:
    """Add what answers a denial and, unless ``cognito.account_views`` is off, the account pages."""
    i18n.register(config)
    protection.register(config)
    if not settings.account_views:
        forbidden.register_without_pages(config)
        return
    rendering.register(config)
    rendering.require_layout(config, settings.layout)
    routes.register(config, settings)
    sign_in.register(config)
    challenge.register(config)
    sign_up.register(config)
    password.register(config)
    reauthenticate.register(config)
    account.register(config)
    profile.register(config)
    contact.register(config)
    change_password.register(config)
    two_factor.register(config)
    authenticator.register(config)
    devices.register(config)
    personal_data.register(config)
    delete_account.register(config)
    forbidden.register(config)
