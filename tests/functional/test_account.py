"""A person's own account at the embedded user pool, without any page or request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pyramid_cognito.account import Account
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.local import LocalPool, LocalUser
from pyramid_cognito.pool import UserPool
from pyramid_cognito.settings import CognitoSettings, read_settings
from pyramid_cognito.sign_in import Conversation
from pyramid_cognito.throttle import Throttle
from pyramid_cognito.ticket import Tokens
from tests.functional.authenticator import Guarded
from tests.functional.site import PASSWORD, settings_of

NEW_PASSWORD = "Another-Horse-9"

NewUser = Callable[..., LocalUser]


@dataclass
class Person:
    """Someone signed in."""

    username: str
    settings: CognitoSettings
    account: Account

    def can_sign_in(self, password: str) -> bool:
        return signs_in(self.settings, self.username, password) is not None


def signs_in(settings: CognitoSettings, username: str, password: str) -> Tokens | None:
    conversation = Conversation(settings, UserPool(settings))
    try:
        outcome = conversation.begin(username, password, remember=False)
    except CognitoError:
        return None
    assert isinstance(outcome, Tokens)
    return outcome


@pytest.fixture
def person(local_pool: LocalPool, new_user: NewUser) -> Person:
    settings = read_settings(settings_of(local_pool), {})
    username = new_user().username
    tokens = signs_in(settings, username, PASSWORD)
    assert tokens is not None
    account = Account(
        settings,
        UserPool(settings),
        Throttle(settings),
        "192.0.2.1",
        access_token=lambda: tokens.access_token,
        user=lambda: username,
    )
    return Person(username, settings, account)


def test_attributes_are_told_changed_and_cleared(person: Person) -> None:
    person.account.update_user_attributes({"name": "Ada", "nickname": "countess"})
    assert person.account.get_user().attributes["name"] == "Ada"

    person.account.update_user_attributes({"name": ""})

    attributes = person.account.get_user().attributes
    assert not attributes.get("name")
    assert attributes["nickname"] == "countess"
    assert attributes["email"] == f"{person.username}@example.com"


def test_a_password_is_changed_by_who_knows_the_present_one(person: Person) -> None:
    with pytest.raises(CognitoError) as caught:
        person.account.change_password("Wrong-Horse-9", NEW_PASSWORD)
    assert "present password" in caught.value.message
    assert person.can_sign_in(PASSWORD)

    person.account.change_password(PASSWORD, NEW_PASSWORD)

    assert person.can_sign_in(NEW_PASSWORD)
    assert not person.can_sign_in(PASSWORD)


def test_an_authenticator_app_is_verified_turned_on_and_turned_off(person: Person) -> None:
    app = Guarded(person.username, person.account.associate_software_token())
    with pytest.raises(CognitoError) as caught:
        person.account.verify_software_token(app.code(wrong=True))
    assert caught.value.code == "EnableSoftwareTokenMFAException"
    assert person.account.get_user().second_factors == ()

    person.account.verify_software_token(app.code(), "my telephone")
    person.account.set_user_mfa_preference({"SOFTWARE_TOKEN_MFA": True}, "SOFTWARE_TOKEN_MFA")

    user = person.account.get_user()
    assert user.second_factors == ("SOFTWARE_TOKEN_MFA",)
    assert user.preferred_second_factor == "SOFTWARE_TOKEN_MFA"

    person.account.set_user_mfa_preference({"SOFTWARE_TOKEN_MFA": False})
    user = person.account.get_user()
    assert (user.second_factors, user.preferred_second_factor) == ((), None)


def test_tokens_are_of_no_use_after_a_sign_out_everywhere(person: Person) -> None:
    person.account.global_sign_out()
    with pytest.raises(CognitoError) as caught:
        person.account.get_user()
    assert caught.value.next_step == "sign_in"


def test_a_deleted_account_is_gone(person: Person, local_pool: LocalPool, admin: Any) -> None:
    person.account.delete_user()
    with pytest.raises(admin.exceptions.UserNotFoundException):
        admin.admin_get_user(UserPoolId=local_pool.user_pool_id, Username=person.username)
    assert not person.can_sign_in(PASSWORD)


@pytest.mark.parametrize(
    "ask",
    [
        lambda account: account.delete_user_attributes("name"),
        lambda account: account.get_user_attribute_verification_code("email"),
        lambda account: account.get_user_auth_factors(),
        lambda account: account.list_devices(),
        lambda account: account.list_web_authn_credentials(),
        lambda account: account.verify_user_attribute("email", "123456"),
    ],
)
def test_what_a_pool_does_not_know_is_not_offered(
    person: Person, ask: Callable[[Account], object]
) -> None:
    with pytest.raises(CognitoError) as caught:
        ask(person.account)
    assert caught.value.status == 501
