"""The embedded user pool: Cognito for development and tests, emulated by ministack on loopback."""

from __future__ import annotations

import dataclasses
import logging
import sys
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local import files
from pyramid_cognito.local.options import LocalOptions, LocalUser, parse_users
from pyramid_cognito.local.pool import (
    CONFIRMATION_CODE,
    RESET_CODE,
    LocalPool,
    admin_client,
    as_json,
    as_text,
    code_for,
)
from pyramid_cognito.local.seed import seed

if TYPE_CHECKING:
    from pyramid_cognito.local.emulator import Emulator

__all__ = [
    "CONFIRMATION_CODE",
    "RESET_CODE",
    "LocalOptions",
    "LocalPool",
    "LocalUser",
    "code_for",
    "parse_users",
    "start",
]

log = logging.getLogger(__name__)


def start(options: LocalOptions) -> LocalPool:
    """Start the embedded user pool, or join it where another application runs it already.

    It answers and is filled when this returns. It goes on until the last application that
    started it has ended, in whatever way, or has called ``close()``. Prints where it is and who
    can sign in, and writes the same to ``local.json`` in ``options.directory``.

    Raises pyramid.exceptions.ConfigurationError with what to do where it cannot start.
    """
    if sys.platform == "win32":
        raise ConfigurationError(
            "the embedded user pool needs Linux or macOS (or WSL); on Windows itself name a user"
            " pool of your own in cognito.user_pool_id"
        )
    # fcntl is not on Windows
    from pyramid_cognito.local import emulator

    directory = options.directory.absolute()
    details = directory / "local.json"
    options = dataclasses.replace(options, directory=directory)
    files.prepare(directory)
    with emulator.taking_turns(directory):
        running = emulator.join_or_launch(options)
        try:
            pool = _fill(running, options)
            files.write_private(details, as_json(pool))
        except BaseException:
            running.lease.release()
            raise
    log.warning(
        "development user pool %s at %s: everybody knows its passwords and codes",
        pool.user_pool_id,
        pool.endpoint_url,
    )
    sys.stderr.write(as_text(pool, options.address, details))
    return pool


def _fill(running: Emulator, options: LocalOptions) -> LocalPool:
    keys = (running.access_key_id, running.secret_access_key)
    cognito = admin_client(running.endpoint_url, options.region, *keys)
    try:
        seeded = seed(cognito, options.users, options.groups)
    finally:
        cognito.close()
    return LocalPool(
        endpoint_url=running.endpoint_url,
        region=options.region,
        user_pool_id=seeded.user_pool_id,
        client_id=seeded.client_id,
        client_secret=seeded.client_secret,
        public_client_id=seeded.public_client_id,
        access_key_id=running.access_key_id,
        secret_access_key=running.secret_access_key,
        users=options.users,
        _lease=running.lease,
    )
