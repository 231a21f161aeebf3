from __future__ import annotations

import pytest
from botocore.stub import Stubber

from pyramid_cognito.account import Account
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.pool import UserPool
from pyramid_cognito.srp import secret_hash
from pyramid_cognito.throttle import Throttle
from tests.application import make_settings
from tests.jwt_factory import CLIENT_ID
from tests.stubbed import stubbed

SECRET = "a-client-secret-of-the-pool"


def make_account(pool_secret: str | None = None, **changes: str) -> tuple[Account, UserPool]:
    settings = make_settings(client_secret=pool_secret, **changes)
    pool = UserPool(settings)
    return Account(settings, pool, Throttle(settings), "192.0.2.1"), pool


def test_sign_up_sends_editable_attributes_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    account, pool = make_account()
    expected = {
        "ClientId": CLIENT_ID,
        "Username": "ada",
        "Password": "pa55",
        "UserAttributes": [{"Name": "email", "Value": "ada@example.com"}],
    }
    answer = {"UserConfirmed": False, "UserSub": "6f1f"}
    with stubbed(pool) as stub:
        stub.add_response("sign_up", answer, expected)
        attributes = {"email": "ada@example.com", "custom:role": "forged-role"}
        assert account.sign_up("ada", "pa55", attributes) is False
    assert "Sign-up with attribute 'custom:role', which is not editable" in caplog.text
    assert "forged-role" not in caplog.text


def test_sign_up_tells_whether_the_account_needs_no_confirmation() -> None:
    account, pool = make_account()
    with stubbed(pool) as stub:
        stub.add_response("sign_up", {"UserConfirmed": True, "UserSub": "6f1f"})
        assert account.sign_up("ada", "pa55", {}) is True


def test_a_client_with_a_secret_proves_it_over_the_name_that_was_typed() -> None:
    account, pool = make_account(SECRET)
    with stubbed(pool) as stub:
        stub.add_response(
            "forgot_password",
            {},
            {
                "ClientId": CLIENT_ID,
                "Username": "ada@example.com",
                "SecretHash": secret_hash("ada@example.com", CLIENT_ID, SECRET),
            },
        )
        account.forgot_password("ada@example.com")


def test_each_step_is_its_operation() -> None:
    account, pool = make_account()
    base = {"ClientId": CLIENT_ID, "Username": "ada"}
    with stubbed(pool) as stub:
        stub.add_response(
            "confirm_sign_up",
            {},
            {**base, "ConfirmationCode": "123456", "ForceAliasCreation": False},
        )
        stub.add_response("resend_confirmation_code", {}, base)
        stub.add_response(
            "confirm_forgot_password", {}, {**base, "ConfirmationCode": "654321", "Password": "new"}
        )
        account.confirm_sign_up("ada", "123456")
        account.resend_confirmation_code("ada")
        account.confirm_forgot_password("ada", "654321", "new")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("sign_up", ("ada", "pa55", {})),
        ("confirm_sign_up", ("ada", "123456")),
        ("resend_confirmation_code", ("ada",)),
        ("forgot_password", ("ada",)),
        ("confirm_forgot_password", ("ada", "654321", "new")),
    ],
)
def test_each_step_is_throttled(operation: str, arguments: tuple[object, ...]) -> None:
    account, pool = make_account(**{"throttle.account": "1 per 1 hour"})
    with Stubber(pool._client()) as stub:
        stub.add_client_error(operation, "NotAuthorizedException")
        codes = []
        for _ in range(2):
            with pytest.raises(CognitoError) as caught:
                getattr(account, operation)(*arguments)
            codes.append(caught.value.code)
    assert codes == ["NotAuthorizedException", "TooManyAttempts"]
