"""What happened to people's accounts, told to an application's subscribers and to the audit trail.

Subscribe to one kind, or to `AccountEvent` for all: ``config.add_subscriber(welcome,
UserConfirmed)``. No event holds a password, a code, a token or the value of an attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from pyramid_cognito import audit

if TYPE_CHECKING:
    from pyramid.request import Request

#: takes a kind of event and its facts, as `notify` does once it has a request
Tell = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class AccountEvent:
    """Something that happened to the account of a person.

    :ivar user: the user name: of who is signed in, else as it was typed.
    :ivar sub: the person's id; None where nobody is signed in.
    :ivar address: the client's.
    :ivar time: when it happened, in UTC.
    :ivar went_wrong: whether it is something that was refused.
    """

    went_wrong: ClassVar[bool] = False

    user: str | None
    sub: str | None
    address: str | None
    time: datetime
    request: Request = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(AccountEvent):
    """Someone signed in with all that was asked of them, or proved anew who they are."""


@dataclass(frozen=True, kw_only=True)
class UserSignedOut(AccountEvent):
    """Someone signed out.

    :ivar everywhere: whether Cognito ended all sessions of the person.
    """

    everywhere: bool


@dataclass(frozen=True, kw_only=True)
class UserSignedUp(AccountEvent):
    """An account was made; it most often waits to be confirmed."""


@dataclass(frozen=True, kw_only=True)
class UserConfirmed(AccountEvent):
    """An account was confirmed, and can be signed in to."""


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(AccountEvent):
    """There is a new password.

    :ivar how: "changed" by who knew the old one, "reset" by who had a code, "first" by who was
        given a temporary one.
    """

    how: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorChanged(AccountEvent):
    """Second factors were turned on or off.

    :ivar factors: those that are on now, of those that were set, by Cognito's names.
    """

    factors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DeviceRemembered(AccountEvent):
    """A device signs in without a second factor from now on.

    :ivar device_key: Cognito's id of it.
    """

    device_key: str


@dataclass(frozen=True, kw_only=True)
class AttributesChanged(AccountEvent):
    """User attributes were written, deleted or verified.

    :ivar names: of the attributes. Cognito may keep an e-mail address or telephone number as it
        was until the new one is verified.
    """

    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(AccountEvent):
    """An account was deleted by its owner."""


@dataclass(frozen=True, kw_only=True)
class SignInFailed(AccountEvent):
    """A password, or the name with it, was refused, or could not be checked.

    :ivar code: Cognito's, as a `CognitoError` has it.
    """

    went_wrong: ClassVar[bool] = True

    code: str


@dataclass(frozen=True, kw_only=True)
class ChallengeFailed(AccountEvent):
    """The answer to a challenge, a code or the present password was refused, or not checked.

    :ivar challenge: Cognito's name of the challenge, or of the operation that asked for it.
    :ivar code: Cognito's, as a `CognitoError` has it.
    """

    went_wrong: ClassVar[bool] = True

    challenge: str
    code: str


@dataclass(frozen=True, kw_only=True)
class AccessDenied(AccountEvent):
    """A view was denied to someone who is signed in, or while it cannot be told who it is.

    :ivar reasons: in plain English.
    :ivar remedy: what would help, as a `CognitoDenied` has it.
    """

    went_wrong: ClassVar[bool] = True

    reasons: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Throttled(AccountEvent):
    """Something was tried too often at one account or from one address.

    :ivar action: what the throttle counts: "sign_in", "code", "message" or an operation.
    """

    went_wrong: ClassVar[bool] = True

    action: str


def notify(request: Request, kind: type[AccountEvent], **facts: Any) -> None:
    """Write an event to the audit trail, then tell it to the application's subscribers.

    :param facts: what *kind* has besides the address and the time. ``user`` and ``sub`` are those
        of who is signed in, unless ``user`` is given.
    """
    from pyramid_cognito import security, services  # these tell of events themselves

    if "user" not in facts:
        identity = security.state_of(request).identity
        facts["user"] = identity.username if identity else None
        facts.setdefault("sub", identity.sub if identity else None)
    event = kind(
        **{"sub": None, **facts},
        address=request.remote_addr,
        time=datetime.fromtimestamp(request.registry[services.REGISTRY_KEY].clock(), timezone.utc),
        request=request,
    )
    audit.write(event)
    request.registry.notify(event)


def silent(_kind: type[AccountEvent], **_facts: Any) -> None:
    """Tell nobody; in the place of `notify` where there is no request."""
