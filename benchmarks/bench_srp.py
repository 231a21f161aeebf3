"""SRP: the client arithmetic of one sign-in."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from unittest.mock import patch

from pycognito.aws_srp import AWSSRP

from benchmarks.harness import Row, compare, print_table
from pyramid_cognito import srp
from tests.srp_server import SrpServer

POOL_NAME = "AbCdEf123"
USER, PASSWORD = "0c9d7a4e-5f0b-4a53-9d0c-3f6c1d6f2b11", "Correct-Horse-9"
SERVER = SrpServer.for_password(POOL_NAME, USER, PASSWORD)
CHALLENGE = SERVER.challenge()

WITH, WITHOUT = "pyramid_cognito with gmpy2", "pyramid_cognito without gmpy2"

SignIn = Callable[[], object]


def run() -> list[Row]:
    return compare(
        "SRP client arithmetic of one sign-in",
        sign_ins(),
        number=1,
        repeat=25,
        bounds={WITH: 1 / 15, WITHOUT: 1 / 3},
    )


def sign_ins() -> dict[str, SignIn]:
    """By peer: what a client computes for a sign-in, from its key pair to its proof."""
    without_gmpy2 = srp_without_gmpy2()
    for module in (srp, without_gmpy2):
        assert SERVER.accepts(*sign_in_with(module))
    return {
        "pycognito": sign_in_with_pycognito,
        WITH: partial(sign_in_with, srp),
        WITHOUT: partial(sign_in_with, without_gmpy2),
    }


def sign_in_with_pycognito() -> None:
    client = AWSSRP(USER, PASSWORD, f"eu-west-1_{POOL_NAME}", "client", client=object())
    client.process_challenge(CHALLENGE, client.get_auth_params())


def sign_in_with(module: ModuleType) -> tuple[str, str, str]:
    """What the server gets: SRP_A, the proof and its time."""
    client, timestamp = module.SrpClient(POOL_NAME), module.timestamp(time.time())
    claim = client.password_claim(
        CHALLENGE["USER_ID_FOR_SRP"],
        PASSWORD,
        salt=CHALLENGE["SALT"],
        srp_b=CHALLENGE["SRP_B"],
        secret_block=CHALLENGE["SECRET_BLOCK"],
        timestamp=timestamp,
    )
    return client.public_key, claim, timestamp


def srp_without_gmpy2() -> ModuleType:
    """A second copy of the module that has chosen its integers where gmpy2 cannot be imported."""
    spec = importlib.util.find_spec("pyramid_cognito.srp")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with patch.dict(sys.modules, {"gmpy2": None}):
        module.SrpClient(POOL_NAME)
    return module


if __name__ == "__main__":
    print_table(run())
