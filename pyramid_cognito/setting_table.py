"""Every setting: its name, how its text is read, what it expects, what holds when it is absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid_cognito.password_policy import PasswordPolicy
from pyramid_cognito.setting_types import (
    ATTRIBUTE_TYPES,
    attribute_types,
    boolean,
    clients,
    distinct_words,
    limit,
    matching,
    number,
    or_none,
    path_prefix,
    plain_name,
    seconds,
    secrets,
    some_of,
    url,
    words,
)

PREFIX = "cognito."
POLICY_PREFIX = "cognito.policy."
LOCAL_PREFIX = "cognito.local."

_YES_NO = "true or false"
_CLIENTS = "app clients, one a line: an id, then the scopes that its tokens must carry, if any"
_IDENTIFIER = r"[\w.+-]{1,128}"
_DEFAULT_EDITABLE = (
    "address birthdate email family_name gender given_name locale middle_name name nickname "
    "phone_number picture preferred_username profile website zoneinfo"
)

#: pages and second factors that an application may go without
FEATURES = (
    "sign_up",
    "forgot_password",
    "authenticator_app",
    "sms_code",
    "email_code",
    "devices",
    "sessions",
    "passkeys",
    "delete_account",
)
_DEFAULT_FEATURES = frozenset(FEATURES) - {"sms_code", "email_code"}  # these need more of the pool

#: the ways to begin a sign-in that need no AWS credentials
AUTH_FLOWS = ("USER_SRP_AUTH", "USER_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH")


@dataclass(frozen=True)
class Setting:
    """One key: how its text is read, what it expects in words, what holds when it is absent."""

    name: str
    parse: Callable[[str], Any]
    expects: str
    default: Any = None


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "user_pool_id",
        matching(r"local|[a-z]{2}(-[a-z]+)+-[0-9]+_[0-9A-Za-z]{1,55}"),
        "the pool's id, like eu-west-1_AbCdEf123, or local (no white space, no comment behind it)",
        "",
    ),
    Setting(
        "client_id",
        matching(_IDENTIFIER),
        "the app client's id (no white space, no comment behind it)",
        "",
    ),
    Setting(
        "client_secret",
        matching(r"[\w+/=.-]{1,128}"),
        "the app client's secret (no white space, no comment behind it)",
    ),
    Setting(
        "secret",
        secrets,
        "32 or more random characters without white space; on further lines, older ones",
        (),
    ),
    Setting("region", matching("[a-z]{2}(-[a-z]+)+-[0-9]+"), "a region, like eu-west-1"),
    Setting("issuer", url, "an https URL"),
    Setting("endpoint_url", url, "an https URL, or http on loopback"),
    Setting("cookies", boolean, _YES_NO, True),
    Setting("ticket_store", matching("cookie|session"), "cookie or session", "cookie"),
    Setting("cookie_name", matching("[A-Za-z0-9_-]{1,32}"), "letters, digits, _ or -", "cognito"),
    Setting("cookie_domain", matching(r"\.?[A-Za-z0-9.-]{1,253}"), "a domain name"),
    Setting("cookie_path", matching(r"/[\w./~-]*"), "a path that starts with /", "/"),
    Setting("cookie_secure", boolean, _YES_NO, True),
    Setting("route_prefix", path_prefix, "a path, like /account", "/account"),
    Setting("account_views", boolean, _YES_NO, True),
    Setting("security_policy", boolean, _YES_NO, True),
    Setting("bearer.enabled", boolean, _YES_NO, True),
    Setting("bearer.client_ids", clients, _CLIENTS),
    Setting("bearer.machine_clients", clients, _CLIENTS),
    Setting("bearer.id_tokens", boolean, _YES_NO, False),
    Setting("bearer.act", boolean, _YES_NO, False),
    Setting("layout", matching(r"[\w.:/-]+"), "a renderer, like myapp:templates/layout.jinja2"),
    Setting("site_name", plain_name, "at most 64 characters, without ; and :"),
    Setting(
        "features",
        or_none(some_of(*FEATURES)),
        f"some of {', '.join(FEATURES)}, with white space between, or none",
        _DEFAULT_FEATURES,
    ),
    Setting("session_lifetime", number(60, 31536000), "seconds, 60 or more", 12 * 3600),
    Setting("remember_lifetime", number(60, 31536000), "seconds, 60 or more", 30 * 86400),
    Setting("session_idle", number(60, 31536000), "seconds, 60 or more", 3600),
    Setting("challenge_lifetime", number(60, 900), "seconds from 60 to 900", 180),
    Setting("revalidate_after", number(0, 86400), "seconds from 0 to 86400", 300),
    Setting("reauthenticate_after", number(60, 86400), "seconds from 60 to 86400", 300),
    Setting("connect_timeout", seconds, "seconds from 0.1 to 120", 3.0),
    Setting("read_timeout", seconds, "seconds from 0.1 to 120", 5.0),
    Setting("retry_attempts", number(1, 10), "a whole number from 1 to 10", 2),
    Setting("connection_pool_size", number(1, 1000), "a whole number from 1 to 1000", 10),
    Setting(
        "sign_in_with",
        some_of("username", "email", "phone_number"),
        "some of username, email, phone_number, with white space between",
        frozenset({"username"}),
    ),
    Setting(
        "password_policy",
        PasswordPolicy.parse,
        "a length from 6 to 99, then some of uppercase, lowercase, numbers, symbols",
        PasswordPolicy(),
    ),
    Setting(
        "editable_attributes",
        or_none(words),
        "names of attributes, split as a shell splits words, without commas, or none",
        frozenset(_DEFAULT_EDITABLE.split()),
    ),
    Setting(
        "sign_up_attributes",
        or_none(distinct_words),
        "names of attributes, each once, in the order of the form, without commas, or none",
        ("email",),
    ),
    Setting(
        "attribute_types",
        attribute_types,
        f"pairs like custom:age=number, without commas, with one of {', '.join(ATTRIBUTE_TYPES)}",
    ),
    Setting(
        "auth_flow",
        matching("|".join(AUTH_FLOWS)),
        f"one of {', '.join(AUTH_FLOWS)}; ADMIN_USER_PASSWORD_AUTH asks for AWS credentials, "
        "without which people sign in here",
        "USER_SRP_AUTH",
    ),
    Setting("reveal_account_state", boolean, _YES_NO, False),
    Setting(
        "throttle.storage",
        matching(r"[a-z+]+://\S*"),
        "a storage URI of the limits library, like redis://localhost:6379",
        "memory://",
    ),
    Setting("throttle.account", limit, "a limit, like 10 per 5 minute", "10 per 5 minute"),
    Setting("throttle.address", limit, "a limit, like 100 per 5 minute", "100 per 5 minute"),
    Setting("throttle.messages", limit, "a limit, like 5 per 1 hour", "5 per 1 hour"),
)

#: besides these, ``cognito.local.*`` and ``cognito.policy.*`` come from the ini alone
LOCAL_NAMES = ("directory", "environment", "port", "users", "address")

#: a secret that holds one of these words was copied from an example
SAMPLE_WORDS = ("sample", "example", "change", "secret", "develop", "insecure", "password")
