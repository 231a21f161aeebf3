"""An application around the policies, with header-based sign-in in place of Cognito's."""

from __future__ import annotations

from types import SimpleNamespace

from pyramid.authorization import ACLHelper
from pyramid.config import Configurator
from pyramid.response import Response
from webtest import TestApp

from pyramid_cognito import claim_policies, policy_view
from pyramid_cognito.claim_policy import CannotDecide
from pyramid_cognito.denied import CognitoDenied
from pyramid_cognito.identity import CognitoIdentity, static_principals
from pyramid_cognito.policy_grammar import read_policies
from pyramid_cognito.principals import ANONYMOUS, Principals

NOW = 1_800_000_000


def make_identity(**claims):
    """An identity with these claims; ``groups`` and ``domain`` spare writing their long names."""
    names = {"groups": "cognito:groups", "domain": "custom:domain"}
    given = {names.get(name, name): value for name, value in claims.items()}
    base = {
        "sub": "sub-of-ada",
        "cognito:username": "ada",
        "auth_time": NOW - 100,
        "exp": NOW + 900,
    }
    return CognitoIdentity.from_claims({**base, **given})


PEOPLE = {
    "ada": make_identity(groups=["Admin"], domain="example.com"),
    "eve": make_identity(sub="sub-of-eve", domain="example.net", auth_time=NOW - 90_000),
}


def principals_of(request):
    if not hasattr(request, "principals"):
        identity = request.identity
        policies = request.registry.getUtility(claim_policies.IClaimPolicies)
        static = ANONYMOUS
        if identity is not None:
            static = static_principals(identity, editable=policies.editable)
        request.principals = Principals(identity, request, policies, static, clock=lambda: NOW)
    return request.principals


class HeaderSecurityPolicy:
    def identity(self, request):
        return PEOPLE.get(request.headers.get("X-User"))

    def authenticated_userid(self, request):
        identity = self.identity(request)
        return identity and identity.sub

    def permits(self, request, context, permission):
        try:
            return ACLHelper().permits(context, principals_of(request), permission)
        except CannotDecide as undecided:
            return CognitoDenied((undecided.reason,))

    def permits_policy(self, request, context, name):
        return principals_of(request).permits(name)


def ok(request):
    return Response("ok")


def settings(policies=None, editable=("nickname", "email", "phone_number")):
    """What the directives need of the settings; *policies* are texts by name."""
    read, faults = read_policies(policies or {}, frozenset(editable))
    assert not faults
    return SimpleNamespace(policies=read, editable_attributes=frozenset(editable))


def configurator(*, policies=None, editable=("nickname", "email", "phone_number"), **options):
    """A Configurator with the directives and the view option."""
    options.setdefault("security_policy", HeaderSecurityPolicy())
    config = Configurator(**options)
    claim_policies.register(config, settings(policies, editable))
    policy_view.register(config)
    return config


def app_of(config):
    return TestApp(config.make_wsgi_app())


def as_user(name):
    return {"X-User": name}
