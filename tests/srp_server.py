"""The server's half of SRP-6a, written straight from the definitions: what a test signs in against.

It shares no code and no constant with the client's half, down to the prime and the padding.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def rfc_3526_prime_3072() -> int:
    """2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314), RFC 3526 section 4."""
    return 2**3072 - 2**3008 - 1 + 2**64 * (_pi(2942) + 1690314)


def pad(number: int) -> bytes:
    """Minimal big-endian two's complement, by way of the hexadecimal digits."""
    digits = f"{number:x}"
    if len(digits) % 2:
        digits = "0" + digits
    elif digits[0] in "89abcdef":
        digits = "00" + digits
    return bytes.fromhex(digits)


def password_verifier(pool_name: str, user_id: str, password: str, salt: int) -> int:
    """v = g^x: what the server keeps in place of the password."""
    identity = hashlib.sha256(pool_name.encode() + user_id.encode() + b":" + password.encode())
    return pow(G, _hash(pad(salt), identity.digest()), N)


@dataclass
class SrpServer:
    """A server that knows one user, or one device (pool: the group key; user: the device key)."""

    pool_name: str
    user_id: str
    salt: int
    verifier: int
    private_key: int = field(default_factory=lambda: secrets.randbits(256))
    secret_block: bytes = field(default_factory=lambda: secrets.token_bytes(48))

    @classmethod
    def for_password(
        cls, pool_name: str, user_id: str, password: str, *, salt: int | None = None
    ) -> SrpServer:
        number = secrets.randbits(128) if salt is None else salt
        verifier = password_verifier(pool_name, user_id, password, number)
        return cls(pool_name, user_id, number, verifier)

    @cached_property
    def public_key(self) -> int:
        return (K * self.verifier + pow(G, self.private_key, N)) % N

    def challenge(self) -> dict[str, str]:
        """ChallengeParameters of PASSWORD_VERIFIER, numbers as short as they are."""
        return {
            "USERNAME": self.user_id,
            "USER_ID_FOR_SRP": self.user_id,
            "SALT": f"{self.salt:x}",
            "SRP_B": f"{self.public_key:x}",
            "SECRET_BLOCK": base64.b64encode(self.secret_block).decode(),
        }

    def accepts(self, srp_a: str, claim: str, timestamp: str) -> bool:
        client_key = int(srp_a, 16)
        u = _hash(pad(client_key), pad(self.public_key))
        premaster_secret = pow(client_key * pow(self.verifier, u, N), self.private_key, N)
        kdf = HKDF(SHA256(), length=16, salt=pad(u), info=b"Caldera Derived Key")
        key = kdf.derive(pad(premaster_secret))
        names = self.pool_name.encode() + self.user_id.encode()
        message = names + self.secret_block + timestamp.encode()
        expected = hmac.new(key, message, hashlib.sha256).digest()
        return hmac.compare_digest(expected, base64.b64decode(claim))


def _pi(bits: int) -> int:
    """The whole part of 2^bits * pi, by Machin's formula."""
    guard = 64
    one = 1 << (bits + guard)
    return 4 * (4 * _arctan_of_inverse(5, one) - _arctan_of_inverse(239, one)) >> guard


def _arctan_of_inverse(n: int, one: int) -> int:
    total, power, divisor = 0, one // n, 1
    while power:
        total += power // divisor if divisor % 4 == 1 else -(power // divisor)
        power //= n * n
        divisor += 2
    return total


def _hash(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


N = rfc_3526_prime_3072()
G = 2
K = _hash(pad(N), pad(G))
