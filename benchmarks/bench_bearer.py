"""Bearer tokens: what a request with one costs, and however many different ones come.

``python -m benchmarks.bench_bearer 1000000`` goes up to a million tokens.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyramid.authorization import ACLAuthorizationPolicy
from pyramid.config import Configurator

from benchmarks import applications, people
from benchmarks.applications import PLAIN, Environ, WSGIApp, blank, make_application, send
from benchmarks.bench_caches import FLAT, size_of
from benchmarks.harness import Row, compare, measure, print_table, rows, shown
from pyramid_cognito.jwks import VerificationKey
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.tokens import SEEN_TOKENS
from tests.jwt_factory import access_claims, base64url, jwks, make_token, signing_key

MOST_TOKENS = 100_000
#: requests of one turn; a token that is not remembered comes once
TURN = 500
TIMED_TURNS = 20
#: more than are remembered: in turn, each is new whenever it comes
STRANGERS = SEEN_TOKENS + 100

NO_POLICY, JWT = "no policy", "pyramid_jwt, RS256"
FIRST, REPEATED = "pyramid_cognito, first", "pyramid_cognito, seen before"


def run(most: int = MOST_TOKENS) -> list[Row]:
    return [*cost_of_a_request(), *cost_by_number(most)]


def cost_of_a_request() -> list[Row]:
    tokens = [make_token(claims(number)) for number in range(STRANGERS)]
    _, nobody = make_application(applications.without_policy)
    _, jwt = make_application(with_pyramid_jwt)
    return compare(
        "The whole of a request with a bearer token",
        {
            NO_POLICY: programs(nobody, tokens[:1]),
            JWT: programs(jwt, tokens[:1]),
            FIRST: programs(ours()[1], tokens),
            REPEATED: programs(ours()[1], tokens[:1]),
        },
        number=50,
        repeat=96,
    )


def with_pyramid_jwt(config: Configurator) -> None:
    public = signing_key().private_key.public_key()
    config.include("pyramid_jwt")
    config.set_authorization_policy(ACLAuthorizationPolicy())
    config.set_jwt_authentication_policy(
        None,
        public_key=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        algorithm="RS256",
        auth_type="Bearer",
        callback=applications.groups_in_jwt,
    )


def cost_by_number(most: int) -> list[Row]:
    """What a request costs, its signature apart, when so many tokens come, each in turn."""
    held: dict[str, float] = {}
    more: dict[str, float] = {}
    notes: dict[str, str] = {}
    with patch.object(VerificationKey, "verifies", lambda *_: True):
        for number in (10**power for power in range(len(str(most)))):
            peer = f"tokens: {number:,}"
            cost, size = cost_and_size(number)
            (held if number <= SEEN_TOKENS else more)[peer] = cost
            notes[peer] = f"all that is held: {shown(size, 'B')}"
    work, bounds = "A request with bearer tokens in turn", dict.fromkeys([*more][1:], FLAT)
    table = rows(f"{work}, as many as are remembered", held, notes=notes)
    if more:
        table += rows(f"{work}, more than that", more, notes=notes, bounds=bounds)
    return table


def cost_and_size(number: int) -> tuple[float, int]:
    """CPU seconds of a request, and bytes held once all these tokens were there."""
    services, app = ours()
    costs = [
        measure(programs(app, tokens), number=TURN, repeat=1) for tokens in token_turns(number)
    ]
    return min(costs[-TIMED_TURNS:]), size_of(services)


def token_turns(number: int) -> Iterator[list[str]]:
    """The tokens that come together; those that are remembered come again."""
    if number <= SEEN_TOKENS:
        tokens = [unsigned(person) for person in range(number)]
        yield from (tokens for _ in range(TIMED_TURNS))
        return
    # as many turns for the smallest number that is more than are remembered
    everybody = islice(cycle(range(number)), max(number, TURN * TIMED_TURNS))
    while people_of_turn := list(islice(everybody, TURN)):
        yield [unsigned(person) for person in people_of_turn]


def unsigned(number: int) -> str:
    """A token of the right shape, whose signature would take longer than all the rest."""
    segments = (f'{{"kid": "{signing_key().kid}", "alg": "RS256"}}', json.dumps(claims(number)))
    encoded = ".".join(base64url(segment.encode()) for segment in segments)
    return f"{encoded}.{base64url(number.to_bytes(256, 'big'))}"


def claims(number: int) -> people.Claims:
    return access_claims(
        now=int(time.time()),
        sub=people.sub(number),
        username=people.sub(number),
        origin_jti=f"0f5c2e7b-1d36-4a8a-a0c7-{number:012x}",
    )


def ours() -> tuple[Services, WSGIApp]:
    """Our application, which has the pool's keys already."""
    config, app = make_application(applications.with_cognito)
    services: Services = config.registry[REGISTRY_KEY]
    services.verifier._keys._fetch_jwks = jwks
    services.verifier._keys.find(signing_key().kid)
    return services, app


def programs(app: WSGIApp, tokens: Iterable[str]) -> Callable[[], None]:
    """Make a function that sends one request, each time with the next one of *tokens*."""
    environs = requests(tokens)
    return lambda: send(app, next(environs))


def requests(tokens: Iterable[str]) -> Iterator[Environ]:
    environ = blank(PLAIN).environ
    for token in cycle(tokens):
        yield {**environ, "HTTP_AUTHORIZATION": f"Bearer {token}"}


if __name__ == "__main__":
    print_table(run(*map(int, sys.argv[1:])))
