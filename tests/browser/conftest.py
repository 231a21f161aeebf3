"""One application and one browser for all browser tests, each of which begins without cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from . import axe, chromium
from .application import Application
from .pages import World
from .people import People
from .scripted import ScriptedSite
from .steps import sign_in

NewContext = Callable[..., BrowserContext]
CookiesOf = Callable[[str], list[Any]]


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
def scripted() -> Iterator[ScriptedSite]:
    site = ScriptedSite()
    yield site
    site.close()


@pytest.fixture(scope="session")
def world(people: People, cookies_of: CookiesOf, scripted: ScriptedSite) -> World:
    return World(people, cookies_of, scripted)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium.launched() as browser:
            expect.set_options(timeout=chromium.PATIENCE)
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
    """Make browser profiles that last for the test."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        contexts.append(new_profile(browser, application, **options))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def window(application: Application, browser: Browser) -> Iterator[Page]:
    """One for all tests of a module: to open another takes longer than most of what they do."""
    context = new_profile(browser, application)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(window: Page) -> Page:
    """A page of somebody who is not signed in."""
    window.context.clear_cookies()
    return window


@pytest.fixture(scope="session")
def cookies_of(application: Application, browser: Browser) -> CookiesOf:
    """The cookies of a sign-in as that user, done once; for tests that do not end it."""
    jars: dict[str, list[Any]] = {}

    def cookies(username: str) -> list[Any]:
        if username not in jars:
            context = new_profile(browser, application)
            page = context.new_page()
            sign_in(page, username)
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            jars[username] = context.cookies()
            context.close()
        return jars[username]

    return cookies


def new_profile(browser: Browser, application: Application, **options: Any) -> BrowserContext:
    """A browser profile that nobody has used; options as Playwright has them."""
    context = browser.new_context(base_url=application.url, **options)
    context.set_default_timeout(chromium.PATIENCE)
    return context
