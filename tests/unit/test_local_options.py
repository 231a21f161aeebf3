from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito.local import LocalOptions, LocalUser, parse_users


def test_a_line_is_a_name_a_password_groups_and_attributes() -> None:
    text = """
    ada Correct-Horse-9 group:Admin group:Editors custom:domain=example.com email=ada@example.com

    grace 'Correct Horse 9' "group:Human Resources" name="Grace Hopper"
    eve Correct-Horse-9
    """
    ada, grace, eve = parse_users(text)
    assert ada == LocalUser(
        "ada",
        "Correct-Horse-9",
        ("Admin", "Editors"),
        {"custom:domain": "example.com", "email": "ada@example.com"},
    )
    assert grace == LocalUser(
        "grace", "Correct Horse 9", ("Human Resources",), {"name": "Grace Hopper"}
    )
    assert eve == LocalUser("eve", "Correct-Horse-9")


def test_no_lines_are_no_users() -> None:
    assert parse_users("") == parse_users("\n  \n") == ()


def test_a_group_named_twice_counts_once() -> None:
    assert parse_users("ada secret group:Admin group:Admin")[0].groups == ("Admin",)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ada", "expected a user name and a password"),
        ("'' Correct-Horse-9", "expected a user name and a password"),
        ("ada ''", "expected a user name and a password"),
        ("ada 'Correct-Horse-9", "no closing quotation"),
        ("ada Correct Horse-9", "word 3 is neither group:<name> nor"),
        ("ada Correct-Horse-9 group:", "word 3 is neither"),
        ("ada Correct-Horse-9 email=a@b.c domain=b.c", "word 4 is neither"),
        ("ada Correct-Horse-9 custom:=b.c", "word 3 is neither"),
        ("ada Correct-Horse-9 sub=1", "word 3 is neither"),
        ("bob Correct-Horse-9", "this user has a line already"),
    ],
)
def test_a_malformed_line_is_named_but_no_part_of_a_password(line: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^line 3: {complaint}") as error:
        parse_users(f"bob Correct-Horse-9\n\n{line}")
    assert "Horse" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "Correct-Horse-9 ada Admin",
        "Correct-Horse-9 ada email",
        "Correct-Horse-9",
        "Correct-Horse-9 ada\nCorrect-Horse-9 eve",
    ],
)
def test_a_password_where_the_name_should_be_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line [12]: ") as error:
        parse_users(text)
    assert "Horse" not in str(error.value)


words = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1)


@given(words, words, st.lists(words, unique=True), words)
def test_what_a_shell_would_quote_comes_back(
    username: str, password: str, groups: list[str], value: str
) -> None:
    line = [username, password, *(f"group:{group}" for group in groups), f"custom:x={value}"]
    (user,) = parse_users(shlex.join(line))
    assert user == LocalUser(username, password, tuple(groups), {"custom:x": value})


def test_ministack_is_looked_for_beside_the_packages_of_this_interpreter() -> None:
    assert LocalOptions().environment == Path(sys.prefix) / "ministack"


def test_passwords_are_in_no_repr() -> None:
    options = LocalOptions(users=parse_users("ada Correct-Horse-9"))
    assert "Correct-Horse-9" not in repr(options)
