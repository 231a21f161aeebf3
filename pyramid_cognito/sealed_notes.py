"""What one page hands to the next by way of the browser: sealed, for a while, for one person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyramid.request import Request

from pyramid_cognito.security import sub_of
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.ticket import Sealer

if TYPE_CHECKING:
    from pyramid_cognito.services import Services

#: seconds for which a note can be opened
LIFETIME = 900


def seal(request: Request, purpose: str, text: str) -> str:
    """*text* for who is signed in; of letters and digits that a URL takes as they are.

    :param purpose: a word; what is sealed for one purpose does not open for another.
    """
    content = json.dumps([sub_of(request), text]).encode()
    return _sealer(request, purpose).seal(content, lifetime=LIFETIME)


def unseal(request: Request, purpose: str, note: str) -> str | None:
    """The text of a *note*, or None for what is not ours, another person's, or past its time."""
    opened = _sealer(request, purpose).open(note)
    if opened is None:
        return None
    sub, text = json.loads(opened.content)
    return text if sub and sub == sub_of(request) else None


def _sealer(request: Request, purpose: str) -> Sealer:
    services: Services = request.registry[REGISTRY_KEY]
    settings = services.settings
    return Sealer(
        settings.secret,
        purpose,
        settings.user_pool_id,
        settings.client_id,
        clock=services.clock,
    )
