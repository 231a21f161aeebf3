"""Our cookies: out of the request's environ, onto the response, split over several when long."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from webob.cookies import make_cookie

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings
    from pyramid_cognito.ticket import Session

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

    __slots__ = ("ask_again", "csrf_is_new", "pending", "refused", "renewed", "values")

    def __init__(self) -> None:
        #: name to value, or None where the browser sent two values of one name
        self.values: dict[str, str | None] = {}
        #: whether the browser has still to be told the CSRF token among the values
        self.csrf_is_new = False
        #: headers of a refresh, waiting for the response
        self.pending: Headers | None = None
        #: the session that those headers go on with
        self.renewed: Session | None = None
        #: whether the browser may hold a newer ticket by now, and is asked for it
        self.ask_again = False
        #: whether Cognito has ended the session that the ticket is of
        self.refused = False

    def with_values(self, values: dict[str, str | None]) -> TakenCookies:
        """A copy in which *values* take the place of others with their names."""
        merged = TakenCookies()
        merged.values = {**self.values, **values}
        merged.csrf_is_new, merged.pending = self.csrf_is_new, self.pending
        merged.renewed = self.renewed
        merged.ask_again, merged.refused = self.ask_again, self.refused
        return merged

    def __repr__(self) -> str:
        return "<cookies withheld>"


class Cookies:
    """The names, attributes and places of our cookies, as the settings want them."""

    def __init__(self, settings: CognitoSettings) -> None:
        scoped = settings.cookie_domain or settings.cookie_path != "/"
        prefix = ("__Secure-" if scoped else "__Host-") if settings.cookie_secure else ""
        self.ticket = prefix + settings.cookie_name
        self.challenge = f"{self.ticket}-challenge"
        self.csrf = f"{self.ticket}-csrf"
        self.asked_again = f"{self.ticket}-again"
        pieces = _pieces_of(self.ticket) + _pieces_of(self.challenge)
        self._names = frozenset([*pieces, self.csrf, self.asked_again])
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
        taken: TakenCookies | None = environ.get(ENVIRON_KEY)
        is_first = taken is None
        if taken is None:
            taken = environ[ENVIRON_KEY] = TakenCookies()
        if header is None or self.ticket not in header:
            return taken
        values: dict[str, str | None] = {}
        kept = []
        for part in header.split(";"):
            name, _, value = part.partition("=")
            # the white space of RFC 6265 and no other: browsers guard the __Host- prefix by name,
            # and a name that begins with U+0085 is another one to them
            name = name.strip(" \t")
            if name in self._names:
                values[name] = None if name in values else value.strip(" \t")
            else:
                kept.append(part)
        if not values:  # somebody else's cookie, which holds our cookie's name
            return taken
        if None in values.values():
            log.warning("Two values of one of our cookies in a request: neither is believed")
        if is_first:
            taken.values = values
        else:
            # a copied request shares the object with the request that it was copied from
            taken = environ[ENVIRON_KEY] = taken.with_values(values)
        environ["HTTP_COOKIE"] = ";".join(kept).strip(" \t")
        environ.pop("webob._parsed_cookies", None)
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
            self.header(piece_name, piece, max_age)
            for piece_name, piece in zip(names, pieces, strict=False)
        ]
        return headers + self._deletions(taken, names[count:]) + [NO_STORE]

    def clear(self, taken: TakenCookies, name: str) -> Headers:
        """Headers that delete the cookie, and every piece of it that the browser sent."""
        first, *others = _pieces_of(name)
        return [self.header(first, None), *self._deletions(taken, others), NO_STORE]

    def header(self, name: str, value: str | None, max_age: int | None = None) -> tuple[str, str]:
        """The header that sets one cookie; None deletes it."""
        return "Set-Cookie", make_cookie(name, value, max_age=max_age, **self._attributes)

    def _deletions(self, taken: TakenCookies, names: list[str]) -> Headers:
        return [self.header(name, None) for name in names if name in taken.values]


#: no cache may keep a response that sets or clears a ticket
NO_STORE = ("Cache-Control", "private, no-store")


def _pieces_of(name: str) -> list[str]:
    return [name, *(f"{name}-{number}" for number in range(1, MAX_PIECES))]
