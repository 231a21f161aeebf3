"""The sample application on its embedded user pool, in a process of its own as ``make serve``."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys
import time
from configparser import RawConfigParser
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from pyramid_cognito.local.pool import admin_client
from pyramid_cognito.ticket import Sealer, Tickets

REPOSITORY = Path(__file__).parent.parent.parent
# how long the application may take to answer or to end, in seconds
PATIENCE = 40.0


class Application:
    """``development.ini`` on a free port, with what it keeps in *directory*."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "application.log"
        port = _free_port()
        self.url = f"http://localhost:{port}"
        self._ini = _copy_of_development_ini(directory, self.url, port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pyramid.scripts.pserve", str(self._ini)],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the sample application did not start:\n{self._last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; the user pool ends by itself some seconds later."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def wait_for_pool_to_end(self) -> None:
        """Return when nothing writes to the directory any more."""
        with (self._pool_directory / "emulator.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)

    @property
    def pool(self) -> dict[str, Any]:
        """What start-up writes about the user pool for other clients."""
        return self._read("local.json")

    def administrator(self) -> Any:
        """A boto3 client with the pool's own AWS keys."""
        keys, pool = self._read("credentials.json"), self.pool
        return admin_client(
            pool["endpoint"], pool["region"], keys["access_key_id"], keys["secret_access_key"]
        )

    @property
    def tickets(self) -> Tickets:
        """What seals and opens its sessions."""
        ini = RawConfigParser(delimiters=("=",))
        ini.read(self._ini)
        secrets = [ini["app:main"]["cognito.secret"]]
        pool = self.pool
        context = pool["user_pool_id"], pool["clients"]["with_secret"]["client_id"]
        return Tickets(*(Sealer(secrets, purpose, *context) for purpose in ("session", "tokens")))

    @property
    def _pool_directory(self) -> Path:
        return self._directory / "cognito"

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._pool_directory / name).read_text())
        return found

    def _answers(self) -> bool:
        try:
            with urlopen(self.url, timeout=5) as response:  # noqa: S310 - our own address
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


def _copy_of_development_ini(directory: Path, url: str, port: int) -> Path:
    ini = RawConfigParser(delimiters=("=",))
    # the names of policies are part of keys
    ini.optionxform = str
    ini.read(REPOSITORY / "development.ini")
    ini["server:main"]["listen"] = f"127.0.0.1:{port}"
    ini["app:main"]["cognito.local.directory"] = str(directory / "cognito")
    ini["app:main"]["cognito.local.address"] = url
    # all tests come from one address, and some use a sign-in of minutes ago
    ini["app:main"]["cognito.throttle.address"] = "1000 per 5 minute"
    ini["app:main"]["cognito.reauthenticate_after"] = "1800"
    path = directory / "development.ini"
    with path.open("w") as file:
        ini.write(file)
    return path


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
