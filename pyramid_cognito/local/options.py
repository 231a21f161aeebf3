"""What the settings say about the embedded user pool: where it lives and who is in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyramid_cognito.local.install import default_environment

# besides sub, which Cognito gives (OpenID Connect Core 1.0, section 5.1)
STANDARD_ATTRIBUTES = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "updated_at",
        "website",
        "zoneinfo",
    }
)


@dataclass(frozen=True)
class LocalUser:
    """A user who is in the pool from the start.

    ``attributes`` maps Cognito's names (``email``, ``custom:domain``) to values.
    """

    username: str
    password: str = field(repr=False)
    groups: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalOptions:
    """How to run the embedded user pool.

    ``directory`` keeps its state between runs; applications that name the same directory share
    one pool. ``environment`` is the virtual environment that holds ministack. ``port`` 0 chooses
    a free port and remembers it. ``groups`` are groups beyond those of ``users``. ``address`` is
    the application's own address, to be printed only. ``grace`` is how many seconds the emulator
    outlives the last application, so that a reload finds it running.
    """

    directory: Path = Path(".cognito-local")
    environment: Path = field(default_factory=default_environment)
    port: int = 0
    region: str = "us-east-1"
    groups: tuple[str, ...] = ()
    users: tuple[LocalUser, ...] = ()
    address: str | None = None
    grace: float = 3.0


def parse_users(text: str) -> tuple[LocalUser, ...]:
    """Read one user a line: a name, a password, then groups and attributes, as shell words.

    ``ada Correct-Horse-9 group:Admin custom:domain=example.com email=ada@example.com``

    Raises ValueError naming the line but no word of it, since any could be a password.
    """
    users: dict[str, LocalUser] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        user = _parse_user(line, f"line {number}")
        if user.username in users:
            raise ValueError(f"line {number}: this user has a line already")
        users[user.username] = user
    return tuple(users.values())


def _parse_user(line: str, where: str) -> LocalUser:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"{where}: {error}".lower()) from None
    if len(words) < 2 or not all(words[:2]):
        raise ValueError(f"{where}: expected a user name and a password")
    username, password, *rest = words
    groups: dict[str, None] = {}
    attributes: dict[str, str] = {}
    for position, word in enumerate(rest, start=3):
        name, equals, value = word.partition("=")
        if word.startswith("group:") and len(word) > len("group:"):
            groups[word.removeprefix("group:")] = None
        elif equals and _is_attribute(name):
            attributes[name] = value
        else:
            raise ValueError(
                f"{where}: word {position} is neither group:<name> nor"
                " <attribute>=<value> with a standard attribute or custom:<name>"
            )
    return LocalUser(username, password, tuple(groups), attributes)


def _is_attribute(name: str) -> bool:
    return name in STANDARD_ATTRIBUTES or (name.startswith("custom:") and name != "custom:")
