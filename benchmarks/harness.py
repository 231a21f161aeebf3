"""What the benchmarks share: peers timed side by side in one run, and a table of ratios.

Times are CPU time unless a work's name says otherwise: what else the machine does costs none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, cycle, islice, permutations
from statistics import quantiles


@dataclass(frozen=True)
class Row:
    """One line of the table.

    :param ratio: ``figure`` over that of the work's first peer, whose own ratio is 1.
    :param bound: the largest ratio that is good enough; ``None`` where nothing is promised.
    :param unit: of ``figure``: "s", "B" (bytes), or "" for a mere number.
    :param note: whatever else there is to say in a few words.
    """

    work: str
    peer: str
    figure: float
    ratio: float
    bound: float | None = None
    unit: str = "s"
    note: str = ""

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
    """Set the best rounds of ``peers`` against that of the first."""
    rounds = timings(peers, number=number, repeat=repeat)
    return rows(work, {peer: min(times) for peer, times in rounds.items()}, bounds=bounds)


def timings(
    peers: Mapping[str, Callable[[], object]], *, number: int, repeat: int
) -> dict[str, list[float]]:
    """Return the seconds of one call for each of ``repeat`` rounds of ``number`` calls."""
    for fn in peers.values():
        fn()
    times: dict[str, list[float]] = {peer: [] for peer in peers}
    for peer in turns(peers, repeat):
        times[peer].append(_round(peers[peer], number))
    return times


def turns(peers: Iterable[str], repeat: int) -> Iterator[str]:
    """Whose turn it is, ``repeat`` times each.

    They take turns so that a slow spell of the machine falls on all of them, and in every order,
    because each leaves the processor's caches to the next.
    """
    return chain.from_iterable(islice(cycle(permutations(peers)), repeat))


def rows(
    work: str,
    figures: Mapping[str, float],
    *,
    bounds: Mapping[str, float] | None = None,
    unit: str = "s",
    notes: Mapping[str, str] | None = None,
) -> list[Row]:
    """Set figures against the first of them."""
    baseline = next(iter(figures.values()))
    limits, remarks = bounds or {}, notes or {}
    return [
        Row(work, peer, figure, figure / baseline, limits.get(peer), unit, remarks.get(peer, ""))
        for peer, figure in figures.items()
    ]


def spread(values: Iterable[float]) -> str:
    """Between which two numbers the middle half of ``values`` lies."""
    low, _, high = quantiles(values, n=4)
    return f"{low:.2f} to {high:.2f}"


def shown(figure: float, unit: str) -> str:
    """A figure of a `Row` as people read it."""
    return {"s": _duration, "B": _size}.get(unit, "{:.0f}".format)(figure)


def print_table(table: Iterable[Row]) -> None:
    """Print a work's name once, then a line for each peer."""
    print(f"{'':44}{'figure':>12}{'ratio':>10}{'bound':>10}")
    work = None
    for row in table:
        if row.work != work:
            work = row.work
            print(f"\n{work}")
        bound = "" if row.bound is None else f"{row.bound:.3f}"
        line = f"  {row.peer:42}{shown(row.figure, row.unit):>12}{row.ratio:>10.3f}{bound:>10}"
        print(f"{line}  {row.verdict:7}{row.note}".rstrip())


def _round(fn: Callable[[], object], number: int) -> float:
    start = time.process_time()
    for _ in range(number):
        fn()
    return (time.process_time() - start) / number


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e6:.1f} µs"


def _size(count: float) -> str:
    if count >= 1e6:
        return f"{count / 1e6:.1f} MB"
    return f"{count:.0f} B" if count < 1e4 else f"{count / 1e3:.1f} kB"
