"""A running embedded pool: what clients need to use it, and how a developer is told."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyramid_cognito.local.options import LocalUser

# ministack sends no mail: its codes are always these
CONFIRMATION_CODE = "123456"
RESET_CODE = "654321"


class Lease:
    """Keeps the emulator running while this process, or a fork of it, holds it.

    It is a bare descriptor on purpose: it is not let go because an object is no longer needed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go; the emulator ends soon after the last application did."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True)
class LocalPool:
    """The embedded user pool, running for as long as this process does.

    ``client_id`` and ``client_secret`` are the app client for servers, ``public_client_id`` the
    one without a secret. The AWS keys sign administrators' calls; they are this pool's own.
    """

    endpoint_url: str
    region: str
    user_pool_id: str
    client_id: str
    client_secret: str = field(repr=False)
    public_client_id: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    users: tuple[LocalUser, ...]
    _lease: Lease = field(repr=False, compare=False)

    @property
    def issuer(self) -> str:
        """The ``iss`` of its tokens: as if Cognito itself had issued them."""
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.user_pool_id}"

    @property
    def jwks_url(self) -> str:
        """Where the public keys of its tokens are."""
        return f"{self.endpoint_url}/{self.user_pool_id}/.well-known/jwks.json"

    def admin(self) -> Any:
        """A new boto3 client for administrators' calls."""
        return admin_client(
            self.endpoint_url, self.region, self.access_key_id, self.secret_access_key
        )

    def close(self) -> None:
        """Let go of the emulator, which ends when no application is left. For tests."""
        self._lease.release()


def admin_client(endpoint_url: str, region: str, access_key_id: str, secret_access_key: str) -> Any:
    """A signed ``cognito-idp`` client that takes nothing from the developer's AWS configuration."""
    from botocore.config import Config
    from botocore.session import Session

    nowhere = (None, None, os.devnull, None)
    session = Session(
        {
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    return session.create_client(
        "cognito-idp",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(
            proxies={}, connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2}
        ),
    )


def code_for(operation: str) -> str | None:
    """The code that an operation (``SignUp``, ``ForgotPassword``, ...) would have sent by mail."""
    return {
        "SignUp": CONFIRMATION_CODE,
        "ResendConfirmationCode": CONFIRMATION_CODE,
        "ForgotPassword": RESET_CODE,
    }.get(operation)


def as_json(pool: LocalPool) -> str:
    """What ``local.json`` holds, for clients other than the application.

    Keys: ``endpoint``, ``region``, ``user_pool_id``, ``issuer``, ``jwks_url``; ``clients`` with
    ``with_secret`` (``client_id``, ``client_secret``) and ``public`` (``client_id``); ``users``, a
    list of ``username``, ``password``, ``groups``, ``attributes`` as they were created.
    """
    return json.dumps(
        {
            "endpoint": pool.endpoint_url,
            "region": pool.region,
            "user_pool_id": pool.user_pool_id,
            "issuer": pool.issuer,
            "jwks_url": pool.jwks_url,
            "clients": {
                "with_secret": {
                    "client_id": pool.client_id,
                    "client_secret": pool.client_secret,
                },
                "public": {"client_id": pool.public_client_id},
            },
            "users": [
                {
                    "username": user.username,
                    "password": user.password,
                    "groups": list(user.groups),
                    "attributes": dict(user.attributes),
                }
                for user in pool.users
            ],
        },
        indent=2,
    )


def as_text(pool: LocalPool, address: str | None, details: Path) -> str:
    """What start-up prints: where the pool is and who can sign in."""
    facts = [
        ("application", address),
        ("endpoint", pool.endpoint_url),
        ("user pool", pool.user_pool_id),
        ("client with secret", f"{pool.client_id}  (this application's)"),
        ("client without", pool.public_client_id),
        ("codes", f"{CONFIRMATION_CODE} for a new account, {RESET_CODE} for a new password"),
        ("as JSON", str(details)),
    ]
    lines = ["", "Embedded user pool, for development only"]
    lines += [f"  {name:<20}{value}" for name, value in facts if value]
    if pool.users:
        lines += ["", "  Who can sign in (passwords as first set)"]
        lines += [f"    {line}" for line in _table(pool.users)]
    return "\n".join([*lines, "", ""])


def _table(users: tuple[LocalUser, ...]) -> list[str]:
    rows = [
        (
            user.username,
            user.password,
            ", ".join(user.groups) or "-",
            " ".join(f"{name}={value}" for name, value in user.attributes.items()),
        )
        for user in users
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
