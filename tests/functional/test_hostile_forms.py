"""Whatever is sent to a page, it answers: with no fault of the server, no way off, no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webtest import TestResponse

from pyramid_cognito.local import LocalPool
from pyramid_cognito.views.routes import PAGES
from tests.functional.hostile import (
    PLAUSIBLE,
    SECRETS,
    UNASKED,
    as_bytes,
    as_multipart,
    encoded,
    faults_of,
    onwards,
    values,
)
from tests.functional.hostile_site import CHALLENGES, SOMEONE, HostileSite, answering
from tests.functional.site import PASSWORD, SIGN_IN, Browser, where

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=frontier"

MEGABYTE = 1024 * 1024

Pairs = list[tuple[str, bytes]]

LONG_AGO = "someone, long ago"
#: who opens which page
VISITS = [
    *((page, who) for page in PAGES for who in ("nobody", "someone")),
    *(("cognito.challenge", question) for question in CHALLENGES),
    # pages that bring back what was typed, once the password was given again
    *((page, LONG_AGO) for page in ("cognito.email", "cognito.phone")),
]

of_each_page = pytest.mark.parametrize(
    ("page", "who"), VISITS, ids=[f"{page.partition('.')[2]}-{who}" for page, who in VISITS]
)


def examples(most: int) -> settings:
    too_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=most, deadline=None, suppress_health_check=too_slow)


@pytest.fixture(scope="module")
def hostile(local_pool: LocalPool, admin: Any) -> Iterator[HostileSite]:
    site = HostileSite(local_pool, admin)
    with answering(site.client):
        yield site


class Form:
    """The form of a page, as it stands in somebody's browser."""

    def __init__(self, site: HostileSite, page: str, who: str) -> None:
        self._site = site
        self._path = site.paths[page]
        self._who = who
        opened = site.visitor(who).get(self._path)
        forms = opened.forms.values() if opened.content_type == "text/html" else ()
        found = {name: fields[0].value for form in forms for name, fields in form.fields.items()}
        self.fields = {
            name: PLAUSIBLE.get(name, value or "")
            for name, value in found.items()
            if name not in (None, "csrf_token", *UNASKED)
        }

    @property
    def pairs(self) -> Pairs:
        return [(name, text.encode()) for name, text in self.fields.items()]

    def send(
        self,
        body: bytes,
        content_type: str = URLENCODED,
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> TestResponse:
        """Post *body*, with the CSRF token in a header unless *headers* say something else."""
        browser = self._site.visitor(self._who)
        if headers is None:
            headers = {"X-CSRF-Token": self._site.token(browser)}
        # not its post(), which takes bodies apart
        answer: TestResponse = browser.request(
            f"{self._path}?{query}",
            method="POST",
            body=body,
            content_type=content_type,
            headers=dict(headers),
            expect_errors=True,
        )
        return answer


@st.composite
def forms(draw: st.DrawFn, fields: Mapping[str, str]) -> Pairs:
    """A form as it is meant, but for one to three of its fields."""
    pairs = [(name, text.encode()) for name, text in fields.items()]
    names = st.sampled_from([*fields, "next", *UNASKED])
    for _ in range(draw(st.integers(1, 3))):
        name, value = draw(names), draw(values)
        if name == "next":
            value = as_bytes(draw(onwards))
        mark = PLAUSIBLE[name].encode() if name in SECRETS else b""
        kept = draw(st.booleans())
        pairs = [pair for pair in pairs if kept or pair[0] != name]
        pairs.insert(draw(st.integers(0, len(pairs))), (name, value + mark))
    return pairs


# --- text


@of_each_page
def test_any_text_in_any_field_is_answered(hostile: HostileSite, page: str, who: str) -> None:
    form = Form(hostile, page, who)

    @examples(6)
    @given(forms(form.fields), st.booleans())
    def check(pairs: Pairs, in_parts: bool) -> None:
        if in_parts:
            answer = form.send(as_multipart(pairs), MULTIPART)
        else:
            answer = form.send(encoded(pairs))
        assert faults_of(answer) == []

    check()


@examples(50)
@given(st.sampled_from(sorted(PAGES)), forms(PLAUSIBLE))
def test_any_text_that_is_sent_too_late_is_answered(
    hostile: HostileSite, page: str, pairs: Pairs
) -> None:
    assert faults_of(Form(hostile, page, LONG_AGO).send(encoded(pairs))) == []


QUERIES = ("username", "reason", "to", "next", "email", "phone_number", "_LOCALE_", "password")


@of_each_page
def test_any_text_in_the_address_is_answered(hostile: HostileSite, page: str, who: str) -> None:
    path = hostile.paths[page]
    pairs = st.tuples(st.sampled_from(QUERIES), values | onwards.map(as_bytes))

    @examples(4)
    @given(st.lists(pairs, min_size=1, max_size=4))
    def check(query: Pairs) -> None:
        address = f"{path}?{encoded(query).decode()}"
        assert faults_of(hostile.visitor(who).get(address, expect_errors=True)) == []

    check()


@examples(60)
@given(st.sampled_from(sorted(PAGES)), st.binary(max_size=40))
def test_an_address_that_is_no_text_is_answered(
    hostile: HostileSite, page: str, query: bytes
) -> None:
    environ = {"QUERY_STRING": f"username=a&next=/view&{query.decode('latin-1')}"}

    answer = hostile.visitor("nobody").get(
        hostile.paths[page], extra_environ=environ, expect_errors=True
    )

    assert faults_of(answer) == []


# --- what is no form


def misshapen(pairs: Pairs) -> dict[str, tuple[str, bytes]]:
    """Content types and bodies that are not what a browser makes of a form."""
    form, in_parts = encoded(pairs), as_multipart(pairs)
    return {
        "nothing": (URLENCODED, b""),
        "JSON": ("application/json", json.dumps(dict.fromkeys(dict(pairs), "x")).encode()),
        "XML": (
            "application/xml",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        ),
        "plain text": ("text/plain", form),
        "no type at all": ("", form),
        "no type there is": ("\xa0/;;=", form),
        "bytes": (URLENCODED, bytes(range(256))),
        "UTF-16": (f"{URLENCODED}; charset=utf-16", form.decode().encode("utf-16")),
        "no charset there is": (f"{URLENCODED}; charset=nonsense", form),
        "UTF-7": (f"{URLENCODED}; charset=utf-7", b"username=+ADw-script+AD4-"),
        "files": (MULTIPART, as_multipart(pairs, filename="a.txt")),
        "parts without an end": (MULTIPART, in_parts[:-30]),
        "parts without a name": (MULTIPART, in_parts.replace(b"; name=", b"; mane=")),
        "parts of another boundary": (MULTIPART, in_parts.replace(b"frontier", b"border")),
        "parts without a boundary": ("multipart/form-data", in_parts),
        "parts of a length of their own": (
            MULTIPART,
            in_parts.replace(b"\r\n\r\n", b"\r\nContent-Length: 99999999\r\n\r\n"),
        ),
        "every field twice": (URLENCODED, encoded([*pairs, *pairs])),
        "every field a list": (URLENCODED, encoded([(f"{name}[]", text) for name, text in pairs])),
        "a thousand fields": (URLENCODED, encoded([*pairs, *pairs[:1] * 1000])),
    }


@of_each_page
def test_what_is_no_form_is_answered(hostile: HostileSite, page: str, who: str) -> None:
    form = Form(hostile, page, who)

    faults = {
        shape: faults_of(form.send(body, content_type))
        for shape, (content_type, body) in misshapen(form.pairs).items()
    }

    assert {shape: found for shape, found in faults.items() if found} == {}


@of_each_page
def test_a_megabyte_is_refused_unread(
    hostile: HostileSite, page: str, who: str, calls: list[str]
) -> None:
    form = Form(hostile, page, who)
    fields = form.pairs or [("a", b"")]
    pairs = [(name, text + b"a" * (MEGABYTE // len(fields))) for name, text in fields]
    bodies = {
        URLENCODED: encoded(pairs),
        MULTIPART: as_multipart(pairs, filename="a.txt"),
        "application/octet-stream": bytes(MEGABYTE),
    }
    calls.clear()

    answers = [form.send(body, content_type) for content_type, body in bodies.items()]

    assert [(answer.status_int, faults_of(answer)) for answer in answers] == [(413, [])] * 3
    assert calls == []


# --- forms of other sites


@of_each_page
def test_a_form_of_another_site_does_nothing(
    hostile: HostileSite, page: str, who: str, calls: list[str]
) -> None:
    form = Form(hostile, page, who)
    stranger = Browser(hostile.site)
    stranger.get(SIGN_IN)
    tokens: list[Pairs] = [
        [],
        [("csrf_token", b"")],
        [("csrf_token", hostile.token(stranger).encode())],
        [("csrf_token", b"\xff\0"), ("csrf_token", b"")],
    ]
    calls.clear()

    answers = [form.send(encoded([*form.pairs, *token]), headers={}) for token in tokens]

    assert [(answer.status_int, faults_of(answer)) for answer in answers] == [(400, [])] * 4
    assert calls == []


# --- the way on


@examples(100)
@given(onwards)
def test_who_is_signed_in_already_stays_on_this_site(hostile: HostileSite, onward: str) -> None:
    address = f"{hostile.paths['cognito.sign_in']}?{encoded([('next', as_bytes(onward))]).decode()}"

    assert faults_of(hostile.visitor("someone").get(address, expect_errors=True)) == []


@examples(100)
@given(onwards)
def test_who_signs_out_stays_on_this_site(hostile: HostileSite, onward: str) -> None:
    browser = hostile.visitor("nobody")
    form = encoded([("csrf_token", hostile.token(browser).encode()), ("next", as_bytes(onward))])

    answer = browser.request(
        hostile.paths["cognito.sign_out"],
        method="POST",
        body=form,
        content_type=URLENCODED,
        expect_errors=True,
    )

    assert faults_of(answer) == []


@pytest.mark.parametrize("onward", ["https://evil.example/", "/\\evil.example", "\t//evil.example"])
@pytest.mark.parametrize("page", ["cognito.sign_in", "cognito.reauthenticate"])
def test_who_gives_the_right_password_stays_on_this_site(
    hostile: HostileSite, page: str, onward: str
) -> None:
    form = Form(hostile, page, "someone")
    form.fields.update(username=SOMEONE, password=PASSWORD, next=onward)

    answer = form.send(encoded(form.pairs))

    assert where(answer) == "/"
