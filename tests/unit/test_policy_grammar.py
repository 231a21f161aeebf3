from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyramid_cognito.claim_policy import PRESENT, make_policy
from pyramid_cognito.policy_grammar import read_policies


def read(text, name="P", editable=frozenset()):
    (policy,), faults = read_policies({name: text}, editable)
    assert not faults
    return policy


def message_of(texts, editable=frozenset()):
    _, faults = read_policies(texts, editable)
    return "\n".join(faults)


def test_one_requirement_a_line():
    text = """
        group in Admin "Human Resources"
        claim custom:domain in example.com example.org

        claim email_verified is true
        claim suspended is false
        claim custom:team present
        signed in within 3600
    """

    assert read(text) == make_policy(
        "P",
        groups=["Admin", "Human Resources"],
        claims={
            "custom:domain": ["example.com", "example.org"],
            "email_verified": True,
            "suspended": False,
            "custom:team": PRESENT,
        },
        max_age=3600,
    )


def test_a_requirement_may_stand_behind_the_key():
    assert read("group in Admin").groups == ("Admin",)


def test_windows_line_ends_do_not_matter():
    assert read("group in Admin\r\nsigned in within 60\r\n") == make_policy(
        "P", groups="Admin", max_age=60
    )


def test_values_split_as_a_shell_splits_words():
    text = r"""claim custom:x in 'a b' "c \" d" e\ f '' """

    assert read(text).claims["custom:x"] == ("a b", 'c " d', "e f", "")


def test_a_value_may_look_like_a_comment_when_quoted():
    assert read("group in '#1' C# 'a ; b' \\;").groups == ("#1", "C#", "a ; b", ";")


@pytest.mark.parametrize("line", ["group in Admin ; the boss", "group in Admin # boss", "# boss"])
def test_a_comment_behind_a_requirement_is_not_a_list_of_groups(line):
    assert "a comment needs a line of its own" in message_of({"P": line})


@pytest.mark.parametrize(
    "line",
    [
        "groups in Admin",
        "group in",
        "group Admin",
        "Group In Admin",
        "claim custom:domain",
        "claim custom:domain in",
        "claim custom:domain is",
        "claim custom:domain is example.com",
        "claim custom:domain is True",
        "claim custom:domain is true false",
        "claim custom:domain present now",
        "claim in",
        "signed in within",
        "signed in within 1h",
        "signed in within -1",
        "signed in within 60 120",
        "signed in within \N{ARABIC-INDIC DIGIT SIX}",
        "predicate app.is_editor",
    ],
)
def test_anything_else_is_a_fault_that_says_what_can_be_written(line):
    message = message_of({"EditorsOnly": f"group in Admin\n{line}"})

    assert f"cognito.policy.EditorsOnly, line 2 ({line!r}): expected one of: group in" in message


def test_an_open_quote_is_a_fault():
    message = message_of({"P": 'group in "Human Resources'})

    assert "cognito.policy.P, line 1" in message
    assert "No closing quotation" in message


@pytest.mark.parametrize(
    "text",
    [
        "group in Admin\ngroup in Editors",
        "claim custom:x present\nclaim custom:x in a",
        "signed in within 60\nsigned in within 70",
    ],
)
def test_a_requirement_cannot_be_given_twice(text):
    assert "line 2" in message_of({"P": text})
    assert "required twice; write alternatives on one line" in message_of({"P": text})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it requires nothing"),
        ("signed in within 0", "max_age must be"),
        ("claim '' present", "'' is not the name of a claim"),
        ("group in ''", "'' is not the name of a group"),
    ],
)
def test_what_a_policy_cannot_require_is_a_fault_of_its_key(text, fault):
    message = message_of({"P": text})

    assert "cognito.policy.P: Cognito policy 'P': " in message
    assert fault in message


def test_attributes_that_people_write_cannot_decide():
    message = message_of({"P": "claim nickname in ada"}, frozenset({"nickname"}))

    assert "cognito.policy.P: claim nickname is the user's own to write" in message


def test_every_fault_is_told():
    message = message_of(
        {
            "A": "groupe in Admin\nclaim custom:x\ngroup in Admin",
            "B": "group in Admin",
            "two words": "group in Admin",
            "D": "claim nickname present",
        },
        frozenset({"nickname"}),
    )

    lines = message.splitlines()
    assert [line.split("(")[0].split(": ")[0].strip() for line in lines] == [
        "cognito.policy.A, line 1",
        "cognito.policy.A, line 2",
        "cognito.policy.two words",
        "cognito.policy.D",
    ]


_words = st.sampled_from(["group", "claim", "signed", "in", "is", "within", "present", "true"])
_words |= st.sampled_from(["false", "Admin", "custom:x", "60", '"', "'", "#", ";", "\\"])
_lines = st.lists(_words | st.text(max_size=5), max_size=6).map(" ".join)


@given(st.dictionaries(st.text(max_size=3), st.lists(_lines, max_size=4).map("\n".join)))
@example({"P": "\x85group in \x00"})
def test_whatever_the_text_it_is_a_policy_or_a_fault(texts):
    policies, faults = read_policies(texts, frozenset())

    assert faults or [policy.name for policy in policies] == list(texts)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1), min_size=1)
)
def test_any_quoted_value_is_read_back(values):
    line = "group in " + shlex.join(values)

    assert read(line).groups == tuple(values)
