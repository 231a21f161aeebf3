"""An application on a user pool whose answers are written down: for what no emulator answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.validate import validate_parameters
from pyramid.config import Configurator
from pyramid.response import Response
from webtest import TestApp
from webtest.http import StopableWSGIServer

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.setting_table import FEATURES, SETTINGS
from pyramid_cognito.testing import offline_settings, sign_in

Answers = Mapping[str, dict[str, Any] | CognitoError]

_CUSTOM = {"custom:newsletter": "boolean", "custom:shoe_size": "number", "custom:joined": "date"}


class ScriptedSite:
    """Every page that there is, in the package's own layout, served by a thread.

    ``answers`` holds what the user pool answers, by operation, as botocore would return or raise
    it. All is checked against Cognito's model.
    """

    def __init__(self) -> None:
        self.answers: Answers = {}
        self._application = _application()
        services = self._application.registry[REGISTRY_KEY]
        self._model = services.pool._client().meta.service_model
        services.pool.call = self._answer
        self._server = StopableWSGIServer.create(self._application)
        self.url = self._server.application_url.rstrip("/")

    def close(self) -> None:
        self._server.shutdown()

    def cookies(self, **session: Any) -> list[dict[str, str]]:
        """The cookies of a sign-in as ada; *session* as ``pyramid_cognito.testing`` takes it."""
        browser = TestApp(self._application)
        sign_in(browser, "ada", **session)
        return [
            {"name": cookie.name, "value": cookie.value, "url": self.url}
            for cookie in browser.cookiejar
        ]

    def _answer(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        model = self._model.operation_model(operation)
        if "ClientId" in model.input_shape.members:
            parameters["ClientId"] = "offline"
        validate_parameters(parameters, model.input_shape)
        answer = self.answers[operation]
        if isinstance(answer, CognitoError):
            raise answer
        validate_parameters(answer, model.output_shape)
        return answer


def _application() -> Any:
    (editable,) = (setting.default for setting in SETTINGS if setting.name == "editable_attributes")
    settings = {
        "cognito.features": " ".join(FEATURES),
        "cognito.editable_attributes": " ".join([*editable, "custom:newsletter"]),
        "cognito.attribute_types": " ".join(f"{name}={kind}" for name, kind in _CUSTOM.items()),
        "cognito.throttle.account": "1000 per 5 minute",
        "cognito.throttle.address": "1000 per 5 minute",
    }
    with Configurator(settings=offline_settings(settings)) as config:
        config.include("pyramid_cognito")
        config.add_route("home", "/")
        config.add_view(lambda _request: Response("Home"), route_name="home")
        return config.make_wsgi_app()
