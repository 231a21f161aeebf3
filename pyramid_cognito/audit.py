"""The audit trail: one line for each event, for a log that someone keeps."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyramid_cognito.events import AccountEvent

log = logging.getLogger(__name__)

#: the longest text that is written of one fact, in characters: names are as long as one likes
MAX_TEXT = 256


def write(event: AccountEvent) -> None:
    """Log the event's name and its facts as JSON: at INFO what was done, at WARNING what was not.

    JSON keeps within its line whatever line breaks and control characters a name is made of.
    """
    facts = {
        fact.name: _plain(getattr(event, fact.name))
        for fact in fields(event)
        if fact.name != "request"
    }
    level = logging.WARNING if event.went_wrong else logging.INFO
    log.log(level, "%s %s", type(event).__name__, json.dumps(facts))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    return value[:MAX_TEXT] if isinstance(value, str) else value
