"""Nobody learns from a page who has an account: not by its words, its headers, nor the work done.

What the emulator takes for its answers says nothing of Cognito. So the work is compared by what
Cognito is asked and how often a password is proved; ``make bench`` has the times.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from pyramid.router import Router
from webtest import TestResponse

from pyramid_cognito.local import RESET_CODE, LocalPool
from pyramid_cognito.srp import SrpClient
from tests.functional.authenticator import create_guarded
from tests.functional.site import (
    PASSWORD,
    SIGN_IN,
    Browser,
    configurator,
    form_with,
    normalised,
    settings_of,
    where,
)

SIGN_UP = "/account/sign-up"
CONFIRM = "/account/confirm"
RESEND = "/account/confirm/resend"
FORGOT = "/account/forgot-password"
RESET = "/account/reset-password"

WRONG, NEW = "Wrong-Horse-9", "Changed-Horse-9"
#: of the right form, but not right; and of a form that the pool's rules refuse
CODE, PASSWORD_AGAINST_RULES = "000000", "weakpassword"

#: by what is tried: a form, and what is typed into it about an account named {}
GUESSES: dict[str, tuple[str, Mapping[str, str]]] = {
    "sign-in": (SIGN_IN, {"password": WRONG}),
    "sign-in by address": (SIGN_IN, {"username": "{}@example.com", "password": WRONG}),
    "sign-up": (SIGN_UP, {"password": NEW, "email": "other-{}@example.com"}),
    "sign-up with the address": (
        SIGN_UP,
        {"username": "other-{}", "password": NEW, "email": "{}@example.com"},
    ),
    "sign-up against the rules": (
        SIGN_UP,
        {"password": PASSWORD_AGAINST_RULES, "email": "{}@example.com"},
    ),
    "confirm": (CONFIRM, {"code": CODE}),
    "confirm with the code of a reset": (CONFIRM, {"code": RESET_CODE}),
    "resend": (RESEND, {}),
    "resend by address": (RESEND, {"username": "{}@example.com"}),
    "forgot": (FORGOT, {}),
    "forgot by address": (FORGOT, {"username": "{}@example.com"}),
    "reset": (RESET, {"code": CODE, "new_password": NEW}),
    "reset against the rules": (RESET, {"code": CODE, "new_password": PASSWORD_AGAINST_RULES}),
}


@dataclass(frozen=True)
class Told:
    """All that an answer tells whoever asked, and the work that it took."""

    status: str
    leads_to: str
    page: str
    headers: list[tuple[str, str]]
    operations: list[str]
    proofs: int


class Guesser:
    """Someone who tries names, and writes down what is answered."""

    def __init__(self, site: Router, operations: list[str], proofs: list[str]) -> None:
        self._site = site
        self._operations = operations
        self._proofs = proofs

    def tries(self, guess: str, name: str) -> Told:
        path, typed = GUESSES[guess]
        browser = Browser(self._site)
        form = form_with(browser.get(path), "username")
        for field, text in {"username": "{}", **typed}.items():
            form[field] = text.format(name)
        self._operations.clear()
        self._proofs.clear()
        answer = form.submit(expect_errors=True)
        # where Cognito refuses before the password, another name goes through all that follows
        operations = [operation for operation, _repeated in groupby(self._operations)]
        proofs = len(self._proofs)
        is_redirect = answer.status_int == 303
        return Told(
            status=answer.status,
            leads_to=where(answer).replace(name, "NAME") if is_redirect else "",
            page=normalised(answer.follow() if is_redirect else answer, name),
            headers=_headers(answer, name),
            operations=operations,
            proofs=proofs,
        )


def _headers(answer: TestResponse, name: str) -> list[tuple[str, str]]:
    """Names and values; of cookies all but what they hold."""
    return sorted(
        (header, re.sub("=[^;]*", "=", value, count=1) if header == "Set-Cookie" else value)
        for header, value in ((key, text.replace(name, "NAME")) for key, text in answer.headerlist)
    )


@pytest.fixture(scope="module", params=["ENABLED", "LEGACY"])
def site(request: pytest.FixtureRequest, local_pool: LocalPool, admin: Any) -> Router:
    """Applications of app clients that hide from the client who exists, and that do not."""
    client = admin.create_user_pool_client(
        UserPoolId=local_pool.user_pool_id,
        ClientName=f"enumeration-{request.param}",
        GenerateSecret=False,
        PreventUserExistenceErrors=request.param,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    settings = settings_of(local_pool, client_id=client, client_secret=None)
    return configurator(settings).make_wsgi_app()


@pytest.fixture
def guesser(site: Router, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> Guesser:
    proofs: list[str] = []
    prove = SrpClient.password_claim

    def counted(self: SrpClient, *arguments: Any, **named: Any) -> str:
        claim = prove(self, *arguments, **named)
        proofs.append(claim)
        return claim

    monkeypatch.setattr(SrpClient, "password_claim", counted)
    return Guesser(site, calls, proofs)


def new_name() -> str:
    """All are of one length, so that pages are too."""
    return f"enumerated-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def known(local_pool: LocalPool, local_site: Router, admin: Any) -> dict[str, str]:
    """The names of people who have an account, by the state that it is in."""
    names = {
        kind: new_name()
        for kind in ("confirmed", "unconfirmed", "disabled", "to be reset", "temporary")
    }
    for kind, name in names.items():
        identity = {"UserPoolId": local_pool.user_pool_id, "Username": name}
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
        if kind == "unconfirmed":
            admin.sign_up(
                ClientId=local_pool.public_client_id,
                Username=name,
                Password=PASSWORD,
                UserAttributes=attributes,
            )
            continue
        admin.admin_create_user(
            **identity,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[*attributes, {"Name": "email_verified", "Value": "true"}],
        )
        if kind != "temporary":
            admin.admin_set_user_password(**identity, Password=PASSWORD, Permanent=True)
        if kind == "disabled":
            admin.admin_disable_user(**identity)
        if kind == "to be reset":
            admin.admin_reset_user_password(**identity)
    guarded = create_guarded(local_pool, admin, local_site, new_name())
    return names | {"with an app": guarded.username}


@pytest.fixture(scope="module")
def usual(site: Router) -> dict[str, Told]:
    """What was told of names that nobody has, by what was tried."""
    return {}


@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize(
    "kind", ["confirmed", "unconfirmed", "disabled", "to be reset", "temporary", "with an app"]
)
def test_an_account_answers_as_if_there_were_none(
    guesser: Guesser, usual: dict[str, Told], known: dict[str, str], kind: str, guess: str
) -> None:
    if guess not in usual:
        usual[guess] = guesser.tries(guess, new_name())

    assert guesser.tries(guess, known[kind]) == usual[guess]


def test_a_guess_at_a_password_costs_a_proof_and_a_question_whoever_is_asked_for(
    guesser: Guesser,
) -> None:
    told = guesser.tries("sign-in", new_name())

    assert told.operations == ["InitiateAuth", "RespondToAuthChallenge"]
    assert told.proofs == 1


@pytest.mark.parametrize(
    ("guess", "leads_to"),
    [
        ("sign-up", f"{CONFIRM}?username=NAME"),
        ("resend", f"{CONFIRM}?username=NAME&reason=sent"),
        ("forgot", f"{RESET}?username=NAME&reason=sent"),
    ],
)
def test_who_asks_for_a_code_goes_on_to_enter_it(
    guesser: Guesser, guess: str, leads_to: str
) -> None:
    assert guesser.tries(guess, new_name()).leads_to == leads_to
