from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local import (
    CONFIRMATION_CODE,
    RESET_CODE,
    LocalOptions,
    LocalPool,
    code_for,
    files,
    parse_users,
    start,
)
from pyramid_cognito.local.pool import Lease, admin_client, as_json, as_text


@pytest.fixture
def pool(tmp_path: Path) -> LocalPool:
    return LocalPool(
        endpoint_url="http://127.0.0.1:4566",
        region="eu-west-1",
        user_pool_id="eu-west-1_AbCdEf123",
        client_id="server-client",
        client_secret="hush",
        public_client_id="browser-client",
        access_key_id="AKIA-OURS",
        secret_access_key="quiet",
        users=parse_users(
            """
            ada Correct-Horse-9 group:Admin custom:domain=example.com
            eve Battery-Staple-10
            """
        ),
        _lease=Lease(os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)),
    )


def test_the_issuer_is_cognitos_but_the_keys_are_at_the_emulator(pool: LocalPool) -> None:
    assert pool.issuer == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
    assert pool.jwks_url == "http://127.0.0.1:4566/eu-west-1_AbCdEf123/.well-known/jwks.json"


def test_no_secret_is_in_the_repr(pool: LocalPool) -> None:
    for secret in ("hush", "quiet", "AKIA-OURS", "Correct-Horse-9"):
        assert secret not in repr(pool)


def test_the_json_has_what_another_client_needs(pool: LocalPool) -> None:
    assert json.loads(as_json(pool)) == {
        "endpoint": "http://127.0.0.1:4566",
        "region": "eu-west-1",
        "user_pool_id": "eu-west-1_AbCdEf123",
        "issuer": pool.issuer,
        "jwks_url": pool.jwks_url,
        "clients": {
            "with_secret": {"client_id": "server-client", "client_secret": "hush"},
            "public": {"client_id": "browser-client"},
        },
        "users": [
            {
                "username": "ada",
                "password": "Correct-Horse-9",
                "groups": ["Admin"],
                "attributes": {"custom:domain": "example.com"},
            },
            {
                "username": "eve",
                "password": "Battery-Staple-10",
                "groups": [],
                "attributes": {},
            },
        ],
    }


def test_the_text_says_where_the_pool_is_and_who_can_sign_in(pool: LocalPool) -> None:
    text = as_text(pool, "http://localhost:6543", Path("local.json"))
    for fact in (
        "http://localhost:6543",
        "http://127.0.0.1:4566",
        "eu-west-1_AbCdEf123",
        "server-client",
        "browser-client",
        "ada  Correct-Horse-9    Admin  custom:domain=example.com\n",
        "eve  Battery-Staple-10  -\n",
    ):
        assert fact in text
    assert "hush" not in text


def test_the_text_leaves_out_what_there_is_not(pool: LocalPool) -> None:
    empty = LocalPool(**{**vars(pool), "users": ()})
    text = as_text(empty, None, Path("local.json"))
    assert "application" not in text
    assert "sign in" not in text


def test_closing_twice_is_closing_once(pool: LocalPool) -> None:
    pool.close()
    pool.close()


def test_administrators_calls_take_nothing_from_the_developers_aws_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "config"
    broken.write_text("this is no ini file [")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://production.example.com")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com")
    client = admin_client("http://127.0.0.1:4566", "eu-west-1", "AKIA-OURS", "quiet")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.config.proxies == {}
    client.close()


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("SignUp", CONFIRMATION_CODE),
        ("ResendConfirmationCode", CONFIRMATION_CODE),
        ("ForgotPassword", RESET_CODE),
        ("InitiateAuth", None),
    ],
)
def test_the_code_that_an_operation_would_have_sent(operation: str, code: str | None) -> None:
    assert code_for(operation) == code


def test_windows_gets_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ConfigurationError, match="needs Linux or macOS"):
        start(LocalOptions(directory=tmp_path / "pool"))


def test_a_file_that_another_program_spoilt_counts_as_none(tmp_path: Path) -> None:
    spoilt = tmp_path / "emulator.json"
    assert files.read_json(spoilt) == {}
    for text in ("", "[]", "{"):
        spoilt.write_text(text)
        assert files.read_json(spoilt) == {}


def test_a_private_file_is_replaced_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    path.write_text("open to all")
    files.write_private(path, "secret")
    assert path.read_text() == "secret"
    assert path.stat().st_mode & 0o777 == 0o600
