"""One emulator process for all applications that name the same directory.

Three lock files, freed by the kernel however their holder ends, leave nothing stale behind:
``starting.lock`` lets one application start at a time, ``applications.lock`` is shared by all that
use the emulator, ``emulator.lock`` is held by the emulator itself.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import socket
import string
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local import host, install
from pyramid_cognito.local.files import (
    create_private,
    make_directory,
    read_json,
    write_private,
)
from pyramid_cognito.local.options import LocalOptions
from pyramid_cognito.local.pool import Lease

HOST = "127.0.0.1"
# how long the emulator may take to answer or to end, in seconds
PATIENCE = 20.0
# how long the other applications may take to start, in seconds
TURN = 60.0
POLL = 0.02


@dataclass(frozen=True)
class Emulator:
    """A running emulator and the AWS keys that it accepts."""

    endpoint_url: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    lease: Lease = field(repr=False)


@contextmanager
def taking_turns(directory: Path, patience: float = TURN) -> Iterator[None]:
    """Let one application at a time start, so that one launches the emulator and fills the pool."""
    descriptor = _open(directory / "starting.lock")
    try:
        if not _lock(descriptor, fcntl.LOCK_EX, patience):
            raise ConfigurationError(
                f"another application has been starting the embedded user pool in {directory} for"
                f" more than {patience:.0f} seconds: end it and start again"
            )
        yield
    finally:
        os.close(descriptor)


def join_or_launch(options: LocalOptions, patience: float = PATIENCE) -> Emulator:
    """The emulator of ``options.directory``, which answers when this returns.

    Raises ConfigurationError when it is not installed, its port is taken or it does not start.
    """
    access_key_id, secret_access_key = _keys(options.directory)
    lease = _lease(options.directory, patience)
    try:
        lock = _open(options.directory / "emulator.lock")
        try:
            if host.lock_at_once(lock, fcntl.LOCK_EX):
                _launch(options, lock, access_key_id, secret_access_key)
        finally:
            os.close(lock)
        endpoint_url = _wait_for_answer(options.directory, patience)
    except BaseException:
        lease.release()
        raise
    return Emulator(endpoint_url, access_key_id, secret_access_key, lease)


def _keys(directory: Path) -> tuple[str, str]:
    path = directory / "credentials.json"
    keys = read_json(path)
    if not keys:
        letters = string.ascii_uppercase + string.digits
        key_id = "AKIA" + "".join(secrets.choice(letters) for _ in range(16))
        keys = {"access_key_id": key_id, "secret_access_key": secrets.token_urlsafe(30)}
        write_private(path, json.dumps(keys))
    return keys["access_key_id"], keys["secret_access_key"]


def _lease(directory: Path, patience: float) -> Lease:
    descriptor = _open(directory / "applications.lock")
    # an emulator that is ending holds it until it has saved its state
    if not _lock(descriptor, fcntl.LOCK_SH, patience):
        os.close(descriptor)
        raise ConfigurationError(
            f"the emulator of the embedded user pool in {directory} has been ending for more than"
            f" {patience:.0f} seconds: end process {_process(directory)} and start again"
        )
    return Lease(descriptor)


def _launch(options: LocalOptions, lock: int, access_key_id: str, secret_access_key: str) -> None:
    if not install.is_installed(options.environment):
        raise ConfigurationError(
            f"the embedded user pool needs ministack {install.VERSION} in {options.environment};"
            f" install it with: {install.command(options.environment)}"
        )
    directory = options.directory
    port = _choose_port(options)
    run = secrets.token_hex(8)
    write_private(directory / "emulator.json", json.dumps({"port": port, "run": run}))
    for name in ("state", "tmp"):
        make_directory(directory / name)
    words = [
        str(install.interpreter(options.environment)),
        "-I",
        host.__file__,
        str(directory / "applications.lock"),
        str(lock),
        str(options.grace),
    ]
    # nothing of the developer's own environment, AWS settings above all
    variables = {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "BIND_HOST": HOST,
        "COGNITO_EMAIL_ENABLED": "false",
        # it would remove containers that another ministack left
        "DOCKER_HOST": f"unix://{directory / 'no-docker'}",
        "GATEWAY_PORT": str(port),
        "HOME": str(directory),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        # its health page shows this, which tells our emulator from another on the same port
        "MINISTACK_EDITION": run,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": options.region,
        "PATH": os.defpath,
        "PERSIST_STATE": "1",
        "SERVICES": "cognito-idp",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(directory / "state"),
        "TMPDIR": str(directory / "tmp"),
    }
    with os.fdopen(create_private(directory / "ministack.log"), "wb") as log:
        # it returns at once; in a session of its own Ctrl-C in the terminal does not reach it
        subprocess.run(  # noqa: S603 - our own file by the interpreter of the settings
            words,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            env=variables,
            pass_fds=[lock],
            start_new_session=True,
            umask=0o077,
        )


def _choose_port(options: LocalOptions) -> int:
    if options.port:
        if not _is_free(options.port):
            raise ConfigurationError(
                f"port {options.port} of the embedded user pool is used by another program"
            )
        return options.port
    remembered = read_json(options.directory / "emulator.json").get("port", 0)
    return remembered if remembered and _is_free(remembered) else _free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as client:
        if client.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as server:
        server.bind((HOST, 0))
        port: int = server.getsockname()[1]
        return port


def _wait_for_answer(directory: Path, patience: float) -> str:
    """The endpoint of the emulator, once it answers. It may be another application's."""
    lock = directory / "emulator.lock"
    _poll(lambda: bool(_endpoint(directory)) or not _is_held(lock), patience)
    endpoint = _endpoint(directory)
    if not endpoint:
        state = f"process {_process(directory)} does not answer" if _is_held(lock) else "it ended"
        raise ConfigurationError(
            f"the emulator of the embedded user pool did not start: {state}; the last lines of"
            f" {directory / 'ministack.log'} are: {_last_words(directory)}"
        )
    return endpoint


def _endpoint(directory: Path) -> str | None:
    """Where the emulator answers, if it does."""
    state = read_json(directory / "emulator.json")
    if not state:
        return None
    connection = http.client.HTTPConnection(HOST, state["port"], timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        edition = json.load(connection.getresponse())["edition"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return None
    finally:
        connection.close()
    return f"http://{HOST}:{state['port']}" if edition == state["run"] else None


def _is_held(path: Path) -> bool:
    descriptor = _open(path)
    try:
        return not host.lock_at_once(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _process(directory: Path) -> str:
    return (directory / "emulator.lock").read_text()


def _last_words(directory: Path) -> str:
    lines = (directory / "ministack.log").read_text(errors="replace").strip().splitlines()
    return " / ".join(lines[-3:]) or "empty"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _lock(descriptor: int, how: int, patience: float) -> bool:
    return _poll(lambda: host.lock_at_once(descriptor, how), patience)


def _poll(condition: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL)
    return True
