"""What Cognito asks: a way to sign in, a code, a passkey, a new password, a factor to set up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.challenges import PASSWORDS
from pyramid_cognito.errors import CognitoError, NextStep
from pyramid_cognito.i18n import _
from pyramid_cognito.views.authenticator import authenticator_setup
from pyramid_cognito.views.outcome import error_of, onward, start_again, with_headers
from pyramid_cognito.views.pages import FormPage, refuse, show
from pyramid_cognito.views.routes import add_page

if TYPE_CHECKING:
    from pyramid_cognito.forms import AccountForm
    from pyramid_cognito.sign_in import Challenge

CODE = FormPage("challenge_code", _("Enter your code"))
NEW_PASSWORD = FormPage("challenge_new_password", _("Choose a new password"))
CHOICE = FormPage("challenge_choice", _("Choose how to go on"))
SETUP = FormPage("challenge_setup", _("Set up an authenticator app"))
NOT_OFFERED = FormPage("challenge_not_offered", _("This step is not offered here"))

PASSWORD = FormPage("challenge_password", _("Enter your password"))
PASSKEY = FormPage("challenge_passkey", _("Use your passkey"))
CUSTOM = FormPage("challenge_custom", _("One more question"))

CODE_ANSWERS = {
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "SMS_MFA": "SMS_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
}
#: what people choose from; Cognito's model has two names for e-mail
CHOICES = {
    "SOFTWARE_TOKEN_MFA": _("The code of an authenticator app"),
    "SMS_MFA": _("A code by text message"),
    "EMAIL_OTP": _("A code by e-mail"),
    "EMAIL_MFA": _("A code by e-mail"),
    "PASSWORD_SRP": _("Your password"),
    "PASSWORD": _("Your password"),
    "SMS_OTP": _("A code by text message"),
    "WEB_AUTHN": _("A passkey"),
}


def register(config: Configurator) -> None:
    """Add the page."""
    add_page(config, "cognito.challenge", challenge)


def challenge(request: Request) -> Response:
    """Ask what Cognito wants to know before it signs someone in."""
    pending = request.cognito.challenge
    if pending is None:
        return start_again(request)
    ask = ASK.get(pending.name, _say_that_it_is_not_offered)
    return ask(request, pending)


def _say_that_it_is_not_offered(request: Request, pending: Challenge) -> Response:
    return show(request, NOT_OFFERED, None, challenge=pending)


def _ask_for_code(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import CodeForm

    form = CodeForm(request)
    return _ask(request, CODE, form, pending, {CODE_ANSWERS[pending.name]: form.code.data})


def _ask_for_new_password(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import new_password_form

    form = new_password_form(_missing_attributes(request, pending))(request)
    answer = {"NEW_PASSWORD": form.new_password.data}
    answer |= {f"userAttributes.{name}": value for name, value in form.attributes().items()}
    return _ask(request, NEW_PASSWORD, form, pending, answer)


def _missing_attributes(request: Request, pending: Challenge) -> tuple[str, ...]:
    """What the pool requires of the account and people may write themselves."""
    names = json.loads(pending.parameters.get("requiredAttributes") or "[]")
    required = {name.removeprefix("userAttributes.") for name in names}
    return tuple(sorted(required & request.cognito.settings.editable_attributes))


def _ask_for_choice(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import ChooseForm

    form = ChooseForm(request)
    form.answer.choices = [(name, CHOICES.get(name, name)) for name in pending.choices]
    return _ask(request, CHOICE, form, pending, {"ANSWER": form.answer.data})


def _ask_for_way(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import ChooseWayForm

    if not pending.choices:
        return _say_that_it_is_not_offered(request, pending)
    form = ChooseWayForm(request)
    form.answer.choices = [(name, CHOICES[name]) for name in pending.choices]
    answer = {"ANSWER": form.answer.data, "PASSWORD": form.password.data}
    return _ask(request, CHOICE, form, pending, answer)


def _ask_for_password(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.password import PasswordForm

    form = PasswordForm(request)
    return _ask(request, PASSWORD, form, pending, {"PASSWORD": form.password.data})


def _ask_for_passkey(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import PasskeyForm

    form = PasskeyForm(request)
    return _ask(request, PASSKEY, form, pending, {"CREDENTIAL": form.credential.data})


def _ask_what_the_pool_asks(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.sign_in import AnswerForm

    form = AnswerForm(request)
    return _ask(request, CUSTOM, form, pending, {"ANSWER": form.answer.data})


def _ask_to_set_up(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.two_factor import AuthenticatorForm

    if "SOFTWARE_TOKEN_MFA" not in pending.choices:
        return _say_that_it_is_not_offered(request, pending)
    form = AuthenticatorForm(request)
    if pending.secret is None:
        return _begin_to_set_up(request, form, pending)
    answer = {
        "SOFTWARE_TOKEN_MFA_CODE": form.code.data,
        "FRIENDLY_DEVICE_NAME": form.device_name.data,
    }
    shown = authenticator_setup(request, pending.secret, pending.username)
    return _ask(request, SETUP, form, pending, answer, **shown)


def _begin_to_set_up(request: Request, form: AccountForm, pending: Challenge) -> Response:
    try:
        setup = request.cognito.set_up_authenticator()
    except CognitoError as error:
        if error.next_step is NextStep.SIGN_IN:
            return start_again(request, pending)
        raise
    shown = authenticator_setup(request, setup.secret, pending.username)
    return with_headers(show(request, SETUP, form, challenge=pending, **shown), setup)


def _ask(
    request: Request,
    page: FormPage,
    form: AccountForm,
    pending: Challenge,
    answer: dict[str, str],
    **shown: Any,
) -> Response:
    if request.method != "POST" or not form.validate():
        return show(request, page, form, challenge=pending, **shown)
    result = request.cognito.answer(**answer)
    following = onward(request, result, pending.username)
    if following is not None:
        return following
    error = error_of(result)
    if error.next_step is NextStep.SIGN_IN or error.code == "NotAuthorizedException":
        return start_again(request, pending, result)
    return with_headers(refuse(request, page, form, error, challenge=pending, **shown), result)


#: who asks, by Cognito's name of the challenge
ASK: Mapping[str, Callable[[Request, Challenge], Response]] = {
    **dict.fromkeys(CODE_ANSWERS, _ask_for_code),
    **dict.fromkeys(PASSWORDS, _ask_for_password),
    "NEW_PASSWORD_REQUIRED": _ask_for_new_password,
    "SELECT_MFA_TYPE": _ask_for_choice,
    "SELECT_CHALLENGE": _ask_for_way,
    "MFA_SETUP": _ask_to_set_up,
    "WEB_AUTHN": _ask_for_passkey,
    "CUSTOM_CHALLENGE": _ask_what_the_pool_asks,
}
