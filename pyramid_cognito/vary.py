"""What caches are told of a response that depends on who asks (RFC 9110, section 12.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.response import Response

    from pyramid_cognito.settings import CognitoSettings


class Vary:
    """Names the headers that credentials come in, as the settings allow them."""

    def __init__(self, settings: CognitoSettings) -> None:
        taken = {"Cookie": settings.cookies, "Authorization": settings.bearer_enabled}
        self._names = [name for name, is_taken in taken.items() if is_taken]
        self._header = "Vary", ", ".join(self._names)

    def tell(self, response: Response) -> None:
        """Add those names to ``Vary``."""
        headers = response.headerlist
        # mostly there is none, and this is part of every signed-in request
        for name, _ in headers:
            if len(name) == 4 and name.lower() == "vary":
                self._add(response)
                return
        headers.append(self._header)

    def _add(self, response: Response) -> None:
        named = ",".join(response.headers.getall("Vary")).split(",")
        there = [name.strip() for name in named if name.strip()]
        if "*" not in there:
            known = {name.lower() for name in there}
            missing = [name for name in self._names if name.lower() not in known]
            response.headers["Vary"] = ", ".join([*there, *missing])
