"""The end of an account at the embedded pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pyramid_cognito.local import LocalPool, LocalUser
from tests.functional.authenticator import create_guarded
from tests.functional.site import PASSWORD, SIGN_IN, Browser, deletes, form_with, problem, where

NewUser = Callable[..., LocalUser]
Exists = Callable[[str], bool]

DELETE = "/account/delete"


@pytest.fixture
def person(new_user: NewUser) -> LocalUser:
    return new_user()


@pytest.fixture
def exists(admin: Any, local_pool: LocalPool) -> Exists:
    def is_there(name: str) -> bool:
        try:
            admin.admin_get_user(UserPoolId=local_pool.user_pool_id, Username=name)
        except admin.exceptions.UserNotFoundException:
            return False
        return True

    return is_there


def delete(browser: Browser, password: str = PASSWORD, **kwargs: Any) -> Any:
    form = form_with(browser.get(DELETE), "password")
    form["password"] = password
    return form.submit(**kwargs)


def test_with_the_password_the_account_is_gone_and_its_owner_signed_out(
    browser: Browser, person: LocalUser, exists: Exists
) -> None:
    browser.sign_in(person.username)

    answer = delete(browser)

    assert where(answer) == "/account/sign-out?reason=deleted"
    assert deletes(answer, "cognito")
    assert "Your account is deleted." in answer.follow()
    assert not exists(person.username)
    assert browser.me() is None
    browser.sign_in(person.username, status=400)


def test_what_is_open_elsewhere_is_over_too(browser: Browser, person: LocalUser) -> None:
    elsewhere = Browser(browser.app)
    for each in (browser, elsewhere):
        each.sign_in(person.username)

    delete(browser)

    assert elsewhere.me() is None
    assert where(elsewhere.get("/account")).startswith(SIGN_IN)


def test_a_wrong_password_deletes_nothing_and_ends_nothing(
    browser: Browser, person: LocalUser, exists: Exists
) -> None:
    browser.sign_in(person.username)

    page = delete(browser, "Wrong-Horse-9", status=400)

    assert "present password" in problem(page)
    assert exists(person.username)
    assert browser.get("/account").status_int == 200


def test_a_second_factor_is_no_hindrance(
    browser: Browser, local_pool: LocalPool, admin: Any, local_site: Any, exists: Exists
) -> None:
    guarded = create_guarded(local_pool, admin, local_site, "leaves-for-good")
    form = browser.sign_in(guarded.username).follow().form
    form["code"] = guarded.code()
    form.submit(status=303)

    delete(browser, status=303)

    assert not exists(guarded.username)


def test_nobody_else_is_deleted_whatever_is_posted(
    browser: Browser, person: LocalUser, exists: Exists
) -> None:
    browser.sign_in(person.username)
    form = form_with(browser.get(DELETE), "password")

    fields = {"csrf_token": form["csrf_token"].value, "password": PASSWORD, "username": "eve"}
    browser.post(DELETE, fields, status=303)

    assert exists("eve")
    assert not exists(person.username)


def test_who_is_not_signed_in_signs_in_first(browser: Browser) -> None:
    assert where(browser.get(DELETE)) == f"{SIGN_IN}?next=%2Faccount%2Fdelete"
