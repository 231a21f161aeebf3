"""All that the user pool has about a person: to look at, and to take away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.views.counting import count
from pyramid_cognito.views.pages import FormPage, show
from pyramid_cognito.views.profile import in_order
from pyramid_cognito.views.routes import add_own_page

if TYPE_CHECKING:
    from pyramid_cognito.services import Services

PERSONAL_DATA = FormPage("personal_data", _("Your personal data"))

#: what a user pool answers that does not know an operation
NOT_OFFERED = 501


def register(config: Configurator) -> None:
    """Add the page and the file."""
    add_own_page(config, "cognito.personal_data", personal_data)
    add_own_page(config, "cognito.personal_data_json", personal_data_json)


def personal_data(request: Request) -> Response:
    """Show it."""
    from pyramid_cognito.forms.attributes import display, label_of

    data = personal_data_of(request)
    names = in_order(data["account"].attributes)
    shown = {"data": data, "names": names, "display": display, "label_of": label_of}
    return show(request, PERSONAL_DATA, None, **shown)


def personal_data_json(request: Request) -> Response:
    """The same as a file."""
    text = json.dumps(_plain(personal_data_of(request)), ensure_ascii=False, indent=2)
    return Response(
        text,
        content_type="application/json",
        charset="utf-8",
        content_disposition='attachment; filename="personal-data.json"',
    )


def personal_data_of(request: Request) -> dict[str, Any]:
    """Each thing that the pool tells about the person, by its name; what it lacks is left out.

    :raises CognitoError: it was asked for too often; or Cognito is away, and half of it would
        pass for all.
    """
    services: Services = request.registry[REGISTRY_KEY]
    account = request.cognito.account
    # many calls at once, of a quota that the whole pool shares
    count(request, "personal_data")
    found = partial(services.capabilities.found, account=account)
    told = {
        "account": account.get_user(),
        "ways_to_sign_in": _told(account.get_user_auth_factors),
        "devices": found("devices"),
        "sessions": found("sessions"),
        "passkeys": found("passkeys"),
    }
    return {name: data for name, data in told.items() if data is not None}


def _told(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except CognitoError as error:
        if error.status != NOT_OFFERED:
            raise
        return None


def _plain(value: Any) -> Any:
    """*value* as JSON has it."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(held) for held in value]
    return value.isoformat() if isinstance(value, datetime) else value
