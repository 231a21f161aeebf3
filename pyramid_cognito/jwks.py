"""The user pool's public keys (RFC 7517): fetched, cached, found by ``kid``.

python-jose does the mathematics of a signature, with ``cryptography`` underneath, on a key built
from the pool's two numbers for RS256 alone. ``ecdsa``, which python-jose names as a dependency
(CVE-2024-23342), is not even imported.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from jose.backends.base import Key
    from requests import Response

log = logging.getLogger(__name__)

MIN_MODULUS_BITS = 2048
MAX_MODULUS_BITS = 8192
MAX_KEYS = 20
MAX_JWKS_BYTES = 64 * 1024

KEYS_FRESH_SECONDS = 3600
KEYS_USABLE_SECONDS = 24 * 3600
FETCH_PAUSE_SECONDS = 10
FETCH_WAIT_SECONDS = 30.0


class KeysUnavailable(Exception):
    """The pool's keys cannot be had: an outage, which says nothing about any token."""


class KeySet:
    """The pool's public keys by ``kid``, fetched when needed; threads may share it.

    Keys are fresh for an hour, and usable for a day while they cannot be fetched again. Whatever
    the number of threads, one of them fetches; the others wait for what it gets, result or
    failure, unless a key that they can use is there already. After a fetch, successful or not,
    there is no other for ten seconds, so neither unknown key ids nor an outage can be turned
    against the key server.
    """

    def __init__(
        self,
        fetch_jwks: Callable[[], Mapping[str, Any]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetch_jwks = fetch_jwks
        self._clock = clock
        self._held = _HeldKeys({}, -math.inf)
        self._lock = threading.Lock()
        self._fetch_done: threading.Event | None = None
        self._last_fetch = -math.inf
        self._failure = ""

    def find(self, kid: str) -> VerificationKey | None:
        """Return the key of this ``kid``, or ``None`` if the pool does not publish it.

        Raises :class:`KeysUnavailable` when that cannot be known.
        """
        held = self._held
        key = held.keys.get(kid)
        if key is not None and 0 <= self._clock() - held.fetched_at < KEYS_FRESH_SECONDS:
            return key
        self._refresh(kid)
        key = self._usable_key(kid)
        if key is None and self._failure:
            raise KeysUnavailable(self._failure)
        return key

    def _refresh(self, kid: str) -> None:
        """Fetch the keys or wait for the thread that does, unless there is no need or no time."""
        with self._lock:
            done = self._fetch_done
            mine = done is None and not self._just_fetched()
            if mine:
                done = self._fetch_done = threading.Event()
        if done is None:
            return
        if mine:
            self._fetch(done)
        elif self._usable_key(kid) is None and not done.wait(FETCH_WAIT_SECONDS):
            raise KeysUnavailable("the keys are still being fetched")

    def _just_fetched(self) -> bool:
        # Below zero when the clock was set back, which must not make the pause longer.
        return 0 <= self._clock() - self._last_fetch < FETCH_PAUSE_SECONDS

    def _fetch(self, done: threading.Event) -> None:
        failure = "the fetch was interrupted"
        try:
            keys = _read_jwks(self._fetch_jwks(), self._held.keys)
            self._held = _HeldKeys(keys, self._clock())
            failure = ""
        except KeysUnavailable as error:
            failure = str(error)
        except Exception as error:  # noqa: BLE001 - an application's own function may raise anything
            failure = type(error).__name__
        finally:
            with self._lock:
                self._failure = failure
                self._last_fetch = self._clock()
                self._fetch_done = None
            done.set()
        if failure:
            log.warning("The user pool's keys could not be fetched: %s", failure)

    def _usable_key(self, kid: str) -> VerificationKey | None:
        held = self._held
        if self._clock() - held.fetched_at >= KEYS_USABLE_SECONDS:
            return None
        return held.keys.get(kid)


@dataclass(frozen=True, eq=False, slots=True)
class VerificationKey:
    """A published key: what the JWKS says of it, and why it is unfit for RS256 if it is."""

    kid: str
    members: tuple[object, ...]
    defect: str
    jose_key: Key | None

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Say whether ``signature`` is this key's over ``signed`` (RFC 7518, 3.3).

        An unfit key has none.
        """
        return self.jose_key is not None and self.jose_key.verify(signed, signature)


def jwks_fetcher(
    url: str, *, connect_timeout: float, read_timeout: float
) -> Callable[[], dict[str, Any]]:
    """Return a function that fetches the JWKS document at ``url``; the time-outs are in seconds.

    The function follows no redirect, and raises :class:`KeysUnavailable` for anything but a JSON
    object of at most 64 kB that arrives in time. ``ValueError`` if ``url`` is neither https nor
    on a loopback address, or holds credentials.
    """
    _check_endpoint(url)

    def fetch_jwks() -> dict[str, Any]:
        import requests

        try:
            with requests.get(
                url,
                headers={"Accept": "application/json"},
                timeout=(connect_timeout, read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read_body(response, connect_timeout + read_timeout)
            document = json.loads(body)
        # OSError covers requests' own errors and a missing CA bundle. Their texts may quote a
        # proxy's credentials, so only their type is told.
        except (OSError, ValueError, RecursionError) as error:
            raise KeysUnavailable(f"{url}: {type(error).__name__}") from None
        if not isinstance(document, dict):
            raise KeysUnavailable(f"{url}: not a JSON object")
        return document

    return fetch_jwks


class _HeldKeys(NamedTuple):
    keys: Mapping[str, VerificationKey]
    fetched_at: float


def _read_jwks(
    document: object, known: Mapping[str, VerificationKey]
) -> dict[str, VerificationKey]:
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise KeysUnavailable(f"not a JWKS document of at most {MAX_KEYS} keys")
    keys: dict[str, VerificationKey] = {}
    for entry in entries:
        kid = entry.get("kid") if isinstance(entry, Mapping) else None
        if not isinstance(kid, str) or kid in keys:
            raise KeysUnavailable("a key of the JWKS document has no kid of its own")
        keys[kid] = _read_key(kid, entry, known.get(kid))
    if all(key.jose_key is None for key in keys.values()):
        raise KeysUnavailable("the JWKS document has no key for RS256")
    return keys


def _read_key(kid: str, jwk: Mapping[str, Any], known: VerificationKey | None) -> VerificationKey:
    """Return the key that ``jwk`` describes: ``known`` itself, unless the pool has changed it."""
    members = tuple(jwk.get(member) for member in ("kty", "use", "alg", "n", "e"))
    if known is not None and known.members == members:
        return known
    defect = _defect(jwk)
    if defect:
        return VerificationKey(kid, members, defect, None)
    # Takes most of a tenth of a second to import: only where tokens are verified.
    from jose.jwk import construct
    from jose.utils import base64_to_long

    try:
        jose_key = construct({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]}, "RS256")
    except ValueError:
        return VerificationKey(kid, members, "its numbers make no RSA key", None)
    bits = base64_to_long(jwk["n"]).bit_length()
    if not MIN_MODULUS_BITS <= bits <= MAX_MODULUS_BITS:
        return VerificationKey(kid, members, f"its modulus has {bits} bits", None)
    return VerificationKey(kid, members, "", jose_key)


def _defect(jwk: Mapping[str, Any]) -> str:
    if jwk.get("kty") != "RSA":
        return "its kty is not RSA"
    if jwk.get("use", "sig") != "sig":
        return "its use is not sig"
    if jwk.get("alg", "RS256") != "RS256":
        return "its alg is not RS256"
    if not isinstance(jwk.get("n"), str) or not isinstance(jwk.get("e"), str):
        return "its numbers are not strings"
    return ""


def _check_endpoint(url: str) -> None:
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    if not safe or "@" in parts.netloc:
        raise ValueError("the JWKS address must be https or loopback, without credentials")


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _read_body(response: Response, time_limit: float) -> bytes:
    if response.status_code != 200:
        raise KeysUnavailable(f"{response.url}: HTTP status {response.status_code}")
    deadline = time.monotonic() + time_limit
    body = b""
    for chunk in response.iter_content(1024):
        body += chunk
        if len(body) > MAX_JWKS_BYTES:
            raise KeysUnavailable(f"{response.url}: more than {MAX_JWKS_BYTES} bytes")
        # The read time-out is for each packet: a server may send one byte after another for ever.
        if time.monotonic() > deadline:
            raise KeysUnavailable(f"{response.url}: slower than {time_limit} seconds")
    return body
