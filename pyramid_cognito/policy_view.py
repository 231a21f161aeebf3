"""The view option ``cognito_policy="Name"``: a view that only a policy opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import IDebugLogger, ISecurityPolicy
from pyramid.viewderivers import secured_view
from zope.interface import Attribute, Interface

from pyramid_cognito.claim_policies import IClaimPolicies
from pyramid_cognito.denied import CognitoDenied

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.interfaces import IResponse
    from pyramid.request import Request


class IPolicyDecider(Interface):  # type: ignore[misc]
    """Decides for the view option where the application's security policy cannot.

    That is so where the application composes several policies behind one of its own.
    """

    permits_policy = Attribute(
        "permits_policy(request, context, name): Allowed, or CognitoDenied with its reasons"
    )


def register(config: Configurator) -> None:
    """Add the view option; part of ``includeme``."""
    config.add_view_deriver(
        cognito_policy_view, "cognito_policy_view", under="secured_view", over="csrf_view"
    )


def cognito_policy_view(view: Any, info: Any) -> Any:
    """View deriver: calls the view only where the policy is satisfied.

    The permission is checked first. ``view_execution_permitted`` answers for both.

    :raises pyramid.exceptions.ConfigurationError: there is no policy of that name, or the view is
        an exception view: denying that would replace the error that it is there to show.
    """
    name = info.options.get("cognito_policy")
    if name is None:
        return view
    if info.exception_only:
        raise ConfigurationError(f"cognito_policy={name!r} cannot guard an exception view")
    policies = info.registry.getUtility(IClaimPolicies)
    if not isinstance(name, str) or name not in policies:
        raise ConfigurationError(f"cognito_policy={name!r}: {policies.unknown(name)}")
    return PolicyView(view, info, name)


cognito_policy_view.options = ("cognito_policy",)  # type: ignore[attr-defined]


def decide(request: Request, context: Any, name: str) -> Any:
    """Whether the policy lets the request in; true or false, with reasons as it comes from us.

    The security policy in force decides, which need not be the one that was there when the view
    was configured. ``config.testing_securitypolicy`` answers as it does for any permission.
    """
    security_policy = request.registry.queryUtility(ISecurityPolicy)
    if not hasattr(security_policy, "permits_policy"):
        from pyramid.testing import DummySecurityPolicy  # production has no use for it

        if isinstance(security_policy, DummySecurityPolicy):
            return security_policy.permits(request, context, f"policy:{name}")
        security_policy = request.registry.queryUtility(IPolicyDecider)
        if security_policy is None:
            return CognitoDenied(("no security policy here decides on Cognito policies",))
    return security_policy.permits_policy(request, context, name)


class PolicyView:
    """A view behind a policy, with the attributes that Pyramid asks of a secured view.

    Pyramid copies these attributes outwards, over those of its own permission check, so they
    must answer for the permission too.
    """

    def __init__(self, view: Any, info: Any, name: str) -> None:
        self._view = view
        self._name = name
        # Pyramid's own deriver knows about default permissions and the like
        self._permission = getattr(secured_view(view, info), "__permitted__", None)
        debug = (info.settings or {}).get("debug_authorization")
        self._debug_log = info.registry.queryUtility(IDebugLogger) if debug else None

    def __call__(self, context: Any, request: Request) -> IResponse:
        result = decide(request, context, self._name)
        if self._debug_log is not None:
            request.authdebug_message = self._describe(request, context, result)
            self._debug_log.debug(request.authdebug_message)
        if result:
            return self._view(context, request)
        view_name = getattr(self._view, "__name__", self._view)
        message = f"Unauthorized: {view_name} failed policy check"
        raise HTTPForbidden(getattr(request, "authdebug_message", message), result=result)

    def __permitted__(self, context: Any, request: Request) -> Any:
        allowed = self._permission is None or self._permission(context, request)
        return decide(request, context, self._name) if allowed else allowed

    def __call_permissive__(self, context: Any, request: Request) -> IResponse:
        return self._view(context, request)

    def _describe(self, request: Request, context: Any, result: Any) -> str:
        view_name = getattr(request, "view_name", None)
        return (
            f"debug_authorization of url {request.url} (view name {view_name!r} against "
            f"context {context!r}): policy {self._name!r}: {result}"
        )
