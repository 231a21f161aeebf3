"""An application with every account page there is, and its visitors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router

from pyramid_cognito.local import LocalPool
from pyramid_cognito.services import REGISTRY_KEY, Services
from pyramid_cognito.sign_in import Challenge
from pyramid_cognito.steps import keep_challenge
from pyramid_cognito.views import routes
from tests.functional.site import (
    LATER,
    PASSWORD,
    SIGN_IN,
    AdvancingClock,
    Browser,
    configurator,
    keep_time_by,
    settings_of,
)

SOMEONE, HALF_WAY = "hostile", "hostile-half-way"

_SESSION = "session-" + "1" * 20
#: questions of Cognito's that may be pending: its own name, and parameters
CHALLENGES = {
    "a new password": ("NEW_PASSWORD_REQUIRED", {"requiredAttributes": '["phone_number"]'}),
    "a code": ("SOFTWARE_TOKEN_MFA", {}),
    "a choice": ("SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": '["SMS_MFA", "EMAIL_OTP"]'}),
    "a set-up": ("MFA_SETUP", {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}),
}

_DEVICE = "eu-west-1_0d4f6a2e-0000-4000-8000-000000000001"
_PASSKEY = {
    "CredentialId": "cGFzc2tleQ",
    "FriendlyCredentialName": "Telephone",
    "RelyingPartyId": "localhost",
    "AuthenticatorTransports": [],
    "CreatedAt": 1,
}
_DELIVERY = {"Destination": "h***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
_WRONG_CODE = {"__type": "CodeMismatchException", "message": "Invalid verification code provided"}
#: what the emulator lacks, and answers here: status and body
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "DeleteWebAuthnCredential": (200, {}),
    "ForgetDevice": (200, {}),
    "GetUserAttributeVerificationCode": (200, {"CodeDeliveryDetails": _DELIVERY}),
    "GetUserAuthFactors": (200, {"Username": "hostile"}),
    "ListDevices": (200, {"Devices": [{"DeviceKey": _DEVICE, "DeviceLastModifiedDate": 1}]}),
    "ListUserSessions": (200, {"Sessions": [{"SessionId": _DEVICE[-36:]}]}),
    "ListWebAuthnCredentials": (200, {"Credentials": [_PASSKEY]}),
    "RevokeUserSession": (200, {}),
    "VerifyUserAttribute": (400, _WRONG_CODE),
}


class HostileSite:
    """An application with every page there is, on a pool that has every operation.

    ``paths`` are the pages' addresses, by the names of their routes.
    """

    def __init__(self, pool: LocalPool, admin: Any) -> None:
        self._admin = admin
        self._client_id = admin.create_user_pool_client(
            UserPoolId=pool.user_pool_id,
            ClientName="hostile",
            GenerateSecret=False,
            ExplicitAuthFlows=[
                f"ALLOW_{flow}_AUTH"
                for flow in ("USER_SRP", "ADMIN_USER_PASSWORD", "REFRESH_TOKEN")
            ],
        )["UserPoolClient"]["ClientId"]
        self._pool = pool
        for name in (SOMEONE, HALF_WAY):
            identity = {"UserPoolId": pool.user_pool_id, "Username": name}
            admin.admin_create_user(**identity, MessageAction="SUPPRESS")
            admin.admin_set_user_password(**identity, Password=PASSWORD, Permanent=True)
        later = AdvancingClock()
        later.advance(LATER)
        self.site = self._application(AdvancingClock())
        self._site_later = self._application(later)
        self._nobody, self._someone = Browser(self.site), Browser(self.site)
        self._nobody.get(SIGN_IN)
        self.paths = {
            name: route.path
            for name in routes.PAGES
            if (route := self.site.routes_mapper.get_route(name))
        }

    @property
    def client(self) -> Any:
        """The boto3 client of these applications alone."""
        services: Services = self.site.registry[REGISTRY_KEY]
        return services.pool._client()

    def visitor(self, who: str) -> Browser:
        """A browser: "nobody", "someone" signed in, "someone, long ago", or asked `CHALLENGES`."""
        if who in CHALLENGES:
            return self._asked(who)
        if who == "nobody":
            return self._nobody.twin()
        both = self._someone, self._someone.twin(self._site_later)
        if any(browser.me() is None for browser in both):
            self._let_in()
        # later pages that want a recent sign-in ask again
        return self._someone.twin(self.site if who == "someone" else self._site_later)

    def _application(self, clock: Callable[[], float]) -> Router:
        # three attempts, so that no other application shares its client
        changes = {
            "client_id": self._client_id,
            "client_secret": None,
            "retry_attempts": "3",
            "features": (
                "sign_up forgot_password authenticator_app sms_code email_code devices sessions"
                " passkeys delete_account"
            ),
        }
        config = configurator(settings_of(self._pool, **changes))
        keep_time_by(config, clock)
        config.add_view(_ask, name="ask")
        return config.make_wsgi_app()

    def _let_in(self) -> None:
        """Sign in by an administrator's flow, which needs no arithmetic."""
        result = self._admin.admin_initiate_auth(
            UserPoolId=self._pool.user_pool_id,
            ClientId=self._client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": SOMEONE, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        kinds = ("Id", "Access", "Refresh")
        tokens = {f"{kind.lower()}_token": result[f"{kind}Token"] for kind in kinds}
        self._someone = Browser(self.site)
        self._someone.post_json("/receive", {"tokens": tokens, "remember": False}, status=303)
        self._someone.get(SIGN_IN)

    def _asked(self, question: str) -> Browser:
        browser = self._nobody.twin()
        browser.get("/ask", {"question": question})
        return browser

    def token(self, browser: Browser) -> str:
        """The CSRF token of a visitor."""
        services: Services = self.site.registry[REGISTRY_KEY]
        token: str = browser.cookies[services.cookies.csrf]
        return token


def _ask(request: Request) -> Response:
    name, parameters = CHALLENGES[request.GET["question"]]
    secret = "JBSWY3DPEHPK3PXP" if name == "MFA_SETUP" else None
    challenge = Challenge(name, parameters, HALF_WAY, HALF_WAY, False, _SESSION, None, secret)
    return Response(headerlist=keep_challenge(request, challenge))


@contextmanager
def answering(client: Any) -> Iterator[None]:
    """Let *client* have `ANSWERS`, without the emulator being asked."""

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        status, body = ANSWERS[event_name.rpartition(".")[2]]
        raw = _Raw(json.dumps(body).encode())
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.1"}, raw)

    events = client.meta.events
    names = [f"before-send.cognito-identity-provider.{operation}" for operation in ANSWERS]
    for name in names:
        events.register(name, answer)
    yield
    for name in names:
        events.unregister(name, answer)


class _Raw(BytesIO):
    """A body as urllib3 has it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
