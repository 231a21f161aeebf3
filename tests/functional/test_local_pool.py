"""The embedded user pool with the real emulator: its life, its content, who may do what."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session
from jose import jwt
from pycognito.aws_srp import AWSSRP
from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local import (
    CONFIRMATION_CODE,
    RESET_CODE,
    LocalOptions,
    LocalPool,
    LocalUser,
    start,
)

from .conftest import PASSWORD, USERS

ADA, GRACE, EVE = USERS

APPLICATION = """
    import sys, time
    from pathlib import Path
    from pyramid_cognito.local import LocalOptions, start
    directory, environment = map(Path, sys.argv[1:])
    pool = start(LocalOptions(directory=directory, environment=environment, grace=0.1))
    print(pool.user_pool_id, flush=True)
    time.sleep(60)
"""

PREFIX = "AWSCognitoIdentityProviderService."
# {key} becomes the id of the pool's own key; ministack does not look at the rest
SIGNATURE = "AWS4-HMAC-SHA256 Credential={key}/20260605/us-east-1/cognito-idp/aws4_request"

# it keeps the service model, which takes long to read
BOTOCORE = Session()

Starter = Callable[..., LocalPool]


@pytest.fixture
def options(tmp_path: Path, ministack_environment: Path) -> Iterator[LocalOptions]:
    """A directory of its own, whose emulator has ended when the test is over."""
    directory = tmp_path / "pool"
    yield LocalOptions(
        directory=directory, environment=ministack_environment, users=(ADA,), grace=0.1
    )
    wait_until(lambda: not is_running(directory))


@pytest.fixture
def start_pool(options: LocalOptions) -> Iterator[Starter]:
    """Start as an application does, and let go when the test is over."""
    pools = []

    def start_one(**changes: Any) -> LocalPool:
        pools.append(start(replace(options, **changes)))
        return pools[-1]

    yield start_one
    for pool in pools:
        pool.close()


@pytest.fixture
def start_application(options: LocalOptions) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start an application in a process of its own."""
    processes = []

    def start_one() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", textwrap.dedent(APPLICATION)]
        paths = [str(options.directory), str(options.environment)]
        processes.append(
            subprocess.Popen(
                words + paths, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        )
        return processes[-1]

    yield start_one
    for process in processes:
        process.kill()
        process.communicate()


# --- its life


def test_the_pool_and_what_happened_in_it_survive_a_restart(
    options: LocalOptions, start_pool: Starter
) -> None:
    first = start_pool()
    set_password(first, "ada", "Changed-Horse-9")
    first.close()
    wait_until(lambda: not is_running(options.directory))
    second = start_pool()
    assert ids(second) == ids(first)
    assert second.client_secret == first.client_secret
    assert "AccessToken" in sign_in(second, "ada", "Changed-Horse-9")


def test_an_emulator_that_was_killed_has_saved_the_pool(
    options: LocalOptions, start_pool: Starter
) -> None:
    first = start_pool()
    state = options.directory / "state" / "cognito.json"
    wait_until(lambda: state.exists() and first.user_pool_id in state.read_text())
    os.kill(emulator_process(options.directory), signal.SIGKILL)
    wait_until(lambda: not is_running(options.directory))
    assert ids(start_pool()) == ids(first)


def test_an_application_that_reloads_finds_the_emulator_running(
    options: LocalOptions, start_pool: Starter
) -> None:
    start_pool(grace=30.0).close()
    process = emulator_process(options.directory)
    start_pool()
    assert emulator_process(options.directory) == process
    os.kill(process, signal.SIGTERM)


def test_a_second_application_joins_and_keeps_the_emulator_when_the_first_ends(
    options: LocalOptions,
    start_pool: Starter,
    start_application: Callable[[], subprocess.Popen[str]],
) -> None:
    first = start_application()
    pool_id = first_line(first)
    process = emulator_process(options.directory)
    second = start_pool()
    assert second.user_pool_id == pool_id
    first.kill()
    first.wait()
    stays_true(lambda: is_running(options.directory), seconds=0.6)
    assert emulator_process(options.directory) == process
    assert "AccessToken" in sign_in(second, "ada", PASSWORD)


def test_no_emulator_outlives_an_application_that_is_killed(
    options: LocalOptions, start_application: Callable[[], subprocess.Popen[str]]
) -> None:
    application = start_application()
    first_line(application)
    port = json.loads((options.directory / "emulator.json").read_text())["port"]
    assert is_running(options.directory)
    application.kill()
    wait_until(lambda: not is_running(options.directory), seconds=5)
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0


def test_applications_that_start_together_share_one_pool(
    start_application: Callable[[], subprocess.Popen[str]],
) -> None:
    applications = [start_application() for _ in range(2)]
    assert len({first_line(application) for application in applications}) == 1


def test_without_ministack_the_error_says_how_to_install_it(
    options: LocalOptions, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(ConfigurationError) as error:
        start(replace(options, environment=nowhere))
    command = f"python -m pyramid_cognito.local install --environment {nowhere}"
    assert command in str(error.value)
    assert not is_running(options.directory)


# --- its content


def test_groups_and_attributes_of_the_users_are_in_their_tokens(local_pool: LocalPool) -> None:
    claims = id_claims(sign_in(local_pool, "ada", PASSWORD))
    assert claims["iss"] == local_pool.issuer
    assert claims["aud"] == local_pool.client_id
    assert claims["cognito:groups"] == ["Admin"]
    assert claims["custom:domain"] == "example.com"
    assert claims["email_verified"] is True
    claims = id_claims(sign_in(local_pool, "eve", PASSWORD))
    assert "cognito:groups" not in claims
    assert claims["custom:domain"] == "example.net"


def test_tokens_are_signed_with_the_keys_at_the_jwks_url(local_pool: LocalPool) -> None:
    tokens = sign_in(local_pool, "ada", PASSWORD)
    keys = {key["kid"]: key for key in requests.get(local_pool.jwks_url, timeout=5).json()["keys"]}
    for name in ("AccessToken", "IdToken"):
        key = keys[jwt.get_unverified_header(tokens[name])["kid"]]
        options = {"verify_aud": False, "verify_at_hash": False}
        assert jwt.decode(tokens[name], key, algorithms=["RS256"], options=options)


def test_the_public_client_needs_no_secret_and_the_other_does(local_pool: LocalPool) -> None:
    unauthorized = public_client(local_pool)
    proof = AWSSRP(
        "ada",
        PASSWORD,
        local_pool.user_pool_id,
        local_pool.public_client_id,
        client=unauthorized,
    )
    assert proof.authenticate_user()["AuthenticationResult"]["AccessToken"]
    with pytest.raises(unauthorized.exceptions.NotAuthorizedException):
        unauthorized.initiate_auth(
            ClientId=local_pool.client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": "ada", "SRP_A": "1f"},
        )
    unauthorized.close()


def test_a_verified_e_mail_address_signs_in_too(local_pool: LocalPool) -> None:
    claims = id_claims(sign_in(local_pool, "ada@example.com", PASSWORD))
    assert claims["cognito:username"] == "ada"


def test_the_known_codes_confirm_an_account_and_a_new_password(local_pool: LocalPool) -> None:
    cognito = public_client(local_pool)
    who = {"ClientId": local_pool.public_client_id, "Username": "newcomer"}
    address = {"Name": "email", "Value": "newcomer@example.com"}
    cognito.sign_up(**who, Password=PASSWORD, UserAttributes=[address])
    with pytest.raises(cognito.exceptions.CodeMismatchException):
        cognito.confirm_sign_up(**who, ConfirmationCode="000000")
    cognito.confirm_sign_up(**who, ConfirmationCode=CONFIRMATION_CODE)
    cognito.forgot_password(**who)
    cognito.confirm_forgot_password(**who, ConfirmationCode=RESET_CODE, Password="Changed-Horse-9")
    cognito.close()
    assert "AccessToken" in sign_in(local_pool, "newcomer", "Changed-Horse-9")


def test_the_pool_is_one_that_a_team_would_set_up(local_pool: LocalPool, admin: Any) -> None:
    where = {"UserPoolId": local_pool.user_pool_id}
    factors = admin.get_user_pool_mfa_config(**where)
    assert factors["MfaConfiguration"] == "OPTIONAL"
    assert factors["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert admin.describe_user_pool(**where)["UserPool"]["AutoVerifiedAttributes"] == ["email"]
    for client_id in (local_pool.client_id, local_pool.public_client_id):
        description = admin.describe_user_pool_client(**where, ClientId=client_id)
        client = description["UserPoolClient"]
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["EnableTokenRevocation"] is True
        assert "custom:domain" in client["ReadAttributes"]
        writable = client["WriteAttributes"]
        assert "email" in writable
        assert not [name for name in writable if name.startswith("custom:") or "verified" in name]


def test_new_users_groups_and_attributes_are_added_and_old_ones_kept(start_pool: Starter) -> None:
    first = start_pool()
    changed = LocalUser("ada", "Other-Horse-99", ("Editors",), {"custom:domain": "example.org"})
    added = LocalUser("bob", PASSWORD, ("Admin",), {"custom:team": "blue"})
    second = start_pool(users=(changed, added), groups=("Readers",))
    assert ids(second) == ids(first)
    claims = id_claims(sign_in(second, "ada", PASSWORD))
    assert claims["cognito:groups"] == ["Admin"]
    assert claims["custom:domain"] == "example.com"
    assert id_claims(sign_in(second, "bob", PASSWORD))["custom:team"] == "blue"
    cognito = second.admin()
    groups = cognito.list_groups(UserPoolId=second.user_pool_id)["Groups"]
    client = cognito.describe_user_pool_client(
        UserPoolId=second.user_pool_id, ClientId=second.client_id
    )["UserPoolClient"]
    cognito.close()
    assert {group["GroupName"] for group in groups} == {"Admin", "Editors", "Readers"}
    assert {"custom:domain", "custom:team"} <= set(client["ReadAttributes"])


def test_a_user_whom_the_pool_refuses_stops_the_start_and_the_emulator(
    options: LocalOptions, start_pool: Starter
) -> None:
    with pytest.raises(ConfigurationError, match=r"user bob.*Password must have") as error:
        start_pool(users=(LocalUser("bob", "weakpass"),))
    assert "weakpass" not in str(error.value)
    wait_until(lambda: not is_running(options.directory))


# --- who may do what


def test_it_listens_on_loopback_alone(local_pool: LocalPool, local_pool_directory: Path) -> None:
    port = int(local_pool.endpoint_url.rpartition(":")[2])
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("needs Linux's /proc")
    open_files = Path(f"/proc/{emulator_process(local_pool_directory)}/fd").iterdir()
    sockets = {os.readlink(link) for link in open_files if link.is_symlink()}
    found = set()
    for table in (listening, Path("/proc/net/tcp6"), Path("/proc/net/udp")):
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets and fields[3] in {"0A", "07"}:
                found.add(fields[1])
    assert found == {f"0100007F:{port:04X}"}


@pytest.mark.parametrize("access_key_id", ["test", "000000000000", "AKIAIOSFODNN7EXAMPLE"])
def test_other_aws_keys_are_refused(local_pool: LocalPool, access_key_id: str) -> None:
    stranger = BOTOCORE.create_client(
        "cognito-idp",
        region_name=local_pool.region,
        endpoint_url=local_pool.endpoint_url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key="test",
    )
    with pytest.raises(stranger.exceptions.ClientError, match="UnrecognizedClientException"):
        stranger.list_users(UserPoolId=local_pool.user_pool_id)
    stranger.close()


def test_nobody_can_wipe_the_pool_by_http(local_pool: LocalPool, admin: Any) -> None:
    answer = requests.post(f"{local_pool.endpoint_url}/_ministack/reset", timeout=5)
    assert answer.status_code == 403
    assert admin.describe_user_pool(UserPoolId=local_pool.user_pool_id)


def test_our_own_key_is_told_the_client_secret(local_pool: LocalPool) -> None:
    status, text = ask_for_secret(local_pool, f"Authorization: {SIGNATURE}")
    assert status == 200
    assert local_pool.client_secret in text


STRANGER = SIGNATURE.replace("{key}", "test")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Authorization:"],
        ["Authorization: x"],
        ["Authorization:\r\n x"],
        ["aUTHORIZATION: x"],
        ["Authorization: Bearer x"],
        ["Authorization: bearer x"],
        ["Authorization: Basic eDp4"],
        ["Authorization: AWS test:signature"],
        ["Authorization: AWS {key}:signature"],
        [f"Authorization: {STRANGER}"],
        [f"Authorization: {STRANGER.lower()}"],
        [f"Authorization: , {STRANGER}"],
        [f"Authorization: X {STRANGER}"],
        [f"Authorization: X {SIGNATURE}"],
        [f"Authorization: , {SIGNATURE}"],
        [f"Authorization: {SIGNATURE.lower()}"],
        [f"Authorization: {STRANGER}, Credential={{key}}/"],
        ["Authorization: AWS4-HMAC-SHA256 X={key}/"],
        ["Authorization: AWS4-HMAC-SHA256 Credential={key}X/x"],
        ["Authorization: AWS4-ECDSA-P256-SHA256 Credential=test/x"],
        ["Authorization: x", f"Authorization: {SIGNATURE}"],
        [f"Authorization: {SIGNATURE}", "Authorization: x"],
        ["Authorization:", f"Authorization: {STRANGER}"],
        ["Authorization: x", "Content-Type: application/x-www-form-urlencoded"],
        ["Content-Type: application/x-www-form-urlencoded"],
    ],
)
def test_every_other_authorization_is_refused(local_pool: LocalPool, lines: list[str]) -> None:
    status, text = ask_for_secret(local_pool, *lines)
    assert status == 403
    assert "UnrecognizedClientException" in text
    assert local_pool.client_secret not in text


@pytest.mark.parametrize(
    ("path", "target", "line"),
    [
        ("/?Action=InitiateAuth", "DescribeUserPoolClient", ""),
        ("/?X-Amz-Algorithm=AWS4-HMAC-SHA256", "DescribeUserPoolClient", ""),
        ("/?X-Amz-Credential=test/x", "DescribeUserPoolClient", ""),
        ("/?AWSAccessKeyId=test", "DescribeUserPoolClient", ""),
        ("/", "InitiateAuth.DescribeUserPoolClient", ""),
        ("/", "DescribeUserPoolClient", f"X-Amz-Target: {PREFIX}InitiateAuth"),
        ("/", "InitiateAuth", f"X-Amz-Target: {PREFIX}DescribeUserPoolClient"),
        ("/oauth2/x", "DescribeUserPoolClient", "Authorization: Bearer x"),
        ("/oauth2/token/x", "DescribeUserPoolClient", "Authorization: Bearer x"),
        ("//", "DescribeUserPoolClient", "Authorization: x"),
        ("/x/.well-known/jwks.json", "DescribeUserPoolClient", "Authorization: x"),
    ],
)
def test_no_disguise_makes_an_administrators_call_a_public_one(
    local_pool: LocalPool, path: str, target: str, line: str
) -> None:
    status, text = ask_for_secret(local_pool, line, path=path, target=target)
    assert status == 403
    assert local_pool.client_secret not in text


def test_a_body_that_names_a_public_operation_does_not_make_it_one(local_pool: LocalPool) -> None:
    status, text = ask_for_secret(
        local_pool, "Content-Type: application/x-www-form-urlencoded", note="&Action=InitiateAuth&"
    )
    assert status == 403
    assert local_pool.client_secret not in text


def test_a_stranger_makes_nobody_an_administrator(local_pool: LocalPool, admin: Any) -> None:
    who = {"UserPoolId": local_pool.user_pool_id, "Username": "eve"}
    body = json.dumps({**who, "GroupName": "Admin"})
    status, _ = ask(local_pool, "AdminAddUserToGroup", body, "Authorization: x")
    assert status == 403
    assert admin.admin_list_groups_for_user(**who)["Groups"] == []


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:4566"])
def test_it_answers_to_the_names_of_this_computer(local_pool: LocalPool, name: str) -> None:
    assert ask_for_code(local_pool, host=f"Host: {name}") == (200, "*")


@pytest.mark.parametrize(
    "host",
    [
        "Host: attacker.example",
        "Host: attacker.example:{port}",
        "Host: 127.0.0.1.attacker.example",
        "Host: attacker.localhost",
        "Host: localhost.",
        "Host: [::2]",
        "Host:",
        "Host:\r\n attacker.example",
        "Host: 127.0.0.1\r\n attacker.example",
        "Host: 127.0.0.1\r\nHost: attacker.example",
        "hOST: attacker.example",
        "X-Forwarded-Host: 127.0.0.1",
    ],
)
def test_a_name_that_was_made_to_point_here_gets_nothing(local_pool: LocalPool, host: str) -> None:
    status, allowed = ask_for_code(local_pool, host=host)
    assert status in {400, 403}
    assert allowed is None
    assert ask_for_keys(local_pool, host) in {400, 403}


def test_a_request_of_http_1_0_without_a_host_gets_nothing(local_pool: LocalPool) -> None:
    assert ask_for_keys(local_pool, version="1.0") == 403
    assert ask_for_keys(local_pool, "Host: localhost", version="1.0") == 200


def test_the_authority_of_http_2_is_its_host(local_pool: LocalPool) -> None:
    assert b'"keys"' in ask_by_http_2(local_pool, "127.0.0.1")
    assert b"UnrecognizedClientException" in ask_by_http_2(local_pool, "attacker.example")
    disguised = ask_by_http_2(local_pool, "attacker.example", ("host", "127.0.0.1"))
    assert b'"keys"' not in disguised


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "https://localhost",
        "http://127.0.0.1:3000",
        "http://[::1]:8080",
    ],
)
def test_a_page_of_this_computer_may_use_the_pool(local_pool: LocalPool, origin: str) -> None:
    line = f"Origin: {origin}"
    assert preflight(local_pool, line) == (200, "*")
    assert ask_for_code(local_pool, line) == (200, "*")


