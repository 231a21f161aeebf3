"""The text of ``cognito.policy.<Name>`` settings: one requirement a line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from pyramid.exceptions import ConfigurationError

from pyramid_cognito.claim_policy import PRESENT, ClaimPolicy, make_policy

_FORMS = (
    "group in NAME ...; claim NAME in VALUE ...; claim NAME is true (or false); "
    "claim NAME present; signed in within SECONDS"
)
_BOOLEANS = {"true": True, "false": False}
_QUOTED = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|'[^']*'""")
_COMMENT = re.compile(r"(?:^|\s)[#;]")

#: what a line is about: "group", "age", or "claim" and its name
_Subject = tuple[str, ...]


def read_policies(
    texts: Mapping[str, str], editable: frozenset[str]
) -> tuple[tuple[ClaimPolicy, ...], list[str]]:
    """Read the policies of an ini, given as texts by name.

    :param editable: names of the attributes that users may write.
    :returns: the policies, and every fault in all of them, each with its key and, where it has
        one, its line. Only without faults are the policies to be used.
    """
    policies, faults = [], []
    for name, text in texts.items():
        key = f"cognito.policy.{name}"
        requirements, misread = _read_policy(text)
        faults += [f"{key}, {fault}" for fault in misread]
        if misread:
            continue
        try:
            policy = make_policy(name, **requirements)
        except ConfigurationError as error:
            faults.append(f"{key}: {error}")
        else:
            faults += [f"{key}: {fault}" for fault in policy.faults(editable)]
            policies.append(policy)
    return tuple(policies), faults


def _read_policy(text: str) -> tuple[dict[str, Any], list[str]]:
    """Arguments for `make_policy`, and the faults."""
    found: dict[_Subject, Any] = {}
    faults = []
    for number, line in enumerate(text.strip().split("\n"), start=1):
        fault = _take(line, found)
        if fault:
            faults.append(f"line {number} ({line.strip()!r}): {fault}")
    claims = {subject[1]: wanted for subject, wanted in found.items() if subject[0] == "claim"}
    requirements = {
        "claims": claims or None,
        "groups": found.get(("group",)),
        "max_age": found.get(("age",)),
    }
    return requirements, faults


def _take(line: str, found: dict[_Subject, Any]) -> str:
    """Add what the line requires to *found*; returns its fault, or an empty text."""
    try:
        requirement = _read_line(line)
    except ValueError as fault:
        return str(fault)
    if requirement is None:
        return ""
    subject, wanted = requirement
    if subject in found:
        return "required twice; write alternatives on one line"
    found[subject] = wanted
    return ""


def _read_line(line: str) -> tuple[_Subject, Any] | None:
    """What the line is about and what it wants; None for an empty line."""
    if _COMMENT.search(_QUOTED.sub("_", line)):
        raise ValueError("a comment needs a line of its own; quote a value that starts with # or ;")
    match shlex.split(line):
        case []:
            return None
        case ["group", "in", *names] if names:
            return ("group",), names
        case ["claim", name, "in", *values] if values:
            return ("claim", name), values
        case ["claim", name, "is", word] if word in _BOOLEANS:
            return ("claim", name), _BOOLEANS[word]
        case ["claim", name, "present"]:
            return ("claim", name), PRESENT
        case ["signed", "in", "within", seconds] if re.fullmatch("[0-9]{1,10}", seconds):
            return ("age",), int(seconds)
    raise ValueError(f"expected one of: {_FORMS}")
