"""A page signs in with Amazon's own library, and brings its tokens to the sample application."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pyramid.paster import get_appsettings
from webtest import TestApp

from pyramid_cognito.local import LocalPool
from scaffold import main
from tests import npm
from tests.functional.site import PASSWORD

CHECKOUT = Path(__file__).parents[2]
LIBRARY = ("amazon-cognito-identity-js", "6.3.21", "dist/amazon-cognito-identity.min.js")
PROGRAM = Path(__file__).with_name("browser_client.cjs")

#: set where these tests must not be left out for want of Node.js
NODE_IS_REQUIRED = "TESTS_REQUIRE_NODE"

SignIn = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def library() -> Path:
    reason = "Node.js, which runs Amazon's library, is not installed"
    if shutil.which("node"):
        try:
            return npm.file(*LIBRARY)
        except RuntimeError as error:
            reason = str(error)
    if os.environ.get(NODE_IS_REQUIRED):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def sign_in(library: Path, local_pool: LocalPool) -> SignIn:
    """Signs in to the app client without a secret; returns the tokens, or the ``error``."""

    def answer(name: str, password: str = PASSWORD, *, refresh: bool = False) -> dict[str, str]:
        asked = {
            "library": str(library),
            "endpoint": local_pool.endpoint_url,
            "userPoolId": local_pool.user_pool_id,
            "clientId": local_pool.public_client_id,
            "username": name,
            "password": password,
            "refresh": refresh,
        }
        ran = subprocess.run(
            ["node", str(PROGRAM)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        told: dict[str, str] = json.loads(ran.stdout)
        return told

    return answer


@pytest.fixture(scope="module")
def program(local_pool: LocalPool, local_settings: dict[str, str]) -> TestApp:
    """The sample application, which takes the tokens of that app client too."""
    own = ("cognito.local.directory", "cognito.local.environment")
    settings = {
        **get_appsettings(str(CHECKOUT / "development.ini")),
        **{name: local_settings[name] for name in own},
        "cognito.bearer.client_ids": local_pool.public_client_id,
        "cognito.bearer.id_tokens": "true",
    }
    return TestApp(main({}, **settings))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("use", ["access", "id"])
def test_its_tokens_say_who_asks(program: TestApp, sign_in: SignIn, use: str) -> None:
    me = program.get("/api/me", headers=bearer(sign_in("ada")[use])).json

    assert (me["username"], me["groups"]) == ("ada", ["Admin"])


def test_so_do_those_of_a_refresh(program: TestApp, sign_in: SignIn) -> None:
    token = sign_in("grace", refresh=True)["access"]

    assert program.get("/api/me", headers=bearer(token)).json["username"] == "grace"


def test_a_wrong_password_gives_it_none(sign_in: SignIn) -> None:
    assert sign_in("ada", "Wrong-Horse-9") == {"error": "NotAuthorizedException"}
