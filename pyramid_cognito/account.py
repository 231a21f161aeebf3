"""What a person does with their own account; needs no AWS credentials and no request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyramid_cognito.pool import UserPool
    from pyramid_cognito.settings import CognitoSettings
    from pyramid_cognito.throttle import Throttle

log = logging.getLogger(__name__)


class Account:
    """Registration and forgotten passwords, each named after its Cognito operation.

    Every method raises CognitoError where Cognito refuses or is away, and where one account or
    address tries too often.

    :param address: the client's, for the throttle.
    """

    def __init__(
        self, settings: CognitoSettings, pool: UserPool, throttle: Throttle, address: str | None
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._throttle = throttle
        self._address = address

    def sign_up(self, username: str, password: str, attributes: Mapping[str, str]) -> bool:
        """SignUp. Whether the account needs no confirmation.

        Attributes that are not in ``cognito.editable_attributes`` are left out, and logged: no
        form of ours asks for them.
        """
        editable = self._settings.editable_attributes
        for name in attributes.keys() - editable:
            log.warning("Sign-up with attribute %r, which is not editable: left out", name)
        kept = [
            {"Name": name, "Value": value} for name, value in attributes.items() if name in editable
        ]
        answer = self._call("SignUp", username, Password=password, UserAttributes=kept)
        return bool(answer.get("UserConfirmed"))

    def confirm_sign_up(self, username: str, code: str) -> None:
        """ConfirmSignUp with the code that was sent. An alias in use elsewhere is never taken."""
        self._call("ConfirmSignUp", username, ConfirmationCode=code, ForceAliasCreation=False)

    def resend_confirmation_code(self, username: str) -> None:
        """ResendConfirmationCode."""
        self._call("ResendConfirmationCode", username)

    def forgot_password(self, username: str) -> None:
        """ForgotPassword: sends a code by the pool's medium."""
        self._call("ForgotPassword", username)

    def confirm_forgot_password(self, username: str, code: str, password: str) -> None:
        """ConfirmForgotPassword: a new password for whoever has the code."""
        self._call("ConfirmForgotPassword", username, ConfirmationCode=code, Password=password)

    def _call(self, operation: str, username: str, **parameters: Any) -> dict[str, Any]:
        self._throttle.attempt(operation, username, self._address)
        secret_hash = self._pool.secret_hash(username)
        if secret_hash:
            parameters["SecretHash"] = secret_hash
        return self._pool.call(operation, Username=username, **parameters)
