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
PREFIX = b"AWSCognitoIdentityProviderService."
ADMIN = PREFIX + b"AdminAddUserToGroup"
PUBLIC = PREFIX + b"ForgotPassword"


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
        for scope in (request(key="test"), request(key=KEY), request(target=PREFIX + b"SignUp")):
            await app.app(scope, None, record(answers))
        await asyncio.sleep(0.01)

    app.app = application  # type: ignore[attr-defined]
    app.main = lambda: asyncio.run(serve())  # type: ignore[attr-defined]
    package = types.ModuleType("ministack")
    package.app = app  # type: ignore[attr-defined]
    core = types.ModuleType("ministack.core")
    core.persistence = types.SimpleNamespace(save_all=saved.append)  # type: ignore[attr-defined]
    iam_actions = types.ModuleType("ministack.core.iam_actions")
    public = {"cognito-idp": frozenset({"SignUp"})}
    iam_actions.unsigned_operations = public.__getitem__  # type: ignore[attr-defined]
    services = types.ModuleType("ministack.services")
    services.cognito = types.SimpleNamespace(get_state=dict)  # type: ignore[attr-defined]
    for module in (package, app, core, iam_actions, services):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys, "argv", ["host.py", "its", "arguments"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setattr(host, "SAVE_DELAY", 0.0)
    host.run_ministack()
    assert sys.argv == ["ministack"]
    assert answers == [403, 200, 200]
    assert saved == [{"cognito": dict}]


def signature(key: str) -> bytes:
    return f"AWS4-HMAC-SHA256 Credential={key}/20260605/us-east-1/cognito-idp/aws4_request".encode()


def request(
    *headers: tuple[bytes, bytes],
    key: str = "",
    target: bytes = ADMIN,
    path: str = "/",
    query: bytes = b"",
    method: str = "POST",
    host: bytes = b"127.0.0.1:4566",
) -> dict[str, Any]:
    """A request for an operation; without a key an administrator's is not allowed."""
    own = [(b"host", host)] * bool(host) + [(b"x-amz-target", target)] * bool(target)
    own += [(b"authorization", signature(key))] * bool(key)
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [*own, *headers],
    }


def page(path: str, *headers: tuple[bytes, bytes], **changes: Any) -> dict[str, Any]:
    return request(*headers, **{"method": "GET", "target": b"", "path": path, **changes})


def origin(value: bytes) -> tuple[bytes, bytes]:
    return b"origin", value


def authorization(value: bytes) -> tuple[bytes, bytes]:
    return b"authorization", value


def record(answers: list[int]) -> Any:
    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])
            names = {name for name, _ in message.get("headers", [])}
            assert b"access-control-allow-origin" not in names
        elif message["type"] == "websocket.close":
            answers.append(403)
        else:
            assert json.loads(message["body"])["__type"] == "UnrecognizedClientException"

    return send


def status_of(scope: dict[str, Any]) -> int:
    answers: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    guarded = host.guarded(application, KEY, {"ForgotPassword", "InitiateAuth"})
    asyncio.run(guarded(scope, None, record(answers)))
    return answers[0]


@pytest.mark.parametrize(
    "scope",
    [
        request(target=PUBLIC),
        request(target=PUBLIC, key=KEY),
        request(key=KEY),
        request((b"X-AMZ-TARGET", PUBLIC), target=b""),
        request((b"Authorization", signature(KEY))),
        {"type": "lifespan"},
    ],
)
def test_public_calls_and_our_own_key_pass(scope: dict[str, Any]) -> None:
    assert status_of(scope) == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [authorization(b"")],
        [authorization(b"x")],
        [authorization(b"Bearer x")],
        [authorization(b"Basic eDp4")],
        [authorization(b"AWS test:signature")],
        [authorization(b"AWS " + KEY.encode() + b":signature")],
        [authorization(signature("test"))],
        [authorization(signature("000000000000"))],
        [authorization(signature(KEY + "X"))],
        [authorization(signature("X" + KEY))],
        [authorization(signature(KEY.lower()))],
        [authorization(signature(KEY).lower())],
        [authorization(b", " + signature(KEY))],
        [authorization(b" " + signature(KEY))],
        [authorization(b"X " + signature(KEY))],
        [authorization(signature("test") + b", Credential=" + KEY.encode() + b"/")],
        [authorization(b"AWS4-HMAC-SHA256 X=Credential=" + KEY.encode() + b"/")],
        [authorization(b"AWS4-HMAC-SHA256 Credential=" + KEY.encode())],
        [authorization(b"AWS4-ECDSA-P256-SHA256 Credential=" + KEY.encode() + b"/")],
        [authorization(signature(KEY)), authorization(b"x")],
        [authorization(b""), authorization(signature(KEY))],
        [authorization(signature(KEY)), (b"AUTHORIZATION", signature("test"))],
        [(b"aUTHORIZATION", b"x")],
    ],
)
@pytest.mark.parametrize("target", [ADMIN, PREFIX + b"DescribeUserPoolClient"])
def test_no_other_authorization_makes_an_administrator(
    headers: list[tuple[bytes, bytes]], target: bytes
) -> None:
    assert status_of(request(*headers, target=target)) == 403


