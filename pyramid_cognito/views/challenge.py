"""What Cognito asks after the password: a code, a choice, a new password, a first factor set up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

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

CODE_ANSWERS = {
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "SMS_MFA": "SMS_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
}
#: what people choose from; Cognito's model has two names for e-mail
CHOICES = {
    "SOFTWARE_TOKEN_MFA": _("The code of an authenticator app"),
    "SMS_MFA": _("A code by text message"),
    "EMAIL_OTP": _("A code by e-mail"),
    "EMAIL_MFA": _("A code by e-mail"),
}


def register(config: Configurator) -> None:
    """Add the page."""
    add_page(config, "cognito.challenge", challenge)


def challenge(request: Request) -> Response:
    """Ask what Cognito wants to know after the password."""
    pending = request.cognito.challenge
    if pending is None:
        return start_again(request)
    if pending.name in CODE_ANSWERS:
        return _ask_for_code(request, pending)
    if pending.name == "NEW_PASSWORD_REQUIRED":
        return _ask_for_new_password(request, pending)
    if pending.name == "SELECT_MFA_TYPE":
        return _ask_for_choice(request, pending)
    if pending.name == "MFA_SETUP" and "SOFTWARE_TOKEN_MFA" in pending.choices:
        return _ask_to_set_up(request, pending)
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


def _ask_to_set_up(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms.two_factor import AuthenticatorForm

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
