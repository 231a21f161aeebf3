"""Latency: how long everybody else waits for a cheap page while people sign in."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from statistics import median, quantiles

from benchmarks import people
from benchmarks.applications import PLAIN, browsers, make_application, with_cognito
from benchmarks.bench_srp import WITH, SignIn, sign_ins
from benchmarks.harness import Row, print_table, rows, shown
from pyramid_cognito.services import REGISTRY_KEY

SIGNING_IN = 3
REQUESTS = 200
ROUNDS = 4
LONGEST_ROUND = 1.5  # seconds
PAUSE = 0.001  # seconds between two requests

IDLE = "nobody signs in"


def run() -> list[Row]:
    """Wall time, seen from another process: that is what waits for the interpreter's lock."""
    waits = waits_by_peer({IDLE: None, **sign_ins()})
    return rows(
        f"Wait for a signed-in page while {SIGNING_IN} threads sign in (median, wall time)",
        {peer: min(map(median, rounds)) for peer, rounds in waits.items()},
        bounds={WITH: 2},
        notes={peer: f"95 % within {percentile_95(rounds)}" for peer, rounds in waits.items()},
    )


def percentile_95(rounds: list[list[float]]) -> str:
    return shown(min(quantiles(waits, n=20)[-1] for waits in rounds), "s")


def waits_by_peer(backgrounds: Mapping[str, SignIn | None]) -> dict[str, list[list[float]]]:
    """By peer and round: seconds that each request waited; the peers take turns."""
    send = signed_in_browser()
    # a process started afresh: one that was forked would share this one's threads and locks
    context = multiprocessing.get_context("spawn")
    server, client = context.Pipe()
    visitor = context.Process(target=visit, args=(client,))
    visitor.start()
    serve(server, send)  # until the other process has come up
    waits: dict[str, list[list[float]]] = {peer: [] for peer in backgrounds}
    for _ in range(ROUNDS):
        for peer, sign_in in backgrounds.items():
            with signing_in(sign_in):
                waits[peer].append(serve(server, send))
    server.send(False)
    visitor.join()
    return waits


def signed_in_browser() -> Callable[[], None]:
    config, app = make_application(with_cognito)
    return browsers(app, PLAIN, [people.cookie(config.registry[REGISTRY_KEY])])


@contextmanager
def signing_in(sign_in: SignIn | None) -> Iterator[None]:
    """Keep threads of this process at *sign_in*; with None, none."""
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


def serve(server: Connection, send: Callable[[], None]) -> list[float]:
    """Answer one round of requests; return how long the other side waited for each."""
    server.send(True)
    while (message := server.recv()) is None:
        send()
        server.send(None)
    return list(message)


def visit(client: Connection) -> None:
    """The other process: ask, and tell how long each answer took."""
    while client.recv():
        waits: list[float] = []
        end = time.perf_counter() + LONGEST_ROUND
        while len(waits) < REQUESTS and time.perf_counter() < end:
            start = time.perf_counter()
            client.send(None)
            client.recv()
            waits.append(time.perf_counter() - start)
            time.sleep(PAUSE)
        client.send(waits)


if __name__ == "__main__":
    print_table(run())
