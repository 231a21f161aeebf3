"""How the text of one setting is read; each function raises ValueError for a text it refuses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

#: how the values of a user attribute are typed and shown
ATTRIBUTE_TYPES = (
    "text",
    "number",
    "boolean",
    "date",
    "email",
    "phone",
    "url",
    "locale",
    "zone",
)


def matching(pattern: str) -> Callable[[str], str]:
    """Text that *pattern* matches as a whole."""
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(pattern)
        return text

    return parse


def boolean(text: str) -> bool:
    # stricter than pyramid.settings.asbool, which reads "ture" as false
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    if text.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError


def number(least: int, most: int) -> Callable[[str], int]:
    """A whole number, from *least* to *most*."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return parse


def seconds(text: str) -> float:
    """From 0.1 to 120 seconds."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or not 0.1 <= float(text) <= 120:
        raise ValueError
    return float(text)


def words(text: str) -> frozenset[str]:
    """Words as a shell splits them."""
    return frozenset(_words(text))


def distinct_words(text: str) -> tuple[str, ...]:
    """The same in their order, each once."""
    found = tuple(_words(text))
    if len(set(found)) < len(found):
        raise ValueError
    return found


def some_of(*names: str) -> Callable[[str], frozenset[str]]:
    """One or more of *names*."""

    def parse(text: str) -> frozenset[str]:
        found = words(text)
        if not found <= set(names):
            raise ValueError
        return found

    return parse


def clients(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """One app client a line: its id, and the scopes that its tokens must carry."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    found = {line[0]: frozenset(line[1:]) for line in lines}
    ids_are_good = all(re.fullmatch(r"[\w.+-]{1,128}", client, re.ASCII) for client in found)
    # the characters of RFC 6749, 3.3, without a comma and what begins a comment
    scope = re.compile(r"(?![;#])[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+")
    scopes_are_good = all(map(scope.fullmatch, frozenset().union(*found.values())))
    if not ids_are_good or not scopes_are_good or len(found) < len(lines):
        raise ValueError
    return tuple(found.items())


def or_none(parse: Callable[[str], T]) -> Callable[[str], T]:
    """What *parse* reads, or ``none`` for no words at all, as an empty text means the default."""

    def parse_or_none(text: str) -> T:
        if "none" not in text.lower().split():
            return parse(text)
        if len(text.split()) > 1:
            raise ValueError
        return parse("")

    return parse_or_none


def attribute_types(text: str) -> Mapping[str, str]:
    """Pairs ``name=type``, with a type of `ATTRIBUTE_TYPES`."""
    pairs = [word.rpartition("=") for word in _words(text)]
    types = {name: kind for name, _, kind in pairs}
    if "" in types or len(types) < len(pairs) or not set(types.values()) <= {*ATTRIBUTE_TYPES}:
        raise ValueError
    return MappingProxyType(types)


def plain_name(text: str) -> str:
    """A name to show. An authenticator app ends it at a colon; a semicolon begins a comment."""
    if len(text) > 64 or not text.isprintable() or not {*text}.isdisjoint(":;"):
        raise ValueError
    return text


def secrets(text: str) -> tuple[str, ...]:
    """One secret a line."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    for secret in lines:
        if len(secret) < 32 or len(set(secret)) < 8 or len(secret.split()) != 1:
            raise ValueError
    return lines


def url(text: str) -> str:
    """An https URL, or http on loopback, without user, query or trailing slash."""
    parts = urlsplit(text)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    secure = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not secure or not parts.hostname or parts.username or parts.query or re.search(r"\s", text):
        raise ValueError
    return text.rstrip("/")


def path_prefix(text: str) -> str:
    """A path without a slash at its end; the root is empty."""
    return matching(r"(/[A-Za-z0-9._~-]+)*")("/" + text.strip("/") if text != "/" else "")


def limit(text: str) -> str:
    """A limit as the limits library writes it."""
    return matching(r"[1-9][0-9]{0,5} per [1-9][0-9]{0,4} (second|minute|hour|day)")(text)


def _words(text: str) -> list[str]:
    if "," in text:  # it would become part of a name
        raise ValueError
    return shlex.split(text)
