"""One application and one browser for all browser tests; cookies of its own for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from . import axe, chromium
from .application import Application
from .people import People
from .steps import sign_in

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    application = Application(tmp_path_factory.mktemp("application"))
    try:
        application.start()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    yield application
    application.stop()


@pytest.fixture(scope="session")
def people(application: Application) -> Iterator[People]:
    people = People(application)
    yield people
    people.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium.launched() as browser:
            yield browser
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def axe_script() -> str:
    try:
        return axe.script()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def new_context(application: Application, browser: Browser) -> Iterator[NewContext]:
    """A browser profile that nobody has used; options as Playwright has them."""
    contexts = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=application.url, **options)
        context.set_default_timeout(chromium.PATIENCE)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page of somebody who is not signed in."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def cookies_of(
    application: Application, browser: Browser
) -> Callable[[str], StorageState | None]:
    """The cookies of a sign-in as that user, done once; for tests that do not end it."""
    states: dict[str, StorageState] = {}

    def cookies(username: str) -> StorageState:
        if username not in states:
            context = browser.new_context(base_url=application.url)
            sign_in(context.new_page(), username)
            states[username] = context.storage_state()
            context.close()
        return states[username]

    return cookies
