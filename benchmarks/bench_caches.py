"""Caches: what a request costs and what a process holds, however many people there are.

``python -m benchmarks.bench_caches 1000000`` goes up to a million people.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import types
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from typing import Any

from benchmarks import people
from benchmarks.applications import PLAIN, browsers, make_application, with_cognito
from benchmarks.harness import Row, measure, print_table, rows, shown
from pyramid_cognito.flights import Flights
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sessions import EndedSessions
from pyramid_cognito.ticket import Session, Tokens
from pyramid_cognito.tokens import SEEN_TOKENS, TokenVerifier
from tests.jwt_factory import jwks, make_token

MOST_PEOPLE = 100_000
#: requests of one turn; newcomers send one each
TURN = 500
TIMED_TURNS = 20
#: how much more a request may cost, when more people come, to be called flat
FLAT = 1.25

ALLOWED = 32_000_000  # bytes
#: more than are kept
ENDED_SESSIONS, REFRESHES = 25_000, 600
#: nearly as many as a ticket has room for
MANY_GROUPS = (*people.GROUPS, *(f"A group with a name of some length {n:02}" for n in range(70)))
TOTAL = "all of them"


def run(most: int = MOST_PEOPLE) -> list[Row]:
    return [
        *cost_by_number(most),
        *size_when_full("All caches full, everybody in 3 groups", people.GROUPS),
        *size_when_full(f"All caches full, everybody in {len(MANY_GROUPS)} groups", MANY_GROUPS),
    ]


def cost_by_number(most: int) -> list[Row]:
    """What a request costs when so many people come, each in turn."""
    held: dict[str, float] = {}
    more: dict[str, float] = {}
    notes: dict[str, str] = {}
    for number in (10**power for power in range(len(str(most)))):
        peer = f"people: {number:,}"
        cost, size = cost_and_size(number)
        (held if number <= people.REMEMBERED else more)[peer] = cost
        notes[peer] = f"all that is held: {shown(size, 'B')}"
    work, bounds = "A request of people in turn (short tickets)", dict.fromkeys([*more][1:], FLAT)
    table = rows(f"{work}, as many as the cache holds", held, notes=notes)
    if more:
        table += rows(f"{work}, more than it holds", more, notes=notes, bounds=bounds)
    return table


def cost_and_size(number: int) -> tuple[float, int]:
    """CPU seconds of a request, and bytes held once all these people were there."""
    config, app = make_application(with_cognito)
    services = config.registry[REGISTRY_KEY]
    costs = [
        measure(browsers(app, PLAIN, cookies), number=TURN, repeat=1)
        for cookies in turns(services, number)
    ]
    return min(costs[-TIMED_TURNS:]), size_of(services)


def turns(services: Services, number: int) -> Iterator[list[str]]:
    """The cookies of those who come together.

    People who are remembered come again; of the others each comes once, because when they come
    again they have been forgotten, and are as good as new.
    """
    groups = (
        [short_cookie(services, person) for person in range(start, min(start + TURN, number))]
        for start in range(0, number, TURN)
    )
    if number > people.REMEMBERED:
        yield from groups
    else:
        yield from islice(cycle(groups), number // TURN + TIMED_TURNS)


def short_cookie(services: Services, person: int) -> str:
    """A typical ticket's claims with hardly any tokens: no request looks at those.

    They would only take longer to seal than all of the requests.
    """
    claims = people.id_claims(person)
    tokens = Tokens(people.token(claims), access_token="e30.e30.e30", refresh_token=None)
    ticket = services.tickets.seal(people.session(claims), tokens, lifetime=people.LIFETIME)
    return people.in_browser(services, ticket)


def size_when_full(work: str, groups: tuple[str, ...]) -> list[Row]:
    sizes = {
        "opened tickets": size_of(opened_tickets(groups)),
        "verified tokens": size_of(verified_tokens(groups)),
        "ended sessions": size_of(ended_sessions()),
        "finished refreshes": size_of(finished_refreshes(groups)),
    }
    figures = {"allowed": ALLOWED, **sizes, TOTAL: sum(sizes.values())}
    return rows(work, figures, bounds={TOTAL: 1}, unit="B")


def opened_tickets(groups: tuple[str, ...]) -> Services:
    config, app = make_application(with_cognito)
    services: Services = config.registry[REGISTRY_KEY]
    for person in range(people.REMEMBERED):
        cookie = people.in_browser(services, sealed(services, people.id_claims(person, groups)))
        browsers(app, PLAIN, [cookie])()
    return services


def verified_tokens(groups: tuple[str, ...]) -> TokenVerifier:
    claims = people.id_claims()
    verifier = TokenVerifier(claims["iss"], claims["aud"], jwks)
    for person in range(SEEN_TOKENS):
        verifier.verify(make_token(people.id_claims(person, groups)), "id")
    return verifier


def ended_sessions() -> EndedSessions:
    ended = EndedSessions(time.time)
    for person in range(ENDED_SESSIONS):
        claims = people.id_claims(person)
        ended.add(people.session(claims).id, time.time() + people.LIFETIME)
    return ended


def finished_refreshes(groups: tuple[str, ...]) -> Flights[tuple[Session, Tokens]]:
    flights = Flights(time.time)
    for person in range(REFRESHES):
        # as they come out of a token: no string of one person's is another's
        claims = json.loads(json.dumps(people.id_claims(person, groups)))
        session, tokens = people.session(claims), people.tokens(claims)
        flights.run((session.id, session.tokens_expire_at), partial(refreshed, session, tokens))
    return flights


def refreshed(session: Session, tokens: Tokens) -> tuple[Session, Tokens]:
    return session, tokens


def sealed(services: Services, claims: people.Claims) -> str:
    ticket: str = services.tickets.seal(
        people.session(claims), people.tokens(claims), lifetime=people.LIFETIME
    )
    return ticket


CODE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def size_of(root: Any) -> int:
    """Bytes of an object and of all that it holds, code apart."""
    seen: set[int] = set()
    total, found = 0, [root]
    while found:
        one = found.pop()
        if id(one) not in seen and not isinstance(one, CODE):
            seen.add(id(one))
            total += sys.getsizeof(one)
            found += gc.get_referents(one)
            if isinstance(one, dict):
                found += one  # the collector passes over keys that are strings
    return total


if __name__ == "__main__":
    print_table(run(*map(int, sys.argv[1:])))
