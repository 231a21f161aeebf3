"""A denial that says why, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pyramid.security import Denied

#: what would turn a denial into access: signing in, signing in anew, waiting for a service that
#: is away, or nothing that the person can do
Remedy = Literal["sign_in", "step_up", "unavailable", "none"]


class CognitoDenied(Denied):  # type: ignore[misc]
    """Pyramid's ``Denied`` (it is false) with its reasons.

    :ivar reasons: plain English for logs and developers, without anyone's claim values.
    :ivar remedy: see `Remedy`.
    """

    reasons: tuple[str, ...]
    remedy: Remedy

    def __new__(cls, reasons: Iterable[str], remedy: Remedy = "none") -> CognitoDenied:
        reasons = tuple(reasons)
        denied: CognitoDenied = super().__new__(cls, "%s", "; ".join(reasons))
        denied.reasons = reasons
        denied.remedy = remedy
        return denied

    def __repr__(self) -> str:
        return f"<CognitoDenied remedy={self.remedy!r}: {self.msg}>"
