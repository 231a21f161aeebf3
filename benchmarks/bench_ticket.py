"""The ticket: what a signed-in person's cookie weighs, and what sealing and opening it cost."""

from __future__ import annotations

import json
import os
from dataclasses import astuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jose import jwe

from benchmarks import people
from benchmarks.applications import make_application, with_cognito
from benchmarks.harness import Row, compare, print_table, rows

COOKIE_SIZE = 4096
NUMBER, ROUNDS = 20, 50

BARE, JOSE, OURS = "cryptography, bare AESGCM", "python-jose, deflated JWE", "pyramid_cognito"
TOKENS = "pyramid_cognito, its tokens"


def run() -> list[Row]:
    services = make_application(with_cognito)[0].registry["pyramid_cognito"]
    claims = people.id_claims()
    tickets, session, tokens = services.tickets, people.session(claims), people.tokens(claims)
    cookie = people.cookie(services)
    ticket = cookie.partition("=1")[2]
    # the peers seal the same three tokens, as one who just wants them safe would
    plain = json.dumps(astuple(tokens)).encode()
    key, nonce = os.urandom(32), os.urandom(12)
    bare = AESGCM(key)
    bare_sealed, jose_sealed = bare.encrypt(nonce, plain, b""), jose_seal(plain, key)
    return [
        *rows(
            "Ticket cookie of 3 groups, 6 attributes and a refresh token of 1.8 kB",
            {
                "what a browser keeps, name and value": COOKIE_SIZE,
                "the three tokens as they are": sum(map(len, astuple(tokens))),
                JOSE: len(jose_sealed),
                OURS: len(cookie),
            },
            bounds={OURS: 1},
            unit="B",
        ),
        *compare(
            "Sealing a ticket",
            {
                BARE: lambda: bare.encrypt(nonce, plain, b""),
                JOSE: lambda: jose_seal(plain, key),
                OURS: lambda: tickets.seal(session, tokens, lifetime=people.LIFETIME),
            },
            number=NUMBER,
            repeat=ROUNDS,
        ),
        *compare(
            "Opening a ticket",
            {
                BARE: lambda: bare.decrypt(nonce, bare_sealed, b""),
                JOSE: lambda: jwe.decrypt(jose_sealed, key),
                OURS: lambda: tickets.open(ticket),
                TOKENS: lambda: tickets.tokens(ticket),
            },
            number=NUMBER,
            repeat=ROUNDS,
        ),
    ]


def jose_seal(plain: bytes, key: bytes) -> bytes:
    sealed: bytes = jwe.encrypt(plain, key, algorithm="dir", encryption="A256GCM", zip="DEF")
    return sealed


if __name__ == "__main__":
    print_table(run())
