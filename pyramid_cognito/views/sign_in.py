"""Sign in, answer what Cognito asks after the password, sign out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, NextStep, cognito_error
from pyramid_cognito.i18n import _
from pyramid_cognito.security import state_of
from pyramid_cognito.sign_in import SignInStatus
from pyramid_cognito.views.pages import FormPage, disguised, refuse, show
from pyramid_cognito.views.routes import add_page, home, next_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.forms import AccountForm
    from pyramid_cognito.identity import CognitoIdentity
    from pyramid_cognito.sign_in import Challenge, SignInResult

SIGN_IN = FormPage("sign_in", _("Sign in"))
CODE = FormPage("challenge_code", _("Enter your code"))
NEW_PASSWORD = FormPage("challenge_new_password", _("Choose a new password"))
NOT_OFFERED = FormPage("challenge_not_offered", _("This step is not offered here"))
SIGN_OUT = FormPage("sign_out", _("Sign out"))
SIGNED_OUT = FormPage("signed_out", _("You are signed out"))

#: why someone is sent to sign in, by ``reason`` in the address
NOTICES = {
    "step-up": _("That page asks for a recent sign-in. Enter your password again."),
    "expired": _("The sign-in took too long or was finished elsewhere. Start again."),
    "confirmed": _("Your account is confirmed. You can sign in now."),
    "password-changed": _("Your password is changed. Sign in with the new one."),
}


def register(config: Configurator) -> None:
    """Add the pages."""
    add_page(config, "cognito.sign_in", sign_in)
    add_page(config, "cognito.challenge", challenge)
    add_page(config, "cognito.sign_out", sign_out)


def sign_in(request: Request) -> Response:
    """Ask for name and password; someone signed in goes on, unless there is a reason to ask."""
    from pyramid_cognito.forms import SignInForm

    reason, onward = request.GET.get("reason"), next_page(request)
    identity = state_of(request).identity
    if request.method != "POST" and identity and onward and not reason:
        return HTTPSeeOther(onward)
    present = _name_of(identity)
    form = SignInForm(request, username=present)
    if request.method != "POST" or not form.validate():
        return show(request, SIGN_IN, form, signed_in_as=present, notice=NOTICES.get(reason))
    result = request.cognito.sign_in(
        form.username.data, form.password.data, remember=form.remember.data
    )
    if result.status is not SignInStatus.FAILED:
        return _onward(request, result, form.username.data)
    error = disguised(_error_of(result), "NotAuthorizedException")
    return _with_headers(refuse(request, SIGN_IN, form, error, signed_in_as=present), result)


def challenge(request: Request) -> Response:
    """Ask what Cognito wants to know after the password."""
    pending = request.cognito.challenge
    if pending is None:
        return _start_again(request)
    if pending.name in CODE_ANSWERS:
        return _ask_for_code(request, pending)
    if pending.name == "NEW_PASSWORD_REQUIRED":
        return _ask_for_new_password(request, pending)
    return show(request, NOT_OFFERED, None)


def sign_out(request: Request) -> Response:
    """Sign out by POST; GET asks first, or says that it is done."""
    if request.method == "POST":
        onward = next_page(request) or request.route_path("cognito.sign_out")
        return HTTPSeeOther(onward, headers=request.cognito.sign_out())
    # while Cognito is away the session is still there, and comes back with it
    state = state_of(request)
    is_over = state.identity is None and state.unavailable is None
    return show(request, SIGNED_OUT if is_over else SIGN_OUT, None)


CODE_ANSWERS = {
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "SMS_MFA": "SMS_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
}


def _ask_for_code(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms import CodeForm

    form = CodeForm(request)
    answer = {CODE_ANSWERS[pending.name]: form.code.data}
    return _ask(request, CODE, form, pending, answer)


def _ask_for_new_password(request: Request, pending: Challenge) -> Response:
    from pyramid_cognito.forms import new_password_form

    form = new_password_form(_missing_attributes(request, pending))(request)
    answer = {"NEW_PASSWORD": form.new_password.data}
    answer |= {f"userAttributes.{name}": value for name, value in form.attributes().items()}
    return _ask(request, NEW_PASSWORD, form, pending, answer)


def _missing_attributes(request: Request, pending: Challenge) -> tuple[str, ...]:
    """What the pool requires of the account and people may write themselves."""
    names = json.loads(pending.parameters.get("requiredAttributes") or "[]")
    required = {name.removeprefix("userAttributes.") for name in names}
    return tuple(sorted(required & request.cognito.settings.editable_attributes))


def _ask(
    request: Request, page: FormPage, form: AccountForm, pending: Challenge, answer: dict[str, str]
) -> Response:
    if request.method != "POST" or not form.validate():
        return show(request, page, form, challenge=pending)
    result = request.cognito.answer(**answer)
    if result.status is not SignInStatus.FAILED:
        return _onward(request, result, pending.username)
    error = _error_of(result)
    if error.next_step is NextStep.SIGN_IN or error.code == "NotAuthorizedException":
        return _start_again(request, result)
    return _with_headers(refuse(request, page, form, error, challenge=pending), result)


def _onward(request: Request, result: SignInResult, username: str) -> Response:
    """To the page that the outcome leads to."""
    onward = next_page(request)
    if result.succeeded:
        return HTTPSeeOther(onward or home(request), headers=result.headers)
    if result.status is SignInStatus.NOT_CONFIRMED:
        return see_other(request, "cognito.confirm", result.headers, username=username)
    if result.status is SignInStatus.PASSWORD_RESET_REQUIRED:
        return see_other(
            request, "cognito.reset_password", result.headers, username=username, reason="required"
        )
    return see_other(request, "cognito.challenge", result.headers, next=onward)


def _start_again(request: Request, result: SignInResult | None = None) -> Response:
    headers = result.headers if result else ()
    return see_other(request, "cognito.sign_in", headers, reason="expired", next=next_page(request))


def _error_of(result: SignInResult) -> CognitoError:
    return result.error or cognito_error("UnknownError")


def _with_headers(response: Response, result: SignInResult) -> Response:
    response.headerlist.extend(result.headers)
    return response


def _name_of(identity: CognitoIdentity | None) -> str:
    """What someone would type to sign in; a pool of e-mail addresses has ids for user names."""
    if identity is None:
        return ""
    is_id = identity.username == identity.sub
    return (identity.email if is_id else None) or identity.username
