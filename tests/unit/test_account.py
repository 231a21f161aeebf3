from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.stub import Stubber

from pyramid_cognito import events
from pyramid_cognito.account import Account
from pyramid_cognito.account_types import (
    AuthFactors,
    CodeDelivery,
    Device,
    Passkey,
    User,
    UserSession,
)
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.pool import UserPool
from pyramid_cognito.srp import secret_hash
from pyramid_cognito.throttle import Throttle
from tests.application import make_settings
from tests.jwt_factory import CLIENT_ID
from tests.stubbed import stubbed

SECRET = "a-client-secret-of-the-pool"
TOKEN = "access.token"
OWN = {"AccessToken": TOKEN}
NAMED = {"ClientId": CLIENT_ID, "Username": "ada"}
DEVICE = "eu-west-1_a1b2c3d4-5678-90ab-cdef-111111111111"
SESSION = "tkn" + "a1" * 12 + "b"
NOON_IN_NEPAL = datetime(2026, 6, 5, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))
NOON_IN_UTC = "2026-06-05T06:15:00+00:00"

#: how each method is called, and with which members its operation then is
CALLS: dict[str, tuple[Callable[[Account], object], dict[str, Any]]] = {
    "sign_up": (
        lambda account: account.sign_up("ada", "pa55", {"email": "ada@example.com"}),
        {
            **NAMED,
            "Password": "pa55",
            "UserAttributes": [{"Name": "email", "Value": "ada@example.com"}],
        },
    ),
    "confirm_sign_up": (
        lambda account: account.confirm_sign_up("ada", "123456"),
        {**NAMED, "ConfirmationCode": "123456", "ForceAliasCreation": False},
    ),
    "resend_confirmation_code": (lambda account: account.resend_confirmation_code("ada"), NAMED),
    "forgot_password": (lambda account: account.forgot_password("ada"), NAMED),
    "confirm_forgot_password": (
        lambda account: account.confirm_forgot_password("ada", "654321", "new"),
        {**NAMED, "ConfirmationCode": "654321", "Password": "new"},
    ),
    "update_auth_event_feedback": (
        lambda account: account.update_auth_event_feedback("ada", "e-1", "t.o.k", valid=False),
        {
            "UserPoolId": "eu-west-1_AbCdEf123",
            "Username": "ada",
            "EventId": "e-1",
            "FeedbackToken": "t.o.k",
            "FeedbackValue": "Invalid",
        },
    ),
    "get_user": (lambda account: account.get_user(), OWN),
    "get_user_auth_factors": (lambda account: account.get_user_auth_factors(), OWN),
    "change_password": (
        lambda account: account.change_password("old", "new"),
        {**OWN, "PreviousPassword": "old", "ProposedPassword": "new"},
    ),
    "update_user_attributes": (
        lambda account: account.update_user_attributes({"name": "Ada", "nickname": ""}),
        {
            **OWN,
            "UserAttributes": [
                {"Name": "name", "Value": "Ada"},
                {"Name": "nickname", "Value": ""},
            ],
        },
    ),
    "delete_user_attributes": (
        lambda account: account.delete_user_attributes("name", "nickname"),
        {**OWN, "UserAttributeNames": ["name", "nickname"]},
    ),
    "get_user_attribute_verification_code": (
        lambda account: account.get_user_attribute_verification_code("email"),
        {**OWN, "AttributeName": "email"},
    ),
    "verify_user_attribute": (
        lambda account: account.verify_user_attribute("email", "123456"),
        {**OWN, "AttributeName": "email", "Code": "123456"},
    ),
    "associate_software_token": (lambda account: account.associate_software_token(), OWN),
    "verify_software_token": (
        lambda account: account.verify_software_token("123456", "my phone"),
        {**OWN, "UserCode": "123456", "FriendlyDeviceName": "my phone"},
    ),
    "set_user_mfa_preference": (
        lambda account: account.set_user_mfa_preference(
            {"SOFTWARE_TOKEN_MFA": True, "SMS_MFA": False, "EMAIL_OTP": True},
            preferred="SOFTWARE_TOKEN_MFA",
        ),
        {
            **OWN,
            "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
            "SMSMfaSettings": {"Enabled": False, "PreferredMfa": False},
            "EmailMfaSettings": {"Enabled": True, "PreferredMfa": False},
        },
    ),
    "set_user_settings": (
        lambda account: account.set_user_settings(sms=True),
        {**OWN, "MFAOptions": [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]},
    ),
    "list_devices": (lambda account: account.list_devices(), OWN),
    "get_device": (lambda account: account.get_device(DEVICE), {**OWN, "DeviceKey": DEVICE}),
    "confirm_device": (
        lambda account: account.confirm_device(DEVICE, verifier="dmVy", salt="c2Fs", name="mine"),
        {
            **OWN,
            "DeviceKey": DEVICE,
            "DeviceSecretVerifierConfig": {"PasswordVerifier": "dmVy", "Salt": "c2Fs"},
            "DeviceName": "mine",
        },
    ),
    "update_device_status": (
        lambda account: account.update_device_status(DEVICE, remembered=True),
        {**OWN, "DeviceKey": DEVICE, "DeviceRememberedStatus": "remembered"},
    ),
    "forget_device": (lambda account: account.forget_device(DEVICE), {**OWN, "DeviceKey": DEVICE}),
    "list_user_sessions": (lambda account: account.list_user_sessions(), OWN),
    "revoke_user_session": (
        lambda account: account.revoke_user_session(SESSION),
        {**OWN, "SessionId": SESSION},
    ),
    "list_web_authn_credentials": (lambda account: account.list_web_authn_credentials(), OWN),
    "delete_web_authn_credential": (
        lambda account: account.delete_web_authn_credential("cred-1"),
        {**OWN, "CredentialId": "cred-1"},
    ),
    "start_web_authn_registration": (lambda account: account.start_web_authn_registration(), OWN),
    "complete_web_authn_registration": (
        lambda account: account.complete_web_authn_registration({"id": "cred-1"}),
        {**OWN, "Credential": {"id": "cred-1"}},
    ),
    "global_sign_out": (lambda account: account.global_sign_out(), OWN),
    "delete_user": (lambda account: account.delete_user(), OWN),
}

