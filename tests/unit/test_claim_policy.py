from __future__ import annotations

import enum
import functools
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.exceptions import ConfigurationError
from pyramid.security import Allowed, Denied

from pyramid_cognito.claim_policy import (
    LEEWAY,
    PRESENT,
    CannotDecide,
    Finding,
    dotted_name,
    make_policy,
    same,
)
from pyramid_cognito.identity import read_only
from tests.unit.policy_app import NOW, make_identity


def findings(identity, **requirements):
    return make_policy("P", **requirements).evaluate(identity, None, NOW)


def satisfied(identity, **requirements):
    return all(finding.passed for finding in findings(identity, **requirements))


def reasons(identity, **requirements):
    return [f.reason for f in findings(identity, **requirements) if not f.passed]


def is_ada(identity, request):
    return identity.username == "ada"


class Colour(str, enum.Enum):
    RED = "red"


class TestClaims:
    def test_one_of_the_alternatives_is_enough(self):
        wanted = {"custom:domain": ["example.com", "example.org"]}

        assert satisfied(make_identity(domain="example.org"), claims=wanted)
        assert not satisfied(make_identity(domain="example.net"), claims=wanted)

    def test_a_bare_string_is_one_alternative(self):
        assert satisfied(make_identity(domain="ab"), claims={"custom:domain": "ab"})
        assert not satisfied(make_identity(domain="a"), claims={"custom:domain": "ab"})

    def test_all_claims_must_hold(self):
        wanted = {"custom:domain": "example.com", "custom:level": "7"}

        assert satisfied(
            make_identity(domain="example.com", **{"custom:level": "7"}), claims=wanted
        )
        assert not satisfied(make_identity(domain="example.com"), claims=wanted)

    @pytest.mark.parametrize("value", ["", False, 0, None, [], "anything"])
    def test_present_asks_only_for_presence(self, value):
        assert satisfied(make_identity(domain=value), claims={"custom:domain": PRESENT})

    def test_an_absent_claim_is_not_present(self):
        assert not satisfied(make_identity(), claims={"custom:domain": PRESENT})

    @pytest.mark.parametrize("value", [1, 1.0, "True", "true", [True]])
    def test_true_matches_only_boolean_true(self, value):
        assert satisfied(make_identity(flag=True), claims={"flag": True})
        assert not satisfied(make_identity(flag=value), claims={"flag": True})

    def test_values_are_compared_whole_and_in_type_however_deep(self):
        wanted = {"roles": [["a", {"level": 1}]]}

        assert satisfied(make_identity(roles=["a", {"level": 1}]), claims=wanted)
        for other in (["a", {"level": True}], ["a", {"level": 1.0}], ["a"], "a", ["a", {}]):
            assert not satisfied(make_identity(roles=other), claims=wanted)

    def test_alternatives_may_differ_in_type(self):
        wanted = {"level": {1, "one"}}

        assert satisfied(make_identity(level=1), claims=wanted)
        assert satisfied(make_identity(level="one"), claims=wanted)
        assert not satisfied(make_identity(level="1"), claims=wanted)

    @pytest.mark.parametrize("name", ["email", "phone_number"])
    @pytest.mark.parametrize("wanted", ["x", PRESENT])
    def test_an_address_counts_only_once_verified(self, name, wanted):
        verified = f"{name}_verified"

        assert satisfied(make_identity(**{name: "x", verified: True}), claims={name: wanted})
        for unverified in ({}, {verified: False}, {verified: "true"}, {verified: 1}):
            identity = make_identity(**{name: "x"}, **unverified)
            assert reasons(identity, claims={name: wanted}) == [f"claim {name} is not verified"]

    def test_that_an_address_is_verified_is_a_claim_like_any_other(self):
        assert satisfied(make_identity(email_verified=True), claims={"email_verified": True})

    def test_later_changes_to_the_requirements_have_no_effect(self):
        domains = ["example.com"]
        roles = [["reader"]]
        policy = make_policy("P", claims={"custom:domain": domains, "roles": roles})

        domains.append("example.net")
        roles[0].append("writer")

        identity = make_identity(domain="example.com", roles=["reader"])
        assert all(finding.passed for finding in policy.evaluate(identity, None, NOW))
        assert not policy.evaluate(make_identity(domain="example.net"), None, NOW)[0].passed


_scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "", "1"])
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


