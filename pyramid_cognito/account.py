"""What a person does with their own account; needs no AWS credentials and no request."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyramid_cognito.account_types import (
    AuthFactors,
    CodeDelivery,
    Device,
    Passkey,
    User,
    UserSession,
)
from pyramid_cognito.errors import CognitoError, Context, cognito_error
from pyramid_cognito.events import (
    AccountDeleted,
    AttributesChanged,
    ChallengeFailed,
    DeviceRemembered,
    PasswordChanged,
    SecondFactorChanged,
    Tell,
    Throttled,
    UserConfirmed,
    UserSignedOut,
    UserSignedUp,
    silent,
)
from pyramid_cognito.throttle import MESSAGE, PRESENT_PASSWORD

if TYPE_CHECKING:
    from pyramid_cognito.pool import UserPool
    from pyramid_cognito.settings import CognitoSettings
    from pyramid_cognito.throttle import Throttle

log = logging.getLogger(__name__)

#: attributes to which Cognito sends a code when they change
_CONTACTS = ("email", "phone_number")

#: what a person who is signed in could guess at, or flood with, and as what it is counted
_COUNTED = {
    "ChangePassword": PRESENT_PASSWORD,
    "GetUserAttributeVerificationCode": "GetUserAttributeVerificationCode",
    "UpdateUserAttributes": "UpdateUserAttributes",
    "VerifySoftwareToken": "VerifySoftwareToken",
    "VerifyUserAttribute": "VerifyUserAttribute",
}

#: what is answered with a code, or with the present password
_GUESSED = frozenset(
    {
        "ChangePassword",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    }
)

# of SetUserMFAPreference, by second factor
_FACTORS = {
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
    "SMS_MFA": "SMSMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
}

#: far more than anyone has; a pool that always names a next page is not followed forever
_MOST_PAGES = 10


def nobody() -> None:
    """Tell that nobody is signed in, where there is no request to ask."""


def none_here() -> None:
    """End the sessions of an application, where there is none."""


class Account:
    """A person's own account; each method is named after its Cognito operation.

    ``sign_up`` to ``confirm_forgot_password`` and ``update_auth_event_feedback`` take a user name;
    all others are about who is signed in.

    Every method raises CognitoError where Cognito refuses or is away, where one account or address
    tries too often, and where nobody is signed in who should be.

    :param address: the client's, for the throttle.
    :param access_token: tells the access token of who is signed in.
    :param user: tells their user name, for the throttle.
    :param tell: told of what happened; see `pyramid_cognito.events.notify`.
    :param end_sessions: ends the person's sessions in the application, which do without Cognito
        until their tokens run out.
    """

    def __init__(
        self,
        settings: CognitoSettings,
        pool: UserPool,
        throttle: Throttle,
        address: str | None,
        *,
        access_token: Callable[[], str | None] = nobody,
        user: Callable[[], str | None] = nobody,
        tell: Tell = silent,
        end_sessions: Callable[[], None] = none_here,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._throttle = throttle
        self._address = address
        self._access_token = access_token
        self._user = user
        self._tell = tell
        self._end_sessions = end_sessions

    def sign_up(self, username: str, password: str, attributes: Mapping[str, str]) -> bool:
        """SignUp. Whether the account needs no confirmation."""
        self._require_editable("SignUp", attributes)
        answer = self._send(
            "SignUp",
            username,
            # a flood of messages goes to one address under many names
            also=_contacts(attributes) - {username},
            Password=password,
            UserAttributes=_pairs(attributes),
        )
        person = {"user": username, "sub": answer.get("UserSub")}
        self._tell(UserSignedUp, **person)
        if answer.get("UserConfirmed"):
            self._tell(UserConfirmed, **person)
            return True
        return False

    def confirm_sign_up(self, username: str, code: str) -> None:
        """ConfirmSignUp with the code that was sent. An alias in use elsewhere is never taken."""
        self._call("ConfirmSignUp", username, ConfirmationCode=code, ForceAliasCreation=False)
        self._tell(UserConfirmed, user=username)

    def resend_confirmation_code(self, username: str) -> None:
        """ResendConfirmationCode."""
        self._send("ResendConfirmationCode", username)

    def forgot_password(self, username: str) -> None:
        """ForgotPassword: sends a code by the pool's medium."""
        self._send("ForgotPassword", username)

    def confirm_forgot_password(self, username: str, code: str, password: str) -> None:
        """ConfirmForgotPassword: a new password for whoever has the code."""
        self._call("ConfirmForgotPassword", username, ConfirmationCode=code, Password=password)
        self._tell(PasswordChanged, how="reset", user=username)

    def update_auth_event_feedback(
        self, username: str, event_id: str, feedback_token: str, *, valid: bool
    ) -> None:
        """UpdateAuthEventFeedback: whether a risky sign-in was the person's own.

        :param feedback_token: with *event_id* from the link in Cognito's notification.
        """
        self._count("UpdateAuthEventFeedback", username, user=username)
        self._pool.call(
            "UpdateAuthEventFeedback",
            UserPoolId=self._settings.user_pool_id,
            Username=username,
            EventId=event_id,
            FeedbackToken=feedback_token,
            FeedbackValue="Valid" if valid else "Invalid",
        )

    def get_user(self) -> User:
        """GetUser: attributes and second factors."""
        return User.from_answer(self._own("GetUser"))

    def get_user_auth_factors(self) -> AuthFactors:
        """GetUserAuthFactors: what the person can sign in with."""
        return AuthFactors.from_answer(self._own("GetUserAuthFactors"))

    def change_password(self, previous: str, proposed: str) -> None:
        """ChangePassword. Sessions go on, here and elsewhere."""
        self._own("ChangePassword", PreviousPassword=previous, ProposedPassword=proposed)
        self._tell(PasswordChanged, how="changed")

    def update_user_attributes(self, attributes: Mapping[str, str]) -> tuple[CodeDelivery, ...]:
        """UpdateUserAttributes.

        :param attributes: by name; an empty value deletes the attribute.
        :returns: where codes were sent, for `verify_user_attribute`.
        """
        self._require_editable("UpdateUserAttributes", attributes)
        if contacts := _contacts(attributes):
            self._count(MESSAGE, self._name(), also=contacts)
        answer = self._own("UpdateUserAttributes", UserAttributes=_pairs(attributes))
        self._tell(AttributesChanged, names=tuple(attributes))
        sent = answer.get("CodeDeliveryDetailsList", ())
        return tuple(CodeDelivery.from_answer(details) for details in sent)

    def delete_user_attributes(self, *names: str) -> None:
        """DeleteUserAttributes."""
        self._require_editable("DeleteUserAttributes", names)
        self._own("DeleteUserAttributes", UserAttributeNames=list(names))
        self._tell(AttributesChanged, names=names)

    def get_user_attribute_verification_code(self, name: str) -> CodeDelivery:
        """GetUserAttributeVerificationCode: sends a code to the address or number in *name*."""
        self._count(MESSAGE, self._name())
        answer = self._own("GetUserAttributeVerificationCode", AttributeName=name)
        return CodeDelivery.from_answer(answer.get("CodeDeliveryDetails", {}))

    def verify_user_attribute(self, name: str, code: str) -> None:
        """VerifyUserAttribute with the code that was sent.

        Where the pool wants that first, only this changes the attribute.
        """
        self._own("VerifyUserAttribute", AttributeName=name, Code=code)
        self._tell(AttributesChanged, names=(name,))

    def associate_software_token(self) -> str:
        """AssociateSoftwareToken. The secret for an authenticator app, which is told only once."""
        secret: str = self._own("AssociateSoftwareToken")["SecretCode"]
        return secret

    def verify_software_token(self, code: str, device_name: str = "") -> None:
        """VerifySoftwareToken: the app is set up rightly. It counts after
        `set_user_mfa_preference`.

        :param device_name: what the app's challenge names it.
        """
        named = {"FriendlyDeviceName": device_name} if device_name else {}
        answer = self._own("VerifySoftwareToken", UserCode=code, **named)
        if answer.get("Status") != "SUCCESS":
            raise cognito_error("EnableSoftwareTokenMFAException", "the code was not verified")

    def set_user_mfa_preference(
        self, factors: Mapping[str, bool], preferred: str | None = None
    ) -> None:
        """SetUserMFAPreference.

        :param factors: whether each is on, by Cognito's name of it: "SOFTWARE_TOKEN_MFA",
            "SMS_MFA", "EMAIL_OTP". One that is not named stays as it is.
        :param preferred: the one among them that Cognito asks for first.
        """
        if not factors.keys() <= _FACTORS.keys():
            raise cognito_error("InvalidParameterException", "no such second factor")
        settings = {
            _FACTORS[name]: {"Enabled": is_on, "PreferredMfa": name == preferred}
            for name, is_on in factors.items()
        }
        self._own("SetUserMFAPreference", **settings)
        self._tell(SecondFactorChanged, factors=tuple(name for name in factors if factors[name]))

    def set_user_settings(self, *, sms: bool) -> None:
        """SetUserSettings: codes by SMS alone. Cognito's older `set_user_mfa_preference`."""
        option = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}
        self._own("SetUserSettings", MFAOptions=[option] if sms else [])
        self._tell(SecondFactorChanged, factors=("SMS_MFA",) if sms else ())

    def list_devices(self) -> list[Device]:
        """ListDevices: those that the pool keeps track of."""
        devices = self._pages("ListDevices", "Devices", "PaginationToken")
        return [Device.from_answer(device) for device in devices]

    def get_device(self, key: str) -> Device:
        """GetDevice."""
        return Device.from_answer(self._own("GetDevice", DeviceKey=key)["Device"])

    def confirm_device(self, key: str, *, verifier: str, salt: str, name: str = "") -> bool:
        """ConfirmDevice: the pool keeps track of a device that tokens came with.

        :param verifier: base64, as *salt*: both from `pyramid_cognito.srp.device_verifier`.
        :returns: whether the pool leaves it to the person to have the device remembered.
        """
        answer = self._own(
            "ConfirmDevice",
            DeviceKey=key,
            DeviceSecretVerifierConfig={"PasswordVerifier": verifier, "Salt": salt},
            **({"DeviceName": name} if name else {}),
        )
        return bool(answer.get("UserConfirmationNecessary"))

    def update_device_status(self, key: str, *, remembered: bool) -> None:
        """UpdateDeviceStatus: whether the device takes the place of a second factor."""
        status = "remembered" if remembered else "not_remembered"
        self._own("UpdateDeviceStatus", DeviceKey=key, DeviceRememberedStatus=status)
        if remembered:
            self._tell(DeviceRemembered, device_key=key)

    def forget_device(self, key: str) -> None:
        """ForgetDevice: the pool no longer keeps track of it."""
        self._own("ForgetDevice", DeviceKey=key)

    def list_user_sessions(self) -> list[UserSession]:
        """ListUserSessions: all of the pool's, whatever the application."""
        sessions = self._pages("ListUserSessions", "Sessions", "NextToken")
        return [UserSession.from_answer(session) for session in sessions]

    def revoke_user_session(self, session_id: str) -> None:
        """RevokeUserSession: ends a session, but not the one that asks."""
        self._own("RevokeUserSession", SessionId=session_id)

    def list_web_authn_credentials(self) -> list[Passkey]:
        """ListWebAuthnCredentials: the passkeys."""
        credentials = self._pages("ListWebAuthnCredentials", "Credentials", "NextToken")
        return [Passkey.from_answer(credential) for credential in credentials]

    def delete_web_authn_credential(self, credential_id: str) -> None:
        """DeleteWebAuthnCredential: removes a passkey."""
        self._own("DeleteWebAuthnCredential", CredentialId=credential_id)

    def start_web_authn_registration(self) -> dict[str, Any]:
        """StartWebAuthnRegistration: options for the browser's ``navigator.credentials.create``.

        :returns: PublicKeyCredentialCreationOptionsJSON of Web Authentication Level 3.
        """
        answer = self._own("StartWebAuthnRegistration")
        options: dict[str, Any] = answer["CredentialCreationOptions"]
        return options

    def complete_web_authn_registration(self, credential: Mapping[str, Any]) -> None:
        """CompleteWebAuthnRegistration: there is a new passkey.

        :param credential: RegistrationResponseJSON of Web Authentication Level 3.
        """
        self._own("CompleteWebAuthnRegistration", Credential=dict(credential))

    def global_sign_out(self) -> None:
        """GlobalSignOut: ends all tokens of the person, those of this session too."""
        self._own("GlobalSignOut")
        self._end_sessions()
        self._tell(UserSignedOut, everywhere=True)

    def delete_user(self) -> None:
        """DeleteUser: the account is gone at once."""
        self._own("DeleteUser")
        self._end_sessions()
        self._tell(AccountDeleted)

    def _require_editable(self, operation: str, names: Iterable[str]) -> None:
        refused = sorted(set(names) - self._settings.editable_attributes)
        if refused:
            shown = ", ".join(repr(name[:100]) for name in refused[:5])
            log.warning("%s of %s, not editable: nothing is written", operation, shown)
            raise cognito_error("InvalidParameterException", "an attribute that is not editable")

    def _send(
        self, operation: str, username: str, also: Iterable[str] = (), **parameters: Any
    ) -> dict[str, Any]:
        """Call an operation that sends a message to the account."""
        self._count(MESSAGE, username, also, user=username)
        return self._call(operation, username, **parameters)

    def _call(self, operation: str, username: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation that takes a user name."""
        self._count(operation, username, user=username)
        secret_hash = self._pool.secret_hash(username)
        if secret_hash:
            parameters["SecretHash"] = secret_hash
        with self._told_of_guesses(operation, user=username):
            return self._pool.call(operation, Username=username, **parameters)

    def _own(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation that takes an access token."""
        token = self._access_token()
        if token is None:
            raise _nobody_is_signed_in()
        if operation in _COUNTED:
            self._count(_COUNTED[operation], self._name())
        with self._told_of_guesses(operation):
            return self._pool.call(operation, AccessToken=token, **parameters)

    @contextmanager
    def _told_of_guesses(self, operation: str, **person: str) -> Iterator[None]:
        try:
            yield
        except CognitoError as error:
            if operation in _GUESSED:
                self._tell(ChallengeFailed, challenge=operation, code=error.code, **person)
            raise

    def _pages(self, operation: str, member: str, token: str) -> Iterator[dict[str, Any]]:
        """What is in the list *member* of each page; *token* leads from one to the next."""
        onward: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = self._own(operation, **onward)
            yield from answer.get(member, ())
            if not answer.get(token):
                return
            onward = {token: answer[token]}
        log.warning("%s has more than %d pages: the rest is left out", operation, _MOST_PAGES)

    def _name(self) -> str:
        name = self._user()
        if name is None:
            raise _nobody_is_signed_in()
        return name

    def _count(self, action: str, account: str, also: Iterable[str] = (), **person: str) -> None:
        try:
            self._throttle.attempt(action, account, self._address, also)
        except CognitoError as error:
            if error.code == "TooManyAttempts":
                self._tell(Throttled, action=action, **person)
            raise


def _nobody_is_signed_in() -> CognitoError:
    return cognito_error("NotAuthorizedException", "nobody is signed in", context=Context.SIGNED_IN)


def _contacts(attributes: Mapping[str, str]) -> set[str]:
    return {attributes.get(name, "") for name in _CONTACTS} - {""}


def _pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]
