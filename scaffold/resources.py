"""The resource tree: ``/`` holds ``documents``, which holds documents, each with its own ACL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from pyramid.authorization import (
    ALL_PERMISSIONS,
    DENY_ALL,
    ACLHelper,
    Allow,
    Authenticated,
)

# who may read a document, as its owner chooses it in the form
AUDIENCES = {
    "owner": "Only its owner",
    "domain": "People of {domain}",
    "partners": "People of the authorized domains, who may also share it",
    "everyone": "Everyone who is signed in",
}

# the owner of the sample documents: no person's sub, so that only an Admin edits them
HOUSE = "the-house"


class Root:
    """The site. What it grants, its descendants inherit unless they say otherwise."""

    __name__ = ""
    __parent__ = None
    __acl__ = (
        (Allow, "group:Admin", ALL_PERMISSIONS),
        (Allow, Authenticated, "view"),
    )

    def __init__(self, documents: Documents) -> None:
        documents.__parent__ = self
        self._children = {documents.__name__: documents}

    def __getitem__(self, name: str) -> Documents:
        return self._children[name]


class Documents:
    """All documents, in memory: they are gone when the application restarts."""

    __name__ = "documents"
    __parent__: Root | None = None
    __acl__ = ((Allow, Authenticated, "create"),)

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._documents: dict[str, Document] = {}
        for document in documents:
            self.add(document)

    def __getitem__(self, name: str) -> Document:
        return self._documents[name]

    def __iter__(self) -> Iterator[Document]:
        # a copy: another thread may add or remove one meanwhile
        return iter(list(self._documents.values()))

    def add(self, document: Document) -> None:
        document.__parent__ = self
        self._documents[document.__name__] = document

    def remove(self, document: Document) -> None:
        self._documents.pop(document.__name__, None)


@dataclass(eq=False)
class Document:
    """A page of text with an owner and an audience."""

    title: str
    body: str
    audience: str
    owner_sub: str = HOUSE
    owner_name: str = "The house"
    # the owner's custom:domain, None for an owner who has none
    domain: str | None = None
    # further domains, invited by the people of the authorized ones
    guests: set[str] = field(default_factory=set)
    __name__: str = field(default_factory=lambda: uuid4().hex)
    __parent__: Documents | None = field(default=None, repr=False)

    def __acl__(self) -> list[tuple[object, ...]]:
        return [
            (Allow, "group:Admin", ALL_PERMISSIONS),
            (Allow, self.owner_sub, ("view", "edit")),
            *self._readers(),
            # else the root's "view" for everyone signed in would be inherited
            DENY_ALL,
        ]

    def _readers(self) -> list[tuple[object, ...]]:
        if self.audience == "domain" and self.domain:
            return [(Allow, f"custom:domain={self.domain}", ("view",))]
        if self.audience == "partners":
            return [
                (Allow, "policy:AuthorizedDomainsOnly", ("view", "share")),
                *((Allow, f"custom:domain={guest}", ("view",)) for guest in sorted(self.guests)),
            ]
        if self.audience == "everyone":
            return [(Allow, Authenticated, ("view",))]
        return []

    @property
    def readers(self) -> list[str]:
        """The principals that may read it, for people to see; ``has_permission`` decides."""
        principals = ACLHelper().principals_allowed_by_permission(self, "view")
        return sorted(principals - {HOUSE})

    def revise(self, *, title: str, body: str, audience: str) -> None:
        if audience != self.audience:
            self.guests = set()
        self.title, self.body, self.audience = title, body, audience

    def share_with(self, domain: str) -> None:
        self.guests = self.guests | {domain}


def sample_documents() -> Documents:
    """One document for every kind of principal."""
    return Documents(
        [
            Document(
                __name__="welcome",
                title="Welcome",
                body=(
                    "Good that you are here. This page is for everyone who is signed in, "
                    "whatever their groups and attributes.\n\n"
                    "Write a document of your own and choose who may read it: you decide, "
                    "because you own it."
                ),
                audience="everyone",
            ),
            Document(
                __name__="handbook",
                title="Staff handbook",
                body=(
                    "Only people whose custom:domain is example.com read this.\n\n"
                    "Tea is at four. The key to the roof is with whoever had it last."
                ),
                audience="domain",
                domain="example.com",
            ),
            Document(
                __name__="field-notes",
                title="Field notes",
                body=(
                    "Only people whose custom:domain is example.net read this, and an Admin, "
                    "who reads everything.\n\n"
                    "Day 3: the heron came back. It still does not trust us."
                ),
                audience="domain",
                domain="example.net",
            ),
            Document(
                __name__="agreement",
                title="Partner agreement",
                body=(
                    "People who satisfy the policy AuthorizedDomainsOnly read this, and they may "
                    "share it with one more domain.\n\n"
                    "Both sides bring cake, in turn, on the first Monday of the month."
                ),
                audience="partners",
            ),
            Document(
                __name__="salaries",
                title="Salary review",
                body=(
                    "Nobody but an Admin reads this.\n\n"
                    "Everyone gets a little more. The cat remains on full board."
                ),
                audience="owner",
            ),
        ]
    )
