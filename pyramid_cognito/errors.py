"""What each error code of Cognito means: a sentence for people, an HTTP status, a next step.

The codes are those that botocore's model of ``cognito-idp`` lists for the operations that need no
AWS credentials, those that AWS gives outside that model, and our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyramid_cognito.i18n import _

if TYPE_CHECKING:
    from translationstring import TranslationString

#: the longest ``detail`` that is kept, in characters
MAX_DETAIL = 500


class NextStep(str, Enum):
    """What a person can do about an error."""

    TRY_AGAIN = "try_again"
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a step
    WAIT = "wait"
    ASK_ADMINISTRATOR = "ask_administrator"
    NONE = "none"

    __str__ = str.__str__  # pages and JSON show the word


class Context(Enum):
    """What a person was doing: one code needs other words at another place."""

    SIGN_IN = "answering for who they are"
    SIGN_UP = "making an account"
    CODE = "entering a code that was sent to them"
    CODE_REQUEST = "asking for such a code"
    SIGNED_IN = "using tokens of a session"


class CognitoError(Exception):
    """An answer of the user pool that refuses, or the lack of one.

    ``code`` is Cognito's (``"NotAuthorizedException"``), and all that ``str()`` shows. ``message``
    is a sentence for people, translatable. ``status`` is the HTTP status that fits: 400 and 409
    for what a form can mend, 401 and 403 for who may, 429 for too often, 501 for what this user
    pool does not offer, 502 for a user pool that is set up wrongly, 503 for one that is away.
    ``retry_after`` is in seconds, or None. ``next_step`` is a `NextStep`. ``detail`` holds
    Cognito's own words without the values that they quote: for telling cases apart and for logs,
    never for pages.
    """

    def __init__(
        self, code: str, entry: Entry, detail: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = entry.message
        self.status = entry.status
        self.next_step = entry.next_step
        self.retry_after = entry.retry_after if retry_after is None else retry_after
        self.detail = detail

    @property
    def is_disabled(self) -> bool:
        """Whether an administrator disabled the account."""
        return self._refuses_with("user is disabled")

    @property
    def session_expired(self) -> bool:
        """Whether a pending challenge can no longer be answered: the sign-in starts again."""
        return self.code == "SessionExpired" or (
            self.code == "NotAuthorizedException" and _SESSION_OVER.search(self.detail) is not None
        )

    @property
    def attempts_exceeded(self) -> bool:
        """Whether Cognito shuts the account for seconds to minutes after wrong passwords."""
        return self._refuses_with("attempts exceeded")

    @property
    def temporary_password_expired(self) -> bool:
        """Whether the password that an administrator gave is too old to be used."""
        return self._refuses_with("temporary password has expired")

    def _refuses_with(self, words: str) -> bool:
        return self.code == "NotAuthorizedException" and words in self.detail.lower()


class CognitoUnavailable(CognitoError):
    """The user pool could not be reached, or failed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one code means; see `CognitoError`."""

    message: TranslationString
    status: int
    next_step: NextStep
    retry_after: int | None = None


def cognito_error(
    code: str,
    detail: str = "",
    retry_after: int | None = None,
    *,
    context: Context = Context.SIGN_IN,
) -> CognitoError:
    """The error for a *code*; `CognitoUnavailable` where the service failed.

    A code that the catalogue does not know keeps its name and gets a general sentence.

    :param detail: Cognito's own words; the values that they quote are taken out.
    :param retry_after: seconds, where the answer named them; else the catalogue's.
    :param context: what the person was doing.
    """
    name = code if _CODE.fullmatch(code) else "UnknownError"
    words = without_values(detail)
    entry = _entry(name, words, context)
    kind = CognitoUnavailable if entry.status == 503 else CognitoError
    return kind(name, entry, words, retry_after)


def without_values(text: object) -> str:
    """*text* on one line of at most `MAX_DETAIL` characters, without the values that it quotes.

    Cognito repeats what it was sent ("Value 'hunter2' at 'password' failed to satisfy constraint:
    ..."): field and constraint stay, the value goes.
    """
    printable = "".join(
        character if character.isprintable() else " " for character in str(text)[: 8 * MAX_DETAIL]
    )
    line = " ".join(printable.split())
    if "failed to satisfy constraint" in line:
        faults = [f"{field}: {rule}" for field, rule in _CONSTRAINT.findall(line)]
        return "; ".join(faults)[:MAX_DETAIL] or "a value failed to satisfy a constraint"
    return _LONG_RUN.sub("…", _QUOTED.sub("'…'", line))[:MAX_DETAIL]


def _entry(code: str, detail: str, context: Context) -> Entry:
    if code in _SAYS_WHAT_IS_MISCONFIGURED and _MISCONFIGURED.search(detail):
        return _MISCONFIGURATION
    if code == "NotAuthorizedException":
        if _SESSION_OVER.search(detail):
            return CATALOGUE["SessionExpired"]
        if context is Context.SIGNED_IN and _WRONG_PASSWORD.search(detail):
            return _PRESENT_PASSWORD
        if context is Context.SIGNED_IN and _SHUT_OUT.search(detail):
            return CATALOGUE["LimitExceededException"]
    return _IN_CONTEXT[context].get(code) or CATALOGUE.get(code, _UNKNOWN)


_CODE = re.compile(r"[A-Za-z][\w.]{0,99}", re.ASCII)
_CONSTRAINT = re.compile(
    r"at '([\w.\[\]-]{1,100})' failed to satisfy constraint: (Member must [a-z -]+\d*)"
)
# a quote that is never closed opens a value that was cut off: it goes to the end
_QUOTED = re.compile(r"""(?<!\w)(['"])(?:.*\1(?!\w)|.*)""")
_LONG_RUN = re.compile(r"[\w+/=.-]{64,}")  # a token, a session, a signature
_SESSION_OVER = re.compile(r"invalid session|session (?:has|is) expired", re.IGNORECASE)
_SHUT_OUT = re.compile(r"attempts exceeded", re.IGNORECASE)
_WRONG_PASSWORD = re.compile(r"incorrect username or password", re.IGNORECASE)
# these name no account and hit everyone alike: the application's set-up is wrong, not the person
_MISCONFIGURED = re.compile(
    r"secret hash|configured (?:for|with) secret|not enabled for (?:this|the) client"
    r"|unauthorized attribute|required scopes",
    re.IGNORECASE,
)
_SAYS_WHAT_IS_MISCONFIGURED = ("NotAuthorizedException", "InvalidParameterException")


def _ours(message: TranslationString) -> Entry:
    return Entry(message, 502, NextStep.ASK_ADMINISTRATOR)


def _not_offered(message: TranslationString) -> Entry:
    return Entry(message, 501, NextStep.ASK_ADMINISTRATOR)


def _form(message: TranslationString) -> Entry:
    return Entry(message, 400, NextStep.TRY_AGAIN)


# Cognito tells neither how long a quota of seconds lasts nor how long one of an account does
_BUSY = Entry(
    _("The sign-in service is very busy. Wait a moment, then try again."), 429, NextStep.WAIT, 10
)
_AWAY = Entry(
    _("The sign-in service cannot be reached at present. Wait a moment, then try again."),
    503,
    NextStep.WAIT,
    10,
)
_FAULT = Entry(
    _("The sign-in service had a fault. Wait a moment, then try again."), 503, NextStep.WAIT, 10
)
# the same for a wrong password, an unknown user and all that would tell one from the other
_NOT_RIGHT = Entry(
    _(
        "The user name or password is not right. Check both and try again; "
        "after several wrong tries, wait a few minutes first."
    ),
    401,
    NextStep.TRY_AGAIN,
)
_SIGNED_OUT = Entry(
    _("You are not signed in any more. Sign in again to go on."), 401, NextStep.SIGN_IN
)
_PRESENT_PASSWORD = _form(
    _("Your present password is not the one that you entered. Check it and try again.")
)
_CODE_NOT_RIGHT = _form(
    _("This code is not right or has expired. Check it and try again, or ask for a new one.")
)
_NO_CODE = _form(
    _("A code could not be sent. Check the user name and try again, or ask the administrator.")
)
_NOT_IN_RIGHT_FORM = _form(
    _("Something that you entered is missing or not in the right form. Check it and try again.")
)
_MISCONFIGURATION = _ours(
    _(
        "The sign-in service and this application do not fit together. "
        "Tell the administrator; trying again will not help."
    )
)
_REFUSED_APPLICATION = _ours(
    _("This application may not ask the sign-in service for this. Tell the administrator.")
)
_NO_SUCH_OPERATION = _not_offered(
    _("The sign-in service does not know how to do this. Ask the administrator.")
)
_UNKNOWN = Entry(
    _(
        "Something went wrong at the sign-in service. Try again; "
        "if it goes on, tell the administrator."
    ),
    502,
    NextStep.TRY_AGAIN,
)

#: code to what it means while someone signs in, for every code that is known
CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        # what the model lists
        "AliasExistsException": Entry(
            _(
                "Another account already uses this e-mail address or telephone number. "
                "Use a different one, or sign in to that account."
            ),
            409,
            NextStep.TRY_AGAIN,
        ),
        "CodeDeliveryFailureException": Entry(
            _(
                "The code could not be delivered. Check the e-mail address or telephone number, "
                "then ask for a new code."
            ),
            502,
            NextStep.TRY_AGAIN,
        ),
        "CodeMismatchException": _form(_("This code is not right. Check it and enter it again.")),
        "ConcurrentModificationException": Entry(
            _("This was changed somewhere else at the same moment. Try again."),
            409,
            NextStep.TRY_AGAIN,
        ),
        "DeviceKeyExistsException": Entry(
            _("This device is remembered already. You need do nothing more."), 409, NextStep.NONE
        ),
        "EnableSoftwareTokenMFAException": _form(
            _(
                "The code from your authenticator app is not right. Check that the clock of your "
                "device is right, wait for the next code and enter that one."
            )
        ),
        "ExpiredCodeException": _form(
            _("This code has expired or was used before. Get a new one and enter that.")
        ),
        "FeatureUnavailableInTierException": _not_offered(
            _("The plan of this sign-in service does not include this. Choose another way.")
        ),
        "ForbiddenException": Entry(
            _(
                "The sign-in service blocked your request to keep itself safe. Wait a while, then "
                "try again; if it goes on, ask the administrator."
            ),
            403,
            NextStep.ASK_ADMINISTRATOR,
        ),
        "InternalErrorException": _FAULT,
        "InvalidEmailRoleAccessPolicyException": _ours(
            _("The sign-in service may not send e-mail. Tell the administrator.")
        ),
        "InvalidLambdaResponseException": _ours(
            _(
                "A step that was added to the sign-in service gave an answer of no use. "
                "Tell the administrator."
            )
        ),
        "InvalidParameterException": _NOT_IN_RIGHT_FORM,
        "InvalidPasswordException": _form(
            _(
                "This password does not meet the rules. Choose a longer one with upper-case and "
                "lower-case letters, digits and symbols."
            )
        ),
        "InvalidSmsRoleAccessPolicyException": _ours(
            _("The sign-in service may not send text messages. Tell the administrator.")
        ),
        "InvalidSmsRoleTrustRelationshipException": _ours(
            _(
                "The sign-in service is not trusted to send text messages for this application. "
                "Tell the administrator."
            )
        ),
        "InvalidUserPoolConfigurationException": _ours(
            _("The sign-in service is not set up rightly. Tell the administrator.")
        ),
        "LimitExceededException": Entry(
            _("This was tried too often. Wait a quarter of an hour, then try again."),
            429,
            NextStep.WAIT,
            900,
        ),
        "MFAMethodNotFoundException": Entry(
            _(
                "Your account has no second factor that could be used now. "
                "Choose another one, or ask the administrator."
            ),
            400,
            NextStep.ASK_ADMINISTRATOR,
        ),
        "NotAuthorizedException": _NOT_RIGHT,
        "OperationNotEnabledException": _not_offered(
            _("The sign-in service does not offer this here and now. Ask the administrator.")
        ),
        "PasswordHistoryPolicyViolationException": _form(
            _("You had this password before. Choose a new one.")
        ),
        "PasswordResetRequiredException": Entry(
            _("Your password has to be changed first. Ask for a code and choose a new password."),
            403,
            NextStep.RESET_PASSWORD,
        ),
        "RefreshTokenReuseException": Entry(
            _("Your session was ended because an old key to it was used. Sign in again."),
            401,
            NextStep.SIGN_IN,
        ),
        "ResourceNotFoundException": Entry(
            _("This was not found. It may have been removed; if not, ask the administrator."),
            404,
            NextStep.ASK_ADMINISTRATOR,
        ),
        "SoftwareTokenMFANotFoundException": Entry(
            _(
                "Authenticator apps are not set up here. "
                "Choose another second factor, or ask the administrator."
            ),
            400,
            NextStep.ASK_ADMINISTRATOR,
        ),
        "TooManyFailedAttemptsException": Entry(
            _("Too many wrong codes were entered. Wait a quarter of an hour, then get a new one."),
            429,
            NextStep.WAIT,
            900,
        ),
        "TooManyRequestsException": _BUSY,
        "UnauthorizedException": Entry(
            _("Your session is not valid here. Sign in again."), 401, NextStep.SIGN_IN
        ),
        "UnexpectedLambdaException": _ours(
            _("A step that was added to the sign-in service failed. Tell the administrator.")
        ),
        "UnsupportedOperationException": _not_offered(
            _("The sign-in service does not let this application do this. Ask the administrator.")
        ),
        "UnsupportedTokenTypeException": Entry(
            _("Your session is of a kind that cannot be ended here. Sign in again."),
            400,
            NextStep.SIGN_IN,
        ),
        "UserLambdaValidationException": _form(
            _(
                "The rules of this service do not allow this. Check what you entered; "
                "if it is right, ask the administrator."
            )
        ),
        "UserNotConfirmedException": Entry(
            _(
                "Your account is not confirmed yet. "
                "Enter the code that was sent to you, or ask for a new one."
            ),
            403,
            NextStep.CONFIRM,
        ),
        "UserNotFoundException": _NOT_RIGHT,
        "UserPoolAddOnNotEnabledException": _not_offered(
            _("An extra part of the sign-in service is needed for this. Ask the administrator.")
        ),
        "UsernameExistsException": Entry(
            _("This user name is taken. Choose another one, or sign in if it is yours."),
            409,
            NextStep.TRY_AGAIN,
        ),
        "WebAuthnChallengeNotFoundException": _form(
            _("Setting up the passkey took too long. Start with it again.")
        ),
        "WebAuthnClientMismatchException": _form(
            _("The passkey was begun in another application. Start with it again in this one.")
        ),
        "WebAuthnConfigurationMissingException": _ours(
            _("Passkeys are not fully set up here. Tell the administrator.")
        ),
        "WebAuthnCredentialNotSupportedException": _form(
            _("This kind of passkey is not accepted. Use another device or passkey provider.")
        ),
        "WebAuthnNotEnabledException": _not_offered(
            _("Passkeys are not offered here. Choose another way to sign in.")
        ),
        "WebAuthnOriginNotAllowedException": _ours(
            _("Passkeys are not allowed at this web address. Tell the administrator.")
        ),
        "WebAuthnRelyingPartyMismatchException": _ours(
            _("This passkey belongs to another web site. Use one that you made for this site.")
        ),
        # what AWS answers outside the model
        "AccessDeniedException": _REFUSED_APPLICATION,
        "ExpiredTokenException": _REFUSED_APPLICATION,
        "InvalidSignatureException": _REFUSED_APPLICATION,
        "UnrecognizedClientException": _REFUSED_APPLICATION,
        "InvalidAction": _NO_SUCH_OPERATION,
        # a signature is wanted where the operation is not known as one that needs none
        "MissingAuthenticationTokenException": _NO_SUCH_OPERATION,
        "UnknownOperationException": _NO_SUCH_OPERATION,
        "UnsupportedOperation": _NO_SUCH_OPERATION,
        "SerializationException": _NOT_IN_RIGHT_FORM,
        "ValidationException": _NOT_IN_RIGHT_FORM,
        "RequestLimitExceeded": _BUSY,
        "ThrottledException": _BUSY,
        "Throttling": _BUSY,
        "ThrottlingException": _BUSY,
        "InternalFailure": _FAULT,
        "InternalServerException": _FAULT,
        "RequestTimeoutException": _AWAY,
        "ServiceUnavailableException": _AWAY,
        # our own
        "ServiceUnavailable": _AWAY,
        "TooManyAttempts": Entry(
            _("There were too many attempts. Try again later."),
            429,
            NextStep.WAIT,
            300,
        ),
        "SessionExpired": Entry(
            _("The sign-in took too long or was finished elsewhere. Start again."),
            401,
            NextStep.SIGN_IN,
        ),
        "InvalidChallengeAnswer": _form(
            _("This does not answer what was asked. Check what you entered and try again.")
        ),
        "InvalidTokenFromCognito": _ours(
            _("The sign-in service gave an answer that cannot be trusted. Tell the administrator.")
        ),
        "TicketTooLong": _ours(
            _("Your account holds more than a session here has room for. Tell the administrator.")
        ),
    }
)

# an unknown user answers like a wrong code, an unknown address or a session that ended, so that
# no place of entry tells who has an account
_IN_CONTEXT: Mapping[Context, Mapping[str, Entry]] = {
    Context.SIGN_IN: {},
    Context.SIGN_UP: {
        "NotAuthorizedException": Entry(
            _("You cannot make an account here yourself. Ask the administrator for one."),
            403,
            NextStep.ASK_ADMINISTRATOR,
        ),
    },
    Context.CODE: {
        "CodeMismatchException": _CODE_NOT_RIGHT,
        "ExpiredCodeException": _CODE_NOT_RIGHT,
        "NotAuthorizedException": _CODE_NOT_RIGHT,
        "UserNotFoundException": _CODE_NOT_RIGHT,
    },
    Context.CODE_REQUEST: {
        "InvalidParameterException": _NO_CODE,
        "NotAuthorizedException": _NO_CODE,
        "UserNotFoundException": _NO_CODE,
    },
    Context.SIGNED_IN: {
        "NotAuthorizedException": _SIGNED_OUT,
        "UserNotFoundException": _SIGNED_OUT,
    },
}
