"""Every page: by the rules of accessibility, within its width, within its own policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, expect

from . import axe
from .pages import PLACES, Place, World
from .scripted_pages import SCRIPTED_PLACES, ScriptedPlace
from .steps import heading

#: a telephone and a desk
WIDTHS = (360, 1280)
COLOUR_SCHEMES = ("light", "dark")


@dataclass(eq=False)
class Visit:
    """A page that a browser has come to, and what it saw on the way."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def see(self, request: Request) -> None:
        self.requests.append(request.url)

    def widths(self) -> Iterator[str]:
        """The page at every width, in turn."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            yield f"{width} px"

    def looks(self) -> Iterator[str]:
        """The page at every width in every colour scheme, in turn."""
        for width in self.widths():
            for scheme in COLOUR_SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                yield f"{width}, {scheme}"


# for the module, so that all tests of a place come to it once
@pytest.fixture(scope="module", params=(*PLACES, *SCRIPTED_PLACES), ids=lambda it: it.name)
def visit(request: pytest.FixtureRequest, window: Page, world: World) -> Iterator[Visit]:
    place: Place | ScriptedPlace = request.param
    window.context.clear_cookies()
    visit = Visit(window)
    window.on("console", visit.hear)
    window.on("request", visit.see)
    place.visit(window, world)
    expect(heading(window)).to_have_text(place.heading)
    yield visit
    window.remove_listener("console", visit.hear)
    window.remove_listener("request", visit.see)


def test_axe_finds_nothing_wrong_at_any_width_in_any_colours(visit: Visit, axe_script: str) -> None:
    with axe.ready(visit.page, axe_script) as violations:
        found = [f"{look}: {fault}" for look in visit.looks() for fault in violations()]
    assert found == []


def test_a_page_is_not_wider_than_its_window(visit: Visit) -> None:
    wide = [f"{width}: {it}" for width in visit.widths() for it in visit.page.evaluate(OVERFLOW)]
    assert wide == []


def test_a_page_breaks_no_policy_of_its_own(visit: Visit) -> None:
    # the console also tells the status of a page that says that something is wrong
    assert [text for text in visit.console if "responded with a status of" not in text] == []


def test_a_page_asks_nothing_of_other_sites(visit: Visit) -> None:
    site = visit.page.evaluate("location.origin")
    assert [url for url in visit.requests if not url.startswith(f"{site}/")] == []


def test_pages_are_dark_for_who_wants_them_dark(page: Page) -> None:
    page.goto("/")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(BRIGHTNESS) > 200
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BRIGHTNESS) < 60


# how wide the page is, if wider than its window, and what reaches over the right edge
OVERFLOW = """() => {
  const edge = document.documentElement.clientWidth;
  const width = document.documentElement.scrollWidth;
  if (width <= edge) return [];
  const over = [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > edge)
    .map(element => element.outerHTML.slice(0, 120));
  return [`${width} px wide`, ...over];
}"""

# the mean of red, green and blue, from 0 to 255
BRIGHTNESS = """() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g);
  return (Number(red) + Number(green) + Number(blue)) / 3;
}"""
