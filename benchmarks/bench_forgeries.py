"""Forged tokens: what it costs to refuse one, and that none of very many is accepted.

``python -m benchmarks.bench_forgeries 1000000`` makes a million.
"""

from __future__ import annotations

import sys
import time
from random import Random

from benchmarks.harness import Row, measure, print_table
from tests.unit.test_token_mutations import RIGHT, VERIFIER, accepted, forged

FORGERIES = 300_000
SEED = 4


def run(forgeries: int = FORGERIES) -> list[Row]:
    work = f"{forgeries:,} forged tokens (ratio: how many are accepted)"
    random = Random(SEED)  # noqa: S311 - the same ones in every run
    passed, seconds = 0, 0.0
    for _ in range(forgeries):
        token = forged(random)
        start = time.process_time()
        passed += accepted(token) and token not in RIGHT
        seconds += time.process_time() - start
    right = min(RIGHT)

    def verify() -> None:
        VERIFIER.forget()
        VERIFIER.read(right)

    return [
        Row(work, "a right token, first", measure(verify, number=500), 1),
        Row(work, "pyramid_cognito, on average", seconds / forgeries, passed, 0),
    ]


if __name__ == "__main__":
    print_table(run(*map(int, sys.argv[1:])))
