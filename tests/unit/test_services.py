from __future__ import annotations

import pytest

from pyramid_cognito import local
from pyramid_cognito.services import REGISTRY_KEY, build_services, start_local_pool
from tests.application import make_config, make_services, make_settings
from tests.clock import Clock


def test_an_application_finds_its_services_in_the_registry() -> None:
    config = make_config()
    assert config.registry[REGISTRY_KEY].settings.user_pool_id == "eu-west-1_AbCdEf123"


def test_the_pool_is_an_introspectable_without_secrets() -> None:
    config = make_config({"cognito.client_secret": "the-client-secret"})
    config.commit()
    (entry,) = config.introspector.get_category("cognito user pool")
    assert dict(entry["introspectable"]) == {
        "user_pool_id": "eu-west-1_AbCdEf123",
        "client_id": config.registry[REGISTRY_KEY].settings.client_id,
        "region": "eu-west-1",
        "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "endpoint_url": None,
        "is_local": False,
    }


def test_keys_are_fetched_from_the_settings_address_unless_told_otherwise() -> None:
    settings = make_settings(endpoint_url="http://127.0.0.1:9")
    services = build_services(settings, make_services(settings).policies)
    assert services.settings.jwks_url == (
        "http://127.0.0.1:9/eu-west-1_AbCdEf123/.well-known/jwks.json"
    )


def test_a_session_and_a_challenge_are_sealed_apart() -> None:
    services = make_services()
    challenge = services.challenges._sealer.seal(b"content", lifetime=60)
    assert services.tickets.open(challenge) is None


def test_what_the_pool_offers_is_known_by_the_applications_time() -> None:
    clock = Clock()
    services = make_services(clock=clock)
    assert services.capabilities._clock is clock


def test_settings_of_a_real_pool_stay_as_they_are() -> None:
    settings = make_settings()
    assert start_local_pool(settings) is settings


def test_the_local_pool_is_started_and_its_ids_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = local.LocalPool(
        endpoint_url="http://127.0.0.1:4566",
        region="us-east-1",
        user_pool_id="us-east-1_Local",
        client_id="client",
        client_secret="given",
        public_client_id="public",
        access_key_id="key",
        secret_access_key="key",
        users=(),
        _lease=None,  # type: ignore[arg-type]
    )
    monkeypatch.setattr(local, "start", lambda options: pool)
    settings = start_local_pool(make_settings(user_pool_id="local", cookie_secure="false"))
    assert settings.is_local
    assert settings.user_pool_id == "us-east-1_Local"
    assert (settings.client_id, settings.client_secret) == ("client", "given")
    assert settings.jwks_url == "http://127.0.0.1:4566/us-east-1_Local/.well-known/jwks.json"
    assert settings.issuer == "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Local"
