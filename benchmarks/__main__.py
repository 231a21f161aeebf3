"""All benchmarks: ``python -m benchmarks``, or the named ones: ``python -m benchmarks srp ticket``.

A bound that is missed is marked, and is no failure: the machine may be busy.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module

from benchmarks.harness import Row, print_table

NAMES = (
    *("request", "tokens", "bearer", "forgeries", "refresh"),
    *("srp", "latency", "startup", "ticket", "caches", "enumeration"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    table: list[Row] = []
    for name in names:
        table += measured(name)
    print("\nCPU time, unless a line says otherwise; a ratio is to the first line of its work.\n")
    print_table(table)
    missed = [row for row in table if row.verdict == "MISSED"]
    bounded = sum(row.bound is not None for row in table)
    print(f"\n{bounded - len(missed)} of {bounded} bounds met")
    for row in missed:
        print(f"  MISSED  {row.work}: {row.peer}, {row.ratio:.3f} instead of {row.bound:.3f}")


def measured(name: str) -> list[Row]:
    print(f"{name} ... ", end="", file=sys.stderr, flush=True)
    start = time.monotonic()
    found: list[Row] = import_module(f"benchmarks.bench_{name}").run()
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
