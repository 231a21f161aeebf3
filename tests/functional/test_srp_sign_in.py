"""Signing in by SRP, hundreds of times over, at the embedded user pool."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from pyramid_cognito.local import LocalPool
from pyramid_cognito.srp import SrpClient, secret_hash, timestamp

PEOPLE = 50
SIGN_INS_A_CLIENT = 2
LETTERS = "abcxyzABCXYZ0123456789.-_+@"
BEYOND_ASCII = "äøßéñŁžфя日本語"
SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~ "

SignIn = Callable[[str, str], bool]


@pytest.fixture(scope="module")
def client(local_pool: LocalPool) -> Iterator[Any]:
    settings = Config(signature_version=UNSIGNED, region_name=local_pool.region)
    client = boto3.client("cognito-idp", endpoint_url=local_pool.endpoint_url, config=settings)
    yield client
    client.close()


@pytest.fixture(scope="module", params=["with a secret", "without"])
def sign_in(request: pytest.FixtureRequest, local_pool: LocalPool, client: Any) -> SignIn:
    """Whether a name and a password sign in, at the app client with a secret or without."""
    pool_name = local_pool.user_pool_id.partition("_")[2]
    public = request.param == "without"
    client_id = local_pool.public_client_id if public else local_pool.client_id

    def proof(username: str) -> dict[str, str]:
        if public:
            return {}
        return {"SECRET_HASH": secret_hash(username, client_id, local_pool.client_secret)}

    def sign_in(username: str, password: str) -> bool:
        srp = SrpClient(pool_name)
        challenge = client.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": username, "SRP_A": srp.public_key, **proof(username)},
        )
        assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
        parameters = challenge["ChallengeParameters"]
        moment = timestamp(time.time())
        claim = srp.password_claim(
            parameters["USER_ID_FOR_SRP"],
            password,
            salt=parameters["SALT"],
            srp_b=parameters["SRP_B"],
            secret_block=parameters["SECRET_BLOCK"],
            timestamp=moment,
        )
        session = {"Session": challenge["Session"]} if "Session" in challenge else {}
        try:
            answer = client.respond_to_auth_challenge(
                ClientId=client_id,
                ChallengeName="PASSWORD_VERIFIER",
                ChallengeResponses={
                    "USERNAME": parameters["USERNAME"],
                    "PASSWORD_CLAIM_SIGNATURE": claim,
                    "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
                    "TIMESTAMP": moment,
                    **proof(parameters["USERNAME"]),
                },
                **session,
            )
        except client.exceptions.NotAuthorizedException:
            return False
        return {"IdToken", "AccessToken", "RefreshToken"} <= answer["AuthenticationResult"].keys()

    return sign_in


@pytest.fixture(scope="module")
def people(local_pool: LocalPool, admin: Any) -> dict[str, str]:
    """Passwords by user name, both at random, in many scripts."""
    chance = secrets.SystemRandom()
    people = {}
    for number in range(PEOPLE):
        username = f"{text(chance, LETTERS + BEYOND_ASCII, 1, 20)}{number}"
        password = "aA1!" + text(chance, LETTERS + SYMBOLS + BEYOND_ASCII, 4, 40) + "."
        identity = {"UserPoolId": local_pool.user_pool_id, "Username": username}
        admin.admin_create_user(**identity, MessageAction="SUPPRESS")
        admin.admin_set_user_password(**identity, Password=password, Permanent=True)
        people[username] = password
    return people


def text(chance: random.Random, alphabet: str, shortest: int, longest: int) -> str:
    return "".join(chance.choices(alphabet, k=chance.randint(shortest, longest)))


def test_every_right_password_signs_in(sign_in, people):
    attempts = [pair for pair in people.items() for _ in range(SIGN_INS_A_CLIENT)]
    assert [pair for pair in attempts if not sign_in(*pair)] == []


def test_no_wrong_password_signs_in(sign_in, people):
    attempts = [
        (username, wrong)
        for username, password in list(people.items())[:6]
        for wrong in (password + " ", password.swapcase(), password[:-1])
    ]
    assert [pair for pair in attempts if sign_in(*pair)] == []
