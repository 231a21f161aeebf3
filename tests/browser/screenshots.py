"""The pictures of the README: ``python -m tests.browser.screenshots`` makes them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from . import chromium
from .application import REPOSITORY, Application
from .people import ADA, EVE
from .steps import (
    ACCOUNT,
    AUTHENTICATOR,
    CHANGE_PASSWORD,
    PERSONAL_DATA,
    PROFILE,
    SIGN_IN,
    press,
    sign_in,
)

PICTURES = REPOSITORY / "docs" / "screenshots"
# a web page shows them beside text, so no more than a glance is wanted
WIDE = {"width": 1280, "height": 740}
# these stand three abreast
NARROW = {"width": 640, "height": 860}


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as directory, chromium.launched() as browser:
        application = Application(Path(directory))
        application.start()
        try:
            with camera(browser, application, WIDE, EVE) as take:
                take("home", "/")
            with camera(browser, application, WIDE, ADA) as take:
                take("documents", "/documents")
            with camera(browser, application, NARROW) as take:
                take("sign-in", SIGN_IN)
            with camera(browser, application, NARROW, EVE) as take:
                take("account", ACCOUNT)
                take("profile", PROFILE)
                take("two-factor", AUTHENTICATOR, with_a_key)
                take("change-password", CHANGE_PASSWORD, half_typed)
                take("personal-data", PERSONAL_DATA)
        finally:
            application.stop()
            application.wait_for_pool_to_end()


@contextmanager
def camera(
    browser: Browser, application: Application, size: Any, username: str | None = None
) -> Iterator[Callable[..., None]]:
    """What takes a picture, by its name, of the page at a path."""
    page = browser.new_page(base_url=application.url, viewport=size, color_scheme="light")
    if username:
        sign_in(page, username)

    def take(name: str, path: str, prepare: Callable[[Page], None] | None = None) -> None:
        page.goto(path)
        if prepare:
            prepare(page)
        page.screenshot(path=PICTURES / f"{name}.png")

    yield take
    page.close()


def with_a_key(page: Page) -> None:
    press(page, "Show a key")


def half_typed(page: Page) -> None:
    page.get_by_label("New password").fill("Horse-9")


if __name__ == "__main__":
    main()
