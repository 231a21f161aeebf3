"""Claims of a verified token become the identity of a request and the principals it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pyramid.authorization import Authenticated, Everyone


@dataclass(frozen=True, slots=True, repr=False)
class CognitoIdentity:
    """Who asks, a person or a machine: ``request.identity``.

    :ivar sub: the user's id, which never changes; ``request.authenticated_userid``. A machine's is
        the id of its app client.
    :ivar username: the user pool's name for the user; empty for a machine (client credentials).
    :ivar email: the e-mail address, verified or not; access tokens have none.
    :ivar groups: names of the user's groups (``cognito:groups``).
    :ivar claims: all claims. Read-only to the bottom, as requests share it: a JSON array is a
        tuple in it and a JSON object a read-only mapping. A ``MappingProxyType`` is taken as it is.
    :ivar auth_time: when the user proved who they are, in seconds since 1970; 0 if not told.
    :ivar expires_at: when the tokens run out, in seconds since 1970.
    :ivar scopes: OAuth scopes of an access token; empty for an id token.
    """

    sub: str
    username: str
    email: str | None
    groups: frozenset[str]
    claims: Mapping[str, Any] = field(hash=False)
    auth_time: int
    expires_at: int
    scopes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.claims.__class__ is not MappingProxyType:
            object.__setattr__(self, "claims", frozen(dict(self.claims)))

    @classmethod
    def from_claims(
        cls,
        claims: Mapping[str, Any],
        *,
        auth_time: int | None = None,
        expires_at: int | None = None,
    ) -> CognitoIdentity:
        """Make the identity that verified claims of an id or access token tell of.

        :param auth_time: seconds since 1970, where the session knows better than ``auth_time``
            among the claims.
        :param expires_at: the same for ``exp``.
        :raises KeyError: there is no ``sub``.
        """
        get = claims.get
        of_id_token = get("token_use") != "access" and "cognito:username" in claims
        return cls(
            sub=claims["sub"],
            username=_text(get("cognito:username" if of_id_token else "username")) or "",
            email=_text(get("email")),
            groups=_names(get("cognito:groups")),
            claims=claims,
            auth_time=_seconds(get("auth_time")) if auth_time is None else auth_time,
            expires_at=_seconds(get("exp")) if expires_at is None else expires_at,
            scopes=frozenset() if of_id_token else frozenset((_text(get("scope")) or "").split()),
        )

    @property
    def is_machine(self) -> bool:
        """Whether this is a program of its own (client credentials): nobody signed in."""
        return not self.username

    def __repr__(self) -> str:
        # claims are personal data, and a repr ends in logs and on error pages
        return f"<CognitoIdentity username={self.username!r} sub={self.sub!r}>"


def static_principals(identity: CognitoIdentity, *, editable: frozenset[str]) -> frozenset[str]:
    """The principals that follow from the claims alone.

    They are ``system.Everyone``, ``system.Authenticated``, the ``sub``, ``group:<name>``,
    ``scope:<name>`` and ``custom:<attribute>=<value>``. The last are made of strings only (a list
    or number has no one spelling that an ACL could name), and never of an attribute that people
    write themselves. A machine holds ``system.Everyone``, ``client:<id>`` and its scopes.

    :param editable: names of the attributes that users may write, ``custom:`` included.
    """
    scopes = [f"scope:{name}" for name in identity.scopes]
    if identity.is_machine:
        return frozenset([Everyone, f"client:{identity.sub}", *scopes])
    principals = [Everyone, Authenticated, identity.sub, *scopes]
    principals += [f"group:{name}" for name in identity.groups]
    principals += [
        f"{name}={value}"
        for name, value in identity.claims.items()
        # "=" in a name would let one attribute spell another one's principal
        if name.startswith("custom:")
        and "=" not in name
        and name not in editable
        and isinstance(value, str)
    ]
    return frozenset(principals)


def frozen(claims: dict[str, Any]) -> Mapping[str, Any]:
    """*claims*, which the caller gives away, as a mapping that is read-only to the bottom."""
    for name in [name for name in claims if claims[name].__class__ not in _IMMUTABLE]:
        claims[name] = read_only(claims[name])
    return MappingProxyType(claims)


def read_only(value: Any) -> Any:
    """A JSON value that nobody can change: arrays as tuples, objects as read-only mappings."""
    if isinstance(value, (dict, MappingProxyType)):
        return frozen(dict(value))
    if isinstance(value, (list, tuple)):
        return tuple(
            [member if member.__class__ in _IMMUTABLE else read_only(member) for member in value]
        )
    return value


# most claims are of these, and this runs for each ticket that is opened
_IMMUTABLE = frozenset({str, int, bool, float, type(None)})


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, (list, tuple)):
        return frozenset()
    return frozenset(name for name in value if isinstance(name, str))


def _seconds(value: Any) -> int:
    return value if type(value) is int else 0
