from __future__ import annotations

import dataclasses

import pytest
from pyramid.authorization import Authenticated, Everyone

from pyramid_cognito.identity import CognitoIdentity, read_only, static_principals

ID_CLAIMS = {
    "sub": "5f1c",
    "cognito:username": "ada",
    "email": "ada@example.com",
    "email_verified": True,
    "cognito:groups": ["Admin", "Human Resources"],
    "custom:domain": "example.com",
    "address": {"formatted": "1 Main Street"},
    "auth_time": 1_800_000_000,
    "exp": 1_800_003_600,
    "token_use": "id",
}
ACCESS_CLAIMS = {
    "sub": "5f1c",
    "username": "ada",
    "scope": "openid documents/read",
    "client_id": "abc",
    "auth_time": 1_800_000_000,
    "exp": 1_800_003_600,
    "token_use": "access",
}


def principals(claims, editable=frozenset()):
    return static_principals(CognitoIdentity.from_claims(claims), editable=editable)


class TestFromClaims:
    def test_an_id_token_tells_who_the_user_is(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS)

        assert identity.sub == "5f1c"
        assert identity.username == "ada"
        assert identity.email == "ada@example.com"
        assert identity.groups == frozenset({"Admin", "Human Resources"})
        assert identity.claims["custom:domain"] == "example.com"
        assert identity.auth_time == 1_800_000_000
        assert identity.expires_at == 1_800_003_600
        assert identity.scopes == frozenset()

    def test_an_access_token_tells_the_username_and_scopes(self):
        identity = CognitoIdentity.from_claims(ACCESS_CLAIMS)

        assert identity.username == "ada"
        assert identity.email is None
        assert identity.groups == frozenset()
        assert identity.scopes == frozenset({"openid", "documents/read"})

    def test_a_person_is_no_machine(self):
        assert not CognitoIdentity.from_claims(ID_CLAIMS).is_machine
        assert not CognitoIdentity.from_claims(ACCESS_CLAIMS).is_machine

    def test_an_access_token_without_a_username_is_a_machines_whatever_else_it_says(self):
        claims = {**ACCESS_CLAIMS, "cognito:username": "ada", "cognito:groups": ["Admin"]}
        del claims["username"]
        identity = CognitoIdentity.from_claims(claims)

        assert identity.is_machine
        assert identity.username == ""
        assert principals(claims) == {
            Everyone,
            "client:5f1c",
            "scope:openid",
            "scope:documents/read",
        }

    def test_a_scope_in_an_id_token_is_only_a_claim(self):
        identity = CognitoIdentity.from_claims({**ID_CLAIMS, "scope": "documents/write"})

        assert identity.scopes == frozenset()
        assert identity.claims["scope"] == "documents/write"

    def test_a_machine_has_no_username(self):
        claims = {"sub": "4f0a", "scope": "documents/read", "exp": 1_800_003_600}

        identity = CognitoIdentity.from_claims(claims)

        assert identity.username == ""
        assert identity.auth_time == 0

    def test_the_session_knows_the_times_better_than_the_claims(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS, auth_time=7, expires_at=8)

        assert (identity.auth_time, identity.expires_at) == (7, 8)

    @pytest.mark.parametrize(
        ("claim", "value", "attribute", "expected"),
        [
            ("cognito:groups", "Admin", "groups", frozenset()),
            ("cognito:groups", ["Admin", 7], "groups", frozenset({"Admin"})),
            ("email", ["ada@example.com"], "email", None),
            ("cognito:username", 7, "username", ""),
            ("auth_time", "1800000000", "auth_time", 0),
            ("auth_time", True, "auth_time", 0),
        ],
    )
    def test_a_claim_of_the_wrong_type_counts_as_absent(self, claim, value, attribute, expected):
        identity = CognitoIdentity.from_claims({**ID_CLAIMS, claim: value})

        assert getattr(identity, attribute) == expected

    def test_an_identity_without_sub_cannot_be(self):
        with pytest.raises(KeyError, match="sub"):
            CognitoIdentity.from_claims({"username": "ada"})


class TestImmutability:
    def test_attributes_cannot_be_assigned(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS)

        with pytest.raises(dataclasses.FrozenInstanceError):
            identity.sub = "other"

    def test_claims_cannot_be_assigned(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS)

        with pytest.raises(TypeError):
            identity.claims["custom:domain"] = "example.org"
        with pytest.raises(TypeError):
            identity.claims["address"]["formatted"] = "elsewhere"

    def test_lists_among_the_claims_cannot_grow(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS)

        assert identity.claims["cognito:groups"] == ("Admin", "Human Resources")

    def test_the_callers_claims_can_change_without_effect(self):
        claims = {**ID_CLAIMS, "cognito:groups": ["Editors"], "address": {"formatted": "here"}}
        identity = CognitoIdentity.from_claims(claims)

        claims["cognito:groups"].append("Admin")
        claims["address"]["formatted"] = "there"
        claims["custom:domain"] = "example.org"

        assert identity.claims["cognito:groups"] == ("Editors",)
        assert identity.claims["address"] == {"formatted": "here"}
        assert identity.claims["custom:domain"] == "example.com"

    def test_an_identity_can_be_replaced_in_part_and_hashed(self):
        identity = CognitoIdentity.from_claims(ID_CLAIMS)
        later = dataclasses.replace(identity, auth_time=1_800_000_100)

        assert later.claims == identity.claims
        assert {identity: "known"}[CognitoIdentity.from_claims(ID_CLAIMS)] == "known"


def test_a_repr_shows_no_personal_data():
    identity = CognitoIdentity.from_claims(ID_CLAIMS)

    assert repr(identity) == "<CognitoIdentity username='ada' sub='5f1c'>"


class TestStaticPrincipals:
    def test_a_user_is_known_by_sub_groups_and_custom_attributes(self):
        assert principals(ID_CLAIMS) == {
            Everyone,
            Authenticated,
            "5f1c",
            "group:Admin",
            "group:Human Resources",
            "custom:domain=example.com",
        }

    def test_a_bearer_token_is_known_by_its_scopes(self):
        assert principals(ACCESS_CLAIMS) == {
            Everyone,
            Authenticated,
            "5f1c",
            "scope:openid",
            "scope:documents/read",
        }

    @pytest.mark.parametrize("value", [True, 7, None, ["example.com"], {"a": "b"}])
    def test_only_strings_make_a_principal(self, value):
        found = principals({**ID_CLAIMS, "custom:domain": value})

        assert not [principal for principal in found if principal.startswith("custom:")]

    def test_an_attribute_that_people_write_makes_no_principal(self):
        found = principals(ID_CLAIMS, editable=frozenset({"custom:domain"}))

        assert "custom:domain=example.com" not in found

    def test_no_attribute_can_spell_the_principal_of_another(self):
        claims = {"sub": "5f1c", "custom:a=b": "c"}

        assert "custom:a=b=c" not in principals(claims)

    def test_other_claims_make_no_principal(self):
        assert not [principal for principal in principals(ID_CLAIMS) if "email" in principal]


@pytest.mark.parametrize("value", ["text", 7, None, True])
def test_what_cannot_change_is_read_only_as_it_is(value):
    assert read_only(value) is value
