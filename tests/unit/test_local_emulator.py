from __future__ import annotations

import fcntl
import http.server
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local import LocalOptions, emulator, files, install

PATIENCE = 0.1


@pytest.fixture
def options(tmp_path: Path) -> LocalOptions:
    directory = tmp_path / "pool"
    files.prepare(directory)
    return LocalOptions(directory=directory, environment=tmp_path / "environment")


@pytest.fixture
def hold() -> Iterator[Callable[[Path], int]]:
    """Take a lock as another process would."""
    descriptors = []

    def take(path: Path) -> int:
        descriptors.append(os.open(path, os.O_RDWR | os.O_CREAT))
        fcntl.flock(descriptors[-1], fcntl.LOCK_EX)
        return descriptors[-1]

    yield take
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], int]]:
    """A web server on loopback that gives one answer to everything; returns its port."""
    servers = []

    def start(answer: bytes) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def pretend_to_be_installed(environment: Path, program: str) -> None:
    site_packages = environment / "lib" / "python3.11" / "site-packages"
    (site_packages / f"ministack-{install.VERSION}.dist-info").mkdir(parents=True)
    (site_packages / "cryptography").mkdir()
    python = install.interpreter(environment)
    python.parent.mkdir()
    python.write_text(program)
    python.chmod(0o755)


def is_unused(directory: Path) -> bool:
    descriptor = os.open(directory / "applications.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def test_one_application_starts_at_a_time(
    options: LocalOptions, hold: Callable[[Path], int]
) -> None:
    hold(options.directory / "starting.lock")
    with (
        pytest.raises(ConfigurationError, match="another application has been starting"),
        emulator.taking_turns(options.directory, PATIENCE),
    ):
        pytest.fail("it was not our turn")  # pragma: no cover


def test_the_turn_ends_with_an_error_too(options: LocalOptions) -> None:
    with pytest.raises(ZeroDivisionError), emulator.taking_turns(options.directory, PATIENCE):
        raise ZeroDivisionError
    with emulator.taking_turns(options.directory, PATIENCE):
        pass


def test_an_emulator_that_does_not_manage_to_end_is_named(
    options: LocalOptions, hold: Callable[[Path], int]
) -> None:
    hold(options.directory / "applications.lock")
    (options.directory / "emulator.lock").write_text("4711")
    with pytest.raises(ConfigurationError, match=r"has been ending .* end process 4711"):
        emulator.join_or_launch(options, PATIENCE)


def test_an_emulator_that_does_not_answer_is_named(
    options: LocalOptions, hold: Callable[[Path], int]
) -> None:
    os.write(hold(options.directory / "emulator.lock"), b"4711")
    (options.directory / "ministack.log").write_text("one\ntwo\nthree\nfour\n")
    with pytest.raises(ConfigurationError, match=r"process 4711 does not .*: two / three / four$"):
        emulator.join_or_launch(options, PATIENCE)
    assert is_unused(options.directory)


@pytest.mark.parametrize(
    "answer", [b'{"edition": "another"}', b"[]", b"{}", b"hello", b"\xff", b"null"]
)
def test_another_server_on_the_port_is_not_taken_for_the_emulator(
    options: LocalOptions,
    hold: Callable[[Path], int],
    serve: Callable[[bytes], int],
    answer: bytes,
) -> None:
    state = {"port": serve(answer), "run": "ours"}
    files.write_private(options.directory / "emulator.json", json.dumps(state))
    hold(options.directory / "emulator.lock")
    (options.directory / "ministack.log").touch()
    with pytest.raises(ConfigurationError, match=r"does not answer.*: empty$"):
        emulator.join_or_launch(options, PATIENCE)


def test_a_running_emulator_is_joined(
    options: LocalOptions, hold: Callable[[Path], int], serve: Callable[[bytes], int]
) -> None:
    port = serve(b'{"edition": "ours"}')
    state = {"port": port, "run": "ours"}
    files.write_private(options.directory / "emulator.json", json.dumps(state))
    hold(options.directory / "emulator.lock")
    first = emulator.join_or_launch(options, PATIENCE)
    second = emulator.join_or_launch(options, PATIENCE)
    assert first.endpoint_url == second.endpoint_url == f"http://127.0.0.1:{port}"
    assert first.secret_access_key == second.secret_access_key
    assert first.secret_access_key not in repr(first)
    assert first.access_key_id not in repr(first)
    first.lease.release()
    assert not is_unused(options.directory)
    second.lease.release()
    second.lease.release()
    assert is_unused(options.directory)


