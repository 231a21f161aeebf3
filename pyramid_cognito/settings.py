"""Ini and environment to one frozen dataclass; every wrong key is reported at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError

from pyramid_cognito.policy_grammar import read_policies
from pyramid_cognito.setting_table import (
    LOCAL_NAMES,
    LOCAL_PREFIX,
    POLICY_PREFIX,
    PREFIX,
    SAMPLE_WORDS,
    SETTINGS,
)
from pyramid_cognito.setting_types import number

if TYPE_CHECKING:
    from pyramid_cognito.claim_policy import ClaimPolicy
    from pyramid_cognito.local import LocalOptions
    from pyramid_cognito.password_policy import PasswordPolicy

# error pages and debug toolbars show the registry's settings
_HIDDEN = ("client_secret", "secret", "throttle.storage", "local.users")


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
    cookies: bool
    ticket_store: str
    cookie_name: str
    cookie_domain: str | None
    cookie_path: str
    cookie_secure: bool
    route_prefix: str
    account_views: bool
    security_policy: bool
    bearer_enabled: bool
    bearer_client_ids: tuple[tuple[str, frozenset[str]], ...]
    bearer_machine_clients: tuple[tuple[str, frozenset[str]], ...]
    bearer_id_tokens: bool
    bearer_act: bool
    layout: str | None
    site_name: str | None
    features: frozenset[str]
    session_lifetime: int
    remember_lifetime: int
    session_idle: int
    challenge_lifetime: int
    revalidate_after: int
    reauthenticate_after: int
    connect_timeout: float
    read_timeout: float
    retry_attempts: int
    connection_pool_size: int
    sign_in_with: frozenset[str]
    password_policy: PasswordPolicy
    editable_attributes: frozenset[str]
    sign_up_attributes: tuple[str, ...]
    attribute_types: Mapping[str, str] = field(hash=False)
    auth_flow: str
    reveal_account_state: bool
    throttle_storage: str = field(repr=False)
    throttle_account: str
    throttle_address: str
    throttle_messages: str
    local: LocalOptions | None = None
    policies: tuple[ClaimPolicy, ...] = ()

    @property
    def pool_name(self) -> str:
        """The part of the pool's id after ``_``: the name that SRP hashes."""
        return self.user_pool_id.partition("_")[2]

    @property
    def is_local(self) -> bool:
        """Whether the pool is the embedded one, for development and tests alone."""
        return self.local is not None


class Fixed(str):
    """The text of a setting that the environment does not change, as in the settings of tests."""

    __slots__ = ()


def read_settings(
    registry_settings: MutableMapping[str, Any], environ: Mapping[str, str]
) -> CognitoSettings:
    """Read every ``cognito.*`` key; the environment wins (``COGNITO_CLIENT_ID``, and so on).

    The secrets are taken out of *registry_settings*, where error pages and debug toolbars look.

    :raises pyramid.exceptions.ConfigurationError: names each wrong key and what it expects.
    """
    given = _given(registry_settings, environ)
    for name in _HIDDEN:
        registry_settings.pop(PREFIX + name, None)
    faults = _wrong_types(given) | _unknown_keys(given)
    texts = {key: str(value).strip() for key, value in given.items() if key not in faults}
    values = _values(texts, faults)
    _complete(values, texts)
    _add_contradictions(values, faults)
    if values["user_pool_id"] == "local":
        values.update(_local_values(texts, faults))
    elif values["user_pool_id"]:
        values.update(_pool_values(values))
    policies, policy_faults = _policies(texts, values["editable_attributes"])
    sentences = [*faults.values(), *policy_faults]
    if sentences:
        raise ConfigurationError("pyramid_cognito cannot start:\n  " + "\n  ".join(sentences))
    fields = {name.replace(".", "_"): value for name, value in values.items()}
    return CognitoSettings(**fields, policies=policies)


