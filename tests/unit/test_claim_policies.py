from __future__ import annotations

import pytest
from pyramid import testing
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from pyramid_cognito import claim_policies
from pyramid_cognito.claim_policies import PRESENT, ClaimPolicies, IClaimPolicies
from tests.unit.policy_app import app_of, configurator, ok, settings

DOMAINS = {"custom:domain": ["example.com", "example.org"]}


def has_admin(identity, request):
    return "Admin" in identity.groups


def roles(identity, request):
    return ["role:writer"]


def included(config):
    """An include of the application's: its policy can be overridden by the application."""
    config.add_cognito_policy("P", groups="Included")


def included_too(config):
    config.add_cognito_policy("P", groups="IncludedToo")


def policies_of(config):
    config.commit()
    return config.registry.getUtility(IClaimPolicies)


def introspected(config):
    config.commit()
    entries = config.introspector.get_category("cognito policies", default=())
    return [entry["introspectable"] for entry in entries]


class TestRegister:
    def test_it_returns_the_registrys_policies(self):
        config = Configurator()

        policies = claim_policies.register(config, settings(editable=["nickname"]))

        assert isinstance(policies, ClaimPolicies)
        assert config.registry.getUtility(IClaimPolicies) is policies
        assert policies.editable == frozenset({"nickname"})

    def test_the_settings_policies_are_there(self):
        policies = policies_of(configurator(policies={"EditorsOnly": "group in Admin"}))

        assert list(policies) == ["EditorsOnly"]
        assert policies.get("EditorsOnly").groups == ("Admin",)

    def test_a_configurator_that_commits_at_once_will_do(self):
        with testing.testConfig(autocommit=True) as config:
            policies = claim_policies.register(config, settings({"A": "group in Admin"}))
            config.add_cognito_policy("B", groups="Admin")
            config.add_cognito_principals(roles)

            assert list(policies) == ["A", "B"]
            assert policies.callbacks == [roles]


class TestAddCognitoPolicy:
    def test_the_policy_is_known_by_its_name(self):
        config = configurator()
        config.add_cognito_policy(
            "P", claims=DOMAINS, groups=["Admin"], predicate=has_admin, max_age=60
        )

        policy = policies_of(config).get("P")

        assert policy.claims == {"custom:domain": ("example.com", "example.org")}
        assert policy.groups == ("Admin",)
        assert policy.predicate is has_admin
        assert policy.max_age == 60

    def test_a_predicate_may_be_a_dotted_name(self):
        config = configurator()
        config.add_cognito_policy("P", predicate="tests.unit.test_claim_policies.has_admin")

        assert policies_of(config).get("P").predicate is has_admin

    def test_a_wrong_requirement_is_an_error_of_the_call(self):
        with pytest.raises(ConfigurationError, match="Cognito policy 'P': it requires nothing"):
            configurator().add_cognito_policy("P")

    def test_an_attribute_that_people_write_is_an_error_with_the_calls_place(self):
        config = configurator(editable=["custom:colour"])
        config.add_cognito_policy("P", claims={"custom:colour": PRESENT})

        with pytest.raises(ConfigurationError) as caught:
            config.commit()

        assert "'P': claim custom:colour is the user's own to write" in str(caught.value)
        assert "test_claim_policies.py" in str(caught.value)
        assert "P" not in config.registry.getUtility(IClaimPolicies)

    def test_verified_addresses_may_decide(self):
        config = configurator(editable=["email"])
        config.add_cognito_policy("P", claims={"email": "ada@example.com", "email_verified": True})

        assert "P" in policies_of(config)


