"""Our cookies: out of the request's environ, onto the response, split over several when long."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from webob.cookies import make_cookie

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

ENVIRON_KEY = "pyramid_cognito.ticket"
#: what a browser keeps of one cookie: name and value together
COOKIE_SIZE = 4096
MAX_PIECES = 3

Headers = list[tuple[str, str]]


class TakenCookies:
    """Our cookies of one request, kept where neither a log nor an error report prints them.

    It stays in the environ, so a retried request and a subrequest find it there.
    """

    __slots__ = ("pending", "values")

    def __init__(self) -> None:
        #: name to value, or None where the browser sent two values of one name
        self.values: dict[str, str | None] = {}
        #: headers of a refresh, waiting for the response
        self.pending: Headers | None = None

    def __repr__(self) -> str:
        return "<cookies withheld>"


class Cookies:
    """The names, attributes and places of our cookies, as the settings want them."""

    def __init__(self, settings: CognitoSettings) -> None:
        scoped = settings.cookie_domain or settings.cookie_path != "/"
        prefix = ("__Secure-" if scoped else "__Host-") if settings.cookie_secure else ""
        self.ticket = prefix + settings.cookie_name
        self.challenge = f"{self.ticket}-challenge"
        self._names = frozenset(_pieces_of(self.ticket) + _pieces_of(self.challenge))
        self._attributes: dict[str, Any] = {
            "path": settings.cookie_path,
            "domain": settings.cookie_domain,
            "secure": settings.cookie_secure,
            "httponly": True,
            "samesite": "Lax",
        }

    def take(self, environ: dict[str, Any]) -> TakenCookies:
        """Move our cookies from ``HTTP_COOKIE`` to a place of their own in *environ*.

        Plain string work: WebOb's parser takes about 50 ns a byte of everyone who then reads
        ``request.cookies``, and error reports print that header.
        """
        header = environ.get("HTTP_COOKIE")
        if header is None or self.ticket not in header:
            return environ.get(ENVIRON_KEY) or TakenCookies()
        taken = TakenCookies()
        kept = []
        for part in header.split(";"):
            name, _, value = part.partition("=")
            name = name.strip()
            if name not in self._names:
                kept.append(part)
            elif name in taken.values:
                log.warning("Two cookies named %s in one request: neither is believed", name)
                taken.values[name] = None
            else:
                taken.values[name] = value.strip()
        environ["HTTP_COOKIE"] = ";".join(kept).strip()
        environ.pop("webob._parsed_cookies", None)
        environ[ENVIRON_KEY] = taken
        return taken

    def read(self, taken: TakenCookies, name: str) -> str | None:
        """The value that :meth:`write` was given, or None where a piece is missing or doubled."""
        first = taken.values.get(name)
        if not first:
            return None
        count, value = first[0], first[1:]
        if count == "1":
            return value
        if count not in "23":
            return None
        rest = [taken.values.get(piece) for piece in _pieces_of(name)[1 : int(count)]]
        return None if None in rest else value + "".join(filter(None, rest))

    def write(
        self, taken: TakenCookies, name: str, value: str, max_age: int | None = None
    ) -> Headers:
        """Headers that set the cookie and delete the pieces of a longer one before it.

        :param max_age: seconds to live; None for the browser's session.
        :raises ValueError: the value is longer than MAX_PIECES cookies hold.
        """
        names = _pieces_of(name)
        room = COOKIE_SIZE - len(names[-1]) - 1
        count = -(-(len(value) + 1) // room)
        if count > MAX_PIECES:
            raise ValueError(f"{len(value)} bytes do not fit {MAX_PIECES} cookies")
        text = f"{count}{value}"
        pieces = [text[start : start + room] for start in range(0, len(text), room)]
        headers = [
            self._header(piece_name, piece, max_age)
            for piece_name, piece in zip(names, pieces, strict=False)
        ]
        return headers + self._deletions(taken, names[count:]) + [NO_STORE]

    def clear(self, taken: TakenCookies, name: str) -> Headers:
        """Headers that delete the cookie, and every piece of it that the browser sent."""
        first, *others = _pieces_of(name)
        return [self._header(first, None, None), *self._deletions(taken, others), NO_STORE]

    def _deletions(self, taken: TakenCookies, names: list[str]) -> Headers:
        return [self._header(name, None, None) for name in names if name in taken.values]

    def _header(self, name: str, value: str | None, max_age: int | None) -> tuple[str, str]:
        return "Set-Cookie", make_cookie(name, value, max_age=max_age, **self._attributes)


#: no cache may keep a response that sets or clears a ticket
NO_STORE = ("Cache-Control", "private, no-store")


def _pieces_of(name: str) -> list[str]:
    return [name, *(f"{name}-{number}" for number in range(1, MAX_PIECES))]
