from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from pyramid_cognito.jwks import KeySet, KeysUnavailable, jwks_fetcher
from tests.clock import Clock
from tests.jwt_factory import ABSENT, SigningKey, jwks, signing_key
from tests.key_server import KeyServer

HOUR = 3600
DAY = 24 * HOUR
THREADS = 64


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_server() -> KeyServer:
    return KeyServer()


@pytest.fixture
def key_set(key_server: KeyServer, clock: Clock) -> KeySet:
    return KeySet(key_server, clock=clock)


# Keys


def verifies(key_set: KeySet, signing: SigningKey) -> bool:
    """Whether the published key of this ``kid`` takes a right signature for one."""
    key = key_set.find(signing.kid)
    assert key is not None
    return key.verifies(b"signed", signing.sign(b"signed"))


def test_a_key_verifies_its_own_signatures_alone(key_set: KeySet) -> None:
    key = key_set.find("first")
    assert key is not None
    signature = signing_key().sign(b"signed")
    assert key.verifies(b"signed", signature)
    assert not key.verifies(b"something else", signature)
    assert not key.verifies(b"signed", signing_key("second").sign(b"signed"))
    assert not key.verifies(b"signed", b"")


def test_a_key_is_found_by_its_id(key_set: KeySet, key_server: KeyServer) -> None:
    key_server.document = jwks(signing_key(), signing_key("second"))
    assert verifies(key_set, signing_key())
    assert verifies(key_set, signing_key("second"))
    assert key_set.find("third") is None


@pytest.mark.parametrize("absent", ["use", "alg"])
def test_a_key_need_not_say_what_it_is_for(
    key_set: KeySet, key_server: KeyServer, absent: str
) -> None:
    key_server.document = {"keys": [signing_key().jwk(**{absent: ABSENT})]}
    assert verifies(key_set, signing_key())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kty": "EC"}, "kty"),
        ({"kty": ABSENT}, "kty"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "kty"),
        ({"use": "enc"}, "use"),
        ({"alg": "RS512"}, "alg"),
        ({"alg": "HS256"}, "alg"),
        ({"n": ABSENT}, "strings"),
        ({"n": 65537}, "strings"),
        ({"e": None}, "strings"),
        ({"n": ""}, "RSA key"),
        ({"n": "AQAB"}, "RSA key"),
        ({"n": "ä"}, "RSA key"),
        ({"n": "A"}, "RSA key"),
        ({"e": "AA"}, "RSA key"),
        ({"e": "Ag"}, "RSA key"),
    ],
)
def test_a_key_that_is_unfit_for_rs256_verifies_nothing(
    key_set: KeySet, key_server: KeyServer, changes: dict[str, object], reason: str
) -> None:
    key_server.document = {"keys": [signing_key().jwk(**changes), signing_key("second").jwk()]}
    key = key_set.find("first")
    assert key is not None
    assert reason in key.defect
    assert not verifies(key_set, signing_key())
    assert verifies(key_set, signing_key("second"))


def test_a_modulus_has_2048_bits_at_least(key_set: KeySet, key_server: KeyServer) -> None:
    weak = signing_key("weak", 1024)
    key_server.document = jwks(signing_key(), weak)
    key = key_set.find("weak")
    assert key is not None
    assert "1024" in key.defect
    assert not verifies(key_set, weak)
    assert verifies(key_set, signing_key())


# Key sets


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "{}",
        {},
        {"keys": None},
        {"keys": {"first": {}}},
        {"keys": []},
        {"keys": [None]},
        {"keys": ["first"]},
        {"keys": [signing_key().jwk(kid=ABSENT)]},
        {"keys": [signing_key().jwk(kid=1)]},
        {"keys": [signing_key().jwk(), signing_key().jwk()]},
        {"keys": [signing_key().jwk(kty="EC")]},
        {"keys": [signing_key().jwk(kid=str(number)) for number in range(21)]},
    ],
)
def test_a_malformed_key_set_is_an_outage_and_replaces_nothing(
    key_set: KeySet, key_server: KeyServer, clock: Clock, document: Any
) -> None:
    good = key_server.document
    key_server.document = document
    with pytest.raises(KeysUnavailable):
        key_set.find("first")
    key_server.document = good
    clock.advance(10)
    key = key_set.find("first")
    key_server.document = document
    clock.advance(HOUR)
    assert key_set.find("first") is key
    assert key_server.asked == 3


def test_a_key_set_may_have_twenty_keys(key_set: KeySet, key_server: KeyServer) -> None:
    key_server.document = {"keys": [signing_key().jwk(kid=str(number)) for number in range(20)]}
    assert key_set.find("19")


def test_keys_are_fresh_for_an_hour(key_set: KeySet, key_server: KeyServer, clock: Clock) -> None:
    key_set.find("first")
    clock.advance(HOUR - 1)
    key_set.find("first")
    assert key_server.asked == 1
    clock.advance(1)
    key_set.find("first")
    assert key_server.asked == 2


