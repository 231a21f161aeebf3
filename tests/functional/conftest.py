"""The embedded user pool for all functional tests, and users that no other test knows."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyramid.exceptions import ConfigurationError
from pyramid.router import Router

from pyramid_cognito import pool
from pyramid_cognito.local import LocalOptions, LocalPool, LocalUser, parse_users, start
from pyramid_cognito.pool import UserPool
from pyramid_cognito.settings import CognitoSettings
from tests.functional.redis_server import REDIS_IS_REQUIRED, RedisServer
from tests.functional.site import PASSWORD, PATIENT, Browser, Stage, configurator

USERS_TEXT = """
    ada Correct-Horse-9 group:Admin custom:domain=example.com email=ada@example.com
    grace Correct-Horse-9 custom:domain=example.com email=grace@example.com
    eve Correct-Horse-9 custom:domain=example.net email=eve@example.net
"""
USERS = parse_users(USERS_TEXT)


@pytest.fixture(scope="session", autouse=True)
def _clients_are_made_once() -> Iterator[None]:
    """boto3 takes its time to make a client, and these tests make a hundred applications."""
    make, made = pool._public_client, {}

    def once(settings: CognitoSettings) -> Any:
        key = (settings.endpoint_url, settings.retry_attempts)
        if key not in made:
            made[key] = make(settings)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_public_client", once)
        yield


@pytest.fixture(scope="session")
def ministack_environment() -> Path:
    return Path(sys.prefix) / "ministack"


@pytest.fixture(scope="session")
def local_pool_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cognito") / "local"


@pytest.fixture(scope="session")
def local_pool(local_pool_directory: Path, ministack_environment: Path) -> Iterator[LocalPool]:
    """A pool with ada (group Admin), grace and eve, whose password is ``PASSWORD``."""
    options = LocalOptions(
        directory=local_pool_directory,
        environment=ministack_environment,
        users=USERS,
        grace=0.1,
    )
    try:
        started = start(options)
    except ConfigurationError as error:
        pytest.fail(str(error), pytrace=False)
    yield started
    started.close()


@pytest.fixture(scope="session")
def admin(local_pool: LocalPool) -> Iterator[Any]:
    """A signed boto3 client of ``local_pool``."""
    client = local_pool.admin()
    yield client
    client.close()


@pytest.fixture
def new_user(local_pool: LocalPool, admin: Any) -> Callable[..., LocalUser]:
    """Create a user with a name of their own and a verified e-mail address.

    With ``permanent=False`` the password is temporary, as an administrator gives it.
    """

    def create(
        *,
        password: str = PASSWORD,
        groups: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
        permanent: bool = True,
    ) -> LocalUser:
        name = f"user-{uuid.uuid4().hex[:12]}"
        values = {"email": f"{name}@example.com", "email_verified": "true", **(attributes or {})}
        identity = {"UserPoolId": local_pool.user_pool_id, "Username": name}
        admin.admin_create_user(
            **identity,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in values.items()],
        )
        if permanent:
            admin.admin_set_user_password(**identity, Password=password, Permanent=True)
        for group in groups:
            admin.admin_add_user_to_group(**identity, GroupName=group)
        return LocalUser(name, password, tuple(groups), values)

    return create


@pytest.fixture(scope="session")
def local_settings(
    local_pool: LocalPool, local_pool_directory: Path, ministack_environment: Path
) -> dict[str, str]:
    """The settings of an application with the pool ``local``, which joins the running one."""
    texts = {
        "user_pool_id": "local",
        "secret": "sample-secret-for-the-local-user-pool-only",
        "cookie_secure": "false",
        "local.directory": str(local_pool_directory),
        "local.environment": str(ministack_environment),
        "local.users": USERS_TEXT,
        **PATIENT,
    }
    return {f"cognito.{name}": text for name, text in texts.items()}


@pytest.fixture(scope="session")
def local_site(local_settings: dict[str, str]) -> Router:
    """An application with the pool ``local``."""
    return configurator(local_settings).make_wsgi_app()


@pytest.fixture
def browser(local_site: Router) -> Browser:
    """A new browser at ``local_site``."""
    return Browser(local_site)


@pytest.fixture(scope="session")
def app_client(local_pool: LocalPool, admin: Any) -> str:
    """The id of an app client without a secret, whose tokens live as long as a test wants."""
    created = admin.create_user_pool_client(
        UserPoolId=local_pool.user_pool_id, ClientName="stage", GenerateSecret=False
    )
    return str(created["UserPoolClient"]["ClientId"])


@pytest.fixture
def stage(local_pool: LocalPool, admin: Any, app_client: str) -> Stage:
    return Stage(local_pool, admin, app_client)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that Cognito is asked for, in order."""
    operations: list[str] = []
    call = UserPool.call

    def listed(self: UserPool, operation: str, /, **parameters: Any) -> dict[str, Any]:
        operations.append(operation)
        return call(self, operation, **parameters)

    monkeypatch.setattr(UserPool, "call", listed)
    return operations


@pytest.fixture(scope="session")
def redis_program() -> str:
    program = shutil.which("redis-server")
    if program is not None:
        return program
    reason = "there is no redis-server here; Debian has it in its package redis-server"
    if os.environ.get(REDIS_IS_REQUIRED):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def running_redis(
    redis_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RedisServer]:
    server = RedisServer(redis_program, tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(running_redis: RedisServer) -> RedisServer:
    """A Redis that has counted nothing yet."""
    with running_redis.client as client:
        client.flushall()
    return running_redis
