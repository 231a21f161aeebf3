"""Ini and environment to one frozen dataclass; every wrong key is reported at once."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyramid.exceptions import ConfigurationError

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from pyramid_cognito.local import LocalOptions

PREFIX = "cognito."
POLICY_PREFIX = "cognito.policy."
LOCAL_PREFIX = "cognito.local."

#: a secret that holds one of these words was copied from an example
SAMPLE_WORDS = ("sample", "example", "change", "secret", "develop", "insecure", "password")

_DEFAULT_EDITABLE = (
    "address birthdate email family_name gender given_name locale middle_name name nickname "
    "phone_number picture preferred_username profile website zoneinfo"
)


@dataclass(frozen=True)
class CognitoSettings:
    """What the ``cognito.*`` settings say, checked. Times are in seconds.

    ``user_pool_id``, ``client_id``, ``issuer`` and ``jwks_url`` are empty while ``local`` is set
    and the embedded user pool has not told its own yet.
    """

    user_pool_id: str
    client_id: str
    region: str
    issuer: str
    jwks_url: str
    endpoint_url: str | None
    client_secret: str | None = field(repr=False)
    secret: tuple[str, ...] = field(repr=False)
    cookie_name: str
    cookie_domain: str | None
    cookie_path: str
    cookie_secure: bool
    route_prefix: str
    account_views: bool
    security_policy: bool
    layout: str | None
    session_lifetime: int
    remember_lifetime: int
    session_idle: int
    challenge_lifetime: int
    connect_timeout: float
    read_timeout: float
    retry_attempts: int
    connection_pool_size: int
    editable_attributes: frozenset[str]
    reveal_account_state: bool
    throttle_storage: str = field(repr=False)
    throttle_account: str
    throttle_address: str
    local: LocalOptions | None = None
    policies: Mapping[str, str] = field(default_factory=dict)

    @property
    def pool_name(self) -> str:
        """The part of the pool's id after ``_``: the name that SRP hashes."""
        return self.user_pool_id.partition("_")[2]

    @property
    def is_local(self) -> bool:
        """Whether the pool is the embedded one, for development and tests alone."""
        return self.local is not None


@dataclass(frozen=True)
class Setting:
    """One key: how its text is read, what it expects in words, what holds when it is absent."""

    name: str
    parse: Callable[[str], Any]
    expects: str
    default: Any = None


def configure(config: Configurator) -> CognitoSettings:
    """The application's settings, and the embedded user pool started where they ask for it."""
    settings = read_settings(config.get_settings(), os.environ)
    if settings.local is None:
        return settings
    from pyramid_cognito import local  # never imported unless the settings ask for it

    pool = local.start(settings.local)
    return replace(
        settings,
        user_pool_id=pool.user_pool_id,
        client_id=pool.client_id,
        client_secret=pool.client_secret,
        region=pool.region,
        issuer=pool.issuer,
        jwks_url=pool.jwks_url,
        endpoint_url=pool.endpoint_url,
    )


def read_settings(
    registry_settings: MutableMapping[str, Any], environ: Mapping[str, str]
) -> CognitoSettings:
    """Read every ``cognito.*`` key; the environment wins (``COGNITO_CLIENT_ID``, and so on).

    The secrets are taken out of *registry_settings*, where error pages and debug toolbars look.

    :raises pyramid.exceptions.ConfigurationError: names each wrong key and what it expects.
    """
    faults = _unknown_keys(registry_settings)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = _text_of(setting.name, registry_settings, environ)
        try:
            values[setting.name] = setting.default if text is None else setting.parse(text)
        except ValueError:
            values[setting.name] = setting.default
            faults.append(f"{PREFIX}{setting.name} expects {setting.expects}")
    faults += _contradictions(values, faults)
    if values["user_pool_id"] == "local":
        values.update(_local_values(registry_settings, faults))
    elif values["user_pool_id"]:
        values.update(_pool_values(values))
    policies = {
        key[len(POLICY_PREFIX) :]: str(text)
        for key, text in registry_settings.items()
        if key.startswith(POLICY_PREFIX)
    }
    for key in ("client_secret", "secret", "throttle.storage", "local.users"):
        registry_settings.pop(PREFIX + key, None)
    if faults:
        raise ConfigurationError("pyramid_cognito cannot start:\n  " + "\n  ".join(faults))
    fields = {name.replace(".", "_"): value for name, value in values.items()}
    return CognitoSettings(**fields, policies=policies)


