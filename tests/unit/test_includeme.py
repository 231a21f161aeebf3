from __future__ import annotations

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from pyramid_cognito import local
from pyramid_cognito.services import REGISTRY_KEY
from tests.application import SETTINGS


def test_settings_come_from_the_application_and_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COGNITO_CLIENT_ID", "from-environ")
    config = Configurator(settings=dict(SETTINGS))
    config.include("pyramid_cognito")
    settings = config.registry[REGISTRY_KEY].settings
    assert (settings.client_id, settings.region) == ("from-environ", "eu-west-1")
    assert "cognito.secret" not in config.get_settings()


@pytest.mark.parametrize("is_committed", [True, False])
def test_to_include_again_does_nothing(is_committed: bool) -> None:
    config = Configurator(settings={**SETTINGS, "pyramid.includes": "pyramid_cognito"})
    services = config.registry[REGISTRY_KEY]
    if is_committed:
        config.commit()
    config.include("pyramid_cognito")
    config.add_cognito_policy("Staff", groups="Staff")
    config.commit()
    assert config.registry[REGISTRY_KEY] is services
    assert list(services.policies) == ["Staff"]


def test_faults_are_told_before_the_embedded_pool_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[object] = []
    monkeypatch.setattr(local, "start", started.append)
    settings = {
        "cognito.user_pool_id": "local",
        "cognito.secret": SETTINGS["cognito.secret"],
        "cognito.cookie_secure": "false",
        "cognito.policy.Staff": "groups in Staff",
    }
    config = Configurator(settings=settings)
    with pytest.raises(ConfigurationError, match=r"cognito\.policy\.Staff, line 1"):
        config.include("pyramid_cognito")
    assert started == []
