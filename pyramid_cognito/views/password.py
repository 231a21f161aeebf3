"""A forgotten password: ask for a code, choose a new password with it."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, Context
from pyramid_cognito.i18n import _
from pyramid_cognito.views.codes import ask_for_code, development_code
from pyramid_cognito.views.pages import FormPage, disguised, refuse, show
from pyramid_cognito.views.routes import add_page, see_other

FORGOT = FormPage("forgot_password", _("Forgot your password?"))
RESET = FormPage("reset_password", _("Set a new password"))

NOTICES = {
    "sent": _("If there is such an account, a code is on its way to its owner."),
    "required": _("Your password has to be changed before you can sign in."),
}

#: faults of the password itself, which Cognito tells of any account
_ABOUT_THE_PASSWORD = frozenset(
    {"InvalidPasswordException", "PasswordHistoryPolicyViolationException"}
)


def register(config: Configurator) -> None:
    """Add the pages."""
    add_page(config, "cognito.forgot_password", forgot_password)
    add_page(config, "cognito.reset_password", reset_password)


def forgot_password(request: Request) -> Response:
    """Send a code."""
    send = request.cognito.account.forgot_password
    return ask_for_code(request, FORGOT, send, "cognito.reset_password")


def reset_password(request: Request) -> Response:
    """Choose a new password with the code that was sent."""
    from pyramid_cognito.forms.password import ResetForm

    form = ResetForm(request, username=request.GET.get("username"))
    shown = {
        "development_code": development_code(request, "ForgotPassword"),
        "notice": NOTICES.get(request.GET.get("reason")),
    }
    if request.method != "POST" or not form.validate():
        return show(request, RESET, form, **shown)
    try:
        request.cognito.account.confirm_forgot_password(
            form.username.data, form.code.data, form.new_password.data
        )
    except CognitoError as error:
        if error.code not in _ABOUT_THE_PASSWORD:
            error = disguised(error, "CodeMismatchException", Context.CODE)
        return refuse(request, RESET, form, error, **shown)
    return see_other(request, "cognito.sign_in", reason="password-changed")
