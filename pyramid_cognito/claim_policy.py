"""One named policy: what it requires of an identity, and whether an identity meets it."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pyramid.exceptions import ConfigurationError
from pyramid.security import Allowed, Denied

from pyramid_cognito.denied import Remedy
from pyramid_cognito.identity import CognitoIdentity, read_only

if TYPE_CHECKING:
    from pyramid.request import Request

log = logging.getLogger(__name__)

#: seconds that the clocks of Cognito and of this host may differ
LEEWAY = 60

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_VERIFIABLE = frozenset({"email", "phone_number"})

#: ``predicate(identity, request)``: True or False, or Pyramid's ``Allowed`` or ``Denied``
Predicate = Callable[[CognitoIdentity, "Request"], Any]


class Present(Enum):
    """The type of `PRESENT`, so that type checkers can tell it from a claim's value."""

    PRESENT = "present"

    def __repr__(self) -> str:
        return self.name


#: in place of a claim's values: it must be among the claims, whatever it says
PRESENT: Final = Present.PRESENT

#: what a claim may say: read-only JSON values, or anything
Alternatives: TypeAlias = tuple[Any, ...] | Present


class CannotDecide(Exception):
    """Whether a principal is held cannot be told, so what depends on it is denied.

    :ivar reason: plain English for logs and developers.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one requirement of a policy is met.

    :ivar requirement: the requirement, as the ini would say it.
    :ivar reason: a sentence without the person's claim values.
    :ivar remedy: what would help if it is not met.
    """

    requirement: str
    passed: bool
    reason: str
    remedy: Remedy = "none"


@dataclass(frozen=True, slots=True)
class ClaimPolicy:
    """Requirements that must all hold; the values inside one are alternatives.

    :ivar claims: alternatives by claim.
    :ivar groups: the identity is in one of them; empty where groups do not matter.
    :ivar max_age: seconds since the person proved who they are.
    """

    name: str
    claims: Mapping[str, Alternatives]
    groups: tuple[str, ...]
    predicate: Predicate | None
    max_age: int | None

    def evaluate(
        self, identity: CognitoIdentity | None, request: Request, now: float
    ) -> tuple[Finding, ...]:
        """What holds and what does not; the policy is satisfied if all findings passed.

        The predicate is asked only of identities that meet the claims and groups, so it may rely
        on them.

        :param now: seconds since 1970.
        :raises CannotDecide: the predicate raised, or answered neither yes nor no.
        """
        if identity is None:
            return (Finding("signed in", passed=False, reason="not signed in", remedy="sign_in"),)
        if identity.is_machine:
            return (Finding("signed in", passed=False, reason="a machine, which never signs in"),)
        findings = list(self._about_claims(identity))
        reaches_predicate = all(finding.passed for finding in findings)
        if self.max_age is not None:
            findings.append(_about_age(identity, self.max_age, now))
        if self.predicate is not None and reaches_predicate:
            findings.append(self._ask(self.predicate, identity, request))
        return tuple(findings)

    def faults(self, editable: frozenset[str]) -> list[str]:
        """Why the policy must not decide access: it rests on what users write themselves."""
        # email and phone_number count once they are verified, and so are more than what was typed
        return [
            f"claim {name} is the user's own to write (cognito.editable_attributes)"
            for name in self.claims
            if name in editable and name not in _VERIFIABLE
        ]

    def _about_claims(self, identity: CognitoIdentity) -> Iterator[Finding]:
        if self.groups:
            passed = not identity.groups.isdisjoint(self.groups)
            named = ", ".join(self.groups)
            reason = f"{'in one' if passed else 'in none'} of the groups {named}"
            yield Finding(f"group in {named}", passed, reason)
        for name, alternatives in self.claims.items():
            reason = _claim_fault(identity.claims, name, alternatives)
            yield Finding(
                f"claim {name} {_wanted(alternatives)}",
                passed=not reason,
                reason=f"claim {name} {reason or 'is as required'}",
            )

    def _ask(self, predicate: Predicate, identity: CognitoIdentity, request: Request) -> Finding:
        title = f"predicate {dotted_name(predicate)}"
        try:
            answer = predicate(identity, request)
        except CannotDecide:
            raise
        except Exception as error:
            log.exception("Policy %s: %s raised", self.name, title)
            raise CannotDecide(
                f"policy {self.name!r}: {title} raised {type(error).__name__}"
            ) from error
        # a coroutine, a method nobody called or NotImplemented is true in Python, and no answer
        if not isinstance(answer, (bool, Allowed, Denied)) and answer is not None:
            raise CannotDecide(
                f"policy {self.name!r}: {title} answered with {type(answer).__name__}, not a bool"
            )
        return Finding(title, bool(answer), f"{title} says {'yes' if answer else 'no'}")


