"""Amazon Cognito for Pyramid: sign-in, account pages and claim-based authorization."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyramid_cognito.claim_policy import PRESENT

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = ["PRESENT", "includeme"]


def includeme(config: Configurator) -> None:
    """Set up ``pyramid_cognito``: ``config.include("pyramid_cognito")``.

    Include it before ``config.add_cognito_policy`` is used and before catch-all routes. To include
    it again does nothing.

    :raises pyramid.exceptions.ConfigurationError: names every setting that is wrong.
    """
    from pyramid_cognito import claim_policies, csrf, policy_view, request, services, views
    from pyramid_cognito.settings import read_settings

    if services.REGISTRY_KEY in config.registry:
        return  # each commit makes Pyramid forget what was included
    settings = services.start_local_pool(read_settings(config.get_settings(), os.environ))
    policies = claim_policies.register(config, settings)
    policy_view.register(config)
    services.register(config, settings, policies)
    request.register(config)
    csrf.register(config)
    views.register(config, settings)
