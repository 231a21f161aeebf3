"""What a request's identity may be called in an ACL, found out when asked; in doubt, an error."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pyramid.authorization import Everyone
from pyramid.security import Allowed

from pyramid_cognito.claim_policy import CannotDecide, Finding, dotted_name
from pyramid_cognito.denied import CognitoDenied, Remedy

if TYPE_CHECKING:
    from pyramid.request import Request

    from pyramid_cognito.claim_policies import ClaimPolicies, PrincipalsCallback
    from pyramid_cognito.identity import CognitoIdentity

log = logging.getLogger(__name__)

POLICY_PREFIX = "policy:"
ANONYMOUS = frozenset({Everyone})

_APPLICATION = "the application's principals"


class Principals:
    """The principals of one request: ``request.cognito.principals``.

    Policies and the application's callbacks are asked at most once, when a principal needs them.
    Where that fails, asking raises `CannotDecide` instead of answering False, which would let
    people past a Deny.

    :param static: what `static_principals` made of the identity; `ANONYMOUS` without one.
    :param clock: seconds since 1970.
    """

    __slots__ = ("_answers", "_clock", "_failures", "_identity", "_policies", "_request", "_static")

    def __init__(
        self,
        identity: CognitoIdentity | None,
        request: Request,
        policies: ClaimPolicies,
        static: frozenset[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        # weakly: the request holds its principals, and should end when it is done
        self._request = weakref.ref(request)
        self._policies = policies
        self._static = static
        self._clock = clock
        self._answers: dict[str, Any] = {}
        self._failures: list[str] = []

    def __contains__(self, principal: object) -> bool:
        """Whether the identity holds a principal; what cannot be one (a list, say) it never holds.

        :raises CannotDecide: it takes a policy or callback that is unknown or fails.
        """
        try:
            if principal in self._static:
                return True
        except TypeError:  # unhashable
            return False
        if isinstance(principal, str) and principal.startswith(POLICY_PREFIX):
            return self.satisfies(principal[len(POLICY_PREFIX) :])
        return principal in self._applications_own()

    def __iter__(self) -> Iterator[Any]:
        """All of them; every policy and callback is asked.

        :raises CannotDecide: one of them fails.
        """
        yield from self._static
        yield from (POLICY_PREFIX + name for name in self._policies if self.satisfies(name))
        yield from self._applications_own() - self._static

    def __repr__(self) -> str:
        # Pyramid prints the principals with every decision: names suffice, and nothing is asked
        shown = sorted(principal.partition("=")[0] for principal in self._static)
        return f"<Principals {', '.join(shown)}>"

    def satisfies(self, name: str) -> bool:
        """Whether the identity meets a policy.

        :raises CannotDecide: no policy has that name, or it fails.
        """
        return all(finding.passed for finding in self.findings(name))

    def findings(self, name: str) -> tuple[Finding, ...]:
        """What of a policy is met and what is not.

        :raises CannotDecide: no policy has that name, or it fails.
        """
        policy = self._policies.get(name)
        if policy is None:
            unknown = self._policies.unknown(name)
            log.error("Denied, because %s", unknown)
            raise self._failed(unknown)
        findings: tuple[Finding, ...] = self._once(
            POLICY_PREFIX + name,
            lambda: policy.evaluate(self._identity, self._live_request(), self._clock()),
        )
        return findings

    def permits(self, name: str) -> Allowed | CognitoDenied:
        """`satisfies` as a decision with its reasons; never raises `CannotDecide`."""
        try:
            failed = [finding for finding in self.findings(name) if not finding.passed]
        except CannotDecide as undecided:
            return CognitoDenied((undecided.reason,))
        if not failed:
            return Allowed("policy %r is satisfied", name)
        return CognitoDenied((finding.reason for finding in failed), remedy_for(failed))

    @property
    def asked(self) -> Mapping[str, tuple[Finding, ...]]:
        """Findings of the policies that were asked so far, by policy; to say why an ACL denied."""
        return {
            key[len(POLICY_PREFIX) :]: answer
            for key, answer in self._answers.items()
            if isinstance(answer, tuple)
        }

    def _live_request(self) -> Request:
        request = self._request()
        if request is None:
            raise CannotDecide("the request is over")
        return request

    def _applications_own(self) -> frozenset[Any]:
        identity, callbacks = self._identity, self._policies.callbacks
        if identity is None or identity.is_machine or not callbacks:
            return frozenset()
        own: frozenset[Any] = self._once(
            _APPLICATION,
            lambda: frozenset().union(*(self._call(callback, identity) for callback in callbacks)),
        )
        return own

    def _call(self, callback: PrincipalsCallback, identity: CognitoIdentity) -> frozenset[Any]:
        title = f"principals callback {dotted_name(callback)}"
        try:
            given = callback(identity, self._live_request())
            found = None if isinstance(given, (str, bytes)) else frozenset(given)
        except CannotDecide:
            raise
        except Exception as error:
            log.exception("The %s raised", title)
            raise CannotDecide(f"{title} raised {type(error).__name__}") from error
        if found is None:
            raise CannotDecide(f"{title} returned one string, not a collection of principals")
        if any(isinstance(name, str) and name.startswith(POLICY_PREFIX) for name in found):
            raise CannotDecide(f"{title} returned a policy, which add_cognito_policy defines")
        return found

    def _once(self, key: str, ask: Callable[[], Any]) -> Any:
        answer = self._answers.get(key)
        if answer is None:
            # what a question finds that leads back to itself
            self._answers[key] = CannotDecide(f"{key} depends on itself")
            failures_before = len(self._failures)
            try:
                answer = ask()
            except CannotDecide as undecided:
                self._failures.append(undecided.reason)
            # has_permission turns a failure into a denial, and a predicate may negate that: its
            # answer rests on nothing
            if len(self._failures) > failures_before:
                answer = CannotDecide(self._failures[failures_before])
            self._answers[key] = answer
        if isinstance(answer, CannotDecide):
            raise self._failed(answer.reason)
        return answer

    def _failed(self, reason: str) -> CannotDecide:
        self._failures.append(reason)
        return CannotDecide(reason)


def remedy_for(failed: Iterable[Finding]) -> Remedy:
    """What would help against all of these at once; "none" if no one thing would."""
    remedies = {finding.remedy for finding in failed}
    return remedies.pop() if len(remedies) == 1 else "none"
