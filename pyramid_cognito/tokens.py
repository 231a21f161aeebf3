"""Verification of Cognito's id and access tokens (RFC 7515, 7517, 7519) by the pool's own keys.

A token is judged from the outside in: size, segments, header, key, signature, and only then its
claims, so nothing but the header is ever parsed on behalf of a stranger.

python-jose does the mathematics of the signature, with ``cryptography`` underneath, on a key built
from the pool's two numbers for RS256 alone; its JWT code is not used. So neither the algorithm
confusion of CVE-2024-33663 (a public key taken for an HMAC secret) nor the decompression bomb of
CVE-2024-33664 (JWE) can be reached from here, and ``ecdsa``, which python-jose names as a
dependency (CVE-2024-23342), is not even imported.
"""

from __future__ import annotations

import binascii
import ipaddress
import json
import logging
import marshal
import math
import reprlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn
from urllib.parse import urlsplit

from pyramid_cognito.cache import GenerationCache

if TYPE_CHECKING:
    from jose.backends.base import Key
    from requests import Response

log = logging.getLogger(__name__)

TokenUse = Literal["id", "access"]

# A person may be in a hundred groups: with names of a hundred characters they fill 14 kB of base64.
MAX_TOKEN_CHARACTERS = 16 * 1024
MAX_NESTING = 16
MAX_NUMBER_CHARACTERS = 24  # the longest that a 64-bit float or integer needs
MAX_KEY_ID_CHARACTERS = 128

MIN_MODULUS_BITS = 2048
MAX_MODULUS_BITS = 8192
MAX_KEYS = 20
MAX_JWKS_BYTES = 64 * 1024

KEYS_FRESH_SECONDS = 3600
KEYS_USABLE_SECONDS = 24 * 3600
FETCH_PAUSE_SECONDS = 10
FETCH_WAIT_SECONDS = 30.0

# At most 8 MB in all. A token that takes more, claims included, is verified every time.
SEEN_TOKENS = 500
MAX_SEEN_BYTES = 15 * 1024

_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = _shown.maxlong = 120


class InvalidToken(Exception):
    """A token failed a check; every check raises a subclass of its own.

    ``failed`` is the value found, ``expected`` what it should have been (a value, or words that
    describe it); either may be ``None``. Neither is ever the token or its signature.
    """

    check = "token"

    def __init__(self, failed: object = None, expected: object = None) -> None:
        found, wanted = _shown.repr(failed), _shown.repr(expected)
        super().__init__(f"{self.check}: found {found}, expected {wanted}")
        self.failed = failed
        self.expected = expected


class TokenTooLarge(InvalidToken):
    check = "characters"


class NotText(InvalidToken):
    """Not a string of ASCII characters."""

    check = "type"


class WrongSegments(InvalidToken):
    """Not three segments joined by dots (RFC 7515, 7.1)."""

    check = "segments"


class InvalidEncoding(InvalidToken):
    """A segment is not canonical base64url without padding (RFC 7515, 2); ``failed`` names it."""

    check = "encoding"


class InvalidJson(InvalidToken):
    """The header or the claims are not JSON, or JSON that two readers may read differently."""

    check = "JSON"


class NotAnObject(InvalidJson):
    check = "JSON type"


class DuplicateName(InvalidJson):
    check = "names in a JSON object"


class InvalidNumber(InvalidJson):
    """NaN, Infinity, beyond a 64-bit float, or longer than any 64-bit number."""

    check = "JSON number"


class NestedTooDeeply(InvalidJson):
    check = "JSON nesting"


class WrongAlgorithm(InvalidToken):
    check = "alg"


class UnsupportedHeader(InvalidToken):
    """The header carries a parameter that changes how a token is read, or a key of its own."""

    check = "header parameters"


class InvalidKeyId(InvalidToken):
    check = "kid"


class UnknownKey(InvalidToken):
    """The pool publishes no key of this ``kid``."""

    check = "key"


class UnusableKey(InvalidToken):
    """The pool's key of this ``kid`` is not one for RS256; ``failed`` says why."""

    check = "key"


class InvalidSignature(InvalidToken):
    check = "signature"


class InvalidClaim(InvalidToken):
    """A claim is missing, of another type or of another value; ``check`` is its name."""


