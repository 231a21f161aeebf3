"""Debian's Chromium, without a screen and without a network of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# how long a page may take, in milliseconds
PATIENCE = 15_000


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser.

    Raises RuntimeError with what to install where there is none.
    """
    executable = shutil.which("chromium")
    if executable is None:
        raise RuntimeError("Chromium is missing: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=ARGUMENTS,
            # people's browsers keep pages for the Back button; what they keep is tested here
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()