class TestDuplicates:
    def test_two_of_one_name_conflict(self):
        config = configurator()
        config.add_cognito_policy("P", groups="A")
        config.add_cognito_policy("P", groups="B")

        with pytest.raises(ConfigurationConflictError) as caught:
            config.commit()

        assert str(caught.value).count("test_claim_policies.py") == 2
        assert 'config.add_cognito_policy("P", groups="A")' in str(caught.value)

    def test_two_includes_conflict(self):
        config = configurator()
        config.include(included)
        config.include(included_too)

        with pytest.raises(ConfigurationConflictError):
            config.commit()

    def test_the_application_overrides_an_include(self):
        config = configurator()
        config.include(included)
        config.add_cognito_policy("P", groups="Application")

        assert policies_of(config).get("P").groups == ("Application",)

    def test_an_overridden_policy_need_not_be_right(self):
        def wrong(config):
            config.add_cognito_policy("P", claims={"nickname": PRESENT})

        config = configurator()
        config.include(wrong)
        config.add_cognito_policy("P", groups="Application")

        assert "P" in policies_of(config)

    def test_a_later_commit_overrides_an_earlier_one(self):
        config = configurator()
        config.add_cognito_policy("P", groups="A")
        config.commit()
        config.add_cognito_policy("P", groups="B")

        assert policies_of(config).get("P").groups == ("B",)

    @pytest.mark.parametrize("committed_between", [True, False])
    def test_settings_and_code_may_not_both_define_one(self, committed_between):
        config = configurator(policies={"P": "group in Admin"})
        if committed_between:
            config.commit()
        config.add_cognito_policy("P", groups="Application")

        with pytest.raises(ConfigurationError) as caught:
            config.commit()

        assert "'P' is defined twice:" in str(caught.value)
        assert "cognito.policy.P in the settings" in str(caught.value)
        assert "test_claim_policies.py" in str(caught.value)

    def test_neither_wins_over_the_other_through_an_include(self):
        config = Configurator()
        config.include(
            lambda config: claim_policies.register(config, settings({"P": "group in A"}))
        )
        config.add_cognito_policy("P", groups="Application")

        with pytest.raises(ConfigurationError, match="is defined twice"):
            config.commit()


class TestAddCognitoPrincipals:
    def test_several_callbacks_may_be_added(self):
        config = configurator()
        config.add_cognito_principals(roles)
        config.add_cognito_principals("tests.unit.test_claim_policies.has_admin")

        assert policies_of(config).callbacks == [roles, has_admin]

    def test_they_are_introspectable(self):
        config = configurator()
        config.add_cognito_principals(roles)
        config.commit()

        (entry,) = config.introspector.get_category("cognito principals")
        assert entry["introspectable"]["callback"] == "tests.unit.test_claim_policies.roles"
        assert "test_claim_policies.py" in entry["introspectable"].action_info.file

    def test_what_cannot_be_called_is_refused(self):
        with pytest.raises(ConfigurationError, match="takes a callable"):
            configurator().add_cognito_principals(["role:writer"])


class TestIntrospection:
    def test_a_policy_is_introspectable_with_its_requirements(self):
        config = configurator(policies={"Ini": 'group in "Human Resources"'})
        config.add_cognito_policy("Code", claims=DOMAINS, predicate=has_admin, max_age=60)

        ini, code = introspected(config)

        assert dict(ini) == {
            "name": "Ini",
            "claims": {},
            "groups": ("Human Resources",),
            "predicate": None,
            "max_age": None,
            "source": "ini",
        }
        assert dict(code) == {
            "name": "Code",
            "claims": {"custom:domain": ("example.com", "example.org")},
            "groups": (),
            "predicate": "tests.unit.test_claim_policies.has_admin",
            "max_age": 60,
            "source": "code",
        }
        assert "test_claim_policies.py" in code.action_info.file

    def test_it_is_related_to_the_views_behind_it(self):
        config = configurator()
        config.add_cognito_policy("P", groups="Admin")
        config.add_view(ok, name="restricted", cognito_policy="P")
        config.add_view(ok, name="open")
        app_of(config)

        (entry,) = config.introspector.get_category("cognito policies")
        assert [related["name"] for related in entry["related"]] == ["restricted"]

    def test_an_application_without_introspection_works(self):
        config = configurator(introspection=False)
        config.add_cognito_policy("P", groups="Admin")
        config.add_view(ok, cognito_policy="P")

        assert app_of(config).get("/", status=403)
        assert introspected(config) == []


class TestUnknown:
    def test_the_nearest_and_all_known_ones_are_told(self):
        config = configurator(policies={"EditorsOnly": "group in A", "Admins": "group in B"})

        assert policies_of(config).unknown("EditorOnly") == (
            "there is no Cognito policy 'EditorOnly'; did you mean 'EditorsOnly'? "
            "(known: Admins, EditorsOnly)"
        )

    def test_there_may_be_none_near_or_none_at_all(self):
        assert ClaimPolicies(frozenset()).unknown("X") == (
            "there is no Cognito policy 'X' (known: none)"
        )
