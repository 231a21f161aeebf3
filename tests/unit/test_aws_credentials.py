"""AWS credentials from an identity pool, whose answers a Stubber gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from pyramid_cognito.aws_credentials import AwsCredentials
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.services import REGISTRY_KEY
from tests.jwt_factory import ISSUER, id_claims, make_token
from tests.unit.dialogue import Site

POOL = "eu-west-1:0a1b2c3d-1111-4222-8333-444455556666"
IDENTITY = "eu-west-1:9f8e7d6c-1111-4222-8333-444455556666"
PROVIDER = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
TOKEN = make_token(id_claims())
HOUR = timedelta(hours=1)


def settings(**changes: Any) -> Any:
    return SimpleNamespace(
        **{
            "issuer": ISSUER,
            "endpoint_url": None,
            "connect_timeout": 1.0,
            "read_timeout": 1.0,
            "retry_attempts": 1,
            "connection_pool_size": 4,
            **changes,
        }
    )


@pytest.fixture(scope="module")
def aws() -> AwsCredentials:
    """A client takes longer to make than all of these tests."""
    return AwsCredentials(settings())


@pytest.fixture(autouse=True)
def _nothing_is_kept(aws: AwsCredentials) -> None:
    aws._kept._young.clear()
    aws._kept._old.clear()


@contextmanager
def answering(aws: AwsCredentials, pool: str = POOL) -> Iterator[Stubber]:
    """Answers *aws*'s calls in the order in which they are added; none may be left over."""
    with Stubber(aws._pools(pool)._client()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def expect_identity(stubber: Stubber, pool: str = POOL, token: str = TOKEN) -> None:
    stubber.add_response(
        "get_id",
        {"IdentityId": IDENTITY},
        {"IdentityPoolId": pool, "Logins": {PROVIDER: token}},
    )


def expect_credentials(
    stubber: Stubber, secret: str = "first", lasting: timedelta = HOUR, token: str = TOKEN
) -> None:
    stubber.add_response(
        "get_credentials_for_identity",
        {
            "IdentityId": IDENTITY,
            "Credentials": {
                "AccessKeyId": f"key of {secret}",
                "SecretKey": secret,
                "SessionToken": f"token of {secret}",
                "Expiration": datetime.now(timezone.utc) + lasting,
            },
        },
        {"IdentityId": IDENTITY, "Logins": {PROVIDER: token}},
    )


def test_an_id_token_is_exchanged_for_credentials(aws: AwsCredentials) -> None:
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber)
        given = aws.of(POOL, TOKEN).get_frozen_credentials()

    assert given[:3] == ("key of first", "first", "token of first")


def test_they_are_asked_for_once(aws: AwsCredentials) -> None:
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber)
        assert aws.of(POOL, TOKEN) is aws.of(POOL, TOKEN)


def test_new_tokens_bring_new_credentials(aws: AwsCredentials) -> None:
    refreshed = make_token(id_claims(jti="another"))
    with answering(aws) as stubber:
        for token, secret in ((TOKEN, "first"), (refreshed, "second")):
            expect_identity(stubber, token=token)
            expect_credentials(stubber, secret, token=token)
        secrets = [aws.of(POOL, token).secret_key for token in (TOKEN, refreshed)]

    assert secrets == ["first", "second"]


def test_botocore_renews_them_before_they_expire(aws: AwsCredentials) -> None:
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber, lasting=timedelta(minutes=1))
        credentials = aws.of(POOL, TOKEN)
        expect_credentials(stubber, "second")

        assert credentials.get_frozen_credentials().secret_key == "second"


def test_a_renewal_that_is_refused_says_so(aws: AwsCredentials) -> None:
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber, lasting=timedelta(minutes=1))
        credentials = aws.of(POOL, TOKEN)
        stubber.add_client_error(
            "get_credentials_for_identity", "NotAuthorizedException", "Token expired"
        )
        with pytest.raises(CognitoError) as caught:
            credentials.get_frozen_credentials()

    assert caught.value.code == "NotAuthorizedException"


def test_an_identity_pool_may_be_in_another_region(aws: AwsCredentials) -> None:
    pool = POOL.replace("eu-west-1", "us-east-2")
    with answering(aws, pool) as stubber:
        expect_identity(stubber, pool)
        expect_credentials(stubber)
        aws.of(pool, TOKEN)

        assert (
            stubber.client.meta.endpoint_url == "https://cognito-identity.us-east-2.amazonaws.com"
        )


@pytest.mark.parametrize("operation", ["get_id", "get_credentials_for_identity"])
def test_a_refusal_is_not_remembered(aws: AwsCredentials, operation: str) -> None:
    with answering(aws) as stubber:
        if operation != "get_id":
            expect_identity(stubber)
        stubber.add_client_error(operation, "NotAuthorizedException", f"not for '{TOKEN}'")
        with pytest.raises(CognitoError) as caught:
            aws.of(POOL, TOKEN)
        expect_identity(stubber)
        expect_credentials(stubber)
        aws.of(POOL, TOKEN)

    assert (caught.value.status, TOKEN in caught.value.detail) == (401, False)


def test_a_pool_with_the_newer_issuer_goes_by_its_usual_name() -> None:
    aws = AwsCredentials(settings(issuer=ISSUER.replace("//", "//issuer-")))
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber)
        aws.of(POOL, TOKEN)


@pytest.mark.parametrize("name", ["", "eu-west-1_AbCdEf123", f" {POOL}", f"{POOL}\n", "a/b:0"])
def test_only_the_id_of_an_identity_pool_is_one(aws: AwsCredentials, name: str) -> None:
    with pytest.raises(ValueError, match="no identity pool id"):
        aws.of(name, TOKEN)


def test_the_tokens_of_an_emulator_never_go_to_aws() -> None:
    with pytest.raises(CognitoError) as caught:
        AwsCredentials(settings(endpoint_url="http://127.0.0.1:4566")).of(POOL, TOKEN)

    assert caught.value.status == 501


def test_no_log_holds_a_secret(aws: AwsCredentials, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with answering(aws) as stubber:
        expect_identity(stubber)
        expect_credentials(stubber, "a-secret-access-key")
        credentials = aws.of(POOL, TOKEN)

    said = f"{caplog.text} {credentials!r} {aws!r}"
    assert [secret for secret in ("a-secret-access-key", TOKEN) if secret in said] == []


# --- of a request


def test_who_is_signed_in_has_credentials() -> None:
    site = Site()
    request = site.request(site.signed_in())
    token = request.cognito.tokens.id_token
    aws = site.config.registry[REGISTRY_KEY].aws_credentials
    with answering(aws) as stubber:
        expect_identity(stubber, token=token)
        expect_credentials(stubber, token=token)
        credentials = request.cognito.aws_credentials(POOL)

    assert credentials.secret_key == "first"


def test_nobody_else_has_any() -> None:
    request = Site().request()
    with pytest.raises(CognitoError) as caught:
        request.cognito.aws_credentials(POOL)

    assert caught.value.status == 401
