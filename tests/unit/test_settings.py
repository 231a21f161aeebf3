from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.exceptions import ConfigurationError

from pyramid_cognito import local
from pyramid_cognito.password_policy import PasswordPolicy
from pyramid_cognito.setting_table import SETTINGS
from pyramid_cognito.settings import CognitoSettings, Fixed, read_settings
from tests.application import SECRET

REAL = {
    "cognito.user_pool_id": "eu-west-1_AbCdEf123",
    "cognito.client_id": "4f1k2j3h",
    "cognito.secret": SECRET,
}
LOCAL = {
    "cognito.user_pool_id": "local",
    "cognito.secret": "a-sample-secret-for-development-only",
    "cognito.cookie_secure": "false",
}


def read(environ: dict[str, str] | None = None, **changes: Any) -> CognitoSettings:
    return read_settings({**REAL, **_named(changes)}, environ or {})


def faults(settings: dict[str, Any], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(settings, environ or {})
    return str(caught.value)


def fault(**changes: Any) -> str:
    return faults({**REAL, **_named(changes)})


def _named(changes: dict[str, Any]) -> dict[str, Any]:
    return {f"cognito.{name.replace('__', '.')}": value for name, value in changes.items()}


def test_three_settings_are_enough() -> None:
    settings = read()
    assert settings.region == "eu-west-1"
    assert settings.pool_name == "AbCdEf123"
    assert settings.issuer == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
    assert settings.jwks_url == settings.issuer + "/.well-known/jwks.json"
    assert settings.client_secret is None
    assert settings.cookie_secure
    assert not settings.is_local
    assert not any(name.startswith("custom:") for name in settings.editable_attributes)


@pytest.mark.parametrize(
    ("changes", "issuer", "jwks_url"),
    [
        (
            {"region": "us-east-1"},
            "https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_AbCdEf123",
            "https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_AbCdEf123/.well-known/jwks.json",
        ),
        (
            {"user_pool_id": "cn-north-1_X"},
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_X",
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_X/.well-known/jwks.json",
        ),
        (
            {"issuer": "https://login.example.com/eu-west-1_AbCdEf123/"},
            "https://login.example.com/eu-west-1_AbCdEf123",
            "https://login.example.com/eu-west-1_AbCdEf123/.well-known/jwks.json",
        ),
        (
            {"endpoint_url": "http://127.0.0.1:4566/"},
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
            "http://127.0.0.1:4566/eu-west-1_AbCdEf123/.well-known/jwks.json",
        ),
    ],
)
def test_issuer_and_keys_follow_from_the_pool(
    changes: dict[str, str], issuer: str, jwks_url: str
) -> None:
    settings = read(**changes)
    assert (settings.issuer, settings.jwks_url) == (issuer, jwks_url)


def test_the_environment_wins_over_the_ini() -> None:
    environ = {"COGNITO_CLIENT_SECRET": "from-environ", "COGNITO_THROTTLE_ACCOUNT": "3 per 1 hour"}
    settings = read(environ, client_secret="from-ini")
    assert settings.client_secret == "from-environ"
    assert settings.throttle_account == "3 per 1 hour"


def test_policies_come_from_the_ini_alone_and_keep_their_case() -> None:
    settings = read({"COGNITO_POLICY_OTHER": "group in B"}, policy__EditorsOnly="group in A")
    (policy,) = settings.policies
    assert (policy.name, policy.groups) == ("EditorsOnly", ("A",))


def test_the_environment_does_not_change_what_is_fixed() -> None:
    environ = {"COGNITO_REGION": "eu-north-1", "COGNITO_CLIENT_SECRET": "from-environ"}
    settings = read(environ, region=Fixed("us-east-1"), client_secret=Fixed(""))
    assert (settings.region, settings.client_secret) == ("us-east-1", None)


def test_secrets_leave_the_registrys_settings_and_are_in_no_repr() -> None:
    texts = {
        **REAL,
        "cognito.client_secret": "the-client-secret",
        "cognito.throttle.storage": "redis://:hunter2@localhost",
    }
    settings = read_settings(texts, {})
    assert settings.client_secret == "the-client-secret"
    assert sorted(texts) == ["cognito.client_id", "cognito.user_pool_id"]
    for secret in (SECRET, "the-client-secret", "hunter2"):
        assert secret not in repr(settings)


def test_secrets_leave_the_settings_even_when_something_is_wrong() -> None:
    texts = {**REAL, "cognito.region": "nowhere"}
    faults(texts)
    assert "cognito.secret" not in texts


def test_further_lines_of_the_secret_are_older_ones() -> None:
    assert read(secret=f"\n  {SECRET}\n  {SECRET[::-1]}\n").secret == (SECRET, SECRET[::-1])


def test_every_fault_is_named_at_once() -> None:
    message = faults(
        {
            "cognito.user_pool_id": "AbCdEf123",
            "cognito.cookie_secure": "ture",
            "cognito.session_idle": "1h",
            "cognito.clientid": "x",
            "cognito.editable_attributes": ["email"],
            "cognito.policy.A": "groups in Admin",
            "cognito.policy.B": "claim nickname in ada",
        }
    )
    lines = message.splitlines()
    assert lines[0] == "pyramid_cognito cannot start:"
    keys = [line.split()[0].strip(",:") for line in lines[1:]]
    assert len(keys) == len(set(keys))
    assert set(keys) == {
        "cognito.user_pool_id",
        "cognito.cookie_secure",
        "cognito.session_idle",
        "cognito.clientid",
        "cognito.client_id",
        "cognito.secret",
        "cognito.editable_attributes",
        "cognito.policy.A",
        "cognito.policy.B",
    }
    assert "cognito.clientid is unknown; did you mean cognito.client_id?" in message
    assert "cognito.policy.A, line 1 ('groups in Admin'): expected one of" in message


def test_a_key_like_no_other_gets_no_suggestion() -> None:
    assert fault(zzzzzzzzzzzzzzzz="1").endswith("cognito.zzzzzzzzzzzzzzzz is unknown")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("user_pool_id", "eu-west-1_AbCdEf123 ; our pool"),
        ("user_pool_id", "eu-west-1_"),
        ("client_id", "4f1k2j3h ; our client"),
        ("client_secret", "abc def"),
        ("secret", "too short"),
        ("secret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("secret", "k3mQ9ZrT7wXy2Bv6 Nn1Lp8Jd5Gf4Hs0A"),
        ("region", "Europe"),
        ("issuer", "http://cognito.example.com/pool"),
        ("issuer", "https://user@example.com/pool"),
        ("issuer", "https://example.com/pool?x=1"),
        ("issuer", "https:///pool"),
        ("issuer", "https://[::1"),
        ("endpoint_url", "http://10.0.0.1:4566"),
        ("endpoint_url", "ftp://localhost"),
        ("cookie_name", "a;b"),
        ("cookie_domain", "exa mple.com"),
        ("cookie_path", "account"),
        ("cookie_secure", "maybe"),
        ("route_prefix", "/a b"),
        ("layout", "my layout"),
        ("session_lifetime", "0"),
        ("session_lifetime", "-1"),
        ("session_lifetime", "٣٦٠٠"),
        ("session_lifetime", "99999999999"),
        ("connect_timeout", "0"),
        ("connect_timeout", "nan"),
        ("read_timeout", "121"),
        ("retry_attempts", "11"),
        ("connection_pool_size", "ten"),
        ("editable_attributes", 'name "given_name'),
        ("editable_attributes", "email, custom:dept"),
        ("throttle.storage", "localhost"),
        ("throttle.account", "ten a minute"),
        ("throttle.address", "0 per 1 minute"),
        ("throttle.messages", "often"),
        ("site_name", "Example: the site"),
        ("site_name", "Example ; our name"),
        ("site_name", "Exam\nple"),
        ("site_name", "x" * 65),
        ("features", "sign_up pass_keys"),
        ("features", '""'),
        ("ticket_store", "database"),
        ("revalidate_after", "-1"),
        ("revalidate_after", "86401"),
        ("features", "none passkeys"),
        ("editable_attributes", "name none"),
        ("sign_in_with", "none"),
        ("reauthenticate_after", "59"),
        ("reauthenticate_after", "86401"),
        ("sign_in_with", "email, username"),
        ("sign_in_with", "e-mail"),
        ("password_policy", "uppercase"),
        ("password_policy", "8 capitals"),
        ("sign_up_attributes", "email name email"),
        ("sign_up_attributes", "email, name"),
        ("attribute_types", "custom:age"),
        ("attribute_types", "=number"),
        ("attribute_types", "custom:age=integer"),
        ("attribute_types", "custom:age=number custom:age=text"),
        ("attribute_types", "custom:age=number, custom:shoe=number"),
        ("cookies", "none"),
        ("bearer.enabled", "maybe"),
        ("bearer.client_ids", "the-app, another-app"),
        ("bearer.client_ids", "the-app documents/read, documents/write"),
        ("bearer.client_ids", "the-app ; our app for telephones"),
        ("bearer.client_ids", "the-app # our app for telephones"),
        ("bearer.client_ids", 'the-app "documents/read"'),
        ("bearer.client_ids", "the-app documents\\read"),
        ("bearer.client_ids", "the-app dokumenty/čtení"),
        ("bearer.client_ids", "aplikace-č"),
        ("bearer.client_ids", "the-app\nthe-app documents/read"),
        ("bearer.machine_clients", "the/robot"),
        ("bearer.id_tokens", "both"),
        ("bearer.act", "someone"),
    ],
)
def test_a_malformed_value_is_told_by_key_and_expectation(name: str, text: str) -> None:
    message = faults({**REAL, f"cognito.{name}": text})
    assert f"cognito.{name} expects " in message
    assert len(message.splitlines()) == 2
    assert "hunter" not in message


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("cookie_secure", "No", False),
        ("account_views", "off", False),
        ("account_views", "YES", True),
        ("route_prefix", "auth/", "/auth"),
        ("route_prefix", "/", ""),
        ("read_timeout", "2.5", 2.5),
        ("retry_attempts", "3", 3),
        ("editable_attributes", 'name "custom:nick name"', frozenset({"name", "custom:nick name"})),
        ("layout", "myapp:templates/layout.jinja2", "myapp:templates/layout.jinja2"),
        ("cookie_domain", "example.com", "example.com"),
        ("site_name", "Ähnliche Seiten (Test)", "Ähnliche Seiten (Test)"),
        ("cookies", "off", False),
        ("bearer.enabled", "off", False),
        ("bearer.client_ids", "the-app", (("the-app", frozenset()),)),
        (
            "bearer.client_ids",
            "\n  the-app documents/read https://api.example.com/read\n\n  another\n",
            (
                ("the-app", frozenset({"documents/read", "https://api.example.com/read"})),
                ("another", frozenset()),
            ),
        ),
        ("bearer.machine_clients", "robot jobs/run", (("robot", frozenset({"jobs/run"})),)),
        ("bearer.id_tokens", "on", True),
        ("bearer.act", "on", True),
        ("features", "passkeys sms_code", frozenset({"passkeys", "sms_code"})),
        ("ticket_store", "session", "session"),
        ("revalidate_after", "0", 0),
        ("revalidate_after", "86400", 86400),
        ("reauthenticate_after", "86400", 86400),
        ("sign_in_with", "email phone_number", frozenset({"email", "phone_number"})),
        ("password_policy", "12 numbers", PasswordPolicy(12, False, False, True, False)),
        ("sign_up_attributes", "name email", ("name", "email")),
        ("features", "none", frozenset()),
        ("editable_attributes", "None", frozenset()),
        ("sign_up_attributes", "none", ()),
        (
            "attribute_types",
            'custom:age=number "custom:a=b c=boolean"',
            {"custom:age": "number", "custom:a=b c": "boolean"},
        ),
    ],
)
def test_a_good_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(read(**{name: text}), name.replace(".", "_")) == value


