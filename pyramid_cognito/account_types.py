"""What Cognito tells about one's own account, as read-only objects with times in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class User:
    """Who someone is, and their attributes and second factors.

    :ivar username: the user pool's name for the person.
    :ivar attributes: user attributes by name; all values are text, "true" say.
    :ivar second_factors: those that are on, by Cognito's names: "SOFTWARE_TOKEN_MFA", "SMS_MFA",
        "EMAIL_OTP".
    :ivar preferred_second_factor: the one that Cognito asks for first.
    """

    username: str
    attributes: Mapping[str, str] = field(repr=False, hash=False)
    second_factors: tuple[str, ...] = ()
    preferred_second_factor: str | None = None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> User:
        """Of the answer to GetUser."""
        return cls(
            answer["Username"],
            MappingProxyType(_attributes(answer.get("UserAttributes", ()))),
            tuple(answer.get("UserMFASettingList", ())),
            answer.get("PreferredMfaSetting") or None,
        )


@dataclass(frozen=True)
class AuthFactors:
    """What someone can sign in with.

    :ivar auth_factors: what they can choose from (USER_AUTH): "PASSWORD", "EMAIL_OTP", "SMS_OTP",
        "WEB_AUTHN", and as a second factor alone "SOFTWARE_TOKEN".
    :ivar second_factors: as of a `User`.
    :ivar preferred_second_factor: as of a `User`.
    """

    username: str
    auth_factors: tuple[str, ...] = ()
    second_factors: tuple[str, ...] = ()
    preferred_second_factor: str | None = None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> AuthFactors:
        """Of the answer to GetUserAuthFactors."""
        return cls(
            answer["Username"],
            tuple(answer.get("ConfiguredUserAuthFactors", ())),
            tuple(answer.get("UserMFASettingList", ())),
            answer.get("PreferredMfaSetting") or None,
        )


@dataclass(frozen=True)
class CodeDelivery:
    """Where Cognito sent a code.

    :ivar attribute: the user attribute that the code verifies.
    :ivar medium: "EMAIL" or "SMS".
    :ivar destination: the address or number, mostly masked.
    """

    attribute: str
    medium: str
    destination: str

    @classmethod
    def from_answer(cls, details: Mapping[str, Any]) -> CodeDelivery:
        """Of Cognito's CodeDeliveryDetailsType."""
        names = ("AttributeName", "DeliveryMedium", "Destination")
        return cls(*(details.get(name, "") for name in names))


@dataclass(frozen=True)
class Device:
    """A device that the user pool keeps track of.

    :ivar name: what ConfirmDevice was told.
    :ivar last_ip: the address that it last signed in from.
    :ivar remembered: whether it takes the place of a second factor.
    """

    key: str
    name: str | None
    last_ip: str | None = field(repr=False)
    created: datetime | None
    last_used: datetime | None
    remembered: bool = True

    @classmethod
    def from_answer(cls, device: Mapping[str, Any]) -> Device:
        """Of Cognito's DeviceType."""
        attributes = _attributes(device.get("DeviceAttributes", ()))
        return cls(
            device["DeviceKey"],
            attributes.get("device_name"),
            attributes.get("last_ip_used"),
            _utc(device.get("DeviceCreateDate")),
            _utc(device.get("DeviceLastAuthenticatedDate")),
            attributes.get("dev:device_remembered_status") != "not_remembered",
        )


@dataclass(frozen=True)
class UserSession:
    """A session of the person, in this application or another one of the pool.

    :ivar device_type: operating system and browser, or "unknown".
    :ivar address: the client's, when the session was last active.
    :ivar place: city and country by that address.
    :ivar is_current: whether it is the session that asked.
    """

    id: str
    created: datetime | None
    last_active: datetime | None
    device_type: str | None
    address: str | None = field(repr=False)
    place: str | None = field(repr=False)
    is_current: bool

    @classmethod
    def from_answer(cls, session: Mapping[str, Any]) -> UserSession:
        """Of Cognito's SessionDescriptionType."""
        location = session.get("LastLocation") or {}
        named = [location.get("City"), location.get("Country")]
        return cls(
            session["SessionId"],
            _utc(session.get("CreateDate")),
            _utc(session.get("LastActiveDate")),
            session.get("DeviceType"),
            session.get("LastIPAddress"),
            ", ".join(name for name in named if name) or None,
            session.get("IsCurrentSession", False),
        )


@dataclass(frozen=True)
class Passkey:
    """A passkey.

    :ivar relying_party: the domain that it is for.
    :ivar attachment: "platform" where it is part of a device, "cross-platform" where not.
    :ivar transports: how it can be reached: "internal", "usb", and so on.
    """

    id: str
    name: str
    created: datetime | None
    relying_party: str | None = None
    attachment: str | None = None
    transports: tuple[str, ...] = ()

    @classmethod
    def from_answer(cls, credential: Mapping[str, Any]) -> Passkey:
        """Of Cognito's WebAuthnCredentialDescription."""
        return cls(
            credential["CredentialId"],
            credential["FriendlyCredentialName"],
            _utc(credential.get("CreatedAt")),
            credential.get("RelyingPartyId"),
            credential.get("AuthenticatorAttachment"),
            tuple(credential.get("AuthenticatorTransports", ())),
        )


def _attributes(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {pair["Name"]: pair.get("Value", "") for pair in pairs}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(timezone.utc) if moment else None
