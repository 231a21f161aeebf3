"""A small site with the account pages, on a Cognito that answers what a test tells it to."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from types import SimpleNamespace
from typing import Any

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.events import NewRequest
from pyramid.response import Response
from pyramid.security import Allowed
from webtest import TestApp, TestResponse

from pyramid_cognito import security, views
from pyramid_cognito.account import Account
from pyramid_cognito.account_types import User
from pyramid_cognito.capabilities import Capabilities
from pyramid_cognito.denied import CognitoDenied
from pyramid_cognito.errors import cognito_error
from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.password_policy import PasswordPolicy
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.sign_in import AuthenticatorSetup, Challenge, SignInResult, SignInStatus
from pyramid_cognito.throttle import Throttle
from tests.application import SECRET
from tests.clock import Clock

ADA = CognitoIdentity.from_claims({"sub": "sub-of-ada", "cognito:username": "ada"})
TICKET = ("Set-Cookie", "ticket=sealed; Path=/")
FEATURES = frozenset(
    {
        "authenticator_app",
        "delete_account",
        "devices",
        "email_code",
        "forgot_password",
        "passkeys",
        "sessions",
        "sign_up",
        "sms_code",
    }
)


class FakeAccount:
    """Remembers what was asked of it, and answers what a test has put into ``answers``.

    Raises ``error``, or that of ``errors`` for the operation, where a test has set one; and fails
    where a real account has no such operation, or takes other arguments.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {"get_user": User("ada", {})}
        self.error: Exception | None = None
        self.errors: dict[str, Exception] = {}

    def __getattr__(self, operation: str) -> Any:
        parameters = signature(getattr(Account, operation))

        def call(*arguments: Any, **options: Any) -> Any:
            parameters.bind(None, *arguments, **options)
            self.calls.append((operation, *arguments, *([options] if options else [])))
            error = self.errors.get(operation, self.error)
            if error is not None:
                raise error
            return self.answers.get(operation)

        return call


class FakeCognito:
    """``request.cognito``, the same for every request of a site."""

    def __init__(self, settings: dict[str, Any]) -> None:
        defaults = {
            "account_views": True,
            "attribute_types": {},
            "auth_flow": "USER_SRP_AUTH",
            "bearer_enabled": True,
            "client_id": "client",
            "editable_attributes": frozenset({"email", "name", "birthdate"}),
            "features": FEATURES,
            "is_local": False,
            "layout": None,
            "password_policy": PasswordPolicy(),
            "reauthenticate_after": 300,
            "reveal_account_state": False,
            "route_prefix": "/account",
            "secret": (SECRET,),
            "sign_in_with": frozenset({"username"}),
            "sign_up_attributes": ("email",),
            "site_name": None,
            "throttle_account": "10 per 5 minute",
            "throttle_address": "100 per 5 minute",
            "throttle_messages": "5 per 1 hour",
            "throttle_storage": "memory://",
            "user_pool_id": "pool",
        }
        self.settings = SimpleNamespace(**defaults | settings)
        self.account = FakeAccount()
        self.answers: list[dict[str, str]] = []
        self.attempts: list[tuple[str, str, bool]] = []
        self.challenge: Challenge | None = None
        self.result = SignInResult(SignInStatus.SUCCEEDED, headers=[TICKET])
        self.setup = AuthenticatorSetup("JBSWY3DPEHPK3PXP", [("Set-Cookie", "challenge=set-up")])
        self.setup_error: Exception | None = None
        self.setups = 0
        self.sign_outs = 0
        self.sign_out_error: Exception | None = None
        self.age = 0
        self.has_password = True
        self.not_in_the_pool: set[str] = set()
        self.reauthentications: list[str] = []
        self.checked: list[str] = []
        self.check_error: Exception | None = None
        self.refreshes = 0
        self.refresh_error: Exception | None = None

    def sign_in(self, username: str, password: str, *, remember: bool = False) -> SignInResult:
        self.attempts.append((username, password, remember))
        return self.result

    def answer(self, **responses: str) -> SignInResult:
        self.answers.append(responses)
        return self.result

    def set_up_authenticator(self) -> AuthenticatorSetup:
        if self.setup_error is not None:
            raise self.setup_error
        self.setups += 1
        return self.setup

    def offers(self, feature: str) -> bool:
        return feature in self.settings.features and feature not in self.not_in_the_pool

    def signed_in_within(self, seconds: int) -> bool:
        return self.age <= seconds

    def reauthenticate(self, password: str) -> SignInResult:
        self.reauthentications.append(password)
        return self.result

    def check_password(self, password: str) -> None:
        self.checked.append(password)
        if self.check_error is not None:
            raise self.check_error

    def refresh(self) -> bool:
        self.refreshes += 1
        if self.refresh_error is not None:
            raise self.refresh_error
        return True

    def sign_out(self, everywhere: bool = False) -> list[tuple[str, str]]:
        if self.sign_out_error is not None:
            raise self.sign_out_error
        self.sign_outs += 1
        return [("Set-Cookie", "ticket=; Path=/; Max-Age=0")]


