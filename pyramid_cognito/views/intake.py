"""What the account pages take of a request: its unreadable parts are left out, not stumbled over.

Pages of the same domain, and anyone who can reach this one, choose what is in a request. People
can still sign in whatever cookies were planted in their browser.
"""

from __future__ import annotations

import logging
import re
from os.path import isdir, join
from typing import IO, Any

from pyramid.interfaces import ILocaleNegotiator, ILocalizer, ITranslationDirectories
from pyramid.request import Request
from webob.cookies import RequestCookies

log = logging.getLogger(__name__)

#: bytes; the longest of our forms is a hundredth of what it takes to keep a server busy
MAX_BODY = 64 * 1024

# A token (RFC 9110, section 5.6.2) and a value that WebOb reads to its end, bare or quoted. Where
# WebOb stops early, it looks for the next name in the rest: for a time that grows with its square.
_BARE = r"[\w~!@#$%^&*()+=`.?|:/{}<>'-]*"
_QUOTED = r"[ !#-\[\]-~]*"
_ESCAPE = r"\\[0-3][0-7][0-7]"
_COOKIE = re.compile(
    r"[\w!#$%&'*+.^`|~-]+="
    rf'(?:{_BARE}(?:{_ESCAPE}{_BARE})*|"{_QUOTED}(?:{_ESCAPE}{_QUOTED})*")',
    re.ASCII,
)
_LOCALE = "_LOCALE_"
# a name or an address with a port (RFC 3986, 3.2.2); urlsplit of Python 3.10 lets more pass
_HOST = re.compile(r"([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
_LOCALE_NAME = re.compile(r"[\w@-]{1,40}", re.ASCII)


def drop_unreadable_cookies(environ: dict[str, Any]) -> None:
    """Keep of ``HTTP_COOKIE`` what is a name and a value in UTF-8."""
    header = environ.get("HTTP_COOKIE", "")
    parts = [part.strip() for part in header.split(";")]
    kept = [part for part in parts if _is_readable_cookie(part)]
    if len(kept) < len(parts) and header:
        log.info("%d cookies cannot be read and are left out", len(parts) - len(kept))
        environ["HTTP_COOKIE"] = "; ".join(kept)


def drop_unreadable_host(environ: dict[str, Any]) -> None:
    """Go by the server's own name where ``Host`` is none: redirects are made absolute with it."""
    host = environ.get("HTTP_HOST")
    if host is not None and not _is_host(host):
        log.info("A Host header cannot be read and is left out")
        del environ["HTTP_HOST"]


def is_body_too_long(request: Request) -> bool:
    """Whether more was sent than any form of ours holds. WebOb parses what it gets, however long.

    :raises OSError: the body ends too early.
    """
    length: int | None = request.content_length
    is_new = request.is_body_readable and not request.is_body_seekable
    if is_new and (length is None or 0 < length <= MAX_BODY):
        # WebOb would make a file of it, or read on to the end of what comes in chunks
        request.body = _beginning_of(request.body_file)
        length = request.content_length
    return (length or 0) > MAX_BODY


def choose_language(request: Request) -> None:
    """Let Pyramid's own negotiator choose among the languages that there are.

    It takes any name from the address or a cookie, and Pyramid keeps a localizer for each name
    forever. An application's own negotiator is left alone.
    """
    registry = request.registry
    if registry.queryUtility(ILocaleNegotiator) or getattr(request, _LOCALE, None) is not None:
        return
    wished = request.GET.get(_LOCALE) or request.cookies.get(_LOCALE) or ""
    names = (wished, wished.partition("_")[0])
    known = (name for name in names if _is_language(registry, name))
    setattr(request, _LOCALE, next(known, registry.settings["default_locale_name"]))


def _is_readable_cookie(part: str) -> bool:
    if not _COOKIE.fullmatch(part):
        return False
    if "\\" in part:
        try:
            RequestCookies({"HTTP_COOKIE": part}).keys()
        except UnicodeDecodeError:
            return False
    return True


def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _beginning_of(body: IO[bytes]) -> bytes:
    """As much of *body* as tells whether it is too long."""
    beginning = b""
    while more := body.read(MAX_BODY + 1 - len(beginning)):
        beginning += more
    return beginning


def _is_language(registry: Any, name: str) -> bool:
    """Whether there is, or may be made, a localizer of that name which translates something."""
    if not _LOCALE_NAME.fullmatch(name):
        return False
    if registry.queryUtility(ILocalizer, name=name) is not None:
        return True
    directories = registry.queryUtility(ITranslationDirectories, default=())
    return any(isdir(join(directory, name)) for directory in directories)
