"""A small complete application on pyramid_cognito, to copy and make your own.

Who may do what stands in two places: the ``__acl__`` of the resources and the options of the
views. Everything else here is an ordinary Pyramid application.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from scaffold.request import display_name, navigation, sign_in_path, site
from scaffold.resources import Root, sample_documents


def main(global_config: dict[str, str], **settings: Any) -> Router:  # noqa: ARG001 (PasteDeploy's signature)
    """Make the WSGI application; its includes stand in ``development.ini``."""
    with Configurator(settings=settings, root_factory=site) as config:
        config.registry["root"] = Root(sample_documents())

        # a view that forgets its permission is for signed-in people, and its forms need a token
        config.set_default_permission("view")
        config.set_default_csrf_options(require_csrf=True)
        config.add_cognito_policy(
            "AuthorizedDomainsOnly", claims={"custom:domain": ["example.com", "example.org"]}
        )

        config.add_static_view("static", "static", cache_max_age=60)
        config.add_route("admin", "/admin")
        config.add_route("restricted", "/restricted")
        config.add_route("me", "/api/me")
        for extension in (display_name, navigation, sign_in_path, site):
            config.add_request_method(extension, reify=True)
        config.scan(ignore="scaffold.tests")
        return config.make_wsgi_app()
