"""Runs ministack for as long as an application lives, and no longer.

This file is run by the interpreter of ministack's own environment, hence the standard library
alone. Every application holds a shared lock on one file; the kernel takes it away however the
application ends. When this process gets the exclusive lock, nobody is left, and it ends too.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

Application = Callable[[Any, Any, Any], Awaitable[None]]

_REFUSAL = (
    b'{"__type": "UnrecognizedClientException",'
    b' "message": "The security token included in the request is invalid."}'
)

# how often to look whether an application is left, in seconds
POLL = 0.2
# Cognito's state is written so long after a change, in seconds: a container that is stopped
# kills this process without a chance to write it at the end
SAVE_DELAY = 0.5
# what a shutdown may take before it is cut short, in seconds
SHUTDOWN_TIMEOUT = 10.0


def main(arguments: Sequence[str]) -> None:
    """Become the emulator: the applications' lock file, the descriptor of our own lock, the grace.

    Our lock was taken by the application that starts us; it lasts as long as this process.
    """
    applications, lock, grace = arguments[0], int(arguments[1]), float(arguments[2])
    # no child of the application, which would have to wait for it
    if os.fork():
        os._exit(0)
    os.set_inheritable(lock, False)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    watch = threading.Thread(
        target=end_with_the_last, args=(applications, grace, terminate), daemon=True
    )
    watch.start()
    run_ministack()


def end_with_the_last(
    applications: str,
    grace: float,
    end: Callable[[], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Call ``end`` when no application has held its lock for ``grace`` seconds.

    The lock is kept from then on: who comes now waits for a new emulator, not for this one. Where
    the lock cannot be read at all, that is the end too: better none than one for ever.
    """
    try:
        descriptor = os.open(applications, os.O_RDWR | os.O_CREAT, 0o600)
        last_seen = clock()
        while True:
            if not lock_at_once(descriptor, fcntl.LOCK_EX):
                last_seen = clock()
            elif clock() - last_seen >= grace:
                return
            else:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            sleep(POLL)
    finally:
        end()


def lock_at_once(descriptor: int, how: int) -> bool:
    """Take a lock (``fcntl.LOCK_SH`` or ``LOCK_EX``) if nobody holds a conflicting one."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def terminate(timeout: float = SHUTDOWN_TIMEOUT) -> None:
    """End this process as SIGTERM does, which saves the state; by force if that takes too long."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(timeout)
    os._exit(1)


def run_ministack() -> None:
    """Serve until a signal comes, as ``python -m ministack`` does."""
    from ministack import app as ministack  # type: ignore[import-not-found]

    saves = saving(ministack.app, save_cognito, SAVE_DELAY)
    ministack.app = guarded(saves, os.environ["AWS_ACCESS_KEY_ID"])
    sys.argv = ["ministack"]
    ministack.main()


def guarded(application: Application, access_key_id: str) -> Application:
    """An ASGI application that refuses administrators' calls under any key but ours.

    ministack takes more keys for an administrator's (``test``, any account number) without looking
    at the signature, and lets everyone wipe its state; web pages can reach it too. So the key's id,
    which is random, is asked for as one asks for a password.
    """

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or _is_allowed(scope, access_key_id.encode()):
            await application(scope, receive, send)
            return
        headers = [(b"content-type", b"application/x-amz-json-1.1")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    return serve


def _is_allowed(scope: Any, access_key_id: bytes) -> bool:
    path, query = scope["path"], unquote_to_bytes(scope["query_string"]).lower()
    if path.startswith("/_ministack/") and path != "/_ministack/health":
        return False
    if b"x-amz-credential" in query or b"awsaccesskeyid" in query:
        return False
    credentials = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
    return all(
        not value.startswith(b"AWS") or b"Credential=" + access_key_id + b"/" in value
        for value in credentials
    )


def saving(application: Application, save: Callable[[], None], delay: float) -> Application:
    """An ASGI application that calls ``save`` so many seconds after requests that may change data.

    It is called in the thread of the event loop, as at shutdown, so that two saves never meet.
    """
    due = False

    def save_now() -> None:
        nonlocal due
        due = False
        save()

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        nonlocal due
        await application(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "POST" and not due:
            due = True
            asyncio.get_running_loop().call_later(delay, save_now)

    return serve


def save_cognito() -> None:
    """Write the state of all pools, as ministack itself does when it ends."""
    from ministack.core import persistence  # type: ignore[import-not-found]
    from ministack.services import cognito  # type: ignore[import-not-found]

    persistence.save_all({"cognito": cognito.get_state})


if __name__ == "__main__":
    main(sys.argv[1:])