class FakeCapabilities(Capabilities):
    """Those of a pool that lacks what a test has put into ``not_in_the_pool``."""

    def __init__(self, cognito: FakeCognito, clock: Clock) -> None:
        super().__init__(cognito.settings, clock)
        self._cognito = cognito

    def found(self, feature: str, account: Any) -> Sequence[Any] | None:
        return super().found(feature, account) if self._cognito.offers(feature) else None


class FakePolicy:
    """A security policy that knows one person, or nobody, and has one denial.

    ``person`` is signed in by a cookie, or with ``has_session`` False by a bearer token; ``guest``
    is whom only another policy of the application knows; ``unavailable`` says why nobody can be
    recognised; ``required_scopes`` are those that a bearer token lacks.
    """

    def __init__(self) -> None:
        self.person: CognitoIdentity | None = None
        self.has_session = True
        self.guest: Any = None
        self.unavailable: str | None = None
        self.required_scopes: tuple[str, ...] = ()
        self.denial: Any = CognitoDenied(["no reason"], "none")

    def identity(self, request: Any) -> Any:
        return self.person or self.guest

    def recognise(self, event: NewRequest) -> None:
        """Put on a new request what CognitoSecurityPolicy finds out."""
        state = SimpleNamespace(
            identity=self.person,
            unavailable=self.unavailable,
            required_scopes=self.required_scopes,
            signed_in=self.person if self.has_session else None,
        )
        event.request.__dict__[security._STATE] = state

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        return self.denial if permission == "never" else Allowed("yes")


class Site:
    """The site as a browser sees it, and the hands on its fakes.

    ``/secret`` is denied to everyone; ``configure(config)`` is what the application adds.
    """

    def __init__(self, configure: Any = None, **settings: Any) -> None:
        self.cognito = FakeCognito(settings)
        self.policy = FakePolicy()
        self.clock = Clock()
        self.config = config = Configurator(settings={})
        config.registry[REGISTRY_KEY] = SimpleNamespace(
            settings=self.cognito.settings,
            capabilities=FakeCapabilities(self.cognito, self.clock),
            throttle=Throttle(self.cognito.settings),
            clock=self.clock,
        )
        config.add_request_method(lambda _request: self.cognito, "cognito", reify=True)
        config.set_security_policy(self.policy)
        config.add_subscriber(self.policy.recognise, NewRequest)
        config.set_csrf_storage_policy(CookieCSRFStoragePolicy())
        config.set_default_permission("never")
        config.include(lambda included: views.register(included, self.cognito.settings))
        config.add_route("secret", "/secret")
        config.add_view(lambda _request: Response("secret"), route_name="secret")
        if configure is not None:
            configure(config)
        self.browser = TestApp(config.make_wsgi_app())

    def fails(self, code: str, status: SignInStatus = SignInStatus.FAILED, **kwargs: Any) -> None:
        """From now on signing in and answering end so."""
        self.cognito.result = SignInResult(
            status, error=cognito_error(code, **kwargs), headers=[("Set-Cookie", "challenge=")]
        )

    def is_asked(self, name: str, **parameters: str) -> None:
        """From now on a challenge is pending."""
        self.cognito.challenge = Challenge(name, parameters, "ada", "id-of-ada", False, "session")

    def post(self, path: str, fields: Any = None, **kwargs: Any) -> TestResponse:
        """Post *fields* with the CSRF token, to a page that need not have been opened."""
        self.browser.set_cookie("csrf_token", "token")
        pairs = list(fields.items() if isinstance(fields, dict) else fields or ())
        kwargs.setdefault("expect_errors", True)
        return self.browser.post(path, [("csrf_token", "token"), *pairs], **kwargs)


def problem(page: TestResponse) -> str:
    """What the page's summary of errors says."""
    found = page.html.select_one(".cognito-problem")
    return "" if found is None else " ".join(found.get_text(" ").split())
