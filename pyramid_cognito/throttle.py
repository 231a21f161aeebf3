"""Guessing is slowed down by account and by address, because Cognito sees only the server's."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import threading
import time
import unicodedata
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

from pyramid_cognito.errors import CognitoError, cognito_error

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

#: codes that may be tried at one account, right ones among them: where such a code opens the
#: account, guessing could otherwise go on for as long as it takes
CODES_A_DAY = "50 per 1 day"
_OPENS_THE_ACCOUNT = frozenset(
    {"code", "ConfirmForgotPassword", "ConfirmSignUp", "VerifyUserAttribute"}
)

#: seconds within which a Redis has to answer; without a bound each request would wait on it
REDIS_TIMEOUT = 2

#: the action of sending a code, which has a limit of its own for an account
MESSAGE = "message"
#: the action of telling the present password once more, wherever that is asked
PRESENT_PASSWORD = "present_password"  # noqa: S105 - the name of an action


class Throttle:
    """Counts attempts with the ``limits`` library, in memory or where the settings say."""

    def __init__(self, settings: CognitoSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._limiter: Any = None
        self._limits: dict[str, Any] = {}

    def attempt(
        self, action: str, account: str, address: str | None, also: Iterable[str] = ()
    ) -> None:
        """Count one attempt.

        :param action: "sign_in", "code", "message", and so on: each is counted apart.
        :param account: what was typed as the account's name.
        :param address: the client's.
        :param also: other accounts that this one attempt counts at.
        :raises CognitoError: "TooManyAttempts" with ``retry_after``, or "ServiceUnavailable" when
            the storage is away: nobody guesses uncounted.
        """
        # the address first, so that attempts on an account already closed count against it
        limits = ["messages" if action == MESSAGE else "account"]
        if action in _OPENS_THE_ACCOUNT:
            limits.append("day")
        accounts = dict.fromkeys(map(_digest, (account, *also)))
        scopes = [("address", _network(address)), *product(limits, accounts)]
        for scope, key in scopes:
            try:
                wait = self._hit(scope, action, key)
            except Exception as error:  # noqa: BLE001 - each storage has errors of its own
                raise _storage_is_away(error) from None
            if wait:
                log.warning("Too many attempts at %s (%s)", action, scope)
                raise cognito_error("TooManyAttempts", retry_after=wait)

    def forgive(self, action: str, account: str) -> None:
        """Forget the attempts on an account, since the last one was right. Never raises."""
        try:
            limiter = self._ready()
            limiter.clear(self._limits["account"], action, "account", _digest(account))
        except Exception as error:  # noqa: BLE001
            _storage_is_away(error)

    def _hit(self, scope: str, action: str, key: str) -> int:
        """Seconds to wait; 0 when the attempt is allowed."""
        limiter = self._ready()
        limit = self._limits[scope]
        if limiter.hit(limit, action, scope, key):
            return 0
        reset: float = limiter.get_window_stats(limit, action, scope, key).reset_time
        return max(1, round(reset - time.time()))

    def _ready(self) -> Any:
        """The limiter, made on first use: ``limits`` is not for pages that nobody guesses at."""
        with self._lock:
            if self._limiter is None:
                from limits import parse
                from limits.storage import storage_from_string
                from limits.strategies import FixedWindowRateLimiter

                self._limits = {
                    "account": parse(self._settings.throttle_account),
                    "address": parse(self._settings.throttle_address),
                    "messages": parse(self._settings.throttle_messages),
                    "day": parse(CODES_A_DAY),
                }
                uri = self._settings.throttle_storage
                storage = storage_from_string(uri, **_storage_options(uri))
                self._limiter = FixedWindowRateLimiter(storage)
            return self._limiter


def _storage_is_away(error: Exception) -> CognitoError:
    log.error("The throttle's storage is away: %s", type(error).__name__)
    return cognito_error("ServiceUnavailable", "the throttle's storage is away")


def _storage_options(uri: str) -> dict[str, int]:
    """What the URI itself says counts before it."""
    if not uri.startswith("redis"):
        return {}
    return {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT}


def _digest(account: str) -> str:
    """One key for each account however it is typed, which names nobody in a shared storage."""
    # NFKC of Unicode Standard Annex #15: letters that only look different. Folding case can undo
    # it, and be undone by it.
    folded = unicodedata.normalize("NFKC", account).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold().strip()
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str | None) -> str:
    """The address, or of IPv6 its /64, which one customer has whole."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))
