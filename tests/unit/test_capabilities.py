"""What a user pool offers, as its refusals tell."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pyramid_cognito.capabilities import Capabilities
from pyramid_cognito.errors import CognitoError, cognito_error
from tests.clock import Clock

ASKED_OF_THE_POOL = {
    "devices": "ListDevices",
    "sessions": "ListUserSessions",
    "passkeys": "ListWebAuthnCredentials",
}
LISTS = {
    "devices": "list_devices",
    "sessions": "list_user_sessions",
    "passkeys": "list_web_authn_credentials",
}
NO_ANSWERS = [
    "NotAuthorizedException",
    "ServiceUnavailable",
    "TooManyRequestsException",
    "NewException",
]


class Asked:
    """An account whose every operation answers alike, and which counts the questions."""

    things = ("one", "another")

    def __init__(self, code: str | None = None) -> None:
        self.code = code
        self.questions: list[str] = []

    def _own(self, operation):
        self.questions.append(operation)
        if self.code is not None:
            raise cognito_error(self.code)
        return {}

    def __getattr__(self, name):
        def find():
            self._own(name)
            return self.things

        return find


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def capabilities(clock):
    features = frozenset({*ASKED_OF_THE_POOL, "authenticator_app"})
    return Capabilities(SimpleNamespace(features=features), clock)


@pytest.mark.parametrize(("feature", "operation"), ASKED_OF_THE_POOL.items())
def test_a_pool_that_answers_offers_the_feature(capabilities, feature, operation):
    account = Asked()
    assert capabilities.offers(feature, account)
    assert account.questions == [operation]


@pytest.mark.parametrize("feature", ASKED_OF_THE_POOL)
@pytest.mark.parametrize(
    "code",
    [
        "FeatureUnavailableInTierException",
        "InvalidAction",
        "InvalidParameterException",
        "InvalidUserPoolConfigurationException",
        "OperationNotEnabledException",
        "UnknownOperationException",
        "UnsupportedOperationException",
        "UserPoolAddOnNotEnabledException",
        "WebAuthnConfigurationMissingException",
        "WebAuthnNotEnabledException",
    ],
)
def test_a_pool_that_refuses_does_not_and_is_not_asked_again(capabilities, feature, code):
    account = Asked(code)
    assert not capabilities.offers(feature, account)
    assert not capabilities.offers(feature, account)
    assert len(account.questions) == 1


@pytest.mark.parametrize("code", NO_ANSWERS)
def test_a_question_without_an_answer_means_no_and_is_put_again(capabilities, code):
    account = Asked(code)
    assert not capabilities.offers("devices", account)
    account.code = None
    assert capabilities.offers("devices", account)


def test_the_pool_is_asked_once_an_hour_whoever_wants_to_know(capabilities, clock):
    first, second = Asked(), Asked()
    assert capabilities.offers("devices", first)
    clock.advance(3599)
    assert capabilities.offers("devices", second)
    assert second.questions == []
    clock.advance(1)
    assert capabilities.offers("devices", second)
    assert second.questions == ["ListDevices"]


def test_a_pool_may_come_to_offer_what_it_did_not(capabilities, clock):
    assert not capabilities.offers("devices", Asked("InvalidUserPoolConfigurationException"))
    clock.advance(299)
    assert not capabilities.offers("devices", Asked())
    clock.advance(1)
    assert capabilities.offers("devices", Asked())


def test_each_feature_is_asked_for_apart(capabilities):
    assert not capabilities.offers("passkeys", Asked("WebAuthnNotEnabledException"))
    assert capabilities.offers("devices", Asked())


def test_what_only_the_settings_know_is_not_asked_of_the_pool(capabilities):
    account = Asked()
    assert capabilities.offers("authenticator_app", account)
    assert account.questions == []


@pytest.mark.parametrize("feature", ["sms_code", "no such feature"])
def test_what_the_settings_do_not_name_is_not_offered(capabilities, feature):
    assert not capabilities.offers(feature, Asked())


def test_a_feature_that_is_switched_off_is_not_asked_for(clock):
    account = Asked()
    capabilities = Capabilities(SimpleNamespace(features=frozenset()), clock)
    assert not capabilities.offers("devices", account)
    assert account.questions == []


@pytest.mark.parametrize(("feature", "operation"), LISTS.items())
def test_what_there_is_is_found_with_one_question(capabilities, feature, operation):
    account = Asked()
    assert capabilities.found(feature, account) == Asked.things
    assert account.questions == [operation]


@pytest.mark.parametrize("feature", ASKED_OF_THE_POOL)
@pytest.mark.parametrize("code", NO_ANSWERS)
def test_what_could_not_be_found_out_never_passes_for_nothing(capabilities, feature, code):
    with pytest.raises(CognitoError) as caught:
        capabilities.found(feature, Asked(code))
    assert caught.value.code == code


def test_that_there_is_none_yet_is_not_that_there_is_no_such_thing(capabilities):
    account = Asked()
    account.things = ()
    assert capabilities.found("devices", account) == ()
    assert capabilities.offers("devices", account)


def test_what_the_pool_does_not_have_is_not_looked_for_twice(capabilities):
    account = Asked("InvalidUserPoolConfigurationException")
    assert capabilities.found("devices", account) is None
    assert capabilities.found("devices", account) is None
    assert not capabilities.offers("devices", account)
    assert len(account.questions) == 1


def test_what_was_found_need_not_be_asked_for(capabilities):
    account = Asked()
    capabilities.found("devices", account)
    assert capabilities.offers("devices", account)
    assert len(account.questions) == 1


def test_what_the_pool_no_longer_has_is_gone_at_once(capabilities):
    assert capabilities.offers("devices", Asked())
    assert capabilities.found("devices", Asked("InvalidParameterException")) is None
    assert not capabilities.offers("devices", Asked())


def test_a_feature_that_is_switched_off_is_not_looked_for(clock):
    account = Asked()
    capabilities = Capabilities(SimpleNamespace(features=frozenset()), clock)
    assert capabilities.found("devices", account) is None
    assert account.questions == []
