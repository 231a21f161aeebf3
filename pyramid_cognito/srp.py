"""The client's half of SRP-6a as Amazon Cognito speaks it, for users and for remembered devices.

The password never leaves this process: what is sent is a proof of knowing it, made from numbers
alone. A device is a user whose pool is the device group key and whose user id is the device key.

Group: RFC 3526 section 4 (3072 bits), generator 2; H is SHA-256. Everything Cognito sends in
hexadecimal is a number first, then bytes: as text, leading zeros and odd lengths hash wrongly.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import cache
from hashlib import sha256

# A name of its own, so that lock and sleep stay a pair where gevent replaces both.
from time import sleep
from typing import Any, NamedTuple

_N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22"
    "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6"
    "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D"
    "C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E8603"
    "9B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB31"
    "43DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
_G = 2
_PRIVATE_KEY_BITS = 256  # RFC 5054 section 2.5.4 asks for at least these
_DEVICE_SALT_BYTES = 16
_DERIVED_KEY_INFO = b"Caldera Derived Key"
_DERIVED_KEY_BYTES = 16

# Written out: strftime follows the locale.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class SrpError(ValueError):
    """A value from the server that the arithmetic refuses; the text names it, never shows it."""


class SrpClient:
    """One sign-in: a fresh key pair, and the proof of the password once the server has answered.

    :param pool_name: the part of the user pool's id after ``_``; for a device, its group key.
    :param private_key: the secret exponent *a*, ``1 <= a < N``; 256 random bits unless given.
    """

    __slots__ = ("_pool_name", "_private_key", "_public_key")

    def __init__(self, pool_name: str, private_key: int | None = None) -> None:
        if private_key is None:
            private_key = 1 + secrets.randbelow((1 << _PRIVATE_KEY_BITS) - 1)
        if not 0 < private_key < _N:
            raise ValueError("the private key is not between 1 and N - 1")
        self._pool_name = pool_name
        self._private_key = private_key
        # Never 0 mod N, as RFC 5054 demands: a power of 2 is no multiple of an odd prime.
        self._public_key = _power_of_two(private_key)

    @property
    def public_key(self) -> str:
        """A = g^a mod N in hexadecimal: SRP_A of InitiateAuth and RespondToAuthChallenge."""
        return f"{self._public_key:x}"

    def password_claim(
        self,
        user_id: str,
        password: str,
        *,
        salt: str,
        srp_b: str,
        secret_block: str,
        timestamp: str,
    ) -> str:
        """Return PASSWORD_CLAIM_SIGNATURE, in base64, for (DEVICE_)PASSWORD_VERIFIER.

        :param user_id: USER_ID_FOR_SRP of the challenge; for a device, the device key.
        :param salt: SALT, hexadecimal.
        :param srp_b: SRP_B, hexadecimal.
        :param secret_block: SECRET_BLOCK, base64.
        :param timestamp: TIMESTAMP exactly as it will be sent, from :func:`timestamp`.
        :raises SrpError: for a salt, SRP_B or secret block that no honest server sends.
        """
        public_key = _server_public_key(srp_b)
        x = _password_exponent(self._pool_name, user_id, password, _number("SALT", salt))
        block = _decoded("SECRET_BLOCK", secret_block)
        key = self._session_key(public_key, x)
        message = _utf8(self._pool_name + user_id) + block + _utf8(timestamp)
        return _base64(hmac.digest(key, message, "sha256"))

    def _session_key(self, server_public_key: int, x: int) -> bytes:
        u = _hash_number(_pad(self._public_key) + _pad(server_public_key))
        if u == 0:
            raise SrpError("SRP_B makes the scrambling parameter zero")
        base = (server_public_key - _K * _power_of_two(x)) % _N
        premaster_secret = _arithmetic().power(base, self._private_key + u * x)
        return _derived_key(_pad(premaster_secret), salt=_pad(u))


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return SECRET_HASH, in base64, for an app client that has a secret.

    :param username: what is sent as USERNAME, which after the first call is the USERNAME of
        ``ChallengeParameters`` and not what the person typed.
    """
    return _base64(hmac.digest(_utf8(client_secret), _utf8(username + client_id), "sha256"))


class DeviceVerifier(NamedTuple):
    """DeviceSecretVerifierConfig of ConfirmDevice, both in base64."""

    verifier: str
    salt: str


def device_verifier(
    device_group_key: str, device_key: str, password: str, salt: str | None = None
) -> DeviceVerifier:
    """Return what Cognito keeps to recognise a device by the password made up for it.

    :param salt: hexadecimal; 128 random bits unless given.
    :raises SrpError: for a salt that is not hexadecimal.
    """
    number = _number("salt", secrets.token_hex(_DEVICE_SALT_BYTES) if salt is None else salt)
    x = _password_exponent(device_group_key, device_key, password, number)
    return DeviceVerifier(
        verifier=_base64(_pad(_power_of_two(x))),
        salt=_base64(_pad(number)),
    )


def timestamp(now: datetime | float) -> str:
    """Return TIMESTAMP, such as ``Fri Jun 5 07:00:00 UTC 2026``: English, the day without zero.

    :param now: an aware datetime, or seconds since the epoch.
    :raises ValueError: for a datetime without a time zone.
    """
    moment = now if isinstance(now, datetime) else datetime.fromtimestamp(now, timezone.utc)
    if moment.utcoffset() is None:
        raise ValueError("the time has no time zone")
    utc = moment.astimezone(timezone.utc)
    weekday, month = _WEEKDAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{weekday} {month} {utc.day} {utc:%H:%M:%S} UTC {utc.year}"


