"""Which of the user pool's tokens are a credential in an ``Authorization`` header (RFC 6750)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyramid_cognito.tokens import (
    DerivedToken,
    InvalidAudience,
    InvalidClient,
    InvalidSubject,
    InvalidToken,
    InvalidTokenUse,
    MachineToken,
    TokenVerifier,
    check_person,
)

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings


class InsufficientScope(InvalidToken, check="scope"):
    """A good token, but not of all scopes (``expected``) that those of its client must carry."""

    expected: tuple[str, ...]


class BearerTokens:
    """Verifies bearer tokens as the ``cognito.bearer.*`` settings want them."""

    def __init__(self, settings: CognitoSettings, verifier: TokenVerifier) -> None:
        self._verifier = verifier
        self._our_client = settings.client_id
        # what a line says of our own client holds too
        self._clients = {settings.client_id: frozenset(), **dict(settings.bearer_client_ids)}
        self._machines = dict(settings.bearer_machine_clients)
        self._uses = ("access", "id") if settings.bearer_id_tokens else ("access",)
        self._takes_act = settings.bearer_act

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of an access token, or of an id token where settings take those.

        Without ``username`` among them an access token is a machine's: its ``sub`` is the client.
        Raises the subclass of :class:`InvalidToken` of the first failed check, or
        :class:`~pyramid_cognito.tokens.KeysUnavailable`.
        """
        claims = self._verifier.read(token)
        use = claims.get("token_use")
        if use not in self._uses:
            raise InvalidTokenUse(use, " or ".join(self._uses))
        self._check_act(claims)
        if use == "id":
            check_person(claims, "id")
            required, carried = self._scopes_of(claims.get("aud"), InvalidAudience), []
        else:
            required, carried = self._check_client(claims), claims.get("scope", "").split()
        if not required.issubset(carried):
            raise InsufficientScope(carried, tuple(sorted(required)))
        return claims

    def _check_act(self, claims: Mapping[str, Any]) -> None:
        if "act" not in claims:
            return
        if not self._takes_act:
            raise DerivedToken(claims["act"], "no such claim")
        if not isinstance(claims["act"], dict):
            raise DerivedToken(claims["act"], "an object")

    def _check_client(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return the scopes that an access token of this client must carry."""
        if "aud" in claims and claims["aud"] != self._our_client:
            raise InvalidAudience(claims["aud"], self._our_client)
        client = claims.get("client_id")
        if "username" in claims:
            check_person(claims, "access")
            return self._scopes_of(client, InvalidClient)
        if not isinstance(client, str) or client not in self._machines:
            raise MachineToken(client, "a client of cognito.bearer.machine_clients")
        if claims["sub"] != client:
            raise InvalidSubject(claims["sub"], client)
        return self._machines[client]

    def _scopes_of(
        self, client: object, error: type[InvalidAudience | InvalidClient]
    ) -> frozenset[str]:
        if not isinstance(client, str) or client not in self._clients:
            raise error(client, " or ".join(self._clients))
        return self._clients[client]
