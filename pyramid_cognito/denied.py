"""A denial that says why, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pyramid.security import Denied

#: what would turn a denial into access: signing in, signing in anew, waiting for a service that
#: is away, or nothing that the person can do
Remedy = Literal["sign_in", "step_up", "unavailable", "none"]


class CognitoDenied(Denied):  # type: ignore[misc]
    """Pyramid's ``Denied`` (it is false) with its reasons.

    :ivar remedy: see `Remedy`.
    :ivar cause: what an ACL's denial says of itself; its ``ace``, ``acl``, ``permission``,
        ``context`` and ``principals`` are this object's too.
    """

    remedy: Remedy
    cause: Denied | None
    _reasons: tuple[str, ...]

    def __new__(
        cls, reasons: Iterable[str], remedy: Remedy = "none", cause: Denied | None = None
    ) -> CognitoDenied:
        denied: CognitoDenied = super().__new__(cls, "")
        denied._reasons = tuple(reasons)
        denied.remedy = remedy
        denied.cause = cause
        return denied

    @property
    def reasons(self) -> tuple[str, ...]:
        """Plain English for logs and developers, without anyone's claim values."""
        # an ACL's denial shows the context, whose repr may be slow or fail: only where it is read
        return self._reasons if self.cause is None else (*self._reasons, str(self.cause))

    @property
    def msg(self) -> str:
        """The reasons in one line, for Pyramid's authorization debug log."""
        return "; ".join(self.reasons)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_AN_ACL and self.cause is not None:
            return getattr(self.cause, name)
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"<CognitoDenied remedy={self.remedy!r}: {'; '.join(self._reasons)}>"


_OF_AN_ACL = frozenset({"ace", "acl", "permission", "context", "principals"})
