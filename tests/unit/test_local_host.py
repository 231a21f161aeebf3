from __future__ import annotations

import asyncio
import fcntl
import json
import os
import runpy
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyramid_cognito.local import host

KEY = "AKIAABCDEFGHIJKLMNOP"


class Time:
    """A clock that moves when somebody sleeps, and what happens at which moment."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    return tmp_path / "applications.lock"


class SharedLock:
    """What an application holds."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT)

    def take(self) -> None:
        assert host.lock_at_once(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)


@pytest.fixture
def applications(lock_file: Path) -> Iterator[tuple[SharedLock, SharedLock]]:
    pair = SharedLock(lock_file), SharedLock(lock_file)
    yield pair
    for application in pair:
        application.close()


def watch(lock_file: Path, time: Time, grace: float = 3.0) -> float:
    """When the emulator is told to end."""
    ends: list[float] = []
    host.end_with_the_last(
        str(lock_file),
        grace,
        lambda: ends.append(time.now),
        clock=time.clock,
        sleep=time.sleep,
    )
    (end,) = ends
    return end


def test_it_ends_a_grace_after_the_last_application(
    lock_file: Path, time: Time, applications: tuple[SharedLock, SharedLock]
) -> None:
    first, second = applications
    first.take()
    second.take()
    time.events = [(10.0, first.release), (20.0, second.release)]
    assert watch(lock_file, time) == pytest.approx(23.0, abs=2 * host.POLL)


def test_an_application_that_comes_back_within_the_grace_keeps_it(
    lock_file: Path, time: Time, applications: tuple[SharedLock, SharedLock]
) -> None:
    first, second = applications
    first.take()
    time.events = [(10.0, first.release), (12.0, second.take), (30.0, second.release)]
    assert watch(lock_file, time) == pytest.approx(33.0, abs=2 * host.POLL)


def test_it_ends_when_the_application_that_launched_it_was_never_seen(
    lock_file: Path, time: Time
) -> None:
    assert watch(lock_file, time) == pytest.approx(3.0, abs=2 * host.POLL)


def test_who_comes_while_it_ends_does_not_get_the_lock(
    lock_file: Path, time: Time, applications: tuple[SharedLock, SharedLock]
) -> None:
    descriptor = os.open(lock_file, os.O_RDWR)
    watch(lock_file, time)
    assert not host.lock_at_once(descriptor, fcntl.LOCK_SH)
    os.close(descriptor)


def test_it_ends_when_the_lock_cannot_be_read(tmp_path: Path, time: Time) -> None:
    with pytest.raises(FileNotFoundError):
        watch(tmp_path / "nowhere" / "applications.lock", time)


def test_ending_is_what_sigterm_does_and_force_if_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[str] = []
    previous = signal.signal(signal.SIGTERM, lambda *_: events.append("SIGTERM"))
    monkeypatch.setattr(os, "_exit", lambda status: events.append(f"exit {status}"))
    try:
        host.terminate(timeout=0)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert events == ["SIGTERM", "exit 1"]


