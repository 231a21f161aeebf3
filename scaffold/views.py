"""The pages beside the documents. Who may see one stands in its view options, never in its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.authorization import Authenticated
from pyramid.exceptions import BadCSRFToken
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import exception_view_config, notfound_view_config, view_config

from scaffold.resources import HOUSE, Root


@dataclass(frozen=True)
class Destination:
    """An address to try: whom it is for, and whether that includes the one who asks."""

    title: str
    path: str
    principals: list[str]
    is_open: bool


@view_config(context=Root, permission=NO_PERMISSION_REQUIRED, renderer="templates/home.jinja2")
def home(context: Root, request: Request) -> dict[str, Any]:
    return {"destinations": _destinations(context, request)}


@view_config(route_name="admin", permission="administer", renderer="templates/admin.jinja2")
def admin(request: Request) -> dict[str, Any]:
    return {"documents": list(request.site["documents"])}


@view_config(
    route_name="restricted",
    cognito_policy="AuthorizedDomainsOnly",
    renderer="templates/restricted.jinja2",
)
def restricted(request: Request) -> dict[str, Any]:
    return {"domain": request.identity.claims["custom:domain"]}


@view_config(route_name="me", renderer="json")
def me(request: Request) -> dict[str, Any]:
    return {
        "sub": request.identity.sub,
        "username": request.identity.username,
        "groups": sorted(request.identity.groups),
        "principals": sorted(request.cognito.principals),
    }


@notfound_view_config(renderer="templates/not_found.jinja2")
def not_found(request: Request) -> dict[str, Any]:
    request.response.status_int = 404
    return {}


@exception_view_config(BadCSRFToken, renderer="templates/form_expired.jinja2")
def form_expired(request: Request) -> dict[str, Any]:
    request.response.status_int = 400
    return {}


def _destinations(root: Root, request: Request) -> list[Destination]:
    documents = root["documents"]
    may_view = bool(request.has_permission("view", root))
    samples = [
        Destination(
            document.title,
            request.resource_path(document),
            document.readers,
            bool(request.has_permission("view", document)),
        )
        for document in documents
        if document.owner_sub == HOUSE
    ]
    return [
        Destination("Documents", request.resource_path(documents), [Authenticated], may_view),
        *samples,
        Destination(
            "Restricted",
            request.route_path("restricted"),
            ["policy:AuthorizedDomainsOnly"],
            request.cognito.satisfies("AuthorizedDomainsOnly"),
        ),
        Destination(
            "Admin",
            request.route_path("admin"),
            ["group:Admin"],
            bool(request.has_permission("administer", root)),
        ),
        Destination("Who am I, as JSON", request.route_path("me"), [Authenticated], may_view),
    ]
