"""A key server that a test can change, take down, and ask how often it was asked."""

from __future__ import annotations

from typing import Any

from tests.jwt_factory import jwks


class KeyServer:
    """Answers with ``document`` unless it is ``down``, and counts how often it was asked."""

    def __init__(self) -> None:
        self.document: Any = jwks()
        self.down: Exception | None = None
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        if self.down:
            raise self.down
        return self.document
