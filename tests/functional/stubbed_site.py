"""An application on a user pool whose answers a test writes: for what the emulator lacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.stub import Stubber
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sign_in import Challenge
from pyramid_cognito.steps import keep_challenge
from pyramid_cognito.ticket import Tokens
from tests.application import SETTINGS, make_services, make_tokens
from tests.functional.site import PATIENT, Browser, configurator
from tests.stubbed import stubbed

# a stub answers what it was told to, and no GetUser in between
OWN = {"cognito.cookie_secure": "false", "cognito.revalidate_after": "0"} | {
    f"cognito.{name}": text for name, text in PATIENT.items()
}


class StubbedSite:
    """The application, whose time stands still, and a browser at it."""

    def __init__(self, **settings: str) -> None:
        changes = {f"cognito.{name}": text for name, text in settings.items()}
        config: Configurator = configurator({**SETTINGS, **OWN, **changes})
        services: Services = config.registry[REGISTRY_KEY]
        self.services = make_services(services.settings, policies=services.policies)
        config.registry[REGISTRY_KEY] = self.services
        config.add_view(self._ask, name="ask")
        self.browser = Browser(config.make_wsgi_app())
        self.tokens = make_tokens()

    @contextmanager
    def cognito(self) -> Iterator[Stubber]:
        """Answers that have to be asked for while this is open, in their order."""
        with stubbed(self.services.pool) as stubber:
            yield stubber

    def let_in(self) -> None:
        """Sign in with tokens that came from elsewhere."""
        self.browser.post_json("/receive", {"tokens": _fields(self.tokens), "remember": False})

    def is_asked(self, challenge: Challenge) -> None:
        """Let *challenge* wait for an answer."""
        self._challenge = challenge
        self.browser.get("/ask")

    def _ask(self, request: Request) -> Response:
        return Response(headerlist=keep_challenge(request, self._challenge))

    @property
    def own(self) -> dict[str, Any]:
        """What authorizes a call about the account of who is signed in."""
        return {"AccessToken": self.tokens.access_token}

    @property
    def result(self) -> dict[str, Any]:
        """Cognito's answer that signs in."""
        return {
            "AuthenticationResult": {
                "IdToken": self.tokens.id_token,
                "AccessToken": self.tokens.access_token,
                "RefreshToken": self.tokens.refresh_token,
            }
        }


def _fields(tokens: Tokens) -> dict[str, str | None]:
    return {
        "id_token": tokens.id_token,
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
    }
