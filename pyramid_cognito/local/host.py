"""Runs ministack for as long as an application lives, and no longer.

This file is run by the interpreter of ministack's own environment, hence the standard library
alone. Every application holds a shared lock on one file; the kernel takes it away however the
application ends. When this process gets the exclusive lock, nobody is left, and it ends too.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]

_REFUSAL = (
    b'{"__type": "UnrecognizedClientException",'
    b' "message": "The embedded user pool answers to loopback names, to pages of loopback origins,'
    b" to public operations, and to administrators' calls under its own key.\"}"
)

_SERVICE = b"AWSCognitoIdentityProviderService"
# what somebody else's DNS server cannot let point here
_LOOPBACK = rb"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
_HOST = re.compile(_LOOPBACK, re.IGNORECASE)
_ORIGIN = re.compile(rb"https?://" + _LOOPBACK)
_DOCUMENT = re.compile(
    r"/_ministack/health|/[\w-]+/\.well-known/(jwks\.json|openid-configuration)", re.ASCII
)
_OPENID_CONNECT = frozenset(
    {
        ("GET", "/oauth2/authorize"),
        ("POST", "/oauth2/token"),
        ("GET", "/oauth2/userInfo"),
        ("POST", "/oauth2/userInfo"),
        ("POST", "/login"),
        ("GET", "/logout"),
    }
)

# public operations of Cognito that ministack's botocore does not know yet: it says so itself
NEWER_OPERATIONS = frozenset({"ListUserSessions", "RevokeUserSession"})

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
    from ministack.core.iam_actions import unsigned_operations  # type: ignore[import-not-found]

    saves = saving(ministack.app, save_cognito, SAVE_DELAY)
    public = unsigned_operations("cognito-idp") | NEWER_OPERATIONS
    ministack.app = guarded(saves, os.environ["AWS_ACCESS_KEY_ID"], public)
    sys.argv = ["ministack"]
    ministack.main()


def guarded(application: Application, access_key_id: str, public: Iterable[str]) -> Application:
    """An ASGI application that answers to this computer alone, to administrators by our key alone.

    ``public`` names the operations that Cognito answers without AWS keys. ministack takes almost
    any ``Authorization`` for an administrator's and does not look at the signature, believes a
    query or a form about which operation it is asked for, and lets everyone wipe its state; every
    web page can reach it. So all that passes is listed here, and the key's id, which is random, is
    asked for as one asks for a password.
    """
    key = access_key_id.encode()
    operations = frozenset(name.encode() for name in public)

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "lifespan" or _is_allowed(scope, key, operations):
            await application(scope, receive, send)
        else:
            headers = [(b"content-type", b"application/x-amz-json-1.1")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})

    return serve


Headers = Mapping[bytes, Sequence[bytes]]


def _is_allowed(scope: Any, access_key_id: bytes, public: frozenset[bytes]) -> bool:
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    if not _is_from_here(headers):
        return False
    if scope["path"] == "/" and scope["method"] == "POST":
        return not scope["query_string"] and _is_operation(headers, access_key_id, public)
    return b"x-amz-target" not in headers and _is_page(scope["method"], scope["path"], headers)


def _is_from_here(headers: Headers) -> bool:
    """Whether no web page of another computer is behind it, under its own name or under ours."""
    hosts = headers.get(b"host", ())
    origins = headers.get(b"origin", ())
    return (
        len(hosts) == 1
        and _HOST.fullmatch(hosts[0]) is not None
        and all(_ORIGIN.fullmatch(origin) for origin in origins)
    )


def _is_operation(headers: Headers, access_key_id: bytes, public: frozenset[bytes]) -> bool:
    targets = headers.get(b"x-amz-target", ())
    # ministack joins the lines of a header, and takes what follows the last dot
    if len(targets) != 1:
        return False
    service, _, operation = targets[0].partition(b".")
    authorizations = headers.get(b"authorization", ())
    if not authorizations:
        return service == _SERVICE and operation in public
    signature = b"AWS4-HMAC-SHA256 Credential=" + access_key_id + b"/"
    return (
        service == _SERVICE and len(authorizations) == 1 and authorizations[0].startswith(signature)
    )


def _is_page(method: str, path: str, headers: Headers) -> bool:
    """Whether it is a page that ministack gives to everybody, before it looks for operations."""
    is_document = _DOCUMENT.fullmatch(path) is not None
    if method == "OPTIONS":
        return path == "/" or is_document or any(path == page for _, page in _OPENID_CONNECT)
    if is_document:
        return method == "GET" and b"authorization" not in headers
    return (method, path) in _OPENID_CONNECT


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