class InvalidIssuer(InvalidClaim):
    check = "iss"


class InvalidTokenUse(InvalidClaim):
    check = "token_use"


class InvalidAudience(InvalidClaim):
    check = "aud"


class InvalidClient(InvalidClaim):
    check = "client_id"


class DerivedToken(InvalidClaim):
    """Someone acts for the person (``act``, RFC 8693, 4.1)."""

    check = "act"


class InvalidExpiry(InvalidClaim):
    check = "exp"


class Expired(InvalidExpiry):
    """``failed`` and ``expected`` are Unix seconds: ``exp``, and the time that it must be after."""


class InvalidIssueTime(InvalidClaim):
    check = "iat"


class IssuedInFuture(InvalidIssueTime):
    """``failed`` and ``expected`` are Unix seconds: ``iat``, and the latest that it may be."""


class InvalidNotBefore(InvalidClaim):
    check = "nbf"


class NotYetValid(InvalidNotBefore):
    """``failed`` and ``expected`` are Unix seconds: ``nbf``, and the latest that it may be."""


class InvalidAuthTime(InvalidClaim):
    check = "auth_time"


class AuthenticatedInFuture(InvalidAuthTime):
    """``failed`` and ``expected`` are Unix seconds: ``auth_time``, and the latest it may be."""


class InvalidSubject(InvalidClaim):
    check = "sub"


class InvalidUsername(InvalidClaim):
    """``username`` of an access token, ``cognito:username`` of an id token."""

    check = "username"


class MachineToken(InvalidClaim):
    """An access token without ``username``: a client's own (client credentials), no person's."""

    check = "username"


class InvalidOriginJti(InvalidClaim):
    check = "origin_jti"


class InvalidGroups(InvalidClaim):
    check = "cognito:groups"


class InvalidScope(InvalidClaim):
    check = "scope"


class KeysUnavailable(Exception):
    """The pool's keys cannot be had: an outage, which says nothing about any token."""


