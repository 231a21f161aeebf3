"""A new password for who knows the present one."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.sign_in import SignInStatus
from pyramid_cognito.views.pages import FormPage, message_page, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_own_page, see_other

log = logging.getLogger(__name__)

CHANGE = FormPage("change_password", _("Change your password"))


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.change_password", change_password, fresh=True)


def change_password(request: Request) -> Response:
    """Change it and, if asked to, sign out everywhere else."""
    from pyramid_cognito.forms.password import ChangePasswordForm

    if not request.cognito.has_password:
        return _has_none(request)
    form = ChangePasswordForm(request)
    shown = {"signed_in_as": signed_in_as(request)}
    if request.method != "POST" or not form.validate():
        return show(request, CHANGE, form, **shown)
    try:
        request.cognito.account.change_password(form.password.data, form.new_password.data)
    except CognitoError as error:
        return refuse(request, CHANGE, form, error, **shown)
    if form.sign_out_others.data:
        return _sign_out_elsewhere(request, form.new_password.data)
    return see_other(request, "cognito.account", reason="password-changed")


def _sign_out_elsewhere(request: Request, password: str) -> Response:
    """End every session, this one too, and begin a new one here."""
    try:
        request.cognito.account.global_sign_out()
    except CognitoError as error:
        log.warning("A password is changed, but sessions are not ended: %s", error.code)
        return see_other(request, "cognito.account", reason="still-signed-in-elsewhere")
    result = request.cognito.reauthenticate(password)
    if result.succeeded:
        return see_other(request, "cognito.account", result.headers, reason="signed-out-elsewhere")
    if result.status is SignInStatus.CHALLENGED:
        onward = request.route_path("cognito.account", _query={"reason": "signed-out-elsewhere"})
        return see_other(request, "cognito.challenge", result.headers, next=onward)
    headers = request.cognito.sign_out()
    return see_other(request, "cognito.sign_in", headers, reason="password-changed")


def _has_none(request: Request) -> Response:
    return message_page(
        request,
        status=404,
        heading=_("There is no password to change"),
        text=_("You sign in with an account that you have elsewhere. Change its password there."),
        link=(request.route_path("cognito.account"), _("Your account")),
    )