@pytest.mark.parametrize("key", ["test", "000000000000", KEY + "X"])
def test_a_public_call_under_another_key_is_refused(key: str) -> None:
    assert status_of(request(target=PUBLIC, key=key)) == 403


@pytest.mark.parametrize(
    "scope",
    [
        request(target=b""),
        request(target=b"", key=KEY),
        request(target=PREFIX + b"ForgotPassword.AdminAddUserToGroup"),
        request(target=PUBLIC + b", " + ADMIN),
        request(target=PUBLIC.lower()),
        request(target=b"AWSCognitoIdentityService.ForgotPassword"),
        request(target=b"DynamoDB_20120810.ListTables", key=KEY),
        request((b"X-Amz-Target", ADMIN), target=PUBLIC),
        request((b"X-Amz-Target", PUBLIC), target=ADMIN),
        request(target=PUBLIC, query=b"Action=AdminAddUserToGroup"),
        request(query=b"Action=ForgotPassword"),
        request(query=b"X-Amz-Credential=test"),
        request(query=b"x%2Damz%2Dcredential=test"),
        request(query=b"X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        request(query=b"AWSAccessKeyId=test"),
        request(target=PUBLIC, method="GET"),
        request(target=PUBLIC, path="/bucket"),
        request(key=KEY, path="/bucket"),
        request(key=KEY, path="/_ministack/reset"),
    ],
)
def test_a_request_that_is_not_one_operation_of_cognito_is_refused(scope: dict[str, Any]) -> None:
    assert status_of(scope) == 403


DOCUMENTS = [
    "/_ministack/health",
    "/us-east-1_AbCdEf123/.well-known/jwks.json",
    "/us-east-1_AbCdEf123/.well-known/openid-configuration",
]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_are_read_by_everyone_here_but_under_no_key(path: str) -> None:
    assert status_of(page(path)) == 200
    assert status_of(page(path, method="POST")) == 403
    assert status_of(page(path, authorization(b"x"))) == 403
    assert status_of(page(path, target=ADMIN)) == 403


@pytest.mark.parametrize(
    "path",
    ["/_ministack/reset", "/_ministack/state", "/bucket", "/a/b/.well-known/jwks.json", "/health"],
)
def test_nothing_else_is_a_document(path: str) -> None:
    assert status_of(page(path)) == 403
    assert status_of(page(path, method="POST")) == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/oauth2/authorize"),
        ("POST", "/oauth2/token"),
        ("GET", "/oauth2/userInfo"),
        ("POST", "/oauth2/userInfo"),
        ("POST", "/login"),
        ("GET", "/logout"),
    ],
)
def test_openid_connect_clients_bring_tokens_and_secrets_but_no_operation(
    method: str, path: str
) -> None:
    assert status_of(page(path, method=method, query=b"client_id=1")) == 200
    for value in (b"Bearer an-access-token", b"Basic eDp4"):
        assert status_of(page(path, authorization(value), method=method)) == 200
        assert status_of(page(path, authorization(value), method=method, target=ADMIN)) == 403
    assert status_of(page(path, method="PUT")) == 403


def test_a_bearer_is_no_administrator_beneath_the_pages_of_openid_connect() -> None:
    bearer = authorization(b"Bearer x")
    assert status_of(request(bearer, path="/oauth2/other")) == 403
    assert status_of(page("/oauth2/other", bearer)) == 403


