"""Applications in which ``request.cognito`` speaks to a Cognito that says what a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from pyramid_cognito.challenges import Challenge
from pyramid_cognito.cookies import Headers
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.events import AccountEvent
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.ticket import Tokens
from tests.application import cookie_header, make_config, make_request, make_tokens
from tests.clock import Clock
from tests.jwt_factory import SUB

GRACE = "grace-sub"
CHALLENGE = Challenge(
    "SOFTWARE_TOKEN_MFA",
    {"FRIENDLY_DEVICE_NAME": "phone"},
    username="ada",
    user_id="internal",
    remember=True,
    session="cognito-session",
)
SETUP = replace(
    CHALLENGE, name="MFA_SETUP", parameters={"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}
)
KEY = "JBSWY3DPEHPK3PXP"


class Dialogue:
    """A Cognito that says what a test tells it to, in place of the conversation over the wire."""

    def __init__(self) -> None:
        self.outcome: Challenge | Tokens | str | CognitoError = make_tokens()
        self.said: list[tuple[Any, ...]] = []

    def _say(self, *said: Any) -> Challenge | Tokens:
        self.said.append(said)
        if isinstance(self.outcome, str):
            raise cognito_error(self.outcome)
        if isinstance(self.outcome, CognitoError):
            raise self.outcome
        return self.outcome

    def begin(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        return self._say("begin", username, remember)

    def begin_with_choice(self, username: str, *, remember: bool) -> Challenge | Tokens:
        return self._say("begin with choice", username, remember)

    def answer(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        return self._say("answer", challenge, dict(responses))

    def associate(self, challenge: Challenge) -> tuple[str, Challenge]:
        self._say("associate", challenge)
        return KEY, replace(challenge, secret=KEY, session="newest-session")

    def revoke(self, tokens: Tokens) -> None:
        self._say("revoke", tokens.refresh_token)

    def sign_out_everywhere(self, tokens: Tokens) -> None:
        self._say("sign out everywhere", tokens.access_token)


class Site:
    """An application whose time stands still, and what happens there."""

    def __init__(self, settings: dict[str, str] | None = None, **options: Any) -> None:
        self.cognito = Dialogue()
        # request.cognito does not keep its request alive, a server does
        self.requests: list[Request] = []
        self.clock = Clock()
        self.config: Configurator = make_config(settings, self.clock, **options)
        self.events: list[AccountEvent] = []
        self.config.add_subscriber(self.events.append, AccountEvent)
        services = self.config.registry[REGISTRY_KEY]
        self.config.registry[REGISTRY_KEY] = replace(
            services,
            conversation=self.cognito,  # type: ignore[arg-type]
        )

    def request(self, headers: Headers = ()) -> Request:
        cookie = cookie_header(list(headers))
        request = make_request(self.config, **({"HTTP_COOKIE": cookie} if cookie else {}))
        self.requests.append(request)
        return request

    def signed_in(self, **changes: Any) -> Headers:
        self.cognito.outcome = make_tokens(**changes)
        headers: Headers = self.request().cognito.sign_in("ada", "pa55").headers
        self.forget_what_was()
        return headers

    def challenged(self, challenge: Challenge = CHALLENGE) -> Headers:
        self.cognito.outcome = challenge
        headers: Headers = self.request().cognito.sign_in("ada", "pa55", remember=True).headers
        self.forget_what_was()
        return headers

    def forget_what_was(self) -> None:
        self.cognito.said.clear()
        self.events.clear()


def another_sign_in(sub: str = SUB, **changes: Any) -> Tokens:
    """Tokens of a second sign-in, by default of the same person."""
    other = {"sub": sub, "origin_jti": "another-sign-in"}
    return make_tokens(**other, access=other, **changes)


def deleted(headers: Headers) -> set[str]:
    """The names of the cookies that *headers* delete."""
    cookies = [value for name, value in headers if name == "Set-Cookie"]
    return {value.partition("=")[0] for value in cookies if "Max-Age=0" in value}
