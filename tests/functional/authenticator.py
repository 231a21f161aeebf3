"""People with an authenticator app at the embedded user pool, and the app."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass
from typing import Any

from pyramid.router import Router

from pyramid_cognito.local import LocalPool
from tests.functional.site import PASSWORD, Browser


@dataclass
class Guarded:
    """Someone with an authenticator app."""

    username: str
    key: str

    def code(self, *, wrong: bool = False) -> str:
        """RFC 6238 with SHA-1, six digits and steps of 30 seconds."""
        counter = struct.pack(">Q", int(time.time()) // 30)
        mac = hmac.new(base64.b32decode(self.key), counter, hashlib.sha1).digest()
        start = mac[-1] & 15
        number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
        if wrong:
            # far from the codes of the steps beside it, which count too
            return "".join(str((int(digit) + 5) % 10) for digit in f"{number % 10**6:06d}")
        return f"{number % 10**6:06d}"


def create_guarded(pool: LocalPool, admin: Any, site: Router, name: str) -> Guarded:
    """Create a user, and let them turn on an app."""
    identity = {"UserPoolId": pool.user_pool_id, "Username": name}
    admin.admin_create_user(**identity, MessageAction="SUPPRESS")
    admin.admin_set_user_password(**identity, Password=PASSWORD, Permanent=True)
    browser = Browser(site)
    browser.sign_in(name)
    token = browser.tokens()["access"]
    person = Guarded(name, admin.associate_software_token(AccessToken=token)["SecretCode"])
    verified = admin.verify_software_token(AccessToken=token, UserCode=person.code())
    assert verified["Status"] == "SUCCESS"
    admin.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return person
