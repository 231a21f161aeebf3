"""The rules for passwords."""

from __future__ import annotations

import json
import shutil
import string
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito.password_policy import PasswordPolicy

# as Cognito's developer guide lists them
SYMBOLS = set(r"""^$*.[]{}()?"!@#%&/\,><':;|_~`=+-""")

policies = st.builds(
    PasswordPolicy, st.integers(6, 99), st.booleans(), st.booleans(), st.booleans(), st.booleans()
)
characters = st.sampled_from("aZ5 é爱\t😀" + "".join(sorted(SYMBOLS)))
passwords = st.text(characters, max_size=12) | st.text()


def names_of(rules):
    return [rule.name for rule in rules]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("8 uppercase lowercase numbers symbols", PasswordPolicy()),
        ("6", PasswordPolicy(6, False, False, False, False)),
        ("  99\tsymbols  lowercase ", PasswordPolicy(99, False, True, False, True)),
        ("12 numbers", PasswordPolicy(12, False, False, True, False)),
    ],
)
def test_a_setting_names_the_length_and_what_else_is_asked(text, policy):
    assert PasswordPolicy.parse(text) == policy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "symbols",
        "5",
        "100",
        "-8",
        "8.0",
        "\u0668",
        "8 symbol",
        "8 length",
        "8 numbers numbers",
        "8 Uppercase",
        "8 12",
        "8, numbers",
    ],
)
def test_no_other_text_is_a_policy(text):
    with pytest.raises(ValueError, match=r".*"):
        PasswordPolicy.parse(text)


def test_the_rules_stand_in_the_order_in_which_they_are_shown():
    rules = PasswordPolicy.parse("10 symbols uppercase").rules
    assert names_of(rules) == ["length", "uppercase", "symbols"]
    assert rules[0].words.interpolate() == "at least 10 characters"
    assert rules[0].fault.interpolate() == "It needs at least 10 characters."


@pytest.mark.parametrize(
    ("password", "unmet"),
    [
        ("", ["length", "uppercase", "lowercase", "numbers", "symbols"]),
        ("Correct-Horse-9", []),
        ("Ab1-efg", ["length"]),
        ("correct-horse-9", ["uppercase"]),
        ("CORRECT-HORSE-9", ["lowercase"]),
        ("Correct-Horse", ["numbers"]),
        ("CorrectHorse9", ["symbols"]),
        ("Correct Horse 9", []),
        (" CorrectHorse9 ", ["symbols"]),
        ("ÄÖÜäöü-\u0661\u0662", ["uppercase", "lowercase", "numbers"]),
        ("CorrectHorse9€", ["symbols"]),
    ],
)
def test_each_rule_that_is_not_met_is_named(password, unmet):
    assert names_of(PasswordPolicy().unmet(password)) == unmet


@pytest.mark.parametrize("symbol", sorted(SYMBOLS))
def test_each_of_cognitos_symbols_counts(symbol):
    assert PasswordPolicy().unmet("Correct9" + symbol) == ()


@given(policies, passwords)
def test_the_rules_say_what_cognitos_documentation_says(policy, password):
    counts = {
        "length": len(password) >= policy.minimum_length,
        "uppercase": any(c in string.ascii_uppercase for c in password),
        "lowercase": any(c in string.ascii_lowercase for c in password),
        "numbers": any(c in string.digits for c in password),
        "symbols": any(c in SYMBOLS for c in password) or " " in password[1:-1],
    }
    asked = {"length"} | {name for name in counts if getattr(policy, name, False)}
    assert set(names_of(policy.unmet(password))) == {n for n in asked if not counts[n]}


@pytest.mark.parametrize("flag", ["u", "v"])
@pytest.mark.skipif(shutil.which("node") is None, reason="no JavaScript to compare with")
def test_the_patterns_mean_the_same_in_javascript(flag):
    patterns = [rule.pattern for rule in PasswordPolicy().rules]
    tried = ["", "a", "Z", "7", " a", "a ", "a b", "é", "1234567", "12345678", "爱爱爱爱爱爱爱爱"]
    tried += ["x" + chr(code) for code in range(33, 127)]
    script = (
        "const [patterns, tried, flag] = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(tried.map("
        "(text) => patterns.map((pattern) => new RegExp(pattern, flag).test(text)))))"
    )
    arguments = ["node", "-e", script, json.dumps([patterns, tried, flag])]
    found = json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout)
    expected = [[rule.is_met(text) for rule in PasswordPolicy().rules] for text in tried]
    assert found == expected
