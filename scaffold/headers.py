"""Security headers on every response, the account pages and static files among them."""

from __future__ import annotations

from pyramid.events import NewResponse, subscriber

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@subscriber(NewResponse)
def add_security_headers(event: NewResponse) -> None:
    headers = event.response.headers
    headers.update(HEADERS)
    # a page made for one person stays out of caches and away from the next person's Back button
    headers.setdefault("Cache-Control", "no-store")