#: answers of operations that have to answer something
ANSWERS: dict[str, dict[str, Any]] = {
    "sign_up": {"UserConfirmed": False, "UserSub": "6f1f"},
    "get_user": {"Username": "ada", "UserAttributes": []},
    "get_user_auth_factors": {"Username": "ada"},
    "associate_software_token": {"SecretCode": "JBSWY3DPEHPK3PXP"},
    "verify_software_token": {"Status": "SUCCESS"},
    "get_device": {"Device": {"DeviceKey": DEVICE}},
    "list_web_authn_credentials": {"Credentials": []},
    "start_web_authn_registration": {"CredentialCreationOptions": {"challenge": "eA"}},
}

WITH_A_NAME = [name for name, (_, members) in CALLS.items() if "Username" in members]
WITH_A_TOKEN = [name for name in CALLS if name not in WITH_A_NAME]
COUNTED = [
    *WITH_A_NAME,
    "change_password",
    "update_user_attributes",
    "get_user_attribute_verification_code",
    "verify_user_attribute",
    "verify_software_token",
]


@cache
def pool_of(client_secret: str | None) -> UserPool:
    """One for all tests, as boto3 takes its time to make a client."""
    return UserPool(make_settings(client_secret=client_secret))


class Told:
    """Remembers what it was told of."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, kind: type[events.AccountEvent], **facts: Any) -> None:
        self.events.append((kind.__name__, facts))


class Person:
    """Someone signed in, their account, and the pool that a test answers for."""

    def __init__(self, client_secret: str | None = None, **changes: str) -> None:
        settings = make_settings(client_secret=client_secret, **changes)
        self.pool = pool_of(client_secret)
        self.told = Told()
        self.token: str | None = TOKEN
        self.name: str | None = "ada"
        self.account = Account(
            settings,
            self.pool,
            Throttle(settings),
            "192.0.2.1",
            access_token=lambda: self.token,
            user=lambda: self.name,
            tell=self.told,
        )

    def does(self, method: str, answer: dict[str, Any] | None = None) -> Any:
        """Call *method* as `CALLS` says."""
        call, expected = CALLS[method]
        with stubbed(self.pool) as stub:
            stub.add_response(method, answer or ANSWERS.get(method, {}), expected)
            return call(self.account)

    def fails(self, method: str, said: str = "") -> CognitoError:
        """Call *method*, which Cognito refuses, if it is asked."""
        with Stubber(self.pool._client()) as stub:
            stub.add_client_error(method, "NotAuthorizedException", said)
            with pytest.raises(CognitoError) as caught:
                CALLS[method][0](self.account)
        return caught.value


@pytest.fixture
def ada() -> Person:
    return Person()


def public_operations() -> Iterator[str]:
    model = botocore.session.get_session().get_service_model("cognito-idp")
    for name in model.operation_names:
        if model.operation_model(name).auth_type == "none":
            yield name


class TestTheMethods:
    def test_every_public_operation_about_ones_own_account_has_one(self) -> None:
        # these four are the sign-in's
        of_sign_in = {
            "InitiateAuth",
            "RespondToAuthChallenge",
            "GetTokensFromRefreshToken",
            "RevokeToken",
        }
        expected = {xform_name(name) for name in set(public_operations()) - of_sign_in}
        found = {name for name, _ in inspect.getmembers(Account) if not name.startswith("_")}
        assert len(expected) >= 30
        assert found == expected

    def test_each_is_called_below(self) -> None:
        assert {name for name in vars(Account) if not name.startswith("_")} == set(CALLS)

    @pytest.mark.parametrize("method", CALLS)
    def test_each_is_its_operation(self, ada: Person, method: str) -> None:
        ada.does(method)

    @pytest.mark.parametrize("method", WITH_A_TOKEN)
    def test_nobody_who_is_not_signed_in_is_asked_about(self, method: str) -> None:
        settings, pool = make_settings(), pool_of(None)
        account = Account(settings, pool, Throttle(settings), None)
        with stubbed(pool), pytest.raises(CognitoError) as caught:
            CALLS[method][0](account)
        assert (caught.value.code, caught.value.next_step) == ("NotAuthorizedException", "sign_in")

    @pytest.mark.parametrize("method", WITH_A_TOKEN)
    def test_a_token_that_was_revoked_leads_to_the_sign_in(self, ada: Person, method: str) -> None:
        assert ada.fails(method, "Access Token has been revoked").next_step == "sign_in"

    @pytest.mark.parametrize(
        "method", [name for name in WITH_A_NAME if name != "update_auth_event_feedback"]
    )
    def test_a_client_with_a_secret_proves_it_over_the_name_that_was_typed(
        self, method: str
    ) -> None:
        person = Person(SECRET)
        call, expected = CALLS[method]
        proof = {"SecretHash": secret_hash("ada", CLIENT_ID, SECRET)}
        with stubbed(person.pool) as stub:
            stub.add_response(method, ANSWERS.get(method, {}), {**expected, **proof})
            call(person.account)


class TestWhatIsNotEditable:
    @pytest.mark.parametrize(
        ("operation", "call"),
        [
            (
                "SignUp",
                lambda account, name: account.sign_up("ada", "pa55", {"email": "a@b.c", name: "x"}),
            ),
            (
                "UpdateUserAttributes",
                lambda account, name: account.update_user_attributes({"name": "A", name: "x"}),
            ),
            (
                "DeleteUserAttributes",
                lambda account, name: account.delete_user_attributes("name", name),
            ),
        ],
    )
    def test_it_is_logged_and_nothing_is_written_at_all(
        self,
        ada: Person,
        caplog: pytest.LogCaptureFixture,
        operation: str,
        call: Callable[[Account, str], object],
    ) -> None:
        with stubbed(ada.pool), pytest.raises(CognitoError) as caught:
            call(ada.account, "custom:role\n\ud800")
        assert (caught.value.code, caught.value.status) == ("InvalidParameterException", 400)
        assert caplog.messages == [
            rf"{operation} of 'custom:role\n\ud800', not editable: nothing is written"
        ]
        assert ada.told.events == []

    def test_the_log_line_has_an_end(self, ada: Person, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(CognitoError):
            ada.account.delete_user_attributes(*(f"{number}" * 1000 for number in range(100)))
        assert len(caplog.text) < 1000


class TestRegistration:
    @pytest.mark.parametrize("confirmed", [True, False])
    def test_it_tells_whether_the_account_needs_no_confirmation(
        self, ada: Person, confirmed: bool
    ) -> None:
        assert ada.does("sign_up", {"UserConfirmed": confirmed, "UserSub": "6f1f"}) is confirmed

    def test_an_account_that_needs_no_confirmation_is_confirmed(self, ada: Person) -> None:
        ada.does("sign_up", {"UserConfirmed": True, "UserSub": "6f1f"})
        person = {"user": "ada", "sub": "6f1f"}
        assert ada.told.events == [("UserSignedUp", person), ("UserConfirmed", person)]


class TestOnesOwnAccount:
    def test_the_user(self, ada: Person) -> None:
        user = ada.does(
            "get_user",
            {
                "Username": "ada",
                "UserAttributes": [
                    {"Name": "email", "Value": "ada@example.com"},
                    {"Name": "nickname"},
                ],
                "UserMFASettingList": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"],
                "PreferredMfaSetting": "SMS_MFA",
            },
        )
        assert user == User(
            "ada",
            {"email": "ada@example.com", "nickname": ""},
            ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
            "SMS_MFA",
        )

    @pytest.mark.parametrize("preferred", [{}, {"PreferredMfaSetting": ""}])
    def test_a_user_without_second_factors(self, ada: Person, preferred: dict[str, str]) -> None:
        user = ada.does("get_user", {"Username": "ada", "UserAttributes": [], **preferred})
        assert (user.second_factors, user.preferred_second_factor) == ((), None)

    def test_attributes_are_nobodys_to_change_and_in_no_repr(self, ada: Person) -> None:
        answer = {"Username": "ada", "UserAttributes": [{"Name": "email", "Value": "a@b.c"}]}
        user = ada.does("get_user", answer)
        with pytest.raises(TypeError):
            user.attributes["email"] = "x"
        assert "a@b.c" not in repr(user)

    def test_what_can_be_signed_in_with(self, ada: Person) -> None:
        factors = ada.does(
            "get_user_auth_factors",
            {
                "Username": "ada",
                "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"],
                "UserMFASettingList": ["EMAIL_OTP"],
                "PreferredMfaSetting": "EMAIL_OTP",
            },
        )
        assert factors == AuthFactors("ada", ("PASSWORD", "WEB_AUTHN"), ("EMAIL_OTP",), "EMAIL_OTP")

    def test_a_wrong_present_password_is_told_as_such(self, ada: Person) -> None:
        error = ada.fails("change_password", "Incorrect username or password.")
        assert "present password" in error.message
        assert error.next_step == "try_again"

    def test_where_codes_were_sent(self, ada: Person) -> None:
        sent = {
            "AttributeName": "email",
            "DeliveryMedium": "EMAIL",
            "Destination": "a***@e***",
        }
        delivery = CodeDelivery("email", "EMAIL", "a***@e***")
        many = {"CodeDeliveryDetailsList": [sent]}
        assert ada.does("update_user_attributes", many) == (delivery,)
        assert ada.does("update_user_attributes") == ()
        one = {"CodeDeliveryDetails": sent}
        assert ada.does("get_user_attribute_verification_code", one) == delivery


class TestSecondFactors:
    def test_the_secret_of_an_app(self, ada: Person) -> None:
        assert ada.does("associate_software_token") == "JBSWY3DPEHPK3PXP"

    @pytest.mark.parametrize("answer", [{"Status": "ERROR"}, {"Session": "s" * 20}])
    def test_an_app_is_verified_by_success_alone(self, ada: Person, answer: Any) -> None:
        with pytest.raises(CognitoError) as caught:
            ada.does("verify_software_token", answer)
        assert caught.value.code == "EnableSoftwareTokenMFAException"

    def test_an_app_needs_no_name(self, ada: Person) -> None:
        with stubbed(ada.pool) as stub:
            expected = {**OWN, "UserCode": "123456"}
            stub.add_response("verify_software_token", {"Status": "SUCCESS"}, expected)
            ada.account.verify_software_token("123456")

    def test_one_that_is_not_named_is_left_alone(self, ada: Person) -> None:
        setting = {"Enabled": False, "PreferredMfa": False}
        with stubbed(ada.pool) as stub:
            stub.add_response("set_user_mfa_preference", {}, {**OWN, "SMSMfaSettings": setting})
            ada.account.set_user_mfa_preference({"SMS_MFA": False})
        assert ada.told.events == [("SecondFactorChanged", {"factors": ()})]

    def test_one_that_cognito_does_not_know_is_refused(self, ada: Person) -> None:
        with stubbed(ada.pool), pytest.raises(CognitoError) as caught:
            ada.account.set_user_mfa_preference({"SMS_MFA": True, "PIGEON": True})
        assert caught.value.code == "InvalidParameterException"

    def test_codes_by_sms_are_turned_off_the_old_way(self, ada: Person) -> None:
        with stubbed(ada.pool) as stub:
            stub.add_response("set_user_settings", {}, {**OWN, "MFAOptions": []})
            ada.account.set_user_settings(sms=False)
        assert ada.told.events == [("SecondFactorChanged", {"factors": ()})]


class TestDevicesSessionsPasskeys:
    def test_a_device(self, ada: Person) -> None:
        device = ada.does(
            "get_device",
            {
                "Device": {
                    "DeviceKey": DEVICE,
                    "DeviceAttributes": [
                        {"Name": "device_status", "Value": "valid"},
                        {"Name": "device_name", "Value": "my laptop"},
                        {"Name": "last_ip_used", "Value": "192.0.2.7"},
                        {"Name": "dev:device_remembered_status", "Value": "not_remembered"},
                    ],
                    "DeviceCreateDate": NOON_IN_NEPAL,
                    "DeviceLastAuthenticatedDate": NOON_IN_NEPAL,
                }
            },
        )
        assert device == Device(
            DEVICE, "my laptop", "192.0.2.7", NOON_IN_NEPAL, NOON_IN_NEPAL, remembered=False
        )
        assert device.created.isoformat() == NOON_IN_UTC
        assert device.last_used.isoformat() == NOON_IN_UTC
        assert "192.0.2.7" not in repr(device)

    def test_a_device_of_which_little_is_known(self, ada: Person) -> None:
        assert ada.does("get_device") == Device(DEVICE, None, None, None, None)

    @pytest.mark.parametrize("asks", [True, False])
    def test_whether_the_person_decides_to_remember_a_device(self, ada: Person, asks: bool) -> None:
        assert ada.does("confirm_device", {"UserConfirmationNecessary": asks}) is asks

    def test_a_device_needs_no_name(self, ada: Person) -> None:
        expected = dict(CALLS["confirm_device"][1])
        del expected["DeviceName"]
        with stubbed(ada.pool) as stub:
            stub.add_response("confirm_device", {}, expected)
            assert ada.account.confirm_device(DEVICE, verifier="dmVy", salt="c2Fs") is False

    def test_a_device_that_is_not_remembered_is_no_event(self, ada: Person) -> None:
        status = {"DeviceKey": DEVICE, "DeviceRememberedStatus": "not_remembered"}
        with stubbed(ada.pool) as stub:
            stub.add_response("update_device_status", {}, {**OWN, **status})
            ada.account.update_device_status(DEVICE, remembered=False)
        assert ada.told.events == []

    def test_a_session(self, ada: Person) -> None:
        (session,) = ada.does(
            "list_user_sessions",
            {
                "Sessions": [
                    {
                        "SessionId": SESSION,
                        "CreateDate": NOON_IN_NEPAL,
                        "LastActiveDate": NOON_IN_NEPAL,
                        "DeviceType": "Linux, Firefox",
                        "LastIPAddress": "192.0.2.7",
                        "LastLocation": {"City": "Pokhara", "Country": "Nepal"},
                        "IsCurrentSession": True,
                    }
                ]
            },
        )
        assert session == UserSession(
            SESSION,
            NOON_IN_NEPAL,
            NOON_IN_NEPAL,
            "Linux, Firefox",
            "192.0.2.7",
            "Pokhara, Nepal",
            is_current=True,
        )
        assert session.created.isoformat() == session.last_active.isoformat() == NOON_IN_UTC
        assert "192.0.2.7" not in repr(session)
        assert "Pokhara" not in repr(session)

    @pytest.mark.parametrize(
        ("location", "place"), [({"Country": "Nepal"}, "Nepal"), ({}, None), (None, None)]
    )
    def test_a_session_of_which_little_is_known(
        self, ada: Person, location: Any, place: str | None
    ) -> None:
        told = {"SessionId": SESSION, **({} if location is None else {"LastLocation": location})}
        (session,) = ada.does("list_user_sessions", {"Sessions": [told]})
        assert session == UserSession(SESSION, None, None, None, None, place, is_current=False)

    def test_a_passkey(self, ada: Person) -> None:
        (passkey,) = ada.does(
            "list_web_authn_credentials",
            {
                "Credentials": [
                    {
                        "CredentialId": "cred-1",
                        "FriendlyCredentialName": "Key ring",
                        "RelyingPartyId": "example.com",
                        "AuthenticatorAttachment": "cross-platform",
                        "AuthenticatorTransports": ["usb", "nfc"],
                        "CreatedAt": NOON_IN_NEPAL,
                    }
                ]
            },
        )
        assert passkey == Passkey(
            "cred-1",
            "Key ring",
            NOON_IN_NEPAL,
            "example.com",
            "cross-platform",
            ("usb", "nfc"),
        )
        assert passkey.created.isoformat() == NOON_IN_UTC

    def test_what_a_browser_makes_a_passkey_with(self, ada: Person) -> None:
        assert ada.does("start_web_authn_registration") == {"challenge": "eA"}


class TestLists:
    @pytest.mark.parametrize(
        ("method", "member", "items", "token"),
        [
            (
                "list_devices",
                "Devices",
                [{"DeviceKey": f"eu-west-1_{n}"} for n in range(3)],
                "PaginationToken",
            ),
            (
                "list_user_sessions",
                "Sessions",
                [{"SessionId": f"tkn{n}" + "x" * 24} for n in range(3)],
                "NextToken",
            ),
            (
                "list_web_authn_credentials",
                "Credentials",
                [
                    {
                        "CredentialId": f"{n}",
                        "FriendlyCredentialName": "key",
                        "RelyingPartyId": "example.com",
                        "AuthenticatorTransports": [],
                        "CreatedAt": NOON_IN_NEPAL,
                    }
                    for n in range(3)
                ],
                "NextToken",
            ),
        ],
    )
    def test_they_go_on_over_every_page(
        self, ada: Person, method: str, member: str, items: list[Any], token: str
    ) -> None:
        with stubbed(ada.pool) as stub:
            stub.add_response(method, {member: items[:2], token: "more"}, OWN)
            stub.add_response(method, {member: [], token: "still-more"}, {**OWN, token: "more"})
            stub.add_response(method, {member: items[2:]}, {**OWN, token: "still-more"})
            assert len(getattr(ada.account, method)()) == 3

    def test_they_have_an_end(self, ada: Person, caplog: pytest.LogCaptureFixture) -> None:
        page = {"Devices": [{"DeviceKey": DEVICE}], "PaginationToken": "more"}
        with stubbed(ada.pool) as stub:
            for _ in range(10):
                stub.add_response("list_devices", page)
            assert len(ada.account.list_devices()) == 10
        assert caplog.messages == ["ListDevices has more than 10 pages: the rest is left out"]


class TestTheThrottle:
    @pytest.mark.parametrize("method", COUNTED)
    def test_who_guesses_is_slowed_down_and_told_of(self, method: str) -> None:
        person = Person(**{"throttle.account": "1 per 1 hour"})
        codes = (person.fails(method).code, person.fails(method).code)
        assert codes == ("NotAuthorizedException", "TooManyAttempts")
        name, facts = person.told.events[-1]
        action = "present_password" if method == "change_password" else operation_of(method)
        assert (name, facts["action"]) == ("Throttled", action)
        assert facts.get("user") == ("ada" if method in WITH_A_NAME else None)

    @pytest.mark.parametrize("method", [name for name in CALLS if name not in COUNTED])
    def test_what_nobody_can_guess_at_is_not_counted(self, method: str) -> None:
        person = Person(**{"throttle.account": "1 per 1 hour"})
        for _ in range(2):
            person.does(method)

    @pytest.mark.parametrize(
        "method",
        [
            "sign_up",
            "resend_confirmation_code",
            "forgot_password",
            "get_user_attribute_verification_code",
        ],
    )
    def test_messages_have_a_limit_of_their_own(self, method: str) -> None:
        person = Person(**{"throttle.messages": "1 per 1 hour"})
        person.does(method)
        assert person.fails(method).code == "TooManyAttempts"
        name, facts = person.told.events[-1]
        assert (name, facts["action"]) == ("Throttled", "message")

    def test_a_changed_address_gets_a_message_and_another_attribute_none(self) -> None:
        person = Person(**{"throttle.messages": "1 per 1 hour"})
        with stubbed(person.pool) as stub:
            for _ in range(4):
                stub.add_response("update_user_attributes", {})
            person.account.update_user_attributes({"name": "Ada"})
            person.account.update_user_attributes({"phone_number": "", "email": ""})
            person.account.update_user_attributes({"phone_number": "+4912345"})
            person.account.update_user_attributes({"name": "Ada"})
            with pytest.raises(CognitoError) as caught:
                person.account.update_user_attributes({"email": "ada@example.com"})
        assert caught.value.code == "TooManyAttempts"

    def test_one_address_is_not_flooded_under_many_names(self) -> None:
        person = Person(**{"throttle.messages": "1 per 1 hour"})
        with stubbed(person.pool) as stub:
            stub.add_response("sign_up", ANSWERS["sign_up"])
            person.account.sign_up("ada", "pa55", {"email": "eve@example.com"})
            with pytest.raises(CognitoError) as caught:
                person.account.sign_up("grace", "pa55", {"email": "Eve@example.com"})
        assert caught.value.code == "TooManyAttempts"

    def test_a_name_that_is_an_address_is_counted_once(self) -> None:
        person = Person(**{"throttle.messages": "1 per 1 hour"})
        with stubbed(person.pool) as stub:
            stub.add_response("sign_up", ANSWERS["sign_up"])
            person.account.sign_up("ada@example.com", "pa55", {"email": "ada@example.com"})

    def test_who_is_signed_in_is_counted_by_name_whatever_token(self) -> None:
        person = Person(**{"throttle.account": "1 per 1 hour"})
        person.fails("change_password")
        person.token = "another.token"
        assert person.fails("change_password").code == "TooManyAttempts"
        person.name = "grace"
        assert person.fails("change_password").code == "NotAuthorizedException"

    def test_somebody_without_a_name_guesses_at_nothing(self, ada: Person) -> None:
        ada.name = None
        with stubbed(ada.pool), pytest.raises(CognitoError) as caught:
            ada.account.change_password("old", "new")
        assert caught.value.next_step == "sign_in"

    def test_a_storage_that_is_away_throttles_nobody(
        self, ada: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ada.account._throttle, "_ready", lambda: 1 / 0)
        assert ada.fails("forgot_password").code == "ServiceUnavailable"
        assert ada.told.events == []


class TestWhatIsTold:
    @pytest.mark.parametrize(
        ("method", "event", "facts"),
        [
            ("sign_up", "UserSignedUp", {"user": "ada", "sub": "6f1f"}),
            ("confirm_sign_up", "UserConfirmed", {"user": "ada"}),
            ("confirm_forgot_password", "PasswordChanged", {"how": "reset", "user": "ada"}),
            ("change_password", "PasswordChanged", {"how": "changed"}),
            ("update_user_attributes", "AttributesChanged", {"names": ("name", "nickname")}),
            ("delete_user_attributes", "AttributesChanged", {"names": ("name", "nickname")}),
            ("verify_user_attribute", "AttributesChanged", {"names": ("email",)}),
            (
                "set_user_mfa_preference",
                "SecondFactorChanged",
                {"factors": ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")},
            ),
            ("set_user_settings", "SecondFactorChanged", {"factors": ("SMS_MFA",)}),
            ("update_device_status", "DeviceRemembered", {"device_key": DEVICE}),
            ("global_sign_out", "UserSignedOut", {"everywhere": True}),
            ("delete_user", "AccountDeleted", {}),
        ],
    )
    def test_what_was_done_is_an_event(
        self, ada: Person, method: str, event: str, facts: dict[str, Any]
    ) -> None:
        ada.does(method)
        assert ada.told.events == [(event, facts)]

    @pytest.mark.parametrize("method", CALLS)
    def test_what_was_refused_is_one_only_if_it_may_be_guessing(
        self, ada: Person, method: str
    ) -> None:
        error = ada.fails(method)
        guessed = {
            "confirm_sign_up",
            "confirm_forgot_password",
            "change_password",
            "verify_user_attribute",
            "verify_software_token",
        }
        told = {"challenge": operation_of(method), "code": error.code}
        if method in WITH_A_NAME:
            told["user"] = "ada"
        assert ada.told.events == ([("ChallengeFailed", told)] if method in guessed else [])

    @pytest.mark.parametrize("method", ["global_sign_out", "delete_user"])
    def test_the_sessions_of_the_application_are_ended_with_those_of_cognito(
        self, method: str
    ) -> None:
        ended: list[str] = []
        ada = Person()
        ada.account = Account(
            make_settings(),
            ada.pool,
            Throttle(make_settings()),
            None,
            access_token=lambda: "access.token",
            end_sessions=lambda: ended.append("all"),
        )
        with stubbed(ada.pool) as stub:
            stub.add_client_error(method, "NotAuthorizedException")
            stub.add_response(method, {})
            with pytest.raises(CognitoError):
                getattr(ada.account, method)()
            assert ended == []
            getattr(ada.account, method)()
        assert ended == ["all"]

    def test_without_a_request_nobody_is_told(self) -> None:
        settings, pool = make_settings(), pool_of(None)
        account = Account(settings, pool, Throttle(settings), None)
        with stubbed(pool) as stub:
            stub.add_response("confirm_sign_up", {})
            account.confirm_sign_up("ada", "123456")


def test_feedback_may_be_that_a_sign_in_was_ones_own(ada: Person) -> None:
    expected = {**CALLS["update_auth_event_feedback"][1], "FeedbackValue": "Valid"}
    with stubbed(ada.pool) as stub:
        stub.add_response("update_auth_event_feedback", {}, expected)
        ada.account.update_auth_event_feedback("ada", "e-1", "t.o.k", valid=True)


def test_feedback_that_is_refused_speaks_of_no_password(ada: Person) -> None:
    assert "password" not in ada.fails("update_auth_event_feedback").message


def operation_of(method: str) -> str:
    (name,) = (name for name in public_operations() if xform_name(name) == method)
    return name
