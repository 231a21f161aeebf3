from __future__ import annotations

import logging

import pytest
from pyramid.authorization import ACLAllowed, ACLHelper, Allow, Authenticated, Deny, Everyone
from pyramid.security import Allowed
from pyramid.testing import DummyRequest

from pyramid_cognito.claim_policies import ClaimPolicies, Definition
from pyramid_cognito.claim_policy import CannotDecide, Finding, make_policy
from pyramid_cognito.identity import static_principals
from pyramid_cognito.principals import ANONYMOUS, Principals, remedy_for
from tests.unit.policy_app import NOW, make_identity

REQUEST = DummyRequest()
ADA = make_identity(groups=["Admin"], domain="example.com")


class Context:
    def __init__(self, *acl):
        self.__acl__ = acl


def principals(identity=ADA, *, callbacks=(), request=REQUEST, **requirements_by_name):
    policies = ClaimPolicies(frozenset())
    policies.callbacks += callbacks
    for name, requirements in requirements_by_name.items():
        policies.define(Definition(make_policy(name, **requirements), "code", "here"))
    static = static_principals(identity, editable=frozenset()) if identity else ANONYMOUS
    return Principals(identity, request, policies, static, clock=lambda: NOW)


def fails(identity, request):
    raise LookupError("rosebud")


