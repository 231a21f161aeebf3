"""What the benchmarks share: peers timed side by side in one run, and a table of ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :param ratio: ``seconds`` over those of the work's first peer, whose own ratio is 1.
    :param bound: the largest ratio that is good enough; ``None`` where nothing is promised.
    """

    work: str
    peer: str
    seconds: float
    ratio: float
    bound: float | None = None

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        return "met" if self.ratio <= self.bound else "MISSED"


def measure(fn: Callable[[], object], *, number: int, repeat: int = 5) -> float:
    """Return the seconds of one call: the best round of ``repeat``, each of ``number`` calls."""
    return min(_round(fn, number) for _ in range(repeat))


def compare(
    work: str,
    peers: Mapping[str, Callable[[], object]],
    *,
    number: int,
    repeat: int = 7,
    bounds: Mapping[str, float] | None = None,
) -> list[Row]:
    """Measure ``peers`` in turns, so that a slow spell of the machine falls on all of them."""
    for fn in peers.values():
        fn()
    rounds = [[_round(fn, number) for fn in peers.values()] for _ in range(repeat)]
    best = map(min, zip(*rounds, strict=True))
    return rows(work, dict(zip(peers, best, strict=True)), bounds=bounds)


def rows(
    work: str, seconds: Mapping[str, float], *, bounds: Mapping[str, float] | None = None
) -> list[Row]:
    """Set figures against the first of them."""
    baseline = next(iter(seconds.values()))
    limits = bounds or {}
    return [
        Row(work, peer, figure, figure / baseline, limits.get(peer))
        for peer, figure in seconds.items()
    ]


def print_table(table: Iterable[Row]) -> None:
    """Print a work's name once, then a line for each peer."""
    print(f"{'':44}{'time':>12}{'ratio':>10}{'bound':>10}")
    work = None
    for row in table:
        if row.work != work:
            work = row.work
            print(f"\n{work}")
        bound = "" if row.bound is None else f"{row.bound:.3f}"
        line = f"  {row.peer:42}{_duration(row.seconds):>12}{row.ratio:>10.3f}{bound:>10}"
        print(f"{line}  {row.verdict}".rstrip())


def _round(fn: Callable[[], object], number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        fn()
    return (time.perf_counter() - start) / number


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e6:.1f} µs"