class TokenVerifier:
    """Verifies the tokens that one user pool issues to one app client; threads may share it.

    ``issuer`` is the exact ``iss``. ``fetch_jwks()`` returns the pool's JWKS document (RFC 7517, 5)
    or raises anything; :class:`KeySet` says when it is called. ``leeway``, in seconds, is how far
    the issuer's clock may be ahead of ours (``iat``, ``nbf``, ``auth_time``); ``exp`` has none.
    ``clock`` returns Unix seconds.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        fetch_jwks: Callable[[], Mapping[str, Any]],
        *,
        leeway: int = 30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._leeway = leeway
        self._clock = clock
        self._keys = KeySet(fetch_jwks, clock=clock)
        self._seen: GenerationCache[str, _Verdict] = GenerationCache(SEEN_TOKENS)

    def verify(self, token: str, token_use: TokenUse) -> dict[str, Any]:
        """Return the claims of ``token``, in a dict that is the caller's own to change.

        A token seen before is spared the signature, never its times nor whether the pool still
        publishes its key. Raises the subclass of :class:`InvalidToken` of the first failed check,
        or :class:`KeysUnavailable` when there is no key set to judge by.
        """
        if token_use not in ("id", "access"):
            raise ValueError(f"token_use is {token_use!r}, neither 'id' nor 'access'")
        _check_text(token)
        verdict = self._seen.get(token)
        if verdict is not None and verdict.token_use == token_use and self._still_holds(verdict):
            return verdict.claims()
        claims, verdict = self._judge(token.encode(), token_use)
        if len(token) + len(verdict.marshalled) <= MAX_SEEN_BYTES:
            self._seen.put(token, verdict)
        return claims

    def forget(self) -> None:
        """Drop every remembered verdict, so that each token is verified in full again."""
        self._seen = GenerationCache(SEEN_TOKENS)

    def _still_holds(self, verdict: _Verdict) -> bool:
        in_time = verdict.starts <= self._clock() < verdict.expires
        return in_time and self._keys.find(verdict.key.kid) is verdict.key

    def _judge(self, encoded: bytes, token_use: TokenUse) -> tuple[dict[str, Any], _Verdict]:
        signed, header, payload, signature = _segments(encoded)
        key = self._find_key(_key_id(header))
        if not key.verifies(signed, _decoded(signature)):
            raise InvalidSignature("another signature", f"one by key {key.kid}")
        claims = _json_object(_decoded(payload))
        self._check_origin(claims, token_use)
        starts, expires = self._check_times(claims)
        _check_person(claims, token_use)
        _check_types(claims)
        return claims, _Verdict(token_use, key, starts, expires, marshal.dumps(claims))

    def _find_key(self, kid: str) -> VerificationKey:
        key = self._keys.find(kid)
        if key is None:
            raise UnknownKey(kid, "the kid of a key of the user pool")
        return key

    def _check_origin(self, claims: Mapping[str, Any], use: TokenUse) -> None:
        if claims.get("iss") != self._issuer:
            raise InvalidIssuer(claims.get("iss"), self._issuer)
        if claims.get("token_use") != use:
            raise InvalidTokenUse(claims.get("token_use"), use)
        if use == "access" and claims.get("client_id") != self._client_id:
            raise InvalidClient(claims.get("client_id"), self._client_id)
        if (use == "id" or "aud" in claims) and claims.get("aud") != self._client_id:
            raise InvalidAudience(claims.get("aud"), self._client_id)
        if "act" in claims:
            raise DerivedToken(claims["act"], "no such claim")

    def _check_times(self, claims: Mapping[str, Any]) -> tuple[int, int]:
        """Return from when until when the times of ``claims`` are in order."""
        now = self._clock()
        expires = _integer(claims, InvalidExpiry)
        if now >= expires:
            raise Expired(expires, now)
        latest = now + self._leeway
        starts = _integer(claims, InvalidIssueTime)
        if starts > latest:
            raise IssuedInFuture(starts, latest)
        if "nbf" in claims:
            not_before = _integer(claims, InvalidNotBefore)
            if not_before > latest:
                raise NotYetValid(not_before, latest)
            starts = max(starts, not_before)
        if "auth_time" in claims:
            auth_time = _integer(claims, InvalidAuthTime)
            if auth_time > latest:
                raise AuthenticatedInFuture(auth_time, latest)
            starts = max(starts, auth_time)
        return starts - self._leeway, expires


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

        Raises :class:`UnusableKey` when the key is unfit for RS256.
        """
        if self.jose_key is None:
            raise UnusableKey(self.defect, "an RSA key for RS256")
        return self.jose_key.verify(signed, signature)


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


# Form


def _check_text(token: str) -> None:
    if not isinstance(token, str) or not token.isascii():
        raise NotText(type(token).__name__, "str of ASCII characters")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenTooLarge(len(token), MAX_TOKEN_CHARACTERS)


_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# By the number of characters after the last four: those whose surplus bits are zero.
_LAST_CHARACTERS = (_ALPHABET, b"", _ALPHABET[::16], _ALPHABET[::4])


