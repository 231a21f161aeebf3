"""Refresh: what many requests of one session wait for when its tokens have run out at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from benchmarks import people
from benchmarks.applications import PLAIN, WSGIApp, make_application, requests, send, with_cognito
from benchmarks.harness import Row, print_table, rows
from pyramid_cognito.revalidation import Revalidation
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sessions import Sessions
from pyramid_cognito.ticket import Tokens
from pyramid_cognito.tokens import TokenVerifier
from tests.jwt_factory import jwks, make_token

AT_ONCE = 64
ROUNDS = 5
#: seconds that Cognito takes for an answer
ANSWER_TIME = 0.05

ALONE, TOGETHER = "1 request", f"{AT_ONCE} requests at once"


class Pool:
    """A user pool that answers after a while, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def refresh(self, tokens: Tokens) -> Tokens:
        self.asked += 1
        time.sleep(ANSWER_TIME)
        claims = people.id_claims()
        return replace(
            tokens,
            id_token=make_token(claims),
            access_token=make_token(people.access_claims(claims)),
        )


def run() -> list[Row]:
    waits: dict[str, list[float]] = {ALONE: [], TOGETHER: []}
    asked: dict[str, int] = {}
    for _ in range(ROUNDS):
        for peer, count in ((ALONE, 1), (TOGETHER, AT_ONCE)):
            pool = Pool()
            waits[peer].append(seconds(*application(pool), count))
            asked[peer] = max(pool.asked, asked.get(peer, 0))
    return [
        *rows(
            "A refresh, until everyone is answered (wall time)",
            {peer: min(times) for peer, times in waits.items()},
            notes={ALONE: f"Cognito takes {ANSWER_TIME * 1000:.0f} ms"},
        ),
        *rows("Calls to Cognito for it", asked, bounds={TOGETHER: 1}, unit=""),
    ]


def application(pool: Pool) -> tuple[WSGIApp, str]:
    """An application of this pool, and the cookie of a session whose tokens have run out."""
    config, app = make_application(with_cognito)
    services: Services = config.registry[REGISTRY_KEY]
    claims = people.id_claims()
    verifier = TokenVerifier(claims["iss"], claims["aud"], jwks)
    sessions = Sessions(
        services.settings,
        services.cookies,
        services.tickets,
        verifier,
        refresh=pool.refresh,
        revalidation=Revalidation(lambda _: None, 0, time.time),
    )
    config.registry[REGISTRY_KEY] = replace(services, sessions=sessions)
    session = replace(people.session(claims), tokens_expire_at=int(time.time()) - 1)
    ticket = services.tickets.seal(session, people.tokens(claims), lifetime=people.LIFETIME)
    return app, people.in_browser(services, ticket)


def seconds(app: WSGIApp, cookie: str, count: int) -> float:
    """Until *count* requests that set out together are answered."""
    environs = requests(PLAIN, [cookie])
    start = threading.Barrier(count + 1)

    def visit(environ: dict[str, object]) -> None:
        start.wait()
        send(app, environ)

    with ThreadPoolExecutor(count) as browsers:
        visits = [browsers.submit(visit, next(environs)) for _ in range(count)]
        start.wait()
        began = time.perf_counter()
        for each in visits:
            each.result()
        return time.perf_counter() - began


if __name__ == "__main__":
    print_table(run())
