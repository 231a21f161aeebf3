"""The sealed session: tokens in, cookie value out, and back.

A sealed value is a JWE (RFC 7516, ``dir`` with A256GCM, by python-jose) under a key of its own
purpose: HKDF-SHA256 (RFC 5869) over the application's secret. Purpose, issue and expiry times
stand inside, so a ticket and a challenge never open as one another. A ticket's claims are sealed
apart from its tokens and not compressed, so that a request that needs no token opens none.
"""

from __future__ import annotations

import json
import logging
import struct
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

#: longer values are refused unread
MAX_SEALED = 8192
#: what the deflated tokens may grow to
MAX_INFLATED = 32768
#: seconds that clocks of two hosts may differ
LEEWAY = 60

# the one header that is opened, whatever else python-jose could; with dir there is no wrapped key
_AUTHENTICATED = urlsafe_b64encode(b'{"alg":"dir","enc":"A256GCM"}').rstrip(b"=")
_HEADER = _AUTHENTICATED.decode() + ".."
# base64url to base64 (RFC 4648), all of a value at once: it is opened in each new session's request
_URL_TO_PLAIN = bytes.maketrans(b"-_", b"+/")
_parse = json.JSONDecoder().raw_decode
_TIMES = struct.Struct(">II")
_SESSION = struct.Struct(">IIIBI")
_LENGTH = struct.Struct(">H")
_VERSION = b"1"
# common words of a Cognito token, so that the first tokens of a ticket compress as well as the rest
_DICTIONARY = (
    b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}{"kid":"","alg":"RS256"}"client_id":"'
    b'","token_use":"access","scope":"aws.cognito.signin.user.admin","username":"'
)


class Sealer:
    """Seals bytes for one purpose, and opens only what it sealed.

    :param secrets: the first seals; all open. Text of 32 or more random characters.
    :param purpose: a word; part of the key, and checked again inside.
    :param context: what else the key depends on: the pool's and the client's id.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        purpose: str,
        *context: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        info = b"\0".join([b"pyramid_cognito", _VERSION, *map(str.encode, (purpose, *context))])
        self._secrets = tuple(secrets)
        self._info = info
        self._purpose = purpose.encode() + b"\0"
        self._clock = clock

    def seal(self, content: bytes, *, lifetime: int) -> str:
        """Seal *content* for *lifetime* seconds from now."""
        from jose import jwe

        now = int(self._clock())
        plain = self._purpose + _TIMES.pack(now, now + lifetime) + content
        sealed: bytes = jwe.encrypt(plain, self._keys[0], encryption="A256GCM", algorithm="dir")
        return sealed.decode()

    def open(self, sealed: str) -> Opened | None:
        """What was sealed, or None for whatever is not ours, not whole, or past its time."""
        if len(sealed) > MAX_SEALED or not sealed.startswith(_HEADER) or not sealed.isascii():
            return None
        parts = sealed[len(_HEADER) :].encode().translate(_URL_TO_PLAIN).split(b".")
        try:
            iv, ciphertext, tag = [a2b_base64(part + b"==") for part in parts]
        except ValueError:
            return None
        for decrypt in self._openers:
            plain = decrypt(iv, ciphertext, tag)
            if plain is not None:
                return self._opened(plain)
        return None

    @cached_property
    def _keys(self) -> list[bytes]:
        """Made on first use, as jose and cryptography take longer to import than all the rest."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return [
            HKDF(SHA256(), 32, salt=None, info=self._info).derive(secret.encode())
            for secret in self._secrets
        ]

    @cached_property
    def _openers(self) -> list[Callable[[bytes, bytes, bytes], bytes | None]]:
        return [_opener(key) for key in self._keys]

    def _opened(self, plain: bytes) -> Opened | None:
        if not plain.startswith(self._purpose):
            return None
        start = len(self._purpose)
        issued_at, expires_at = _TIMES.unpack_from(plain, start)
        if not issued_at - LEEWAY <= self._clock() < expires_at:
            return None
        return Opened(plain[start + _TIMES.size :], issued_at, expires_at)


def _opener(key: bytes) -> Callable[[bytes, bytes, bytes], bytes | None]:
    """python-jose's AES-GCM, set up once: its ``jwe.decrypt`` does so for each value."""
    from jose import jwk
    from jose.constants import ALGORITHMS
    from jose.exceptions import JWEError

    aes = jwk.construct(key, ALGORITHMS.A256GCM)

    def decrypt(iv: bytes, ciphertext: bytes, tag: bytes) -> bytes | None:
        try:
            return aes.decrypt(ciphertext, iv=iv, aad=_AUTHENTICATED, tag=tag)
        except JWEError:
            return None

    return decrypt


class Opened(NamedTuple):
    """The content of a sealed value, with its times in seconds since 1970."""

    content: bytes
    issued_at: int
    expires_at: int

    def __repr__(self) -> str:
        return "<Opened>"