def test_the_process_that_the_application_started_returns_at_once(
    lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(os, "fork", lambda: 4711)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(sys, "argv", ["host.py", str(lock_file), "99", "3.0"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(host.__file__, run_name="__main__")
    assert ended.value.code == 0


def test_the_process_behind_it_watches_and_serves(
    lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    own_lock = os.open(tmp_path / "emulator.lock", os.O_RDWR | os.O_CREAT)
    os.write(own_lock, b"a longer number of another process")
    os.set_inheritable(own_lock, True)
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(host, "terminate", lambda: served.append("ended"))
    monkeypatch.setattr(host, "run_ministack", lambda: served.append("served"))
    started: list[host.threading.Thread] = []
    start = host.threading.Thread.start
    monkeypatch.setattr(
        host.threading.Thread, "start", lambda thread: (started.append(thread), start(thread))
    )
    host.main([str(lock_file), str(own_lock), "0.0"])
    started[0].join(5)
    assert sorted(served) == ["ended", "served"]
    assert not os.get_inheritable(own_lock)
    assert (tmp_path / "emulator.lock").read_text() == str(os.getpid())
    os.close(own_lock)


def test_ministack_is_run_guarded_and_saves_what_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Any] = []
    answers: list[int] = []
    app = types.ModuleType("ministack.app")

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def serve() -> None:
        for scope in (request(key="test"), request(key=KEY)):
            await app.app(scope, None, record(answers))
        await asyncio.sleep(0.01)

    app.app = application  # type: ignore[attr-defined]
    app.main = lambda: asyncio.run(serve())  # type: ignore[attr-defined]
    package = types.ModuleType("ministack")
    package.app = app  # type: ignore[attr-defined]
    core = types.ModuleType("ministack.core")
    core.persistence = types.SimpleNamespace(save_all=saved.append)  # type: ignore[attr-defined]
    services = types.ModuleType("ministack.services")
    services.cognito = types.SimpleNamespace(get_state=dict)  # type: ignore[attr-defined]
    for module in (package, app, core, services):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys, "argv", ["host.py", "its", "arguments"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setattr(host, "SAVE_DELAY", 0.0)
    host.run_ministack()
    assert sys.argv == ["ministack"]
    assert answers == [403, 200]
    assert saved == [{"cognito": dict}]


def request(
    *, key: str = "", path: str = "/", query: bytes = b"", method: str = "POST", kind: str = "http"
) -> dict[str, Any]:
    authorization = f"AWS4-HMAC-SHA256 Credential={key}/20260605/us-east-1/cognito-idp/aws4_request"
    headers = [(b"host", b"127.0.0.1"), *([(b"authorization", authorization.encode())] * bool(key))]
    return {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers,
    }


def record(answers: list[int]) -> Any:
    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])
        else:
            assert json.loads(message["body"])["__type"] == "UnrecognizedClientException"

    return send


def status_of(scope: dict[str, Any]) -> int:
    answers: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    asyncio.run(host.guarded(application, KEY)(scope, None, record(answers)))
    return answers[0]


@pytest.mark.parametrize(
    "scope",
    [
        request(),
        request(key=KEY),
        request(path="/_ministack/health", method="GET"),
        request(kind="lifespan"),
        {**request(), "headers": [(b"Authorization", b"Bearer an-access-token")]},
    ],
)
def test_public_calls_and_our_own_key_pass(scope: dict[str, Any]) -> None:
    assert status_of(scope) == 200


@pytest.mark.parametrize(
    "scope",
    [
        request(key="test"),
        request(key="000000000000"),
        request(key=KEY + "X"),
        request(key="X" + KEY),
        request(query=b"X-Amz-Credential=test"),
        request(query=b"x%2Damz%2Dcredential=test"),
        request(query=b"AWSAccessKeyId=test"),
        request(path="/_ministack/reset"),
        {**request(), "headers": [(b"Authorization", b"AWS test:signature")]},
    ],
)
def test_other_keys_and_ministacks_own_controls_are_refused(scope: dict[str, Any]) -> None:
    assert status_of(scope) == 403


def test_many_changes_are_saved_once_and_later_ones_again() -> None:
    saves: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        pass

    async def calls() -> None:
        serve = host.saving(application, lambda: saves.append(1), delay=0.01)
        for _ in range(5):
            await serve(request(), None, None)
        assert saves == []
        await asyncio.sleep(0.03)
        assert saves == [1]
        await serve(request(), None, None)
        await asyncio.sleep(0.03)

    asyncio.run(calls())
    assert saves == [1, 1]


def test_what_changes_nothing_is_not_saved() -> None:
    saves: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        pass

    async def calls() -> None:
        serve = host.saving(application, lambda: saves.append(1), delay=0.0)
        await serve(request(method="GET"), None, None)
        await serve(request(kind="lifespan"), None, None)
        await asyncio.sleep(0.01)

    asyncio.run(calls())
    assert saves == []
