"""What a person may type into the forms, and what to say when it does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scaffold.resources import AUDIENCES

TITLE_LENGTH = 80
BODY_LENGTH = 5000
# labels of letters, digits and inner hyphens (RFC 1123, section 2.1)
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"(?=.{{4,253}}\Z)({LABEL}\.)+{LABEL}")


def read_document(
    posted: Mapping[str, str], choices: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values as typed and, by field name, what is wrong with them."""
    values = {name: posted.get(name, "").strip() for name in ("title", "body", "audience")}
    errors = {}
    if not values["title"]:
        errors["title"] = "Give the document a title."
    elif len(values["title"]) > TITLE_LENGTH:
        errors["title"] = f"Keep the title within {TITLE_LENGTH} characters."
    if len(values["body"]) > BODY_LENGTH:
        errors["body"] = f"Keep the text within {BODY_LENGTH} characters."
    if values["audience"] not in choices:
        errors["audience"] = "Choose who may read it."
    return values, errors


def read_domain(posted: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the domain in lower case and, if it is none, what to say."""
    domain = posted.get("domain", "").strip().lower()
    error = None if DOMAIN.fullmatch(domain) else "Enter a domain such as example.net."
    return domain, error


def audiences(domain: str | None) -> dict[str, str]:
    """The choices for an owner with that ``custom:domain``, if any."""
    return {
        name: label.format(domain=domain)
        for name, label in AUDIENCES.items()
        if domain or name != "domain"
    }
