"""A real Redis for tests, on a socket of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

#: set where tests must not be left out for want of a redis-server
REDIS_IS_REQUIRED = "TESTS_REQUIRE_REDIS"


class RedisServer:
    """A Redis of its own, which keeps nothing when it ends."""

    def __init__(self, program: str, directory: Path) -> None:
        self._socket = directory / "redis.sock"
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "dir": str(directory),
            "save": "",
            "appendonly": "no",
        }
        self._command = [
            program,
            *(part for name in options for part in (f"--{name}", options[name])),
        ]
        self._process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"redis+unix://{self._socket}"

    @property
    def client(self) -> Any:
        from redis import Redis

        return Redis(unix_socket_path=str(self._socket))

    def start(self) -> None:
        """Return when it takes connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if "eady to accept connections" in line:
                return
        self.stop()
        pytest.fail(f"redis-server did not start: {''.join(said)}", pytrace=False)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)
            self._process = None
