"""Users of the pool: those of ``development.ini``, and others as an administrator makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from pycognito.aws_srp import AWSSRP

from .application import Application

PASSWORD = "Correct-Horse-9"
ADA, GRACE, EVE = "ada", "grace", "eve"
NAMES = {ADA: "Ada Lovelace", GRACE: "Grace Hopper", EVE: "Eve Curie"}


@dataclass(frozen=True)
class Person:
    """Who can sign in, and the key in their authenticator, if they have one."""

    username: str
    password: str
    _authenticator_key: str = field(default="", repr=False)

    def code(self) -> str:
        """What the authenticator shows now (RFC 6238)."""
        key = base64.b32decode(self._authenticator_key + "=" * (-len(self._authenticator_key) % 8))
        digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
        (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
        return f"{(number & 0x7FFFFFFF) % 10**6:06}"

    def with_password(self, password: str) -> Person:
        """The same person after a change."""
        return replace(self, password=password)


class People:
    """Makes users whom no other test knows."""

    def __init__(self, application: Application) -> None:
        self._pool = application.pool
        self._administrator = application.administrator()

    def close(self) -> None:
        self._administrator.close()

    def new_name(self) -> str:
        return f"user-{uuid.uuid4().hex[:12]}"

    def with_temporary_password(self) -> Person:
        person = Person(self.new_name(), "Temporary-Horse-9")
        self._administrator.admin_create_user(
            UserPoolId=self._pool["user_pool_id"],
            Username=person.username,
            TemporaryPassword=person.password,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{person.username}@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        return person

    def with_password(self) -> Person:
        person = self.with_temporary_password()
        self._administrator.admin_set_user_password(
            UserPoolId=self._pool["user_pool_id"],
            Username=person.username,
            Password=PASSWORD,
            Permanent=True,
        )
        return Person(person.username, PASSWORD)

    def with_authenticator(self) -> Person:
        person = self.with_password()
        cognito = self._administrator
        token = {"AccessToken": self._access_token(person)}
        key = cognito.associate_software_token(**token)["SecretCode"]
        person = Person(person.username, person.password, key)
        cognito.verify_software_token(**token, UserCode=person.code())
        cognito.set_user_mfa_preference(
            **token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        return person

    def _access_token(self, person: Person) -> str:
        proof = AWSSRP(
            person.username,
            person.password,
            self._pool["user_pool_id"],
            self._pool["clients"]["public"]["client_id"],
            client=self._administrator,
        )
        answer: dict[str, Any] = proof.authenticate_user()["AuthenticationResult"]
        token: str = answer["AccessToken"]
        return token