def _segments(encoded: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return what is signed, and the header, claims and signature of a token, all encoded."""
    foreign = encoded.translate(None, _ALPHABET)
    if foreign != b"..":
        raise _segments_error(foreign)
    signed, _, signature = encoded.rpartition(b".")
    header, _, payload = signed.partition(b".")
    return signed, header, payload, signature


def _segments_error(foreign: bytes) -> InvalidToken:
    dots = foreign.count(b".")
    if dots != 2:
        return WrongSegments(dots + 1, 3)
    return InvalidEncoding("a character outside the alphabet", "base64url without padding")


def _decoded(segment: bytes) -> bytes:
    """Return what ``segment``, of characters of the alphabet, encodes.

    The standard library's decoder ignores surplus bits, so a signature would have many spellings.
    """
    if segment[-1:] not in _LAST_CHARACTERS[len(segment) % 4]:
        raise InvalidEncoding("bits left over at the end", "base64url without padding")
    return binascii.a2b_base64(segment.translate(_TO_STANDARD) + b"==")


# What RFC 7515 and 7797 define and Cognito never sends: other readings of the token, other keys.
_UNSUPPORTED_PARAMETERS = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"})


@lru_cache(maxsize=32)  # a key's tokens all have the same header
def _key_id(segment: bytes) -> str:
    header = _json_object(_decoded(segment))
    algorithm = header.get("alg")
    if algorithm != "RS256":
        raise WrongAlgorithm(algorithm, "RS256")
    if not _UNSUPPORTED_PARAMETERS.isdisjoint(header):
        found = sorted(_UNSUPPORTED_PARAMETERS.intersection(header))
        raise UnsupportedHeader(found, "none of them")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KEY_ID_CHARACTERS:
        raise InvalidKeyId(kid, f"a string of 1 to {MAX_KEY_ID_CHARACTERS} characters")
    return kid


def _json_object(data: bytes) -> dict[str, Any]:
    value = _parsed(data)
    if value is _UNREADABLE:
        raise InvalidJson("something else", "JSON in UTF-8")
    if not isinstance(value, dict):
        raise NotAnObject(type(value).__name__, "object")
    # No deeper than there are brackets, strings included.
    if data.count(b"[") + data.count(b"{") > MAX_NESTING:
        _check_nesting(value, 1)
    return value


_UNREADABLE = object()


def _parsed(data: bytes) -> object:
    # Errors of the standard library hold the text that they are about: none may leave from here.
    try:
        text = data.decode()
        value, end = _JSON.raw_decode(text)
        if "\\" in text:  # an escaped half of a surrogate pair would fail whoever encodes it
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise NestedTooDeeply(None, MAX_NESTING) from None
    except ValueError:
        return _UNREADABLE
    return value if end == len(text) else _UNREADABLE


def _check_nesting(value: dict[str, Any] | list[Any], depth: int) -> None:
    if depth > MAX_NESTING:
        raise NestedTooDeeply(depth, MAX_NESTING)
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            _check_nesting(item, depth + 1)


def _unique_names(members: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(members)
    if len(result) != len(members):
        names = Counter(name for name, _ in members)
        raise DuplicateName(names.most_common(1)[0][0], "each name once")
    return result


def _bounded_integer(literal: str) -> int:
    if len(literal) > MAX_NUMBER_CHARACTERS:
        raise InvalidNumber(literal, f"at most {MAX_NUMBER_CHARACTERS} characters")
    return int(literal)


def _bounded_float(literal: str) -> float:
    number = float(literal)
    if len(literal) > MAX_NUMBER_CHARACTERS or math.isinf(number):
        raise InvalidNumber(literal, "a 64-bit float")
    return number


def _no_constant(literal: str) -> NoReturn:
    raise InvalidNumber(literal, "a number of JSON")


_JSON = json.JSONDecoder(
    object_pairs_hook=_unique_names,
    parse_int=_bounded_integer,
    parse_float=_bounded_float,
    parse_constant=_no_constant,
)


# Claims


def _check_person(claims: Mapping[str, Any], use: TokenUse) -> None:
    if use == "id":
        _string(claims, "cognito:username", InvalidUsername)
    elif "username" not in claims:
        raise MachineToken(None, "the username of a person")
    else:
        _string(claims, "username", InvalidUsername)
    if "auth_time" not in claims:
        raise InvalidAuthTime(None, "an integer")


def _check_types(claims: Mapping[str, Any]) -> None:
    _string(claims, "sub", InvalidSubject)
    if "origin_jti" in claims:
        _string(claims, "origin_jti", InvalidOriginJti)
    if not isinstance(claims.get("scope", ""), str):
        raise InvalidScope(claims["scope"], "a string")
    groups = claims.get("cognito:groups", [])
    if not isinstance(groups, list) or not _STRING.issuperset(map(type, groups)):
        raise InvalidGroups(groups, "a list of strings")


_STRING = frozenset({str})


def _integer(claims: Mapping[str, Any], error: type[InvalidClaim]) -> int:
    value = claims.get(error.check)
    if type(value) is not int:  # a bool is an int too
        raise error(value, "an integer")
    return value


def _string(claims: Mapping[str, Any], name: str, error: type[InvalidClaim]) -> None:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise error(value, "a string that is not empty")


class _Verdict(NamedTuple):
    """A token found valid by ``key``, as long as the time is in ``[starts, expires)``.

    Marshalled claims are small, their size is known, and nothing makes a copy that shares nothing
    faster. They never leave the process.
    """

    token_use: TokenUse
    key: VerificationKey
    starts: int
    expires: int
    marshalled: bytes

    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = marshal.loads(self.marshalled)  # noqa: S302 - our own bytes
        return claims


# Keys


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
