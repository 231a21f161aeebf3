"""What costs Cognito's quota, or changes state there, is counted by person and by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.request import Request

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.security import sub_of
from pyramid_cognito.services import REGISTRY_KEY

if TYPE_CHECKING:
    from pyramid_cognito.services import Services


def count(request: Request, action: str) -> None:
    """Count *action* of who is signed in.

    :raises CognitoError: it was done too often, or the throttle's storage is away.
    """
    services: Services = request.registry[REGISTRY_KEY]
    try:
        services.throttle.attempt(action, sub_of(request), request.remote_addr)
    except CognitoError as error:
        if error.code == "TooManyAttempts":
            from pyramid_cognito.events import Throttled, notify  # slow to import

            notify(request, Throttled, action=action)
        raise