def make_policy(
    name: str,
    *,
    claims: Mapping[str, Any] | None = None,
    groups: Any = None,
    predicate: Predicate | None = None,
    max_age: int | None = None,
) -> ClaimPolicy:
    """Check requirements as people write them (`add_cognito_policy` says what they mean).

    :raises pyramid.exceptions.ConfigurationError: names the policy and every fault.
    """
    faults = [] if _is_name(name) else ["the name must be a letter, then letters, digits, _ . or -"]
    if claims is None and groups is None and predicate is None and max_age is None:
        faults.append("it requires nothing")
    faults += _claims_faults(claims) + _group_faults(groups) + _predicate_faults(predicate)
    if max_age is not None and (type(max_age) is not int or max_age <= 0):
        faults.append("max_age must be a whole number of seconds above 0")
    if faults:
        raise ConfigurationError(f"Cognito policy {name!r}: " + "; ".join(faults))
    return ClaimPolicy(
        name,
        MappingProxyType({claim: _alternatives(given) for claim, given in (claims or {}).items()}),
        tuple(_collected(groups) or ()),
        predicate,
        max_age,
    )


def same(one: Any, other: Any) -> bool:
    """Whether two read-only JSON values are equal in type and value, however deep."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, MappingProxyType):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)


def dotted_name(function: Callable[..., Any]) -> str:
    """Where a function or other callable is found, for people."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def _about_age(identity: CognitoIdentity, max_age: int, now: float) -> Finding:
    passed = -LEEWAY <= now - identity.auth_time <= max_age
    reason = f"{'' if passed else 'not '}signed in within the last {max_age} s"
    return Finding(f"signed in within {max_age}", passed, reason, "step_up")


def _claim_fault(claims: Mapping[str, Any], name: str, alternatives: Alternatives) -> str:
    """What is wrong with a claim; empty if nothing is."""
    if name not in claims:
        return "is missing"
    if name in _VERIFIABLE and claims.get(f"{name}_verified") is not True:
        return "is not verified"
    value = claims[name]
    if alternatives is PRESENT or any(same(value, wanted) for wanted in alternatives):
        return ""
    return "is not one of the allowed values"


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _claims_faults(claims: object) -> list[str]:
    if claims is None:
        return []
    if not isinstance(claims, Mapping) or not claims:
        return ["claims must map names of claims to values"]
    return [fault for name, given in claims.items() for fault in _claim_faults(name, given)]


def _claim_faults(name: object, given: Any) -> list[str]:
    if type(name) is not str or not name:
        return [f"{name!r} is not the name of a claim"]
    if given is PRESENT:
        return []
    values = _collected(given)
    if values is None:
        return [f"claim {name} takes a string, number, boolean, PRESENT, or a list of values"]
    if not values:
        return [f"claim {name} has no alternatives"]
    # null is refused because it most often is a setting that was not found
    return [
        f"claim {name} cannot equal {value!r}, which is not a plain JSON value"
        for value in values
        if value is None or not _is_json(value)
    ]


def _group_faults(groups: Any) -> list[str]:
    if groups is None:
        return []
    names = [groups] if isinstance(groups, str) else _collected(groups)
    if not names:
        return ["groups must be a name or a list of names"]
    return [f"{name!r} is not the name of a group" for name in names if not _is_text(name)]


def _predicate_faults(predicate: object) -> list[str]:
    if predicate is None:
        return []
    if not callable(predicate):
        return ["predicate must be callable: predicate(identity, request)"]
    if inspect.iscoroutinefunction(predicate):
        return ["predicate must not be a coroutine function: nothing would await it"]
    return []


def _collected(given: Any) -> list[Any] | None:
    """The alternatives in *given*; a bare scalar is one; None for what is neither."""
    if type(given) in (str, bool, int, float):
        return [given]
    if isinstance(given, (set, frozenset)):
        return sorted(given, key=repr)
    return list(given) if isinstance(given, (list, tuple)) else None


def _alternatives(given: Any) -> Alternatives:
    return PRESENT if given is PRESENT else tuple(map(read_only, _collected(given) or ()))


def _is_text(value: object) -> bool:
    return type(value) is str and value != ""


def _is_json(value: Any) -> bool:
    if type(value) is list:
        return all(map(_is_json, value))
    if type(value) is dict:
        return all(type(name) is str and _is_json(member) for name, member in value.items())
    return value is None or type(value) in (str, bool, int, float)


def _wanted(alternatives: Alternatives) -> str:
    if alternatives is PRESENT:
        return "present"
    return "in " + ", ".join(map(repr, alternatives))