def _unknown_keys(registry_settings: Mapping[str, Any]) -> list[str]:
    known = [PREFIX + setting.name for setting in SETTINGS]
    known += [LOCAL_PREFIX + name for name in LOCAL_NAMES]
    faults = []
    for key in registry_settings:
        if not key.startswith(PREFIX) or key.startswith(POLICY_PREFIX) or key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1)
        faults.append(f"{key} is unknown" + (f"; did you mean {near[0]}?" if near else ""))
    return faults


def _text_of(
    name: str, registry_settings: Mapping[str, Any], environ: Mapping[str, str]
) -> str | None:
    variable = (PREFIX + name).upper().replace(".", "_")
    text = environ.get(variable, registry_settings.get(PREFIX + name))
    stripped = None if text is None else str(text).strip()
    return stripped or None


def _contradictions(values: Mapping[str, Any], faults: list[str]) -> list[str]:
    is_local = values["user_pool_id"] == "local"
    found = []
    for name in ("user_pool_id", "secret") if is_local else ("user_pool_id", "client_id", "secret"):
        faulty = any(fault.startswith(f"{PREFIX}{name} ") for fault in faults)
        if not values[name] and not faulty:
            found.append(f"{PREFIX}{name} is missing; it expects {_EXPECTS[name]}")
    if is_local and values["cookie_secure"]:
        found.append(
            f"{PREFIX}cookie_secure expects false with the local user pool, which serves "
            "development over plain http and must never run by accident"
        )
    if not is_local and any(map(_is_sample, values["secret"])):
        found.append(
            f"{PREFIX}secret expects random characters, not a sample; make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return found


def _is_sample(secret: str) -> bool:
    return any(word in secret.lower() for word in SAMPLE_WORDS)


def _local_values(registry_settings: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    # the environment says nothing about the embedded pool: it is a matter of one checkout
    texts = {name: _text_of("local." + name, registry_settings, {}) for name in LOCAL_NAMES}
    nothing = dict.fromkeys(("user_pool_id", "client_id", "region", "issuer", "jwks_url"), "")
    try:
        options = _local_options({name: text for name, text in texts.items() if text})
    except ValueError as error:
        faults.append(f"{LOCAL_PREFIX}{error}")
        return nothing
    return {**nothing, "endpoint_url": None, "client_secret": None, "local": options}


def _local_options(texts: Mapping[str, str]) -> LocalOptions:
    from pyramid_cognito import local

    given: dict[str, Any] = {
        name: Path(texts[name]) for name in ("directory", "environment") if name in texts
    }
    try:
        given["users"] = local.parse_users(texts.get("users", ""))
    except ValueError as error:
        raise ValueError(f"users: {error}") from None
    try:
        given["port"] = _number(0, 65535)(texts.get("port", "0"))
    except ValueError:
        raise ValueError("port expects a port number, or 0 to choose one") from None
    return local.LocalOptions(address=texts.get("address"), **given)


def _pool_values(values: Mapping[str, Any]) -> dict[str, str]:
    pool_id, endpoint = values["user_pool_id"], values["endpoint_url"]
    region = values["region"] or pool_id.partition("_")[0]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    issuer = values["issuer"] or f"https://cognito-idp.{region}.{suffix}/{pool_id}"
    keys_at = f"{endpoint}/{pool_id}" if endpoint else issuer
    return {"region": region, "issuer": issuer, "jwks_url": f"{keys_at}/.well-known/jwks.json"}


def _matching(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(pattern)
        return text

    return parse


def _boolean(text: str) -> bool:
    # stricter than pyramid.settings.asbool, which reads "ture" as false
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    if text.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return parse


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or not 0.1 <= float(text) <= 120:
        raise ValueError
    return float(text)


def _words(text: str) -> frozenset[str]:
    return frozenset(shlex.split(text))


def _secrets(text: str) -> tuple[str, ...]:
    secrets = tuple(line.strip() for line in text.splitlines() if line.strip())
    for secret in secrets:
        if len(secret) < 32 or len(set(secret)) < 8 or len(secret.split()) != 1:
            raise ValueError
    return secrets


def _url(text: str) -> str:
    """An https URL, or http on loopback, without user, query or trailing slash."""
    parts = urlsplit(text)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    secure = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not secure or not parts.hostname or parts.username or parts.query or re.search(r"\s", text):
        raise ValueError
    return text.rstrip("/")


def _prefix(text: str) -> str:
    return _matching(r"(/[A-Za-z0-9._~-]+)*")("/" + text.strip("/") if text != "/" else "")


def _limit(text: str) -> str:
    return _matching(r"[1-9][0-9]{0,5} per [1-9][0-9]{0,4} (second|minute|hour|day)")(text)


_YES_NO = "true or false"
_IDENTIFIER = r"[\w.+-]{1,128}"

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "user_pool_id",
        _matching(r"local|[a-z]{2}(-[a-z]+)+-[0-9]+_[0-9A-Za-z]{1,55}"),
        "the pool's id, like eu-west-1_AbCdEf123, or local (no white space, no comment behind it)",
        "",
    ),
    Setting(
        "client_id",
        _matching(_IDENTIFIER),
        "the app client's id (no white space, no comment behind it)",
        "",
    ),
    Setting(
        "client_secret",
        _matching(r"[\w+/=.-]{1,128}"),
        "the app client's secret (no white space, no comment behind it)",
    ),
    Setting(
        "secret",
        _secrets,
        "32 or more random characters without white space; on further lines, older ones",
        (),
    ),
    Setting("region", _matching("[a-z]{2}(-[a-z]+)+-[0-9]+"), "a region, like eu-west-1"),
    Setting("issuer", _url, "an https URL"),
    Setting("endpoint_url", _url, "an https URL, or http on loopback"),
    Setting("cookie_name", _matching("[A-Za-z0-9_-]{1,32}"), "letters, digits, _ or -", "cognito"),
    Setting("cookie_domain", _matching(r"\.?[A-Za-z0-9.-]{1,253}"), "a domain name"),
    Setting("cookie_path", _matching(r"/[\w./~-]*"), "a path that starts with /", "/"),
    Setting("cookie_secure", _boolean, _YES_NO, True),
    Setting("route_prefix", _prefix, "a path, like /account", "/account"),
    Setting("account_views", _boolean, _YES_NO, True),
    Setting("security_policy", _boolean, _YES_NO, True),
    Setting("layout", _matching(r"[\w.:/-]+"), "a renderer, like myapp:templates/layout.jinja2"),
    Setting("session_lifetime", _number(60, 31536000), "seconds, 60 or more", 12 * 3600),
    Setting("remember_lifetime", _number(60, 31536000), "seconds, 60 or more", 30 * 86400),
    Setting("session_idle", _number(60, 31536000), "seconds, 60 or more", 3600),
    Setting("challenge_lifetime", _number(60, 900), "seconds from 60 to 900", 180),
    Setting("connect_timeout", _seconds, "seconds from 0.1 to 120", 3.0),
    Setting("read_timeout", _seconds, "seconds from 0.1 to 120", 5.0),
    Setting("retry_attempts", _number(1, 10), "a whole number from 1 to 10", 2),
    Setting("connection_pool_size", _number(1, 1000), "a whole number from 1 to 1000", 10),
    Setting(
        "editable_attributes",
        _words,
        "names of attributes, split as a shell splits words",
        frozenset(_DEFAULT_EDITABLE.split()),
    ),
    Setting("reveal_account_state", _boolean, _YES_NO, False),
    Setting(
        "throttle.storage",
        _matching(r"[a-z+]+://\S*"),
        "a storage URI of the limits library, like redis://localhost:6379",
        "memory://",
    ),
    Setting("throttle.account", _limit, "a limit, like 10 per 5 minute", "10 per 5 minute"),
    Setting("throttle.address", _limit, "a limit, like 100 per 5 minute", "100 per 5 minute"),
)

_EXPECTS = {setting.name: setting.expects for setting in SETTINGS}

LOCAL_NAMES = ("directory", "environment", "port", "users", "address")
