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
    assert "  application " not in text
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


@pytest.mark.parametrize("name", ["local.json.new", "local.json"])
def test_no_file_that_was_there_opens_a_private_one_to_others(tmp_path: Path, name: str) -> None:
    there = tmp_path / name
    there.write_text("open to all")
    there.chmod(0o666)
    files.write_private(tmp_path / "local.json", "secret")
    assert (tmp_path / "local.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["local.json"]


@pytest.mark.parametrize("name", ["local.json.new", "local.json"])
def test_a_private_file_is_not_written_through_a_link(tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    directory = tmp_path / "pool"
    files.prepare(directory)
    for link_target in (target, tmp_path / "nowhere"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(link_target)
        files.write_private(directory / "local.json", "secret")
        assert (directory / "local.json").read_text() == "secret"
        assert not (directory / "local.json").is_symlink()
    assert target.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_who_puts_a_file_there_in_the_last_moment_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    unlink = Path.unlink

    def unlink_and_plant(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        path.symlink_to(target)

    monkeypatch.setattr(Path, "unlink", unlink_and_plant)
    with pytest.raises(FileExistsError):
        files.write_private(tmp_path / "local.json", "secret")
    assert target.read_text() == "precious"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_directory_is_for_its_owner_alone_and_not_for_git(tmp_path: Path, umask: int) -> None:
    previous = os.umask(umask)
    try:
        files.prepare(tmp_path / "deep" / "pool")
    finally:
        os.umask(previous)
    assert (tmp_path / "deep" / "pool").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "pool" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o757, 0o722, 0o702])
def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "pool"
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"others may write .*: chmod go-w {directory}$"):
        start(LocalOptions(directory=directory))
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750])
def test_a_directory_that_only_we_may_write_to_is_taken(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "pool"
    directory.mkdir()
    directory.chmod(mode)
    files.prepare(directory)
    files.prepare(directory)
    assert directory.stat().st_mode & 0o777 == mode


def test_a_directory_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ConfigurationError, match=r"belongs to somebody else.*local\.directory"):
        start(LocalOptions(directory=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_directory_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "pool").touch()
    with pytest.raises(ConfigurationError, match=r"pool is not a directory.*local\.directory"):
        start(LocalOptions(directory=tmp_path / "pool"))


def test_a_link_to_a_directory_of_our_own_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "pool").symlink_to(tmp_path / "elsewhere")
    files.prepare(tmp_path / "pool")
    assert (tmp_path / "elsewhere" / ".gitignore").exists()
    (tmp_path / "elsewhere").chmod(0o777)
    with pytest.raises(ConfigurationError, match="others may write"):
        files.prepare(tmp_path / "pool")
