"""Requests that forms are made of."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from webob.multidict import MultiDict

from pyramid_cognito.password_policy import PasswordPolicy


def posted(fields: Any = (), **settings: Any) -> Any:
    """A request that posts *fields*, at a site with *settings*."""
    return _request("POST", fields, settings)


def looked_at(**settings: Any) -> Any:
    """A request that only looks."""
    return _request("GET", (), settings)


def settings_of(**settings: Any) -> Any:
    """What forms read of the settings."""
    defaults = {
        "attribute_types": {},
        "auth_flow": "USER_SRP_AUTH",
        "editable_attributes": frozenset({"email", "phone_number", "name"}),
        "password_policy": PasswordPolicy(),
        "sign_in_with": frozenset({"username"}),
        "sign_up_attributes": ("email",),
    }
    return SimpleNamespace(**defaults | settings)


def texts(messages: Iterable[Any]) -> list[str]:
    """Messages in English."""
    return [getattr(message, "interpolate", message.__str__)() for message in messages]


def _request(method: str, fields: Any, settings: dict[str, Any]) -> Any:
    cognito = SimpleNamespace(settings=settings_of(**settings))
    return SimpleNamespace(method=method, POST=MultiDict(fields), cognito=cognito)