@dataclass(frozen=True)
class Tokens:
    """The three tokens of a sign-in, as Cognito issued them."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """What a ticket says without its tokens. Times are seconds since 1970.

    :ivar claims: those of the id token, verified before they were sealed.
    :ivar started_at: when the person signed in.
    :ivar auth_time: when they last proved who they are; a refresh never moves it.
    :ivar tokens_expire_at: when the id or the access token runs out, whichever is first.
    :ivar remember: whether it outlives the browser's session.
    :ivar sealed_at: when the ticket was sealed.
    :ivar expires_at: when the ticket runs out.
    """

    claims: dict[str, Any] = field(repr=False)
    started_at: int
    auth_time: int
    tokens_expire_at: int
    remember: bool
    sealed_at: int = 0
    expires_at: int = 0

    @property
    def id(self) -> str:
        """Names the sign-in: kept by every refresh of it, so that signing out can deny them all."""
        return str(self.claims.get("origin_jti") or f"{self.claims['sub']}:{self.auth_time}")


class Tickets:
    """Seals sessions with their tokens, and opens them.

    A ticket is two sealed values: who it is, which each request opens, and the tokens, which few
    need. The first holds a checksum of the second, so that a ticket which was cut or damaged
    anywhere is no ticket; the second holds a digest of the claims, so that no two can be mixed.

    :param sealers: for the session and for the tokens.
    """

    def __init__(self, session_sealer: Sealer, tokens_sealer: Sealer) -> None:
        self._sessions = session_sealer
        self._tokens = tokens_sealer

    def seal(self, session: Session, tokens: Tokens, *, lifetime: int) -> str:
        """The value of a ticket cookie, good for *lifetime* seconds."""
        claims = urlsafe_b64decode(_padded(tokens.id_token.split(".")[1]))
        second = self._tokens.seal(_digest(claims) + _deflate(tokens, claims), lifetime=lifetime)
        facts = _SESSION.pack(
            session.started_at,
            session.auth_time,
            session.tokens_expire_at,
            session.remember,
            _checksum(second),
        )
        return f"{self._sessions.seal(facts + claims, lifetime=lifetime)}~{second}"

    def open(self, ticket: str) -> Session | None:
        """The session, or None for what is not a good ticket."""
        opened = self._open_first(ticket)
        if opened is None:
            return None
        started_at, auth_time, tokens_expire_at, remember, _ = _SESSION.unpack_from(opened.content)
        return Session(
            claims=_parse(opened.content[_SESSION.size :].decode())[0],
            started_at=started_at,
            auth_time=auth_time,
            tokens_expire_at=tokens_expire_at,
            remember=bool(remember),
            sealed_at=opened.issued_at,
            expires_at=opened.expires_at,
        )

    def tokens(self, ticket: str) -> Tokens | None:
        """The tokens in a good ticket, else None."""
        opened = self._open_first(ticket)
        sealed = self._tokens.open(ticket.partition("~")[2])
        if opened is None or sealed is None:
            return None
        claims = opened.content[_SESSION.size :]
        if not sealed.content.startswith(_digest(claims)):
            return None
        return _inflate(sealed.content[len(_digest(claims)) :], claims)

    def _open_first(self, ticket: str) -> Opened | None:
        if len(ticket) > MAX_SEALED or not ticket.isascii():
            return None
        first, _, second = ticket.partition("~")
        opened = self._sessions.open(first)
        if opened is None or _SESSION.unpack_from(opened.content)[-1] != _checksum(second):
            return None
        return opened


def _digest(claims: bytes) -> bytes:
    return sha256(claims).digest()[:16]


def _checksum(sealed: str) -> int:
    return zlib.crc32(sealed.encode())


def _deflate(tokens: Tokens, claims: bytes) -> bytes:
    """The tokens' segments, decoded (base64 does not compress) and without the claims."""
    segments = [
        [_decoded(segment) for segment in token.split(".")]
        for token in (tokens.id_token, tokens.access_token, tokens.refresh_token or "")
    ]
    segments[0][1] = b""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_DICTIONARY + claims)
    parts = [compressor.compress(bytes(map(len, segments)))]
    for token_segments in segments:
        for segment in token_segments:
            is_text = isinstance(segment, str)
            data = segment.encode() if isinstance(segment, str) else segment
            parts.append(compressor.compress(_LENGTH.pack(len(data) << 1 | is_text) + data))
            # a block of its own, since signatures do not compress and headers do
            parts.append(compressor.flush(zlib.Z_BLOCK))
    return b"".join(parts) + compressor.flush()


def _inflate(deflated: bytes, claims: bytes) -> Tokens | None:
    inflater = zlib.decompressobj(-15, zdict=_DICTIONARY + claims)
    data = inflater.decompress(deflated, MAX_INFLATED)
    if not inflater.eof:
        log.warning("A ticket's tokens are longer than %d bytes: signed out", MAX_INFLATED)
        return None
    position, texts = 3, []
    for count in data[:3]:
        segments = []
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(data, position)
            position += _LENGTH.size
            segment = data[position : position + (length >> 1)]
            position += length >> 1
            segments.append(segment.decode() if length & 1 else _encoded(segment))
        texts.append(segments)
    texts[0][1] = _encoded(claims)
    id_token, access_token, refresh_token = map(".".join, texts)
    return Tokens(id_token, access_token, refresh_token or None)


def _decoded(segment: str) -> bytes | str:
    """The bytes behind base64url, or the text itself where it would not come back the same."""
    try:
        data = urlsafe_b64decode(_padded(segment))
    except ValueError:
        return segment
    return data if _encoded(data) == segment else segment


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(segment: str) -> str:
    return segment + "=" * (-len(segment) % 4)