def test_types_of_attributes_cannot_be_changed() -> None:
    for settings in (read(), read(attribute_types="custom:age=number")):
        with pytest.raises(TypeError):
            settings.attribute_types["custom:age"] = "text"  # type: ignore[index]


def test_registration_asks_for_an_email_address_while_people_may_write_theirs() -> None:
    assert read().sign_up_attributes == ("email",)
    assert read(editable_attributes="name").sign_up_attributes == ()


def test_registration_cannot_ask_for_what_people_may_not_write() -> None:
    told = "cognito.sign_up_attributes expects names that are in cognito.editable_attributes too, "
    assert told + "unlike 'custom:role'" in fault(sign_up_attributes="email custom:role")
    assert told + "unlike 'email'" in fault(sign_up_attributes="email", editable_attributes="name")


def test_without_cookies_there_are_no_account_pages() -> None:
    assert not read(cookies="false", account_views="true").account_views
    assert read(cookies="true").account_views


def test_something_must_say_who_asks() -> None:
    told = fault(cookies="false", bearer__enabled="false")
    assert "cognito.bearer.enabled expects true where cognito.cookies is false" in told


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_value_is_as_good_as_none(text: str) -> None:
    assert read(region=text).region == "eu-west-1"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("editable_attributes", ["email", "custom:dept"], "list"),
        ("secret", [SECRET, SECRET[::-1]], "list"),
        ("secret", SECRET.encode(), "bytes"),
        ("user_pool_id", ("eu-west-1_AbCdEf123",), "tuple"),
        ("policy.EditorsOnly", {"group": "Admin"}, "dict"),
    ],
)
def test_what_is_not_text_is_told_by_key_and_not_read(name: str, value: object, kind: str) -> None:
    message = faults({**REAL, f"cognito.{name}": value})
    lines = message.splitlines()[1:]
    assert lines[0] == f"  cognito.{name} expects text, not a {kind}"
    assert not any(f"cognito.{name} " in line for line in lines[1:])
    assert SECRET not in message


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("cookie_secure", False, False),
        ("session_idle", 600, 600),
        ("read_timeout", 2.5, 2.5),
        ("region", None, "eu-west-1"),
    ],
)
def test_code_may_give_numbers_booleans_and_none(name: str, given: object, value: object) -> None:
    assert getattr(read(**{name: given}), name) == value