def _given(registry_settings: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What is set, by key."""
    given = {
        key: value
        for key, value in registry_settings.items()
        if key.startswith(PREFIX) and value is not None
    }
    for setting in SETTINGS:
        key = PREFIX + setting.name
        variable = key.upper().replace(".", "_")
        if variable in environ and not isinstance(given.get(key), Fixed):
            given[key] = environ[variable]
    return given


def _wrong_types(given: Mapping[str, Any]) -> dict[str, str]:
    """Faults by key: a list that code gives, read as text, would mean something else."""
    return {
        key: f"{key} expects text, not a {type(value).__name__}"
        for key, value in given.items()
        if not isinstance(value, (str, int, float))  # and bool, which is an int
    }


def _unknown_keys(given: Mapping[str, Any]) -> dict[str, str]:
    known = [PREFIX + setting.name for setting in SETTINGS]
    known += [LOCAL_PREFIX + name for name in LOCAL_NAMES]
    faults = {}
    for key in given:
        if key.startswith(POLICY_PREFIX) or key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1)
        faults[key] = f"{key} is unknown" + (f"; did you mean {near[0]}?" if near else "")
    return faults


def _values(texts: Mapping[str, str], faults: dict[str, str]) -> dict[str, Any]:
    """The settings' values by name, the default where there is no text or a wrong one."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        key = PREFIX + setting.name
        text = texts.get(key)
        try:
            values[setting.name] = setting.parse(text) if text else setting.default
        except ValueError:
            values[setting.name] = setting.default
            faults[key] = f"{key} expects {setting.expects}"
    return values


def _complete(values: dict[str, Any], texts: Mapping[str, str]) -> None:
    """Put in place the defaults that a row cannot hold."""
    values["attribute_types"] = values["attribute_types"] or MappingProxyType({})
    for name in ("bearer.client_ids", "bearer.machine_clients"):
        values[name] = values[name] or ()
    # a sign-in there would lead to nothing
    values["account_views"] = values["account_views"] and values["cookies"]
    if not texts.get(f"{PREFIX}sign_up_attributes"):
        editable = values["editable_attributes"]
        values["sign_up_attributes"] = tuple(
            name for name in values["sign_up_attributes"] if name in editable
        )


def _add_contradictions(values: Mapping[str, Any], faults: dict[str, str]) -> None:
    """Add what is missing, and what does not go together, to *faults*."""
    is_local = values["user_pool_id"] == "local"
    required = {"user_pool_id", "secret"} | (set() if is_local else {"client_id"})
    found = {}
    for setting in SETTINGS:
        if setting.name in required and not values[setting.name]:
            key = PREFIX + setting.name
            found[key] = f"{key} is missing; it expects {setting.expects}"
    if is_local and values["cookie_secure"]:
        found[f"{PREFIX}cookie_secure"] = (
            f"{PREFIX}cookie_secure expects false with the local user pool, which serves "
            "development over plain http and must never run by accident"
        )
    if not values["cookies"] and not values["bearer.enabled"]:
        found[f"{PREFIX}bearer.enabled"] = (
            f"{PREFIX}bearer.enabled expects true where {PREFIX}cookies is false: else nothing is "
            "left that could say who asks"
        )
    if not is_local and any(map(_is_sample, values["secret"])):
        found[f"{PREFIX}secret"] = (
            f"{PREFIX}secret expects random characters, not a sample; make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    fixed = [
        name for name in values["sign_up_attributes"] if name not in values["editable_attributes"]
    ]
    if fixed:
        found[f"{PREFIX}sign_up_attributes"] = (
            f"{PREFIX}sign_up_attributes expects names that are in {PREFIX}editable_attributes "
            f"too, unlike {', '.join(map(repr, fixed))}"
        )
    for key, fault in found.items():
        faults.setdefault(key, fault)


def _is_sample(secret: str) -> bool:
    return any(word in secret.lower() for word in SAMPLE_WORDS)


def _local_values(texts: Mapping[str, str], faults: dict[str, str]) -> dict[str, Any]:
    unknown_yet = dict.fromkeys(("user_pool_id", "client_id", "region", "issuer", "jwks_url"), "")
    options = _local_options(texts, faults)
    return {**unknown_yet, "endpoint_url": None, "client_secret": None, "local": options}


def _local_options(texts: Mapping[str, str], faults: dict[str, str]) -> LocalOptions:
    from pyramid_cognito import local  # never imported unless the settings ask for it

    given = {name: text for name in LOCAL_NAMES if (text := texts.get(LOCAL_PREFIX + name))}
    options: dict[str, Any] = {
        name: Path(given[name]) for name in ("directory", "environment") if name in given
    }
    try:
        options["users"] = local.parse_users(given.get("users", ""))
    except ValueError as error:
        faults[f"{LOCAL_PREFIX}users"] = f"{LOCAL_PREFIX}users: {error}"
    try:
        options["port"] = number(0, 65535)(given.get("port", "0"))
    except ValueError:
        key = f"{LOCAL_PREFIX}port"
        faults[key] = f"{key} expects a port number, or 0 to choose one"
    return local.LocalOptions(address=given.get("address"), **options)


def _pool_values(values: Mapping[str, Any]) -> dict[str, str]:
    pool_id, endpoint = values["user_pool_id"], values["endpoint_url"]
    region = values["region"] or pool_id.partition("_")[0]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    issuer = values["issuer"] or f"https://cognito-idp.{region}.{suffix}/{pool_id}"
    keys_at = f"{endpoint}/{pool_id}" if endpoint else issuer
    return {"region": region, "issuer": issuer, "jwks_url": f"{keys_at}/.well-known/jwks.json"}


def _policies(
    texts: Mapping[str, str], editable: frozenset[str]
) -> tuple[tuple[ClaimPolicy, ...], list[str]]:
    named = {
        key.removeprefix(POLICY_PREFIX): text
        for key, text in texts.items()
        if key.startswith(POLICY_PREFIX)
    }
    return read_policies(named, editable)