LOOPBACK = [b"localhost", b"127.0.0.1", b"[::1]"]
STRANGERS = [
    b"attacker.example",
    b"127.0.0.1.attacker.example",
    b"localhost.attacker.example",
    b"attacker.localhost",
    b"attacker-localhost",
    b"127.0.0.1@attacker.example",
    b"localhost.",
    b"127.0.0.2",
    b"0.0.0.0",
    b"[::2]",
    b"::1",
    b"",
]


@pytest.mark.parametrize("port", [b"", b":4566"])
@pytest.mark.parametrize("name", [*LOOPBACK, b"LOCALHOST"])
def test_it_answers_to_the_names_of_this_computer(name: bytes, port: bytes) -> None:
    assert status_of(request(target=PUBLIC, host=name + port)) == 200


@pytest.mark.parametrize("port", [b"", b":4566"])
@pytest.mark.parametrize("name", STRANGERS)
def test_a_name_that_was_made_to_point_here_gets_nothing(name: bytes, port: bytes) -> None:
    host = (b"host", name + port)
    for scope in (
        request(host, target=PUBLIC, host=b""),
        request(host, key=KEY, host=b""),
        request(host, target=PUBLIC),
        page(DOCUMENTS[0], host, host=b""),
        page("/", host, method="OPTIONS", host=b""),
    ):
        assert status_of(scope) == 403


@pytest.mark.parametrize(
    "host", [b"localhost:", b"localhost:x", b"localhost:1:2", b"localhost\n", b"localhost, x"]
)
def test_a_malformed_host_gets_nothing(host: bytes) -> None:
    assert status_of(request(target=PUBLIC, host=host)) == 403


def test_a_request_without_a_host_gets_nothing() -> None:
    assert status_of(request(target=PUBLIC, host=b"")) == 403
    assert status_of(request((b":authority", b"localhost"), target=PUBLIC, host=b"")) == 403


def test_a_request_with_two_hosts_gets_nothing() -> None:
    assert status_of(request((b"Host", b"localhost"), target=PUBLIC)) == 403


@pytest.mark.parametrize("scheme", [b"http://", b"https://"])
@pytest.mark.parametrize("port", [b"", b":5173"])
@pytest.mark.parametrize("name", LOOPBACK)
def test_a_page_of_this_computer_may_call(scheme: bytes, port: bytes, name: bytes) -> None:
    here = origin(scheme + name + port)
    assert status_of(request(here, target=PUBLIC)) == 200
    for path in ("/", "/oauth2/token", *DOCUMENTS):
        assert status_of(page(path, here, method="OPTIONS")) == 200


@pytest.mark.parametrize(
    "value",
    [
        b"null",
        b"",
        b"*",
        b"file://",
        b"localhost",
        b"ftp://localhost",
        b"chrome-extension://localhost",
        b"http://localhost/",
        b"http://localhost:x",
        b"http://localhost http://attacker.example",
        *(b"http://" + name for name in STRANGERS),
        *(b"https://" + name + b":443" for name in STRANGERS),
    ],
)
def test_a_foreign_page_gets_nothing_not_even_a_preflight(value: bytes) -> None:
    there = origin(value)
    for scope in (
        request(there, target=PUBLIC),
        request(there, key=KEY),
        request(origin(b"http://localhost"), there, target=PUBLIC),
        request((b"Origin", value), target=PUBLIC),
        page("/", there, method="OPTIONS"),
        page("/oauth2/token", there, method="OPTIONS"),
        page("/login", there, method="POST"),
        page(DOCUMENTS[1], there),
    ):
        assert status_of(scope) == 403


@pytest.mark.parametrize("path", ["/bucket", "/_ministack/reset", "/oauth2/other"])
def test_a_preflight_is_answered_where_there_is_something_to_call(path: str) -> None:
    assert status_of(page(path, origin(b"http://localhost"), method="OPTIONS")) == 403


def test_there_are_no_web_sockets() -> None:
    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": []}
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
        await serve({"type": "lifespan"}, None, None)
        await asyncio.sleep(0.01)

    asyncio.run(calls())
    assert saves == []
