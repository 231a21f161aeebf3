"""axe-core in a page: fetched once by npm, run where the page's own policies do not reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests import npm

VERSION = "4.14.1"

# target-size is of WCAG 2.2, and off by default
VIOLATIONS = """axe.run(document, {
  resultTypes: ["violations"],
  rules: {"target-size": {enabled: true}}
}).then(results =>
  results.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`)))"""


def script() -> str:
    """The source of axe-core.

    Raises RuntimeError with what to do where it can neither be found nor fetched.
    """
    return npm.file("axe-core", VERSION, "axe.min.js").read_text()


@contextmanager
def ready(page: Page, source: str) -> Iterator[Callable[[], list[str]]]:
    """What finds the faults of the page as it then is: one line for each element and rule."""
    session = page.context.new_cdp_session(page)
    # a world of its own: Content-Security-Policy stays in force, and the page sees nothing
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    _evaluate(session, world, f"{source}; true")
    yield lambda: _evaluate(session, world, VIOLATIONS)
    session.detach()


def _evaluate(session: CDPSession, world: int, expression: str) -> Any:
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": world,
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    if "exceptionDetails" in answer:
        raise RuntimeError(str(answer["exceptionDetails"]))
    return answer["result"]["value"]