def test_an_empty_policy_is_a_fault() -> None:
    assert "cognito.policy.P: Cognito policy 'P': it requires nothing" in fault(policy__P=" \n")


@given(st.sampled_from([setting.name for setting in SETTINGS]), st.text(max_size=60))
def test_no_text_does_worse_than_a_configuration_error(name: str, text: str) -> None:
    with suppress(ConfigurationError):
        read_settings({**REAL, f"cognito.{name}": text}, {})


def test_a_sample_secret_is_refused_outside_the_local_pool() -> None:
    assert "not a sample" in fault(secret="a-sample-secret-of-the-documentation-0")


def test_the_local_pool_takes_its_users_and_place_from_the_ini() -> None:
    settings = read_settings(
        {
            **LOCAL,
            "cognito.local.directory": "/var/lib/pool",
            "cognito.local.environment": "/opt/ministack",
            "cognito.local.port": "4567",
            "cognito.local.users": "ada Correct-Horse-9 group:Admin\ngrace Correct-Horse-9",
            "cognito.local.address": "http://localhost:6543",
        },
        {},
    )
    assert settings.is_local
    options = settings.local
    assert options is not None
    assert (options.directory, options.port) == (Path("/var/lib/pool"), 4567)
    assert options.environment == Path("/opt/ministack")
    assert options.address == "http://localhost:6543"
    assert [user.username for user in options.users] == ["ada", "grace"]


