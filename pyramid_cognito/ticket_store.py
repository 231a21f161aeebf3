"""The ticket in the application's own session (``cognito.ticket_store = session``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import ISessionFactory
from pyramid.response import Response

from pyramid_cognito.errors import cognito_error

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

log = logging.getLogger(__name__)

#: where the session has the ticket
KEY = "pyramid_cognito.ticket"
#: characters that must be left for what Pyramid puts there besides, as a CSRF token
RESERVE = 256


def require_session_factory(config: Configurator) -> None:
    """Stop the start of an application that has no session to keep a ticket in."""
    if config.registry.queryUtility(ISessionFactory) is None:
        raise ConfigurationError(
            "cognito.ticket_store = session expects a session factory: config.set_session_factory"
        )


def read(request: Request) -> str | None:
    """The ticket in the session."""
    ticket = request.session.get(KEY)
    return ticket if isinstance(ticket, str) else None


def write(request: Request, ticket: str) -> None:
    """Put a ticket into the session.

    :raises CognitoError: the session is one in a cookie, and has no room for it.
    """
    session = request.session
    session[KEY] = ticket + " " * RESERVE
    if not _fits(session):
        del session[KEY]
        log.error(
            "The application's session has no room for a ticket of %d bytes: "
            "cognito.ticket_store = session wants a session factory that keeps it on the server",
            len(ticket),
        )
        raise cognito_error("TicketTooLong")
    session[KEY] = ticket


def start(request: Request, ticket: str) -> None:
    """Put a ticket into the session under another id of it: the one before may be known."""
    session = request.session
    kept = dict(session)
    session.invalidate()
    session.update(kept)
    write(request, ticket)


def remove(request: Request) -> None:
    """Take the ticket out of the session."""
    if KEY in request.session:
        del request.session[KEY]


def _fits(session: Any) -> bool:
    # Pyramid's sessions in cookies say so only when the response is under way
    set_cookie = getattr(session, "_set_cookie", None)
    try:
        if set_cookie is not None:
            set_cookie(Response())
    except ValueError:
        return False
    return True
