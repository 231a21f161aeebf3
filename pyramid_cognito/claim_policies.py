"""Named policies in Pyramid's configuration: directives, the ini's policies, introspectables."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import PHASE2_CONFIG, PHASE3_CONFIG
from zope.interface import Interface

from pyramid_cognito.claim_policy import (
    PRESENT,
    ClaimPolicy,
    Predicate,
    Present,
    dotted_name,
    make_policy,
)

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

    from pyramid_cognito.identity import CognitoIdentity
    from pyramid_cognito.settings import CognitoSettings

__all__ = [
    "PRESENT",
    "ClaimPolicies",
    "IClaimPolicies",
    "add_cognito_policy",
    "add_cognito_principals",
    "register",
]

#: the introspection category of the policies
CATEGORY = "cognito policies"

# every add_view of a commit has run by then
_AFTER_VIEWS = PHASE3_CONFIG + 1

Source = Literal["ini", "code"]
PrincipalsCallback = Callable[["CognitoIdentity", "Request"], Iterable[Any]]


class IClaimPolicies(Interface):  # type: ignore[misc]
    """The registry's utility that is the application's `ClaimPolicies`."""


def register(config: Configurator, settings: CognitoSettings) -> ClaimPolicies:
    """Add the directives, and the policies of the ini; part of ``includeme``."""
    policies = ClaimPolicies(settings.editable_attributes)
    config.registry.registerUtility(policies, IClaimPolicies)
    config.add_directive("add_cognito_policy", add_cognito_policy)
    config.add_directive("add_cognito_principals", add_cognito_principals)
    for policy in settings.policies:
        _queue(config, Definition(policy, "ini", f"cognito.policy.{policy.name} in the settings"))
    config.action(None, _relate_views, args=(config,), order=_AFTER_VIEWS)
    return policies


def add_cognito_policy(
    config: Configurator,
    name: str,
    *,
    claims: Mapping[str, Any | Iterable[Any] | Present] | None = None,
    groups: str | Iterable[str] | None = None,
    predicate: Predicate | str | None = None,
    max_age: int | None = None,
) -> None:
    """Name a policy: all given requirements must hold, the values inside one are alternatives.

    It becomes the principal ``policy:<name>``, the view option ``cognito_policy="<name>"`` and
    ``request.cognito.satisfies("<name>")``.

    :param claims: alternatives by name of claim: a value, a list of values, or `PRESENT`. Values
        are equal in type as well: ``True`` matches neither ``1`` nor ``"true"``. A claim ``email``
        or ``phone_number`` must be verified besides.
    :param groups: a group, or a list of groups.
    :param predicate: ``predicate(identity, request)``, or its dotted name. It answers True or
        False (Pyramid's ``Allowed`` and ``Denied`` will do), and is asked last, once a request.
    :param max_age: seconds since the person proved who they are (the claim ``auth_time``).
    :raises pyramid.exceptions.ConfigurationError: the requirements are wrong or there are none;
        once configuration is executed: a claim is one that people write themselves, or the
        settings define the policy too.
    """
    policy = make_policy(
        name,
        claims=claims,
        groups=groups,
        predicate=config.maybe_dotted(predicate),
        max_age=max_age,
    )
    _queue(config, Definition(policy, "code", str(config.action_info).rstrip()))


def add_cognito_principals(config: Configurator, callback: PrincipalsCallback | str) -> None:
    """Add the application's own principals of an identity: roles from its database, say.

    :param callback: ``callback(identity, request)`` returns the principals, or its dotted name. It
        is called at most once a request, when a principal is asked for that the claims do not
        give, and only for people who are signed in.
    :raises pyramid.exceptions.ConfigurationError: the callback cannot be called.
    """
    resolved: PrincipalsCallback = config.maybe_dotted(callback)
    if not callable(resolved):
        raise ConfigurationError(
            "add_cognito_principals takes a callable: callback(identity, request)"
        )
    policies = config.registry.getUtility(IClaimPolicies)
    name = dotted_name(resolved)
    introspectable = config.introspectable(
        "cognito principals", id(resolved), name, "cognito principals"
    )
    introspectable["callback"] = name
    config.action(
        None,
        policies.callbacks.append,
        args=(resolved,),
        order=PHASE2_CONFIG,
        introspectables=(introspectable,),
    )


@dataclass(frozen=True)
class Definition:
    """A policy and where it was defined, for people."""

    policy: ClaimPolicy
    source: Source
    place: str


class ClaimPolicies:
    """The policies of an application, and the callbacks that give its own principals.

    :ivar editable: names of the attributes that users may write.
    """

    def __init__(self, editable: frozenset[str]) -> None:
        self.editable = editable
        self.callbacks: list[PrincipalsCallback] = []
        self._definitions: dict[object, Definition] = {}

    def get(self, name: object) -> ClaimPolicy | None:
        definition = self._definitions.get(name)
        return definition.policy if definition else None

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __iter__(self) -> Iterator[str]:
        return (definition.policy.name for definition in self._definitions.values())

    def define(self, definition: Definition) -> None:
        """Add a policy, in place of one that the same source defined in an earlier commit.

        :raises pyramid.exceptions.ConfigurationError: ini and code both define it, or it rests on
            what people write themselves.
        """
        name = definition.policy.name
        faults = definition.policy.faults(self.editable)
        if faults:
            raise ConfigurationError(f"Cognito policy {name!r}: " + "; ".join(faults))
        other = self._definitions.get(name)
        if other and other.source != definition.source:
            places = "\n  ".join(sorted((other.place, definition.place)))
            raise ConfigurationError(f"Cognito policy {name!r} is defined twice:\n  {places}")
        self._definitions[name] = definition

    def unknown(self, name: object) -> str:
        """What to say about a name that is not among the policies."""
        near = difflib.get_close_matches(str(name), self, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = ", ".join(sorted(self)) or "none"
        return f"there is no Cognito policy {name!r}{hint} (known: {known})"


def _queue(config: Configurator, definition: Definition) -> None:
    policy, source = definition.policy, definition.source
    introspectable = config.introspectable(CATEGORY, policy.name, policy.name, "cognito policy")
    introspectable.update(
        name=policy.name,
        claims=policy.claims,
        groups=policy.groups,
        predicate=dotted_name(policy.predicate) if policy.predicate else None,
        max_age=policy.max_age,
        source=source,
    )
    # one discriminator for both sources would let the application's code silently win over the
    # ini, whose actions come from an include
    config.action(
        (CATEGORY, source, policy.name),
        config.registry.getUtility(IClaimPolicies).define,
        args=(definition,),
        order=PHASE2_CONFIG,
        introspectables=(introspectable,),
    )


def _relate_views(config: Configurator) -> None:
    introspector = config.introspector
    for entry in introspector.get_category("views", default=()):
        view = entry["introspectable"]
        if view.get("cognito_policy") is not None:
            introspector.relate(("views", view.discriminator), (CATEGORY, view["cognito_policy"]))