def test_an_unknown_key_id_is_asked_for_once_in_ten_seconds(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key_set.find("first")
    for number in range(100):
        assert key_set.find(f"unknown-{number}") is None
    assert key_server.asked == 1
    clock.advance(10)
    for number in range(100):
        assert key_set.find(f"unknown-{number}") is None
    assert key_server.asked == 2


def test_a_new_key_is_found_by_a_token_that_names_it(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key_set.find("first")
    key_server.document = jwks(signing_key(), signing_key("second"))
    clock.advance(10)
    assert key_set.find("second")
    assert key_set.find("first")
    assert key_server.asked == 2


def test_an_unknown_key_id_in_an_outage_is_no_verdict(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key = key_set.find("first")
    key_server.down = OSError()
    clock.advance(10)
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            key_set.find("second")
    assert key_set.find("first") is key
    assert key_server.asked == 2


def test_an_outage_at_the_first_fetch_is_tried_again_after_ten_seconds(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key_server.down = OSError()
    for _ in range(100):
        with pytest.raises(KeysUnavailable, match="OSError"):
            key_set.find("first")
    assert key_server.asked == 1
    key_server.down = None
    clock.advance(9.9)
    with pytest.raises(KeysUnavailable):
        key_set.find("first")
    clock.advance(0.1)
    assert key_set.find("first")


def test_keys_are_kept_a_day_while_the_network_is_away(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key = key_set.find("first")
    key_server.down = OSError()
    clock.advance(HOUR)
    for _ in range(100):
        assert key_set.find("first") is key
    assert key_server.asked == 2
    clock.advance(22 * HOUR + 3599)
    assert key_set.find("first") is key
    clock.advance(1)
    with pytest.raises(KeysUnavailable):
        key_set.find("first")
    key_server.down = None
    clock.advance(10)
    assert key_set.find("first")


def test_a_clock_set_back_asks_again_and_goes_on(
    key_set: KeySet, key_server: KeyServer, clock: Clock
) -> None:
    key = key_set.find("first")
    clock.advance(-DAY)
    assert key_set.find("first") is key
    assert key_server.asked == 2
    clock.advance(HOUR - 1)
    assert key_set.find("first") is key
    assert key_server.asked == 2


def test_an_outage_is_logged_once_without_the_words_of_a_foreign_error(
    key_set: KeySet, key_server: KeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    key_server.down = RuntimeError("proxy password")
    for _ in range(10):
        with pytest.raises(KeysUnavailable):
            key_set.find("first")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "RuntimeError" in caplog.text
    assert "password" not in caplog.text


def test_the_reason_of_our_own_fetcher_is_told(key_set: KeySet, key_server: KeyServer) -> None:
    key_server.down = KeysUnavailable("HTTP status 500")
    with pytest.raises(KeysUnavailable, match="HTTP status 500"):
        key_set.find("first")


# Threads


def at_once(work: Callable[[], object]) -> list[object]:
    """What ``work`` returns, or the error that it raises, in threads that start together."""
    barrier = threading.Barrier(THREADS)

    def run() -> object:
        barrier.wait()
        try:
            return work()
        except KeysUnavailable as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(THREADS)]]


@pytest.fixture
def others_wait(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when all threads but the one that fetches wait for it."""
    all_wait = threading.Event()
    waiting = []

    class CountedEvent(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waiting.append(self)
            if len(waiting) == THREADS - 1:
                all_wait.set()
            return super().wait(timeout)

    counted = SimpleNamespace(Event=CountedEvent, Lock=threading.Lock)
    monkeypatch.setattr("pyramid_cognito.jwks.threading", counted)
    return all_wait


def test_threads_that_start_cold_share_one_fetch(
    clock: Clock, others_wait: threading.Event
) -> None:
    fetches = []

    def fetch_jwks() -> dict[str, Any]:
        fetches.append(1)
        assert others_wait.wait(30)
        return jwks()

    key_set = KeySet(fetch_jwks, clock=clock)
    keys = at_once(lambda: key_set.find("first"))
    assert keys == [key_set.find("first")] * THREADS
    assert None not in keys
    assert len(fetches) == 1


def test_threads_that_start_cold_share_one_failure(
    clock: Clock, others_wait: threading.Event
) -> None:
    fetches = []

    def fetch_jwks() -> dict[str, Any]:
        fetches.append(1)
        assert others_wait.wait(30)
        raise OSError

    key_set = KeySet(fetch_jwks, clock=clock)
    errors = at_once(lambda: key_set.find("first"))
    assert [type(error) for error in errors] == [KeysUnavailable] * THREADS
    assert len({id(error) for error in errors}) == THREADS
    assert len(fetches) == 1


def test_threads_with_a_new_key_share_one_fetch(clock: Clock, others_wait: threading.Event) -> None:
    documents = iter([jwks(), jwks(signing_key(), signing_key("second"))])
    fetches = []

    def fetch_jwks() -> dict[str, Any]:
        fetches.append(1)
        assert len(fetches) == 1 or others_wait.wait(30)
        return next(documents)

    key_set = KeySet(fetch_jwks, clock=clock)
    key_set.find("first")
    clock.advance(10)
    keys = at_once(lambda: key_set.find("second"))
    assert None not in keys
    assert len(set(keys)) == 1
    assert len(fetches) == 2


class SlowKeyServer:
    """Lets a fetch, once ``slow``, begin and end when the test says so."""

    def __init__(self) -> None:
        self.slow = False
        self.begun = threading.Event()
        self.end = threading.Event()

    def __call__(self) -> dict[str, Any]:
        if self.slow:
            self.begun.set()
            assert self.end.wait(30)
        return jwks()


@pytest.fixture
def slow_fetch(clock: Clock) -> Iterator[KeySet]:
    """A key set of old keys, that a thread is fetching anew."""
    server = SlowKeyServer()
    key_set = KeySet(server, clock=clock)
    key_set.find("first")
    clock.advance(HOUR)
    server.slow = True
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(key_set.find, "first")
        assert server.begun.wait(30)
        yield key_set
        server.end.set()
        assert fetching.result()


def test_whoever_has_a_usable_key_does_not_wait(slow_fetch: KeySet) -> None:
    assert slow_fetch.find("first")


def test_nobody_waits_for_ever(slow_fetch: KeySet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyramid_cognito.jwks.FETCH_WAIT_SECONDS", 0)
    with pytest.raises(KeysUnavailable, match="still"):
        slow_fetch.find("second")


def test_an_interrupted_fetch_leaves_nobody_waiting(
    key_set: KeySet, key_server: KeyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(key_set, "_fetch_jwks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        key_set.find("first")
    with pytest.raises(KeysUnavailable, match="interrupted"):
        key_set.find("first")
    monkeypatch.setattr(key_set, "_fetch_jwks", key_server)
    clock.advance(10)
    assert key_set.find("first")


# Fetching


class Handler(BaseHTTPRequestHandler):
    answers: Mapping[str, tuple[int, dict[str, str], bytes]]

    def do_GET(self) -> None:
        status, headers, body = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    document = json.dumps(jwks()).encode()
    Handler.answers = {
        "/jwks": (200, {}, document),
        "/moved": (302, {"Location": "/jwks"}, b""),
        "/created": (201, {}, document),
        "/missing": (404, {}, document),
        "/failing": (500, {}, b""),
        "/large": (200, {}, b'{"keys": [' + b" " * 64 * 1024 + b"]}"),
        "/truncated": (200, {"Content-Length": "9999"}, document),
        "/list": (200, {}, b"[]"),
        "/html": (200, {}, b"<html>"),
        "/latin": (200, {}, '{"keys": "ä"}'.encode("latin-1")),
        "/deep": (200, {}, b"[" * 50_000),
        "/inflated": (200, {"Content-Encoding": "gzip"}, b"no gzip"),
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def fetch(url: str, *, read_timeout: float = 5) -> dict[str, Any]:
    return jwks_fetcher(url, connect_timeout=5, read_timeout=read_timeout)()


def test_the_document_is_fetched(address: str) -> None:
    assert fetch(f"{address}/jwks") == jwks()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("moved", "HTTP status 302"),
        ("created", "HTTP status 201"),
        ("missing", "HTTP status 404"),
        ("failing", "HTTP status 500"),
        ("large", "more than 65536 bytes"),
        ("truncated", "ChunkedEncodingError"),
        ("list", "not a JSON object"),
        ("html", "JSONDecodeError"),
        ("latin", "UnicodeDecodeError"),
        ("deep", "RecursionError"),
        ("inflated", "ContentDecodingError"),
    ],
)
def test_anything_but_a_json_object_is_an_outage(address: str, path: str, reason: str) -> None:
    with pytest.raises(KeysUnavailable, match=f"/{path}: {reason}"):
        fetch(f"{address}/{path}")


def test_a_refused_connection_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(KeysUnavailable, match="ConnectionError"):
        fetch(f"http://127.0.0.1:{port}/jwks")


def test_a_server_that_says_nothing_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(KeysUnavailable, match="ReadTimeout"):
            fetch(f"http://127.0.0.1:{port}/jwks", read_timeout=0.01)


def test_a_server_that_drips_is_an_outage(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 110.5])
    slow = SimpleNamespace(monotonic=lambda: next(times))
    monkeypatch.setattr("pyramid_cognito.jwks.time", slow)
    with pytest.raises(KeysUnavailable, match="slower"):
        fetch(f"{address}/jwks")


def test_a_missing_ca_bundle_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    with pytest.raises(KeysUnavailable, match="OSError"):
        fetch("https://127.0.0.1:1/jwks")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/jwks",
        "http://10.0.0.1/jwks",
        "http://localhost.example.com/jwks",
        "http:///jwks",
        "ftp://localhost/jwks",
        "file:///etc/jwks",
        "localhost/jwks",
        "",
        "https://user:password@example.com/jwks",
    ],
)
def test_keys_come_by_tls_or_from_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="JWKS address") as caught:
        jwks_fetcher(url, connect_timeout=1, read_timeout=1)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/jwks", "http://localhost:1/", "http://127.9.9.9/", "http://[::1]:1/"],
)
def test_https_and_loopback_addresses_are_taken(url: str) -> None:
    assert jwks_fetcher(url, connect_timeout=1, read_timeout=1)
