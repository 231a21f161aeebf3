"""Start-up: what the include adds to an application's start, and what it must not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.harness import Row, print_table, rows, spread
from benchmarks.start import HEAVY

ROUNDS = 15
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
    ratios = (found[OURS]["seconds"] / found[ALONE]["seconds"] for found in rounds)
    return [
        *rows(
            "Start of an application, from its first import to its WSGI callable",
            {peer: min(found[peer]["seconds"] for found in rounds) for peer in PEERS},
            bounds={OURS: 1.25},
            notes={OURS: f"half of the rounds: {spread(ratios)}"},
        ),
        *loaded(rounds[-1][OURS]),
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