@pytest.mark.parametrize(
    "line",
    [
        "Origin: https://attacker.example",
        "oRIGIN: https://attacker.example",
        "Origin: null",
        "Origin:",
        "Origin: http://localhost.attacker.example",
        "Origin: http://attacker.localhost",
        "Origin: http://127.0.0.1@attacker.example",
        "Origin: http://192.168.0.1",
        "Origin:\r\n https://attacker.example",
        "Origin: http://localhost\r\nOrigin: https://attacker.example",
    ],
)
def test_a_foreign_page_resets_no_password(local_pool: LocalPool, line: str) -> None:
    assert preflight(local_pool, line) == (403, None)
    assert ask_for_code(local_pool, line) == (403, None)


def test_there_are_no_web_sockets(local_pool: LocalPool) -> None:
    status, _, _ = converse(
        local_pool,
        "GET /_aws/execute-api/x/y HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    assert status == 403


def test_openid_connect_clients_read_the_users_claims(local_pool: LocalPool) -> None:
    tokens = sign_in(local_pool, "ada", PASSWORD)
    pool_url = f"{local_pool.endpoint_url}/{local_pool.user_pool_id}"
    found = requests.get(f"{pool_url}/.well-known/openid-configuration", timeout=5).json()
    headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
    answer = requests.get(found["userinfo_endpoint"], headers=headers, timeout=5)
    # the tokens of SRP have no scope openid, which Cognito asks for
    assert "UnrecognizedClientException" not in answer.text
    assert "openid" in answer.text


def test_files_are_for_their_owner_alone_and_not_for_git(
    local_pool: LocalPool, local_pool_directory: Path
) -> None:
    assert (local_pool_directory / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE(local_pool_directory.stat().st_mode) == 0o700
    files = [path for path in local_pool_directory.rglob("*") if path.is_file()]
    open_to_others = {path.name for path in files if path.stat().st_mode & 0o077}
    assert open_to_others <= {".gitignore"}
    assert (local_pool_directory / "ministack.log").exists()


def test_the_json_file_tells_other_clients_all_they_need(
    local_pool: LocalPool, local_pool_directory: Path
) -> None:
    told = json.loads((local_pool_directory / "local.json").read_text())
    assert told["endpoint"] == local_pool.endpoint_url
    assert told["clients"]["with_secret"]["client_secret"] == local_pool.client_secret
    assert [user["username"] for user in told["users"]] == ["ada", "grace", "eve"]


# --- helpers


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def stays_true(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition()
        time.sleep(0.02)


def is_running(directory: Path) -> bool:
    """Whether an emulator process lives: it holds its lock until the kernel has ended it."""
    if not (directory / "emulator.lock").exists():
        return False
    with (directory / "emulator.lock").open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def emulator_process(directory: Path) -> int:
    return int((directory / "emulator.lock").read_text())


def first_line(application: subprocess.Popen[str]) -> str:
    assert application.stdout
    line = application.stdout.readline().strip()
    assert line, "the application did not start"
    return line


def ids(pool: LocalPool) -> tuple[str, str, str, str]:
    return pool.endpoint_url, pool.user_pool_id, pool.client_id, pool.public_client_id


def public_client(pool: LocalPool) -> Any:
    return BOTOCORE.create_client(
        "cognito-idp",
        region_name=pool.region,
        endpoint_url=pool.endpoint_url,
        config=Config(signature_version=UNSIGNED),
    )


def set_password(pool: LocalPool, username: str, password: str) -> None:
    cognito = pool.admin()
    who = {"UserPoolId": pool.user_pool_id, "Username": username}
    cognito.admin_set_user_password(**who, Password=password, Permanent=True)
    cognito.close()


def sign_in(pool: LocalPool, username: str, password: str) -> dict[str, Any]:
    cognito = public_client(pool)
    proof = AWSSRP(
        username,
        password,
        pool.user_pool_id,
        pool.client_id,
        client=cognito,
        client_secret=pool.client_secret,
    )
    try:
        return proof.authenticate_user()["AuthenticationResult"]
    finally:
        cognito.close()


def id_claims(tokens: dict[str, Any]) -> dict[str, Any]:
    return jwt.get_unverified_claims(tokens["IdToken"])


def converse(pool: LocalPool, *lines: str, body: str = "") -> tuple[int, dict[str, str], str]:
    """Send these lines as they are; the status, the headers and the body of the answer."""
    port = int(pool.endpoint_url.rpartition(":")[2])
    written = [line.format(key=pool.access_key_id, port=port) for line in lines if line]
    written += [f"Content-Length: {len(body)}", "", body]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("\r\n".join(written).encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read().decode()


def ask(
    pool: LocalPool, operation: str, body: str, *lines: str, path: str = "/"
) -> tuple[int, str]:
    start = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"X-Amz-Target: {PREFIX}{operation}")
    status, _, text = converse(pool, *start, *lines, body=body)
    return status, text


def ask_for_secret(
    pool: LocalPool,
    *lines: str,
    path: str = "/",
    target: str = "DescribeUserPoolClient",
    note: str = "",
) -> tuple[int, str]:
    body = {"UserPoolId": pool.user_pool_id, "ClientId": pool.client_id, "Note": note}
    return ask(pool, target, json.dumps(body), *lines, path=path)


def ask_for_code(
    pool: LocalPool, *lines: str, host: str = "Host: 127.0.0.1"
) -> tuple[int, str | None]:
    """Ask for a code for a new password; the status, and which origins may read the answer."""
    body = json.dumps({"ClientId": pool.public_client_id, "Username": "grace"})
    start = ("POST / HTTP/1.1", host, f"X-Amz-Target: {PREFIX}ForgotPassword")
    status, headers, _ = converse(pool, *start, *lines, body=body)
    return status, headers.get("access-control-allow-origin")


def ask_for_keys(pool: LocalPool, *lines: str, version: str = "1.1") -> int:
    path = f"/{pool.user_pool_id}/.well-known/jwks.json"
    return converse(pool, f"GET {path} HTTP/{version}", *lines)[0]


def preflight(pool: LocalPool, *lines: str) -> tuple[int, str | None]:
    start = ("OPTIONS / HTTP/1.1", "Host: 127.0.0.1")
    wishes = (
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type,x-amz-target",
    )
    status, headers, _ = converse(pool, *start, *wishes, *lines)
    return status, headers.get("access-control-allow-origin")


def ask_by_http_2(pool: LocalPool, authority: str, *headers: tuple[str, str]) -> bytes:
    """Ask for the keys without TLS (RFC 9113, section 3.3); all that the answer's stream says."""

    def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        length = len(payload).to_bytes(3, "big")
        return length + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

    def literal(name: str, value: str) -> bytes:
        return b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))

    fields = [
        (":method", "GET"),
        (":scheme", "http"),
        (":path", f"/{pool.user_pool_id}/.well-known/jwks.json"),
        (":authority", authority),
        *headers,
    ]
    request = b"".join(literal(*field) for field in fields)
    port = int(pool.endpoint_url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
        connection.makefile("rb") as answer,
    ):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        connection.sendall(preface + frame(4, 0, 0, b"") + frame(1, 0x05, 1, request))
        said = b""
        while head := answer.read(9):
            kind, flags = head[3], head[4]
            payload = answer.read(int.from_bytes(head[:3], "big"))
            stream = int.from_bytes(head[5:], "big")
            said += payload if (kind, stream) == (0, 1) else b""
            if kind in {3, 7} or (kind in {0, 1} and stream == 1 and flags & 1):
                break
        return said
