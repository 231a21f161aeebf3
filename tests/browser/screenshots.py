"""The pictures of the README: ``python -m tests.browser.screenshots`` makes them anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from . import chromium
from .application import REPOSITORY, Application
from .people import ADA, EVE
from .steps import SIGN_IN, sign_in

PICTURES = REPOSITORY / "docs" / "screenshots"
# a web page shows them beside text, so no more than a glance is wanted
SIZE = {"width": 1280, "height": 740}


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as directory, chromium.launched() as browser:
        application = Application(Path(directory))
        application.start()
        try:
            take(browser, application, "sign-in", SIGN_IN)
            take(browser, application, "home", "/", EVE)
            take(browser, application, "documents", "/documents", ADA)
        finally:
            application.stop()
            application.wait_for_pool_to_end()


def take(
    browser: Browser, application: Application, name: str, path: str, username: str | None = None
) -> None:
    page = browser.new_page(base_url=application.url, viewport=SIZE, color_scheme="light")
    if username:
        sign_in(page, username)
    page.goto(path)
    page.screenshot(path=PICTURES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
