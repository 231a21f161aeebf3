"""Request overhead: what it costs to know who asks, and whether they may."""

from __future__ import annotations

import gc
from collections.abc import Callable

from benchmarks import applications, people
from benchmarks.applications import PLAIN, READS_COOKIES, browsers, make_application, remembered
from benchmarks.harness import Row, print_table, rows, spread, timings
from pyramid_cognito.sessions import OPENED_SIZE

NUMBER, ROUNDS = 50, 200
#: more than any cache of ours holds, so that each request is one of somebody forgotten
STRANGERS = OPENED_SIZE + 500

NO_POLICY, AUTHTKT, JWT = "no policy", "AuthTkt + ACLHelper", "pyramid_jwt"
WARM, COLD = "pyramid_cognito, ticket seen before", "pyramid_cognito, ticket not seen before"
BOUNDS = {WARM: 0.5, COLD: 2.0}

Peers = dict[str, Callable[[], None]]


def run() -> list[Row]:
    return [
        *overheads("a signed-in request", peers(PLAIN)),
        *overheads("a signed-in request that reads request.cookies", peers(READS_COOKIES)),
    ]


def peers(path: str) -> Peers:
    """Functions that each send one request, to applications that have seen none before."""
    _, nobody = make_application(applications.without_policy)
    authtkt_config, authtkt = make_application(applications.with_authtkt)
    jwt_config, jwt = make_application(applications.with_pyramid_jwt)
    config, ours = make_application(applications.with_cognito)
    authtkt_cookie = remembered(authtkt_config, people.sub(0))
    jwt_cookie = remembered(jwt_config, people.sub(0), **jwt_claims())
    tickets = people.ticket_cookies(config.registry["pyramid_cognito"], 1 + STRANGERS)
    return {
        NO_POLICY: browsers(nobody, path, [""]),
        AUTHTKT: browsers(authtkt, path, [authtkt_cookie]),
        JWT: browsers(jwt, path, [jwt_cookie]),
        WARM: browsers(ours, path, tickets[:1]),
        COLD: browsers(ours, path, tickets[1:]),
    }


def jwt_claims() -> dict[str, object]:
    """The claims of our ticket, without those that pyramid_jwt sets or checks itself."""
    claims = people.id_claims()
    return {name: claims[name] for name in claims.keys() - {"sub", "iat", "exp", "aud"}}


def overheads(title: str, page: Peers) -> list[Row]:
    # what stands after all that set-up is not for the collections during a request to walk
    gc.collect()
    gc.freeze()
    rounds = timings(page, number=NUMBER, repeat=ROUNDS)
    gc.unfreeze()
    best = {peer: min(times) for peer, times in rounds.items()}
    over = {peer: best[peer] - best[NO_POLICY] for peer in list(best)[1:]}
    notes = {peer: f"half of the rounds: {spread(ratios(rounds, peer))}" for peer in BOUNDS}
    return [
        *rows(f"The whole of {title}", best),
        *rows(f"Overhead over no policy of {title}", over, bounds=BOUNDS, notes=notes),
    ]


def ratios(rounds: dict[str, list[float]], peer: str) -> list[float]:
    """Overhead against that of AuthTkt, round by round."""
    return [
        (ours - nothing) / (theirs - nothing)
        for nothing, theirs, ours in zip(
            rounds[NO_POLICY], rounds[AUTHTKT], rounds[peer], strict=True
        )
    ]


if __name__ == "__main__":
    print_table(run())