def typed(value):
    """A spelling of a JSON value that differs whenever a type or a value does."""
    if isinstance(value, list):
        return "[" + ",".join(map(typed, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{typed(value[name])}" for name in sorted(value)) + "}"
    return f"{type(value).__name__} {value!r}"


@given(_json, _json)
def test_same_is_equality_of_type_and_value(one, other):
    assert same(read_only(one), read_only(other)) == (typed(one) == typed(other))


class TestGroups:
    def test_one_of_the_groups_is_enough(self):
        identity = make_identity(groups=["Editors", "Readers"])

        assert satisfied(identity, groups=["Admin", "Editors"])
        assert satisfied(identity, groups="Editors")
        assert not satisfied(identity, groups=("Admin",))

    def test_a_bare_string_is_one_group(self):
        assert not satisfied(make_identity(groups=["E"]), groups="Editors")


class TestMaxAge:
    def test_a_recent_sign_in_is_fresh_to_the_second(self):
        assert satisfied(make_identity(auth_time=NOW - 60), max_age=60)
        assert not satisfied(make_identity(auth_time=NOW - 61), max_age=60)

    def test_clocks_may_differ_a_little(self):
        assert satisfied(make_identity(auth_time=NOW + LEEWAY), max_age=60)
        assert not satisfied(make_identity(auth_time=NOW + LEEWAY + 1), max_age=60)

    def test_a_sign_in_at_no_known_time_is_not_fresh(self):
        assert not satisfied(make_identity(auth_time=None), max_age=10**9)

    def test_signing_in_anew_helps(self):
        (finding,) = findings(make_identity(auth_time=0), max_age=60)

        assert finding == Finding(
            "signed in within 60", False, "not signed in within the last 60 s", "step_up"
        )


class TestPredicate:
    @pytest.mark.parametrize("answer", [True, Allowed("yes")])
    def test_a_yes(self, answer):
        assert satisfied(make_identity(), predicate=lambda identity, request: answer)

    @pytest.mark.parametrize("answer", [False, None, Denied("no")])
    def test_a_no(self, answer):
        assert not satisfied(make_identity(), predicate=lambda identity, request: answer)

    @pytest.mark.parametrize("answer", [1, "yes", NotImplemented, [1], (x for x in "a"), 0, ""])
    def test_what_is_neither_decides_nothing(self, answer):
        with pytest.raises(CannotDecide, match=r"answered with .*, not a bool"):
            findings(make_identity(), predicate=lambda identity, request: answer)

    def test_an_awaitable_decides_nothing(self):
        class Later:
            def __await__(self):
                raise NotImplementedError

        with pytest.raises(CannotDecide, match="answered with Later"):
            findings(make_identity(), predicate=lambda identity, request: Later())

    def test_it_is_given_identity_and_request(self):
        seen = []
        identity, request = make_identity(), object()
        policy = make_policy("P", predicate=lambda *given: bool(seen.append(given)))

        policy.evaluate(identity, request, NOW)

        assert seen == [(identity, request)]

    def test_it_may_rely_on_claims_and_groups(self):
        def predicate(identity, request):
            return identity.claims["custom:domain"].endswith(".com")

        requirements = {"claims": {"custom:domain": PRESENT}, "predicate": predicate}

        assert reasons(make_identity(), **requirements) == ["claim custom:domain is missing"]
        assert satisfied(make_identity(domain="example.com"), **requirements)

    def test_it_is_asked_of_stale_sessions_too_so_that_signing_in_anew_is_worth_it(self):
        found = findings(make_identity(auth_time=0), max_age=60, predicate=lambda i, r: False)

        assert [(finding.passed, finding.remedy) for finding in found] == [
            (False, "step_up"),
            (False, "none"),
        ]

    def test_an_error_decides_nothing_and_is_logged_but_not_repeated(self, caplog):
        def predicate(identity, request):
            raise ValueError("rosebud")

        with caplog.at_level(logging.ERROR), pytest.raises(CannotDecide) as caught:
            findings(make_identity(), predicate=predicate)

        assert caught.value.reason.startswith("policy 'P': predicate tests.unit.test_claim_policy.")
        assert caught.value.reason.endswith("predicate raised ValueError")
        assert "rosebud" not in str(caught.value)
        assert caplog.records[0].exc_info

    def test_what_it_could_not_decide_itself_stays_undecided(self):
        def predicate(identity, request):
            raise CannotDecide("no policy 'Typo'")

        with pytest.raises(CannotDecide, match=r"^no policy 'Typo'$"):
            findings(make_identity(), predicate=predicate)


class TestFindings:
    def test_nobody_signed_in_meets_nothing(self):
        assert findings(None, groups="Admin", predicate=is_ada) == (
            Finding("signed in", False, "not signed in", "sign_in"),
        )

    def test_each_requirement_is_told_with_what_came_of_it(self):
        identity = make_identity(groups=["Admin"], domain="example.com", secret_level=9)

        found = findings(
            identity,
            groups=["Admin", "Editors"],
            claims={"custom:domain": ["example.com"], "secret_level": PRESENT},
            max_age=3600,
            predicate=is_ada,
        )

        assert [(finding.requirement, finding.passed) for finding in found] == [
            ("group in Admin, Editors", True),
            ("claim custom:domain in 'example.com'", True),
            ("claim secret_level present", True),
            ("signed in within 3600", True),
            ("predicate tests.unit.test_claim_policy.is_ada", True),
        ]
        assert [finding.reason for finding in found] == [
            "in one of the groups Admin, Editors",
            "claim custom:domain is as required",
            "claim secret_level is as required",
            "signed in within the last 3600 s",
            "predicate tests.unit.test_claim_policy.is_ada says yes",
        ]

    def test_reasons_do_not_tell_the_persons_values(self):
        identity = make_identity(groups=["Secret Club"], domain="hidden.example")

        told = reasons(identity, groups="Admin", claims={"custom:domain": "x", "custom:y": "z"})

        assert told == [
            "in none of the groups Admin",
            "claim custom:domain is not one of the allowed values",
            "claim custom:y is missing",
        ]


class TestMakePolicy:
    @pytest.mark.parametrize(
        ("requirements", "fault"),
        [
            ({}, "it requires nothing"),
            ({"claims": {}}, "claims must map names of claims to values"),
            ({"claims": ["custom:domain"]}, "claims must map names of claims to values"),
            ({"claims": {"": "x"}}, "'' is not the name of a claim"),
            ({"claims": {7: "x"}}, "7 is not the name of a claim"),
            ({"claims": {"a": []}}, "claim a has no alternatives"),
            ({"claims": {"a": frozenset()}}, "claim a has no alternatives"),
            ({"claims": {"a": None}}, "claim a takes a string, number, boolean, PRESENT, or"),
            ({"claims": {"a": {"b": "c"}}}, "claim a takes a string"),
            ({"claims": {"a": (x for x in "ab")}}, "claim a takes a string"),
            ({"claims": {"a": Colour.RED}}, "claim a takes a string"),
            ({"claims": {"a": [None]}}, "claim a cannot equal None"),
            ({"claims": {"a": [PRESENT]}}, "claim a cannot equal PRESENT"),
            ({"claims": {"a": [("b",)]}}, "claim a cannot equal ('b',)"),
            ({"claims": {"a": [{1: "b"}]}}, "claim a cannot equal {1: 'b'}"),
            ({"claims": {"a": [[Colour.RED]]}}, "which is not a plain JSON value"),
            ({"groups": []}, "groups must be a name or a list of names"),
            ({"groups": {"Admin": True}}, "groups must be a name or a list of names"),
            ({"groups": ""}, "'' is not the name of a group"),
            ({"groups": ["Admin", 7]}, "7 is not the name of a group"),
            ({"groups": True}, "True is not the name of a group"),
            ({"predicate": True}, "predicate must be callable: predicate(identity, request)"),
            ({"max_age": 0}, "max_age must be a whole number of seconds above 0"),
            ({"max_age": -5}, "max_age must be"),
            ({"max_age": True}, "max_age must be"),
            ({"max_age": 3600.0}, "max_age must be"),
            ({"max_age": "3600"}, "max_age must be"),
        ],
    )
    def test_a_wrong_requirement_is_refused(self, requirements, fault):
        with pytest.raises(ConfigurationError) as caught:
            make_policy("EditorsOnly", **requirements)

        assert str(caught.value).startswith("Cognito policy 'EditorsOnly': ")
        assert fault in str(caught.value)

    def test_an_asynchronous_predicate_is_refused(self):
        async def predicate(identity, request):
            """Never awaited."""

        with pytest.raises(ConfigurationError, match="must not be a coroutine function"):
            make_policy("P", predicate=predicate)

    @pytest.mark.parametrize(
        "name", ["", "Two Words", "a:b", "7up", "Ümlaut", "tab\t", "x\n", None, 7]
    )
    def test_a_wrong_name_is_refused(self, name):
        with pytest.raises(ConfigurationError, match="the name must be"):
            make_policy(name, groups="Admin")

    @pytest.mark.parametrize("name", ["EditorsOnly", "a", "editors-only_2.0"])
    def test_a_plain_name_will_do(self, name):
        assert make_policy(name, groups="Admin").name == name

    def test_all_faults_are_told_at_once(self):
        with pytest.raises(ConfigurationError) as caught:
            make_policy("two words", claims={"a": []}, groups=[], predicate=3, max_age=0)

        assert str(caught.value).count(";") == 4


class TestWhatPeopleWriteThemselves:
    editable = frozenset({"nickname", "email", "phone_number", "custom:colour"})

    @pytest.mark.parametrize("claim", ["nickname", "custom:colour"])
    def test_it_cannot_decide(self, claim):
        (fault,) = make_policy("P", claims={claim: "x"}).faults(self.editable)

        assert claim in fault
        assert "cognito.editable_attributes" in fault

    @pytest.mark.parametrize("claim", ["email", "phone_number", "email_verified", "custom:domain"])
    def test_verified_addresses_and_other_attributes_can(self, claim):
        assert make_policy("P", claims={claim: PRESENT}).faults(self.editable) == []


def test_the_name_of_a_callable_is_where_to_find_it():
    assert dotted_name(is_ada) == "tests.unit.test_claim_policy.is_ada"
    assert dotted_name(functools.partial(is_ada)) == "functools.partial"
    assert repr(PRESENT) == "PRESENT"
