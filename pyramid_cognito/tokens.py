"""Verification of Cognito's id and access tokens (RFC 7515, 7519) by the pool's own keys.

A token is judged from the outside in: size, segments, header, key, signature, and only then its
claims, so nothing but the header is ever parsed on behalf of a stranger.

A key of :mod:`pyramid_cognito.jwks` verifies the signature, by RS256 alone; python-jose's JWT code
is not used. So neither the algorithm confusion of CVE-2024-33663 (a public key taken for an HMAC
secret) nor the decompression bomb of CVE-2024-33664 (JWE) can be reached from here.
"""

from __future__ import annotations

import binascii
import json
import marshal
import math
import reprlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, NoReturn

from pyramid_cognito.cache import GenerationCache
from pyramid_cognito.jwks import KeySet, KeysUnavailable, VerificationKey, jwks_fetcher

# What applications import; the subclasses of InvalidToken are theirs too.
__all__ = ["InvalidToken", "KeysUnavailable", "TokenVerifier", "jwks_fetcher"]

TokenUse = Literal["id", "access"]

# A person may be in a hundred groups: with names of a hundred characters they fill 14 kB of base64.
MAX_TOKEN_CHARACTERS = 16 * 1024
MAX_NESTING = 16
MAX_NUMBER_CHARACTERS = 24  # the longest that a 64-bit float or integer needs
MAX_KEY_ID_CHARACTERS = 128
MAX_TIME = 2**32  # seconds since 1970: the year 2106, and what a ticket has room for

# At most 8 MB in all. A token that takes more, claims included, is verified every time.
SEEN_TOKENS = 500
MAX_SEEN_BYTES = 15 * 1024

_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = _shown.maxlong = 120


class InvalidToken(Exception):
    """A token failed a check; every check raises a subclass of its own.

    ``failed`` is the value found, ``expected`` what it should have been (a value, or words that
    describe it); either may be ``None``. Neither is ever the token or its signature. ``check``
    says in a word what was looked at.
    """

    check = "token"

    def __init_subclass__(cls, *, check: str = "") -> None:
        super().__init_subclass__()
        cls.check = check or cls.check

    def __init__(self, failed: object = None, expected: object = None) -> None:
        found, wanted = _shown.repr(failed), _shown.repr(expected)
        super().__init__(f"{self.check}: found {found}, expected {wanted}")
        self.failed = failed
        self.expected = expected


class TokenTooLarge(InvalidToken, check="characters"): ...


class NotText(InvalidToken, check="type"):
    """Not a string of ASCII characters."""


class WrongSegments(InvalidToken, check="segments"):
    """Not three segments joined by dots (RFC 7515, 7.1)."""


class InvalidEncoding(InvalidToken, check="encoding"):
    """A segment is not canonical base64url without padding (RFC 7515, 2); ``failed`` says why."""


class InvalidJson(InvalidToken, check="JSON"):
    """The header or the claims are not JSON, or JSON that two readers may read differently."""


class NotAnObject(InvalidJson, check="JSON type"): ...


class DuplicateName(InvalidJson, check="names in a JSON object"): ...


class InvalidNumber(InvalidJson, check="JSON number"):
    """NaN, Infinity, beyond a 64-bit float, or longer than any 64-bit number."""


class NestedTooDeeply(InvalidJson, check="JSON nesting"): ...


class WrongAlgorithm(InvalidToken, check="alg"): ...


class UnsupportedHeader(InvalidToken, check="header parameters"):
    """The header carries a parameter that changes how a token is read, or a key of its own."""


class InvalidKeyId(InvalidToken, check="kid"): ...


class UnknownKey(InvalidToken, check="key"):
    """The pool publishes no key of this ``kid``."""


class UnusableKey(InvalidToken, check="key"):
    """The pool's key of this ``kid`` is not one for RS256; ``failed`` says why."""


class InvalidSignature(InvalidToken, check="signature"): ...


class InvalidClaim(InvalidToken):
    """A claim is missing, of another type or of another value; ``check`` is its name."""


class InvalidIssuer(InvalidClaim, check="iss"): ...


class InvalidTokenUse(InvalidClaim, check="token_use"): ...


class InvalidAudience(InvalidClaim, check="aud"): ...


class InvalidClient(InvalidClaim, check="client_id"): ...


