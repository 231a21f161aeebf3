"""Make an account, confirm it, ask for another code."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError, Context
from pyramid_cognito.i18n import _
from pyramid_cognito.security import state_of
from pyramid_cognito.views.account import has_account_already
from pyramid_cognito.views.codes import ask_for_code, development_code
from pyramid_cognito.views.pages import FormPage, disguised, refuse, show
from pyramid_cognito.views.routes import add_page, see_other

log = logging.getLogger(__name__)

SIGN_UP = FormPage("sign_up", _("Create an account"))
CONFIRM = FormPage("confirm", _("Confirm your account"))
RESEND = FormPage("resend", _("Get a new code"))

NOTICES = {"sent": _("If that account waits to be confirmed, a new code is on its way.")}

#: what tells that a name is taken; the code that then never comes is the owner's to miss
_AS_IF_DONE = frozenset(
    {"AliasExistsException", "CodeDeliveryFailureException", "UsernameExistsException"}
)


def register(config: Configurator) -> None:
    """Add the pages."""
    add_page(config, "cognito.sign_up", sign_up)
    add_page(config, "cognito.confirm", confirm)
    add_page(config, "cognito.resend", resend)


def sign_up(request: Request) -> Response:
    """Make an account. A name that is taken answers like one that is free.

    So does an account that the pool confirms itself, unless the settings say to tell.
    """
    from pyramid_cognito.forms.sign_up import sign_up_form

    if state_of(request).signed_in is not None:
        return has_account_already(request)
    form = sign_up_form(request.cognito.settings)(request)
    if request.method != "POST" or not form.validate():
        return show(request, SIGN_UP, form)
    account, is_confirmed = request.cognito.account, False
    try:
        is_confirmed = account.sign_up(form.username.data, form.password.data, form.attributes())
    except CognitoError as error:
        if error.code not in _AS_IF_DONE:
            return refuse(request, SIGN_UP, form, error)
        log.info("Sign-up: %s is shown as success", error.code)
    if is_confirmed and request.cognito.settings.reveal_account_state:
        return see_other(request, "cognito.sign_in", reason="confirmed")
    return see_other(request, "cognito.confirm", username=form.username.data)


def confirm(request: Request) -> Response:
    """Confirm an account with the code that was sent."""
    from pyramid_cognito.forms.sign_up import ConfirmForm

    form = ConfirmForm(request, username=request.GET.get("username"))
    shown = {
        "development_code": development_code(request, "SignUp"),
        "notice": NOTICES.get(request.GET.get("reason")),
    }
    if request.method != "POST" or not form.validate():
        return show(request, CONFIRM, form, **shown)
    try:
        request.cognito.account.confirm_sign_up(form.username.data, form.code.data)
    except CognitoError as error:
        # Cognito speaks of an alias only to who has the code
        if error.code != "AliasExistsException":
            error = disguised(error, "CodeMismatchException", Context.CODE)
        return refuse(request, CONFIRM, form, error, **shown)
    return see_other(request, "cognito.sign_in", reason="confirmed")


def resend(request: Request) -> Response:
    """Send another code."""
    send = request.cognito.account.resend_confirmation_code
    return ask_for_code(request, RESEND, send, "cognito.confirm")
