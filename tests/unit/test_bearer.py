from __future__ import annotations

from typing import Any

import pytest

from pyramid_cognito.bearer import BearerTokens, InsufficientScope
from pyramid_cognito.tokens import (
    DerivedToken,
    Expired,
    InvalidAudience,
    InvalidAuthTime,
    InvalidClient,
    InvalidIssuer,
    InvalidSubject,
    InvalidToken,
    InvalidTokenUse,
    InvalidUsername,
    MachineToken,
)
from tests.application import make_services, make_settings
from tests.jwt_factory import (
    ABSENT,
    CLIENT_ID,
    NOW,
    SUB,
    access_claims,
    id_claims,
    machine_claims,
    make_token,
)

APP, ROBOT = "the-telephone-app", "the-robot"
CLIENTS = {"bearer.client_ids": f"{APP} documents/read documents/write"}
MACHINES = {"bearer.machine_clients": f"{ROBOT}\n{CLIENT_ID} documents/read"}
ID_TOKENS = {"bearer.id_tokens": "true"}
ACT = {"bearer.act": "true"}


def bearer(**settings: str) -> BearerTokens:
    return make_services(make_settings(**settings)).bearer


def of_the_app(**changes: Any) -> dict[str, Any]:
    scope = "openid documents/write documents/read"
    return access_claims(**{"client_id": APP, "scope": scope, **changes})


def of_the_robot(**changes: Any) -> dict[str, Any]:
    return machine_claims(**{"client_id": ROBOT, "sub": ROBOT, **changes})


@pytest.mark.parametrize(
    ("settings", "claims"),
    [
        ({}, access_claims()),
        ({}, access_claims(aud=CLIENT_ID)),
        (CLIENTS, access_claims()),
        (CLIENTS, of_the_app()),
        (CLIENTS, of_the_app(aud=CLIENT_ID)),
        ({"bearer.client_ids": APP}, of_the_app(scope=ABSENT)),
        (ID_TOKENS, id_claims()),
        (ID_TOKENS, access_claims()),
        (ID_TOKENS | {"bearer.client_ids": APP}, id_claims(aud=APP)),
        (MACHINES, of_the_robot()),
        (MACHINES, of_the_robot(scope=ABSENT, auth_time=ABSENT)),
        (MACHINES, machine_claims()),
        (ACT, access_claims(act={"sub": "somebody"})),
        (ACT | ID_TOKENS, id_claims(act={"sub": "somebody"})),
    ],
)
def test_a_good_token_gives_its_claims(settings: dict[str, str], claims: dict[str, Any]) -> None:
    tokens = bearer(**settings)
    assert tokens.verify(make_token(claims)) == claims
    assert tokens.verify(make_token(claims)) == claims


@pytest.mark.parametrize(
    ("settings", "error", "claims"),
    [
        ({}, InvalidTokenUse, id_claims()),
        (CLIENTS, InvalidTokenUse, id_claims()),
        (ID_TOKENS, InvalidTokenUse, access_claims(token_use="refresh")),
        (ID_TOKENS, InvalidTokenUse, access_claims(token_use=["access"])),
        ({}, InvalidTokenUse, access_claims(token_use=ABSENT)),
        ({}, InvalidClient, of_the_app()),
        (CLIENTS, InvalidClient, of_the_app(client_id=APP.upper())),
        (CLIENTS, InvalidClient, of_the_app(client_id=[APP])),
        (CLIENTS, InvalidClient, of_the_app(client_id=ABSENT)),
        (MACHINES, InvalidClient, of_the_robot(username="ada")),
        (CLIENTS, InvalidAudience, of_the_app(aud=APP)),
        (CLIENTS, InvalidAudience, of_the_app(aud=[CLIENT_ID])),
        ({}, InvalidAudience, access_claims(aud="https://api.example.com")),
        ({}, InvalidAudience, access_claims(aud=None)),
        (MACHINES, InvalidAudience, of_the_robot(aud=ROBOT)),
        (ID_TOKENS, InvalidAudience, id_claims(aud=APP)),
        (ID_TOKENS, InvalidAudience, id_claims(aud=[CLIENT_ID])),
        (ID_TOKENS, InvalidAudience, id_claims(aud=ABSENT)),
        (ID_TOKENS, InvalidUsername, id_claims(**{"cognito:username": ABSENT})),
        (ID_TOKENS, InvalidAuthTime, id_claims(auth_time=ABSENT)),
        ({}, InvalidAuthTime, access_claims(auth_time=ABSENT)),
        (MACHINES, InvalidUsername, of_the_robot(username="")),
        ({}, MachineToken, machine_claims()),
        (CLIENTS, MachineToken, of_the_app(username=ABSENT)),
        (MACHINES, MachineToken, of_the_robot(client_id="another-robot", sub="another-robot")),
        (MACHINES, MachineToken, of_the_robot(client_id=[ROBOT])),
        (MACHINES, MachineToken, of_the_robot(client_id=ABSENT)),
        (MACHINES, InvalidSubject, of_the_robot(sub=SUB)),
        (CLIENTS, InsufficientScope, of_the_app(scope="documents/read")),
        (CLIENTS, InsufficientScope, of_the_app(scope="documents/read,documents/write")),
        (CLIENTS, InsufficientScope, of_the_app(scope="documents/read documents/writer")),
        (CLIENTS, InsufficientScope, of_the_app(scope=ABSENT)),
        (MACHINES, InsufficientScope, machine_claims(scope="documents/write")),
        (
            CLIENTS | ID_TOKENS,
            InsufficientScope,
            id_claims(aud=APP, scope="documents/read documents/write"),
        ),
        ({"bearer.client_ids": f"{CLIENT_ID} documents/read"}, InsufficientScope, access_claims()),
        ({}, DerivedToken, access_claims(act={"sub": "somebody"})),
        (ID_TOKENS, DerivedToken, id_claims(act={"sub": "somebody"})),
        (MACHINES, DerivedToken, of_the_robot(act=None)),
        (ACT, DerivedToken, access_claims(act="somebody")),
        (ACT, DerivedToken, access_claims(act=None)),
        (CLIENTS, InvalidIssuer, of_the_app(iss="https://example.net")),
        (MACHINES, Expired, of_the_robot(exp=NOW)),
    ],
)
def test_a_token_is_refused_for_one_fault(
    settings: dict[str, str], error: type[InvalidToken], claims: dict[str, Any]
) -> None:
    tokens = bearer(**settings)
    for _ in range(2):
        with pytest.raises(InvalidToken) as caught:
            tokens.verify(make_token(claims))
        assert type(caught.value) is error


def test_what_a_token_lacks_is_told() -> None:
    with pytest.raises(InsufficientScope) as caught:
        bearer(**CLIENTS).verify(make_token(of_the_app(scope="openid")))
    assert caught.value.failed == ["openid"]
    assert caught.value.expected == ("documents/read", "documents/write")


def test_a_session_is_never_made_of_what_a_bearer_may_bring() -> None:
    services = make_services(make_settings(**CLIENTS, **MACHINES, **ACT))
    for claims, error in (
        (of_the_app(), InvalidClient),
        (machine_claims(), MachineToken),
        (access_claims(act={"sub": "somebody"}), DerivedToken),
    ):
        token = make_token(claims)
        assert services.bearer.verify(token)
        with pytest.raises(error):
            services.verifier.verify(token, "access")