def _server_public_key(srp_b: str) -> int:
    number = _number("SRP_B", srp_b)
    if number.bit_length() > _N.bit_length():
        raise SrpError("SRP_B is longer than the group's modulus")
    if number % _N == 0:
        raise SrpError("SRP_B is zero modulo N")
    return number


# int() takes a sign, blanks, underscores, 0x and the digits of every script; this takes none.
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,1024}")


def _number(name: str, text: str) -> int:
    if not isinstance(text, str) or not _HEXADECIMAL.fullmatch(text):
        raise SrpError(f"{name} is not a hexadecimal number of at most 1024 digits")
    return int(text, 16)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise SrpError(f"{name} is not base64") from None


def _password_exponent(pool_name: str, user_id: str, password: str, salt: int) -> int:
    identity = sha256(_utf8(f"{pool_name}{user_id}:{password}")).digest()
    return _hash_number(_pad(salt) + identity)


def _hash_number(data: bytes) -> int:
    return int.from_bytes(sha256(data).digest(), "big")


def _pad(number: int) -> bytes:
    """Minimal big-endian two's complement: a zero byte first only where the top bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _utf8(text: str) -> bytes:
    # A lone surrogate is just a wrong password: the usual error would carry the password along.
    return text.encode("utf-8", "surrogatepass")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _derived_key(secret: bytes, *, salt: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) of one block."""
    pseudorandom_key = hmac.digest(salt, secret, "sha256")
    block = hmac.digest(pseudorandom_key, _DERIVED_KEY_INFO + b"\x01", "sha256")
    return block[:_DERIVED_KEY_BYTES]


_K = _hash_number(_pad(_N) + _pad(_G))


# Exponentiation. None of it takes constant time; every secret exponent but x serves one sign-in.


def _power_of_two(exponent: int) -> int:
    if exponent.bit_length() > _Comb.BITS:
        return _arithmetic().power(_G, exponent)
    return _arithmetic().power_of_two(exponent)


class _Arithmetic(NamedTuple):
    """Exponentiation modulo N in one kind of integer."""

    power: Callable[[int, int], int]
    power_of_two: Callable[[int], int]


@cache
def _arithmetic() -> _Arithmetic:
    try:
        import gmpy2
    except ImportError:
        return _Arithmetic(_interpreted_power, _Comb(int).power)

    def beside_other_threads(compute: Callable[..., Any]) -> Callable[..., int]:
        def call(*numbers: int) -> int:
            # A context belongs to one thread, so each call brings its own.
            with gmpy2.context(allow_release_gil=True):
                return int(compute(*numbers))

        return call

    return _Arithmetic(
        power=beside_other_threads(lambda base, exponent: gmpy2.powmod(base, exponent, _N)),
        power_of_two=beside_other_threads(_Comb(gmpy2.mpz).power),
    )


# Runs of zeros, and odd windows of up to five bits.
_WINDOWS = re.compile("0+|1(?:[01]{0,3}1)?")
_WINDOWS_PER_TURN = 16
_ONE_AT_A_TIME = threading.Lock()


def _interpreted_power(base: int, exponent: int) -> int:
    """``pow(base, exponent, N)`` by sliding windows, a little faster and far more considerate.

    The built-in holds the interpreter for its whole 10 ms or so, and a few threads at it starve
    every request. Here one thread computes, and lets the others in about once per millisecond.
    """
    with _ONE_AT_A_TIME:
        square = _reduced(base * base)
        odd_powers = [base]
        for _ in range(15):
            odd_powers.append(_reduced(odd_powers[-1] * square))
        result = 1
        for turn, window in enumerate(_WINDOWS.findall(f"{exponent:b}")):
            for _ in window:
                result = _reduced(result * result)
            if window[0] == "1":
                result = _reduced(result * odd_powers[int(window, 2) >> 1])
            if turn % _WINDOWS_PER_TURN == 0:
                sleep(0)
    return result


# For each: bits from here on weigh this much modulo N, and these bits stay.
_FOLDS = tuple((shift, pow(2, shift, _N), (1 << shift) - 1) for shift in (4620, 3840))


def _reduced(product: int) -> int:
    """``product % N`` for two factors below N: folding leaves the slow long division little."""
    for shift, weight, mask in _FOLDS:
        product = (product >> shift) * weight + (product & mask)
    return product % _N


class _Comb:
    """Powers of 2 modulo N from a table: 16 squarings in place of 256 (Lim and Lee, CRYPTO '94).

    The exponent's bits are two blocks of eight rows and sixteen columns; a column of a block
    picks one product of that block's rows from the table.
    """

    BITS = 256
    _COLUMNS = 16
    _BLOCK = BITS // 2

    def __init__(self, number: Callable[[int], Any]) -> None:
        self._modulus = number(_N)
        rows = [number(_G)]
        while len(rows) < self.BITS // self._COLUMNS:
            rows.append(pow(rows[-1], 1 << self._COLUMNS, self._modulus))
        half = len(rows) // 2
        self._low = self._products(rows[:half])
        self._high = self._products(rows[half:])

    def _products(self, rows: Sequence[Any]) -> list[Any]:
        products = [rows[0] ** 0]
        for row in rows:
            products += [product * row % self._modulus for product in products]
        return products

    def power(self, exponent: int) -> Any:
        bits = f"{exponent:0{self.BITS}b}"
        result = self._low[0]
        for column in range(self._COLUMNS):
            result = result * result % self._modulus
            high = int(bits[column : self._BLOCK : self._COLUMNS], 2)
            result = result * self._high[high] % self._modulus
            low = int(bits[self._BLOCK + column :: self._COLUMNS], 2)
            result = result * self._low[low] % self._modulus
        return result