def test_an_emulator_that_ends_at_once_is_reported_with_its_last_words(
    options: LocalOptions,
) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\necho no such module\nexit 1\n")
    with pytest.raises(ConfigurationError, match=r"it ended.*ministack\.log are: no such module$"):
        emulator.join_or_launch(options, 5.0)
    assert is_unused(options.directory)


def test_the_emulator_gets_nothing_of_the_developers_environment(
    options: LocalOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    pretend_to_be_installed(options.environment, "#!/bin/sh\n/usr/bin/env > ../variables\n")
    with pytest.raises(ConfigurationError):
        emulator.join_or_launch(replace(options, port=free_port()), 5.0)
    lines = (options.directory.parent / "variables").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    assert "AWS_PROFILE" not in variables
    assert variables["HOME"] == str(options.directory)
    assert variables["BIND_HOST"] == "127.0.0.1"
    assert variables["AUTH"] == "true"


def test_the_chosen_port_is_used_and_a_taken_one_refused(options: LocalOptions) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\n")
    port = free_port()
    with pytest.raises(ConfigurationError, match="it ended"):
        emulator.join_or_launch(replace(options, port=port), 5.0)
    assert files.read_json(options.directory / "emulator.json")["port"] == port
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        taken = server.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {taken} .* is used by another"):
            emulator.join_or_launch(replace(options, port=taken), 5.0)
        server.listen()
        with pytest.raises(ConfigurationError, match=f"port {taken} .* is used by another"):
            emulator.join_or_launch(replace(options, port=taken), 5.0)


def test_a_port_of_its_own_is_remembered_until_somebody_else_has_it(options: LocalOptions) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\n")

    def port_of_a_run() -> int:
        with pytest.raises(ConfigurationError, match="it ended"):
            emulator.join_or_launch(options, 5.0)
        port: int = files.read_json(options.directory / "emulator.json")["port"]
        return port

    first = port_of_a_run()
    assert port_of_a_run() == first
    with socket.socket() as server:
        server.bind(("127.0.0.1", first))
        assert port_of_a_run() != first


def test_without_ministack_the_command_is_told(options: LocalOptions) -> None:
    with pytest.raises(ConfigurationError, match=r"python -m pyramid_cognito\.local install"):
        emulator.join_or_launch(options, PATIENCE)
    assert is_unused(options.directory)


def test_the_log_is_for_its_owner_alone_and_follows_no_link(options: LocalOptions) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\necho its last words\n")
    precious = options.directory.parent / "precious"
    precious.write_text("precious")
    log = options.directory / "ministack.log"
    log.symlink_to(precious)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"are: its last words$"):
            emulator.join_or_launch(options, 5.0)
        assert log.stat().st_mode & 0o777 == 0o600
        assert log.read_text() == "its last words\n"
        log.chmod(0o666)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["applications.lock", "emulator.lock"])
def test_a_lock_follows_no_link(options: LocalOptions, name: str) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\n")
    precious = options.directory.parent / "precious"
    (options.directory / name).symlink_to(precious)
    with pytest.raises(OSError, match=name):
        emulator.join_or_launch(options, PATIENCE)
    assert not precious.exists()


@pytest.mark.parametrize("name", ["state", "tmp"])
def test_what_the_emulator_writes_to_is_ours_alone_too(options: LocalOptions, name: str) -> None:
    pretend_to_be_installed(options.environment, "#!/bin/sh\n")
    (options.directory / name).mkdir()
    (options.directory / name).chmod(0o777)
    with pytest.raises(ConfigurationError, match=f"others may write to .*/{name}: chmod go-w"):
        emulator.join_or_launch(options, PATIENCE)
    assert is_unused(options.directory)
