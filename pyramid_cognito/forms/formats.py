"""The kinds of text that attributes hold: each function takes what was typed to what is stored.

Each raises ValueError with a sentence for people.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pyramid_cognito.i18n import _

FIRST_DATE = date(1850, 1, 1)
LAST_DATE = date(2150, 12, 31)

_NUMBER = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
# what browsers take in a field of type "email" (HTML, 4.10.5.1.5); mail to other names needs an
# extension of SMTP that Cognito's senders lack
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
# what stands between the digits; a (0) is dialled only without the country code
_PHONE_DECORATION = re.compile("\\(0\\)|[\\s.()\\[\\]\u2010-\u2015-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# language, extended language, script, region, variants, extensions, private use, each by its
# length alone (RFC 5646, 2.1)
_LOCALE = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,20}")
_ZONE = re.compile("[A-Za-z][A-Za-z0-9_+-]{1,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")


def text(typed: str) -> str:
    """Anything."""
    return typed


def number(typed: str) -> str:
    """Digits, with a minus sign and a decimal point where they are needed."""
    if not _NUMBER.fullmatch(typed):
        raise ValueError(_("Enter a number, like 42 or 3.5."))
    return typed


def day(typed: str) -> str:
    """A date of the calendar, as OpenID Connect writes a birthdate (ISO 8601)."""
    try:
        found = date.fromisoformat(typed) if _DATE.fullmatch(typed) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("Enter a date as year, month and day, like 1990-12-31."))
    if not FIRST_DATE <= found <= LAST_DATE:
        between = {"first": FIRST_DATE.isoformat(), "last": LAST_DATE.isoformat()}
        raise ValueError(_("Enter a date between ${first} and ${last}.", between))
    return typed


def birthday(typed: str) -> str:
    """A date that is not to come."""
    # it may be tomorrow already where the person is
    latest = datetime.now(timezone.utc).date() + timedelta(days=1)
    if date.fromisoformat(day(typed)) > latest:
        raise ValueError(_("A date of birth cannot be in the future."))
    return typed


def email(typed: str) -> str:
    """An address that mail can be sent to."""
    if not _EMAIL.fullmatch(typed) or len(typed) > 254:
        raise ValueError(_("Enter an e-mail address, like name@example.com."))
    return typed


def phone(typed: str) -> str:
    """A number with its country code (E.164), however its digits were grouped."""
    digits = _PHONE_DECORATION.sub("", typed)
    if not _E164.fullmatch(digits):
        raise ValueError(
            _("Enter a telephone number with + and its country code, like +44 20 7946 0958.")
        )
    return digits


def url(typed: str) -> str:
    """A web address (http or https) that every browser reads alike, without user or password."""
    try:
        parts = urlsplit(typed)
        is_sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or "@" in parts.netloc or re.search(r"[\s\\<>\"]", typed):
        raise ValueError(_("Enter a web address that starts with https:// or http://."))
    return typed


def locale(typed: str) -> str:
    """A language tag (BCP 47); an underscore in it becomes a hyphen."""
    tag = typed.replace("_", "-")
    if not _LOCALE.fullmatch(tag):
        raise ValueError(_("Enter a language tag, like en or pt-BR."))
    return tag


def zone(typed: str) -> str:
    """A time zone by its IANA name, in that name's own spelling.

    Where the machine knows no zones, whatever has the form of a name.
    """
    name = typed.replace(" ", "_")
    known = _zones()
    found = known.get(name.casefold()) if known else name
    if found is None or not _ZONE.fullmatch(found):
        raise ValueError(_("Enter a time zone by its name, like Europe/Berlin."))
    return found


def zone_suggestions() -> list[str]:
    """The zones of places, in order; none where the machine knows none."""
    return [name for name in sorted(_zones().values()) if "/" in name and name[:4] != "Etc/"]


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
