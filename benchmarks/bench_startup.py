"""Start-up: what the include adds to an application's start, and what it must not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.harness import Row, print_table, spread
from benchmarks.start import HEAVY

ROUNDS = 21
CHECKOUT = Path(__file__).parent.parent

ALONE, OURS = "pyramid_jinja2 alone", "pyramid_jinja2 and pyramid_cognito"
PEERS = {ALONE: ["pyramid_jinja2"], OURS: ["pyramid_jinja2", "pyramid_cognito"]}


def run() -> list[Row]:
    with TemporaryDirectory() as compiled:
        for includes in PEERS.values():
            start(includes, compiled)  # compiles what it imports
        rounds = [
            {peer: start(includes, compiled) for peer, includes in PEERS.items()}
            for _ in range(ROUNDS)
        ]
    return [
        *start_rows({peer: [found[peer]["seconds"] for found in rounds] for peer in PEERS}),
        *loaded(rounds[-1][OURS]),
    ]


def start_rows(times: dict[str, list[float]]) -> list[Row]:
    """Medians; the ratio is that of the rounds', as a busy machine slows both starts of a round."""
    work = "Start of an application, from its first import to its WSGI callable"
    ratios = [ours / alone for alone, ours in zip(times[ALONE], times[OURS], strict=True)]
    note = f"half of the rounds: {spread(ratios)}"
    return [
        Row(work, ALONE, median(times[ALONE]), 1),
        Row(work, OURS, median(times[OURS]), median(ratios), 1.25, note=note),
    ]


def start(includes: list[str], compiled: str) -> dict[str, Any]:
    """Start an application in an interpreter of its own; return what it tells.

    :param compiled: a directory for bytecode, because the environment may forbid the usual ones.
    """
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "benchmarks.start", *includes]
    told = subprocess.run(command, cwd=CHECKOUT, env=environ, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def loaded(found: dict[str, Any]) -> list[Row]:
    work = f"Loaded of {', '.join(HEAVY)} (ratio: how many)"
    return [
        Row(work, peer, len(found[key]), len(found[key]), 0, "", ", ".join(found[key]))
        for peer, key in (
            ("pyramid_cognito, after start-up", "start"),
            ("pyramid_cognito, after a signed-in request", "request"),
        )
    ]


if __name__ == "__main__":
    print_table(run())
