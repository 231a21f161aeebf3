"""Request overhead: what it costs to know who asks, and whether they may."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from itertools import chain, islice

from benchmarks import applications, people
from benchmarks.applications import (
    PLAIN,
    READS_COOKIES,
    Environ,
    WSGIApp,
    make_application,
    remembered,
    requests,
    send,
)
from benchmarks.harness import Row, print_table, rows, spread, turns
from pyramid_cognito.services import REGISTRY_KEY

REQUESTS, ROUNDS = 100, 120
#: more than any cache of ours holds, so that each request is one of somebody forgotten
STRANGERS = people.REMEMBERED + 500

NO_POLICY, AUTHTKT, JWT = "no policy", "AuthTkt + ACLHelper", "pyramid_jwt"
WARM, COLD = "pyramid_cognito, ticket seen before", "pyramid_cognito, ticket not seen before"
BOUNDS = {WARM: 0.5, COLD: 2.0}

Peers = dict[str, tuple[WSGIApp, Iterator[Environ]]]


def run() -> list[Row]:
    return [
        *overheads("a signed-in request", peers(PLAIN)),
        *overheads("a signed-in request that reads request.cookies", peers(READS_COOKIES)),
    ]


def peers(path: str) -> Peers:
    """Applications that have seen nobody yet, and the requests that they will get."""
    _, nobody = make_application(applications.without_policy)
    authtkt_config, authtkt = make_application(applications.with_authtkt)
    jwt_config, jwt = make_application(applications.with_pyramid_jwt)
    config, ours = make_application(applications.with_cognito)
    authtkt_cookie = remembered(authtkt_config, people.sub(0))
    jwt_cookie = remembered(jwt_config, people.sub(0), **jwt_claims())
    services = config.registry[REGISTRY_KEY]
    known, *strangers = (people.cookie(services, number) for number in range(1 + STRANGERS))
    return {
        NO_POLICY: (nobody, requests(path, [""])),
        AUTHTKT: (authtkt, requests(path, [authtkt_cookie])),
        JWT: (jwt, requests(path, [jwt_cookie])),
        WARM: (ours, requests(path, [known])),
        COLD: (ours, requests(path, strangers)),
    }


def jwt_claims() -> dict[str, object]:
    """The claims of our ticket, without those that pyramid_jwt sets or checks itself."""
    claims = people.id_claims()
    return {name: claims[name] for name in claims.keys() - {"sub", "iat", "exp", "aud"}}


def overheads(title: str, page: Peers) -> list[Row]:
    rounds = timed(page)
    whole = {peer: undisturbed(list(chain(*times))) for peer, times in rounds.items()}
    over = {peer: whole[peer] - whole[NO_POLICY] for peer in list(whole)[1:]}
    notes = {peer: f"half of the rounds: {spread(ratios(rounds, peer))}" for peer in BOUNDS}
    return [
        *rows(f"The whole of {title}", whole),
        *rows(f"Overhead over no policy of {title}", over, bounds=BOUNDS, notes=notes),
    ]


def timed(page: Peers) -> dict[str, list[list[float]]]:
    """By peer and round: the seconds of every single request."""
    # what stands after all that set-up is not for the collections during a request to walk
    gc.collect()
    gc.freeze()
    rounds: dict[str, list[list[float]]] = {peer: [] for peer in page}
    for peer in turns(page, ROUNDS):
        app, environs = page[peer]
        rounds[peer].append([seconds(app, environ) for environ in islice(environs, REQUESTS)])
    gc.unfreeze()
    return rounds


def seconds(app: WSGIApp, environ: Environ) -> float:
    start = time.process_time()
    send(app, environ)
    return time.process_time() - start


def undisturbed(times: list[float]) -> float:
    """The lower decile.

    A mean holds the machine's other work too, and so does the best of several means, the more the
    longer a round takes: it would favour the faster peer.
    """
    return sorted(times)[len(times) // 10]


def ratios(rounds: dict[str, list[list[float]]], peer: str) -> list[float]:
    """Overhead against that of AuthTkt, round by round."""
    nothing, theirs, ours = (map(undisturbed, rounds[name]) for name in (NO_POLICY, AUTHTKT, peer))
    return [
        (our - least) / (their - least)
        for least, their, our in zip(nothing, theirs, ours, strict=True)
    ]


if __name__ == "__main__":
    print_table(run())
