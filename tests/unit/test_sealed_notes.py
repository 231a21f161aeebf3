"""Notes of one page to the next, by way of the browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pyramid.testing import DummyRequest

from pyramid_cognito import security
from pyramid_cognito.sealed_notes import LIFETIME, seal, unseal
from pyramid_cognito.services import REGISTRY_KEY
from tests.application import SECRET
from tests.clock import Clock

TEXT = "eve@example.com, or a password in the wrong field \ud800"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def request_of(clock):
    """A request of whoever has that ``sub``, or of nobody."""

    def make(sub: str | None) -> DummyRequest:
        settings = SimpleNamespace(secret=(SECRET,), user_pool_id="pool", client_id="client")
        request = DummyRequest()
        request.registry = {REGISTRY_KEY: SimpleNamespace(settings=settings, clock=clock)}
        identity = SimpleNamespace(sub=sub) if sub else None
        request.__dict__[security._STATE] = SimpleNamespace(identity=identity)
        return request

    return make


def test_a_note_is_opened_by_who_it_was_written_for(request_of):
    note = seal(request_of("ada"), "kept", TEXT)
    assert unseal(request_of("ada"), "kept", note) == TEXT


def test_it_shows_nothing_and_is_of_characters_that_an_address_may_hold(request_of):
    note = seal(request_of("ada"), "kept", "password")
    assert "password" not in note
    assert set(note) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@pytest.mark.parametrize(
    ("sub", "purpose"), [("eve", "kept"), (None, "kept"), ("ada", "authenticator")]
)
def test_it_is_for_one_person_and_one_purpose(request_of, sub, purpose):
    note = seal(request_of("ada"), "kept", TEXT)
    assert unseal(request_of(sub), purpose, note) is None


def test_nobody_has_no_notes(request_of):
    note = seal(request_of(None), "kept", TEXT)
    assert unseal(request_of(None), "kept", note) is None


def test_it_can_be_opened_for_a_quarter_of_an_hour(request_of, clock):
    note = seal(request_of("ada"), "kept", TEXT)
    clock.advance(LIFETIME - 1)
    assert unseal(request_of("ada"), "kept", note) == TEXT
    clock.advance(1)
    assert unseal(request_of("ada"), "kept", note) is None


@pytest.mark.parametrize("note", ["", "eve@example.com", "a.b.c", "\ud800"])
def test_what_is_no_note_holds_nothing(request_of, note):
    assert unseal(request_of("ada"), "kept", note) is None