class Counted:
    """A predicate or callback that counts how often it is asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def __call__(self, identity, request):
        self.asked += 1
        return self.answer


def test_the_log_says_which_policy_is_unknown(caplog):
    with pytest.raises(CannotDecide):
        principals(Admins={"groups": "Admin"}).satisfies("Admin")
    assert (
        "Denied, because there is no Cognito policy 'Admin'; did you mean 'Admins'?" in caplog.text
    )


class TestMembership:
    @pytest.mark.parametrize(
        "principal",
        [Everyone, Authenticated, "sub-of-ada", "group:Admin", "custom:domain=example.com"],
    )
    def test_what_the_claims_say_is_held(self, principal):
        assert principal in principals()

    @pytest.mark.parametrize("principal", ["group:Editors", "ada", "", None, 7, ("group:Admin",)])
    def test_what_they_do_not_say_is_not(self, principal):
        assert principal not in principals()

    @pytest.mark.parametrize("principal", [["group:Admin"], {"group": "Admin"}, ([],), {"x"}])
    def test_what_no_set_can_hold_is_not_held(self, principal):
        assert principal not in principals(callbacks=[Counted(["role:x"])])

    def test_a_policy_is_held_when_it_is_satisfied(self):
        found = principals(Admins={"groups": "Admin"}, Editors={"groups": "Editors"})

        assert "policy:Admins" in found
        assert "policy:Editors" not in found
        assert found.satisfies("Admins")
        assert not found.satisfies("Editors")

    def test_a_policy_is_asked_once_and_only_when_needed(self):
        predicate = Counted(True)
        found = principals(P={"predicate": predicate})

        assert "group:Admin" in found
        assert predicate.asked == 0
        assert "policy:P" in found
        assert found.satisfies("P")
        assert "policy:P" in list(found)
        assert predicate.asked == 1

    def test_nobody_signed_in_is_only_everyone(self):
        callback = Counted(["role:x"])
        found = principals(None, callbacks=[callback], P={"groups": "Admin"})

        assert Everyone in found
        assert Authenticated not in found
        assert "policy:P" not in found
        assert "role:x" not in found
        assert list(found) == [Everyone]
        assert callback.asked == 0

    def test_all_can_be_listed(self):
        found = principals(
            callbacks=[Counted(["role:writer", "group:Admin"])],
            Admins={"groups": "Admin"},
            Editors={"groups": "Editors"},
        )

        assert sorted(found) == [
            "custom:domain=example.com",
            "group:Admin",
            "policy:Admins",
            "role:writer",
            "sub-of-ada",
            "system.Authenticated",
            "system.Everyone",
        ]


class TestApplicationsOwn:
    def test_callbacks_are_asked_once_for_what_the_claims_do_not_give(self):
        roles, teams = Counted(["role:writer"]), Counted(iter([("team", 7)]))
        found = principals(callbacks=[roles, teams], P={"groups": "Admin"})

        assert "group:Admin" in found
        assert "policy:P" in found
        assert roles.asked == 0

        assert "role:writer" in found
        assert ("team", 7) in found
        assert "role:reader" not in found
        assert (roles.asked, teams.asked) == (1, 1)

    def test_an_error_leaves_everything_but_the_claims_undecided(self, caplog):
        found = principals(callbacks=[Counted(["role:writer"]), fails])

        assert "group:Admin" in found
        with caplog.at_level(logging.ERROR):
            for _ in range(2):
                with pytest.raises(CannotDecide) as caught:
                    assert "role:writer" in found
        assert caught.value.reason.endswith("test_principals.fails raised LookupError")
        assert len(caplog.records) == 1

    @pytest.mark.parametrize(
        ("answer", "fault"),
        [
            ("role:writer", "returned one string, not a collection"),
            (b"role:writer", "returned one string, not a collection"),
            (None, "raised TypeError"),
            ([["role:writer"]], "raised TypeError"),
            (["policy:P"], "returned a policy, which add_cognito_policy defines"),
        ],
    )
    def test_only_a_collection_of_principals_is_an_answer(self, answer, fault):
        with pytest.raises(CannotDecide, match=fault):
            assert "role:reader" in principals(callbacks=[Counted(answer)], P={"groups": "Admin"})


class TestFailingClosed:
    """Through ACLHelper, which asks for a principal before it looks at the permission."""

    @pytest.mark.parametrize("identity", [ADA, None])
    def test_an_unknown_policy_in_a_deny_lets_nobody_past(self, identity):
        context = Context((Deny, "policy:Typo", "view"), (Allow, Everyone, "view"))

        with pytest.raises(CannotDecide, match=r"no Cognito policy 'Typo'.*known: P"):
            ACLHelper().permits(context, principals(identity, P={"groups": "Admin"}), "view")

    def test_an_unknown_policy_in_an_entry_for_another_permission_counts_too(self):
        context = Context((Allow, "policy:Typo", "edit"), (Allow, Everyone, "view"))

        with pytest.raises(CannotDecide):
            ACLHelper().permits(context, principals(), "view")

    def test_an_entry_before_it_decides_without_it(self):
        context = Context((Allow, "group:Admin", "view"), (Deny, "policy:Typo", "view"))

        assert isinstance(ACLHelper().permits(context, principals(), "view"), ACLAllowed)

    def test_a_failing_predicate_stays_undecided_for_the_request(self, caplog):
        found = principals(P={"predicate": fails})

        for ask in (found.satisfies, found.findings):
            with pytest.raises(CannotDecide, match="raised LookupError"):
                ask("P")
        with pytest.raises(CannotDecide, match="raised LookupError"):
            assert "policy:P" in found
        assert len(caplog.records) == 1

    def test_a_failing_policy_fails_the_listing(self, caplog):
        with pytest.raises(CannotDecide):
            list(principals(P={"predicate": fails}))

    def test_other_policies_still_decide(self, caplog):
        found = principals(P={"predicate": fails}, Admins={"groups": "Admin"})

        assert not found.permits("P")
        assert found.permits("Admins")

    def test_a_predicate_that_asks_for_its_own_policy_ends(self):
        found = principals(P={"predicate": lambda identity, request: found.satisfies("P")})

        with pytest.raises(CannotDecide, match="policy:P depends on itself"):
            found.satisfies("P")

    def test_policies_that_ask_for_each_other_end(self):
        found = principals(
            P={"predicate": lambda identity, request: found.satisfies("Q")},
            Q={"predicate": lambda identity, request: "policy:P" in found},
        )

        for name in "PQ":
            with pytest.raises(CannotDecide, match="policy:P depends on itself"):
                found.satisfies(name)

    def test_a_callback_that_asks_for_what_it_gives_ends(self):
        def callback(identity, request):
            return ["role:x"] if "role:y" in found else []

        found = principals(callbacks=[callback])

        with pytest.raises(CannotDecide, match="the application's principals depends on itself"):
            assert "role:x" in found

    @pytest.mark.parametrize("asked", ["P", "Typo"])
    def test_negating_what_could_not_be_decided_is_no_answer(self, asked):
        def predicate(identity, request):
            return not found.permits(asked)  # as "not request.has_permission(...)" would

        found = principals(P={"predicate": predicate})

        with pytest.raises(CannotDecide):
            found.satisfies("P")

    def test_a_callback_cannot_make_an_answer_of_it_either(self):
        found = principals(
            callbacks=[lambda identity, request: [] if found.permits("Typo") else ["role:x"]]
        )

        with pytest.raises(CannotDecide, match="Typo"):
            assert "role:x" in found

    def test_predicates_may_ask_for_other_policies(self):
        found = principals(
            Admins={"groups": "Admin"},
            Both={"predicate": lambda identity, request: found.satisfies("Admins")},
        )

        assert found.satisfies("Both")


class TestPermits:
    def test_a_satisfied_policy_allows(self):
        allowed = principals(P={"groups": "Admin"}).permits("P")

        assert isinstance(allowed, Allowed)
        assert str(allowed) == "policy 'P' is satisfied"

    @pytest.mark.parametrize(
        ("identity", "requirements", "reasons", "remedy"),
        [
            (None, {"groups": "X"}, ("not signed in",), "sign_in"),
            (ADA, {"max_age": 5}, ("not signed in within the last 5 s",), "step_up"),
            (ADA, {"groups": "X"}, ("in none of the groups X",), "none"),
            (
                ADA,
                {"groups": "X", "max_age": 5},
                ("in none of the groups X", "not signed in within the last 5 s"),
                "none",
            ),
        ],
    )
    def test_a_denial_has_reasons_and_a_remedy(self, identity, requirements, reasons, remedy):
        denied = principals(identity, P=requirements).permits("P")

        assert not denied
        assert denied.reasons == reasons
        assert denied.remedy == remedy

    def test_what_cannot_be_decided_is_denied(self):
        denied = principals(EditorsOnly={"groups": "X"}).permits("EditorOnly")

        assert not denied
        assert denied.msg == (
            "there is no Cognito policy 'EditorOnly'; did you mean 'EditorsOnly'? "
            "(known: EditorsOnly)"
        )
        assert denied.remedy == "none"

    def test_no_one_thing_helps_against_different_failures(self):
        fresh = Finding("a", False, "a", "step_up")

        assert remedy_for([fresh, fresh]) == "step_up"
        assert remedy_for([fresh, Finding("b", False, "b")]) == "none"
        assert remedy_for([]) == "none"


def test_the_policies_that_were_asked_can_be_explained(caplog):
    found = principals(
        callbacks=[Counted(["role:x"])],
        Admins={"groups": "Admin"},
        Fails={"predicate": fails},
        NotAsked={"groups": "X"},
    )
    assert "role:x" in found
    found.permits("Admins")
    found.permits("Fails")

    assert found.asked == {
        "Admins": (Finding("group in Admin", True, "in one of the groups Admin"),)
    }


def test_a_repr_names_principals_without_values_and_asks_nothing():
    callback = Counted([])

    shown = repr(principals(callbacks=[callback], P={"groups": "Admin"}))

    assert shown == (
        "<Principals custom:domain, group:Admin, sub-of-ada, system.Authenticated, system.Everyone>"
    )
    assert callback.asked == 0
