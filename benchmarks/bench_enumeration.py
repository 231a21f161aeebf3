"""Enumeration: whether the time of an answer tells who has an account."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

from pyramid.router import Router

from benchmarks.harness import Row, print_table, rows, spread, turns
from pyramid_cognito.local import LocalOptions, LocalPool, start
from tests.functional.site import PASSWORD, Browser, configurator, form_with, settings_of

ROUNDS = 48
#: the slowest of them over the quickest
BOUND = 1.25

UNKNOWN = "nobody's name"

#: by page: what is typed beside the name, none of it right
PAGES: Mapping[str, Mapping[str, str]] = {
    "sign-in": {"password": "Wrong-Horse-9"},
    "sign-up": {"password": "Changed-Horse-9"},
    "confirm": {"code": "000000"},
    "confirm/resend": {},
    "forgot-password": {},
    "reset-password": {"code": "000000", "new_password": "Changed-Horse-9"},
}


def run() -> list[Row]:
    """Wall time on the embedded pool: what it takes itself is its own, not Cognito's."""
    with tempfile.TemporaryDirectory() as directory:
        environment = Path(sys.prefix) / "ministack"
        # each failure is told in the audit trail, and who can sign in at the start
        logging.getLogger("pyramid_cognito").setLevel(logging.CRITICAL)
        with redirect_stderr(StringIO()):
            pool = start(LocalOptions(Path(directory), environment, users=()))
        try:
            site = configurator(settings_of(pool)).make_wsgi_app()
            return measured(site, people(pool))
        finally:
            pool.close()


def people(pool: LocalPool) -> dict[str, Callable[[], str]]:
    """By peer: makes a name; those of people always the same one."""
    admin = pool.admin()
    client = {"UserPoolId": pool.user_pool_id}
    known, unconfirmed, disabled = new_name(), new_name(), new_name()
    for name in (known, disabled):
        admin.admin_create_user(**client, Username=name, MessageAction="SUPPRESS")
        admin.admin_set_user_password(**client, Username=name, Password=PASSWORD, Permanent=True)
    admin.admin_disable_user(**client, Username=disabled)
    admin.sign_up(ClientId=pool.public_client_id, Username=unconfirmed, Password=PASSWORD)
    admin.close()
    return {
        UNKNOWN: new_name,
        "somebody's": lambda: known,
        "somebody's who is not confirmed": lambda: unconfirmed,
        "somebody's who is disabled": lambda: disabled,
    }


def new_name() -> str:
    return f"user-{uuid.uuid4().hex[:12]}"


def measured(site: Router, names: Mapping[str, Callable[[], str]]) -> list[Row]:
    table: list[Row] = []
    for page, typed in PAGES.items():
        times = times_of(site, page, typed, names)
        medians = {peer: median(seconds) for peer, seconds in times.items()}
        quickest, *others = sorted(medians, key=medians.__getitem__)
        table += rows(
            f"An answer of {page} (median, wall time)",
            {peer: medians[peer] for peer in (quickest, *others)},
            bounds=dict.fromkeys(others, BOUND),
            notes={peer: f"half of them: {in_ms(times[peer])}" for peer in medians},
        )
    return table


def times_of(
    site: Router, page: str, typed: Mapping[str, str], names: Mapping[str, Callable[[], str]]
) -> dict[str, list[float]]:
    """By peer: the seconds of each answer."""
    for name in names.values():
        answer(site, page, {"username": name(), **typed})
    times: dict[str, list[float]] = {peer: [] for peer in names}
    for peer in turns(names, ROUNDS):
        times[peer].append(answer(site, page, {"username": names[peer](), **typed}))
    return times


def answer(site: Router, page: str, fields: Mapping[str, str]) -> float:
    """The seconds of one answer; the page that holds the form is not counted."""
    form: Any = form_with(Browser(site).get(f"/account/{page}"), "username")
    for field, text in fields.items():
        form[field] = text
    if page == "sign-up":
        form["email"] = f"{fields['username']}@example.com"
    start = time.perf_counter()
    form.submit(expect_errors=True)
    return time.perf_counter() - start


def in_ms(times: list[float]) -> str:
    return f"{spread(seconds * 1e3 for seconds in times)} ms"


if __name__ == "__main__":
    print_table(run())
