"""Tokens: what a verification costs beside its bare signature, and how often keys are fetched."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jose import jwt as jose_jwt

from benchmarks.harness import Row, compare, print_table
from pyramid_cognito.tokens import SEEN_TOKENS, TokenVerifier
from tests.jwt_factory import CLIENT_ID, ISSUER, id_claims, jwks, make_token, signing_key

BARE = "cryptography, the bare signature"
PYJWT = "PyJWT"
JOSE = "python-jose"
FIRST = "pyramid_cognito, first"
REPEATED = "pyramid_cognito, seen before"

THREADS = 64
FETCH_SECONDS = 0.05


def run() -> list[Row]:
    return verification() + cold_start()


def verification() -> list[Row]:
    # More than are remembered: in turn, each is new whenever it comes.
    now = int(time.time())
    tokens = [
        make_token(id_claims(now=now, jti=str(uuid.uuid4()))) for _ in range(SEEN_TOKENS + 100)
    ]
    peers = {
        BARE: in_turn(bare_verify(), [split(token) for token in tokens]),
        PYJWT: in_turn(pyjwt_verify(), tokens),
        JOSE: in_turn(jose_verify(), tokens),
        FIRST: in_turn(our_verify(), tokens),
        REPEATED: in_turn(our_verify(), tokens[:1]),
    }
    return compare(
        "Verification of an id token",
        peers,
        number=50,
        repeat=100,
        bounds={FIRST: 2, REPEATED: 0.2},
    )


def in_turn(verify: Callable[[Any], object], items: Sequence[Any]) -> Callable[[], object]:
    endless = cycle(items)
    return lambda: verify(next(endless))


def split(token: str) -> tuple[bytes, bytes]:
    signed, _, signature = token.rpartition(".")
    return base64.urlsafe_b64decode(f"{signature}=="), signed.encode()


def bare_verify() -> Callable[[tuple[bytes, bytes]], object]:
    public = signing_key().private_key.public_key()
    return lambda parts: public.verify(*parts, PKCS1v15(), SHA256())


def pyjwt_verify() -> Callable[[str], object]:
    public = signing_key().private_key.public_key()
    return lambda token: jwt.decode(
        token, public, algorithms=["RS256"], audience=CLIENT_ID, issuer=ISSUER
    )


def jose_verify() -> Callable[[str], object]:
    key = signing_key().jwk()
    return lambda token: jose_jwt.decode(
        token, key, algorithms="RS256", audience=CLIENT_ID, issuer=ISSUER
    )


def our_verify() -> Callable[[str], object]:
    verifier = TokenVerifier(ISSUER, CLIENT_ID, jwks)
    return lambda token: verifier.verify(token, "id")


def cold_start() -> list[Row]:
    """One row a peer; the ratio is the number of fetches, which should be 1."""
    work = f"{THREADS} threads start cold (ratio: fetches of the key set)"
    token = make_token(id_claims(now=int(time.time())))
    rows = []
    for peer, bound, cold in (("PyJWT", None, cold_pyjwt), ("pyramid_cognito", 1.0, cold_ours)):
        fetches: list[dict[str, Any]] = []

        def fetch(fetches: list[dict[str, Any]] = fetches) -> dict[str, Any]:
            fetches.append(jwks())
            time.sleep(FETCH_SECONDS)
            return fetches[-1]

        seconds = at_once(cold(fetch), token)
        rows.append(Row(work, peer, seconds, len(fetches), bound))
    return rows


def cold_ours(fetch: Callable[[], dict[str, Any]]) -> Callable[[str], object]:
    verifier = TokenVerifier(ISSUER, CLIENT_ID, fetch)
    return lambda token: verifier.verify(token, "id")


def cold_pyjwt(fetch: Callable[[], dict[str, Any]]) -> Callable[[str], object]:
    class Client(jwt.PyJWKClient):
        def fetch_data(self) -> dict[str, Any]:
            document = fetch()
            assert self.jwk_set_cache is not None
            self.jwk_set_cache.put(document)
            return document

    client = Client("https://example.com/jwks.json")
    return lambda token: jwt.decode(
        token,
        client.get_signing_key_from_jwt(token),
        algorithms=["RS256"],
        audience=CLIENT_ID,
        issuer=ISSUER,
    )


def at_once(verify: Callable[[str], object], token: str) -> float:
    """Return the seconds until every one of the threads has verified ``token``."""
    barrier = threading.Barrier(THREADS + 1)

    def work() -> object:
        barrier.wait()
        return verify(token)

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(work) for _ in range(THREADS)]
        barrier.wait()
        start = time.perf_counter()
        for future in futures:
            assert future.result()
        return time.perf_counter() - start


if __name__ == "__main__":
    print_table(run())