class DerivedToken(InvalidClaim, check="act"):
    """Someone acts for the person (``act``, RFC 8693, 4.1)."""


class InvalidExpiry(InvalidClaim, check="exp"): ...


class Expired(InvalidExpiry):
    """``failed`` and ``expected`` are Unix seconds: ``exp``, and the time that it must be after."""


class InvalidIssueTime(InvalidClaim, check="iat"): ...


class IssuedInFuture(InvalidIssueTime):
    """``failed`` and ``expected`` are Unix seconds: ``iat``, and the latest that it may be."""


class InvalidNotBefore(InvalidClaim, check="nbf"): ...


class NotYetValid(InvalidNotBefore):
    """``failed`` and ``expected`` are Unix seconds: ``nbf``, and the latest that it may be."""


class InvalidAuthTime(InvalidClaim, check="auth_time"): ...


class AuthenticatedInFuture(InvalidAuthTime):
    """``failed`` and ``expected`` are Unix seconds: ``auth_time``, and the latest it may be."""


class InvalidSubject(InvalidClaim, check="sub"): ...


class InvalidUsername(InvalidClaim, check="username"):
    """``username`` of an access token, ``cognito:username`` of an id token."""


class MachineToken(InvalidClaim, check="username"):
    """An access token without ``username``: a client's own (client credentials), no person's."""


class InvalidOriginJti(InvalidClaim, check="origin_jti"): ...


class InvalidGroups(InvalidClaim, check="cognito:groups"): ...


class InvalidScope(InvalidClaim, check="scope"): ...


class TokenVerifier:
    """Verifies the tokens that one user pool issues; threads may share it.

    :meth:`verify` takes those of people that are meant for one app client, :meth:`read` any.

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
        claims = self.read(token)
        if claims.get("token_use") != token_use:
            raise InvalidTokenUse(claims.get("token_use"), token_use)
        self._check_client(claims, token_use)
        check_person(claims, token_use)
        return claims

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a ``token`` that the pool issued, to whomever and for whatever.

        The caller has still to judge ``token_use``, ``client_id``, ``aud``, ``act`` and the user
        name. Raises as :meth:`verify` does.
        """
        _check_text(token)
        verdict = self._seen.get(token)
        if verdict is not None and self._still_holds(verdict):
            return verdict.claims()
        claims, verdict = self._judge(token.encode())
        if len(token) + len(verdict.marshalled) <= MAX_SEEN_BYTES:
            self._seen.put(token, verdict)
        return claims

    def forget(self) -> None:
        """Drop every remembered verdict, so that each token is verified in full again."""
        self._seen = GenerationCache(SEEN_TOKENS)

    def _still_holds(self, verdict: _Verdict) -> bool:
        in_time = verdict.starts <= self._clock() < verdict.expires
        return in_time and self._keys.find(verdict.key.kid) is verdict.key

    def _judge(self, encoded: bytes) -> tuple[dict[str, Any], _Verdict]:
        signed, header, payload, signature = _segments(encoded)
        key = self._find_key(_key_id(header))
        if not key.verifies(signed, _decoded(signature)):
            raise _signature_error(key)
        claims = _json_object(_decoded(payload))
        if claims.get("iss") != self._issuer:
            raise InvalidIssuer(claims.get("iss"), self._issuer)
        starts, expires = self._check_times(claims)
        _check_types(claims)
        return claims, _Verdict(key, starts, expires, marshal.dumps(claims))

    def _find_key(self, kid: str) -> VerificationKey:
        key = self._keys.find(kid)
        if key is None:
            raise UnknownKey(kid, "the kid of a key of the user pool")
        return key

    def _check_client(self, claims: Mapping[str, Any], use: TokenUse) -> None:
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


def _signature_error(key: VerificationKey) -> InvalidToken:
    if key.defect:
        return UnusableKey(key.defect, "an RSA key for RS256")
    return InvalidSignature("another signature", f"one by key {key.kid}")


# Claims


def check_person(claims: Mapping[str, Any], use: TokenUse) -> None:
    """Raise unless claims of this use are a person's, who signed in at some time."""
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
    if not 0 <= value < MAX_TIME:
        raise error(value, f"from 0 to {MAX_TIME}")
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

    key: VerificationKey
    starts: int
    expires: int
    marshalled: bytes

    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = marshal.loads(self.marshalled)  # noqa: S302 - our own bytes
        return claims
