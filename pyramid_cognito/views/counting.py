"""What costs Cognito's quota, or changes state there, is counted by person and by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.request import Request

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.events import Throttled, notify
from pyramid_cognito.security import state_of
from pyramid_cognito.services import REGISTRY_KEY

if TYPE_CHECKING:
    from pyramid_cognito.services import Services


def count(request: Request, action: str) -> None:
    """Count *action* of who is signed in.

    :raises CognitoError: it was done too often, or the throttle's storage is away.
    """
    services: Services = request.registry[REGISTRY_KEY]
    try:
        services.throttle.attempt(action, own_sub(request), request.remote_addr)
    except CognitoError as error:
        if error.code == "TooManyAttempts":
            notify(request, Throttled, action=action)
        raise


def own_sub(request: Request) -> str:
    """The ``sub`` of who is signed in; empty for nobody."""
    identity = state_of(request).identity
    return identity.sub if identity else ""
