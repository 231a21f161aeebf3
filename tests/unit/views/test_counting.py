"""What is counted of who is signed in."""

from __future__ import annotations

import pytest

from pyramid_cognito.events import Throttled
from pyramid_cognito.services import REGISTRY_KEY
from tests.unit.views.site import ADA

FILE = "/account/personal-data.json"


class StorageAway:
    def hit(self, *_arguments):
        raise ConnectionError


@pytest.fixture
def told(site):
    """The events of a site where Ada is signed in."""
    events = []
    site.policy.person = ADA
    site.cognito.account.answers |= {
        "list_devices": [],
        "list_user_sessions": [],
        "list_web_authn_credentials": [],
    }
    site.config.add_subscriber(events.append, Throttled)
    site.config.commit()
    return events


def test_who_does_it_too_often_is_told_of(site, told):
    for _ in range(10):
        site.browser.get(FILE)
    assert told == []
    site.browser.get(FILE, status=429)
    assert [(event.action, event.user, event.sub) for event in told] == [
        ("personal_data", "ada", "sub-of-ada")
    ]


def test_while_nothing_can_be_counted_nothing_is_done_and_nobody_blamed(site, told, monkeypatch):
    throttle = site.config.registry[REGISTRY_KEY].throttle
    throttle._ready()
    monkeypatch.setattr(throttle, "_limiter", StorageAway())
    site.browser.get(FILE, status=503)
    assert told == []
    assert site.cognito.account.calls == []


def test_people_are_counted_apart(told, site):
    for _ in range(10):
        site.browser.get(FILE)
    site.policy.person = type(ADA).from_claims({"sub": "sub-of-eve", "cognito:username": "eve"})
    assert site.browser.get(FILE).status_int == 200
