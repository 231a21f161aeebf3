"""With every logger at DEBUG, botocore's above all, no secret is in any line."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyramid.router import Router

from pyramid_cognito.local import CONFIRMATION_CODE, RESET_CODE, LocalPool, LocalUser
from pyramid_cognito.pool import UserPool
from tests.functional.site import SECRET, Browser, configurator, settings_of

NewUser = Callable[..., LocalUser]

FIRST, SECOND = "First-Horse-9", "Second-Horse-9"


@pytest.fixture(scope="module")
def site(local_pool: LocalPool) -> Router:
    """Not the pool ``local``, which shows its codes on purpose."""
    return configurator(settings_of(local_pool)).make_wsgi_app()


@pytest.fixture
def browser(site: Router) -> Browser:
    return Browser(site)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to Cognito and came back, which is secret but for names and addresses."""
    texts: list[str] = []
    call = UserPool.call

    def watched(pool: UserPool, operation: str, /, **parameters: Any) -> dict[str, Any]:
        texts.extend(secrets_in(parameters))
        answer = call(pool, operation, **parameters)
        texts.extend(secrets_in(answer))
        return answer

    monkeypatch.setattr(UserPool, "call", watched)
    return texts


def secrets_in(value: Any) -> Iterator[str]:
    """Texts too long to be a name: tokens, sessions, proofs, hashes."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for member in value:
            yield from secrets_in(member)
    elif isinstance(value, str) and len(value) > 40:
        yield value


def everything(caplog: pytest.LogCaptureFixture) -> str:
    """All lines as a file has them, tracebacks included, and the arguments beside them."""
    formatter = logging.Formatter("%(name)s %(message)s %(args)s")
    return "\n".join(map(formatter.format, caplog.records))


def test_no_secret_is_in_any_log_line(
    browser: Browser,
    local_pool: LocalPool,
    new_user: NewUser,
    sent: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    # first, because the administrator's client is not ours, and logs what it sends
    newcomer = new_user(password=FIRST, permanent=False)
    caplog.set_level(logging.DEBUG)
    name = f"new-{uuid.uuid4().hex[:12]}"

    # an account
    form = browser.get("/account/sign-up").form
    form["username"], form["password"], form["email"] = name, FIRST, f"{name}@example.com"
    form = form.submit(status=303).follow().form
    form["code"] = "111222"
    form = form.submit(status=400).form
    form["code"] = CONFIRMATION_CODE
    form.submit(status=303)
    # a forgotten password
    form = browser.get("/account/forgot-password").form
    form["username"] = name
    form = form.submit(status=303).follow().form
    form["code"], form["new_password"] = RESET_CODE, SECOND
    form.submit(status=303)
    # in, wrongly and rightly, on, and out
    browser.sign_in(name, "Wrong-Horse-9", status=400)
    browser.sign_in(name, SECOND, status=303)
    tickets = [browser.ticket]
    sent.extend(browser.tokens().values())
    assert browser.get("/refresh").json["signed_in"] is True
    tickets.append(browser.ticket)
    browser.post("/leave-everywhere")
    # the password of an administrator, and a challenge
    form = browser.sign_in(newcomer.username, FIRST).follow().form
    tickets.append(browser.cookies["cognito-challenge"])
    form["new_password"] = SECOND
    form.submit(status=303)
    browser.sign_out()

    said = everything(caplog)
    assert "pyramid_cognito" in said
    typed = [FIRST, SECOND, "Wrong-Horse-9", "111222", CONFIRMATION_CODE, RESET_CODE]
    kept = [local_pool.client_secret, SECRET, *tickets]
    assert len(sent) > 30
    found = {secret for secret in [*typed, *kept, *sent] if secret and secret in said}
    assert found == set()


def test_other_clients_of_the_process_log_as_ever(
    browser: Browser, admin: Any, local_pool: LocalPool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser.sign_in("eve")
    caplog.clear()

    admin.admin_get_user(UserPoolId=local_pool.user_pool_id, Username="eve")

    assert any(record.name.startswith("botocore") for record in caplog.records)