def test_the_local_pool_needs_nothing_more_than_a_secret_and_plain_cookies() -> None:
    assert read_settings(dict(LOCAL), {}).local == local.LocalOptions()


def test_the_local_pool_does_not_start_with_secure_cookies() -> None:
    message = faults({**LOCAL, "cognito.cookie_secure": "true"})
    assert "cognito.cookie_secure expects false with the local user pool" in message
    assert "cognito.cookie_secure expects false" in faults(
        {key: text for key, text in LOCAL.items() if key != "cognito.cookie_secure"}
    )


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("users", "ada", "cognito.local.users: line 1: expected a user name and a password"),
        ("port", "high", "cognito.local.port expects a port number"),
    ],
)
def test_a_fault_in_the_local_pools_settings_names_its_key(name: str, text: str, told: str) -> None:
    assert told in faults({**LOCAL, f"cognito.local.{name}": text})


def test_every_fault_in_the_local_pools_settings_is_named_at_once() -> None:
    message = faults({**LOCAL, "cognito.local.users": "ada", "cognito.local.port": "high"})
    assert "cognito.local.users: line 1" in message
    assert "cognito.local.port expects" in message


@pytest.mark.parametrize(
    "flow", ["USER_SRP_AUTH", "USER_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH"]
)
def test_a_sign_in_begins_as_the_settings_say(flow: str) -> None:
    assert read().auth_flow == "USER_SRP_AUTH"
    assert read(auth_flow=flow).auth_flow == flow


def test_a_flow_for_which_there_are_no_credentials_stops_start_up() -> None:
    said = fault(auth_flow="ADMIN_USER_PASSWORD_AUTH")
    assert "cognito.auth_flow expects one of USER_SRP_AUTH, USER_AUTH" in said
    assert "ADMIN_USER_PASSWORD_AUTH asks for AWS credentials" in said
