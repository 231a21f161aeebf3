"""What every page asks of the request beside what pyramid_cognito gives it."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.request import Request

from scaffold.resources import Root


@dataclass(frozen=True)
class Link:
    title: str
    path: str
    # what aria-current says: "page" for the page itself, "true" for one below it
    current: str | None


def site(request: Request) -> Root:
    """The root resource; ``request.root`` is another one on pages that are not the scaffold's."""
    return request.registry["root"]


def navigation(request: Request) -> list[Link]:
    """The links at the top of the page, without those that would answer 403."""
    links = [
        ("Home", request.resource_path(request.site)),
        ("Documents", request.resource_path(request.site["documents"])),
    ]
    if request.cognito.satisfies("AuthorizedDomainsOnly"):
        links.append(("Restricted", request.route_path("restricted")))
    if request.has_permission("administer", request.site):
        links.append(("Admin", request.route_path("admin")))
    return [Link(title, path, _current(path, request)) for title, path in links]


def display_name(request: Request) -> str | None:
    """What to call whoever is signed in, ``None`` for nobody."""
    identity = request.identity
    return identity and (identity.claims.get("name") or identity.username or identity.sub)


def sign_in_path(request: Request) -> str | None:
    """Where to sign in, so as to come back to this page; ``None`` on the account pages."""
    route = request.matched_route
    if route and route.name.startswith("cognito."):
        return None
    return request.route_path("cognito.sign_in", _query={"next": request.path_qs})


def _current(path: str, request: Request) -> str | None:
    here = request.path.rstrip("/") + "/"
    place = path.rstrip("/") + "/"
    if here == place:
        return "page"
    is_home = place == request.script_name + "/"
    return "true" if here.startswith(place) and not is_home else None
