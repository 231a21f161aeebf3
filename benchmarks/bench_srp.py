"""SRP: the client arithmetic of one sign-in, and what it does to everybody else's requests."""

from __future__ import annotations

import importlib.util
import multiprocessing
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from statistics import median
from types import ModuleType
from typing import Any
from unittest.mock import patch

from pycognito.aws_srp import AWSSRP, N_HEX

from benchmarks.harness import Row, compare, print_table, rows
from pyramid_cognito import srp

POOL_NAME = "AbCdEf123"
USER, PASSWORD = "0c9d7a4e-5f0b-4a53-9d0c-3f6c1d6f2b11", "Correct-Horse-9"
CHALLENGE = {
    "USER_ID_FOR_SRP": USER,
    "SALT": secrets.token_hex(16).lstrip("0"),
    "SRP_B": f"{1 + secrets.randbelow(int(N_HEX, 16) - 1):x}",
    "SECRET_BLOCK": "c2VjcmV0" * 200,
}
SIGNING_IN = 3
REQUESTS = 150
ROUNDS = 3
LONGEST_ROUND = 2.0  # seconds

WITH, WITHOUT = "pyramid_cognito with gmpy2", "pyramid_cognito without gmpy2"

SignIn = Callable[[], object]


def run() -> list[Row]:
    sign_ins: dict[str, SignIn] = {
        "pycognito": sign_in_with_pycognito,
        WITH: partial(sign_in_with, srp),
        WITHOUT: partial(sign_in_with, srp_without_gmpy2()),
    }
    arithmetic = compare(
        "SRP client arithmetic of one sign-in",
        sign_ins,
        number=1,
        repeat=25,
        bounds={WITH: 1 / 15, WITHOUT: 1 / 3},
    )
    return arithmetic + rows(
        f"Median of a cheap request while {SIGNING_IN} threads sign in",
        median_latencies({"nobody signs in": None, **sign_ins}),
        bounds={WITH: 2},
    )


def sign_in_with_pycognito() -> None:
    client = AWSSRP(USER, PASSWORD, f"eu-west-1_{POOL_NAME}", "client", client=object())
    client.process_challenge(CHALLENGE, client.get_auth_params())


def sign_in_with(module: ModuleType) -> None:
    client = module.SrpClient(POOL_NAME)
    assert client.public_key
    client.password_claim(
        CHALLENGE["USER_ID_FOR_SRP"],
        PASSWORD,
        salt=CHALLENGE["SALT"],
        srp_b=CHALLENGE["SRP_B"],
        secret_block=CHALLENGE["SECRET_BLOCK"],
        timestamp=module.timestamp(time.time()),
    )


def srp_without_gmpy2() -> ModuleType:
    """A second copy of the module that has chosen its integers where gmpy2 cannot be imported."""
    spec = importlib.util.find_spec("pyramid_cognito.srp")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with patch.dict(sys.modules, {"gmpy2": None}):
        module.SrpClient(POOL_NAME)
    return module


def median_latencies(backgrounds: Mapping[str, SignIn | None]) -> dict[str, float]:
    """Seconds of a request, asked from another process, while threads of this one sign in."""
    # a process started afresh: one that was forked would share this one's threads and locks
    context = multiprocessing.get_context("spawn")
    server, client = context.Pipe()
    browser = context.Process(target=ask, args=(client,))
    browser.start()
    serve(server)  # until the other process has come up
    medians = [
        {name: latency(server, sign_in) for name, sign_in in backgrounds.items()}
        for _ in range(ROUNDS)
    ]
    server.send(False)
    browser.join()
    return {name: min(figures[name] for figures in medians) for name in backgrounds}


def latency(server: Connection, sign_in: SignIn | None) -> float:
    with signing_in(sign_in):
        return median(serve(server))


@contextmanager
def signing_in(sign_in: SignIn | None) -> Iterator[None]:
    stop = threading.Event()

    def without_pause() -> None:
        while sign_in and not stop.is_set():
            sign_in()

    threads = [threading.Thread(target=without_pause) for _ in range(SIGNING_IN)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def serve(server: Connection) -> list[float]:
    """Answer one round of requests; return how long the other side waited for each."""
    server.send(True)
    while (message := server.recv()) is None:
        server.send(b"".join(application({"REQUEST_METHOD": "GET"}, lambda *_: None)))
    return list(message)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    body = b", ".join(b"%d" % number for number in range(50))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def ask(client: Connection) -> None:
    while client.recv():
        waits: list[float] = []
        end = time.perf_counter() + LONGEST_ROUND
        while len(waits) < REQUESTS and time.perf_counter() < end:
            start = time.perf_counter()
            client.send(None)
            client.recv()
            waits.append(time.perf_counter() - start)
            time.sleep(0.001)
        client.send(waits)


if __name__ == "__main__":
    print_table(run())
