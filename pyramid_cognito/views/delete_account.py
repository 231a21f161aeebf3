"""The end of an account, which only its owner brings about."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_own_page, see_other

DELETE = FormPage("delete_account", _("Delete your account"))


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.delete_account", delete_account, fresh=True)


def delete_account(request: Request) -> Response:
    """Delete the account of who knows its password, or has just signed in without one."""
    from pyramid_cognito.forms.password import PasswordForm

    cognito, form = request.cognito, PasswordForm(request)
    if not cognito.has_password:
        # it is they who signed in a moment ago, in their own way
        del form.password
    shown = {"signed_in_as": signed_in_as(request)}
    if request.method != "POST" or not form.validate():
        return show(request, DELETE, form, **shown)
    try:
        if cognito.has_password:
            cognito.check_password(form.password.data)
        cognito.account.delete_user()
    except CognitoError as error:
        return refuse(request, DELETE, form, error, **shown)
    return see_other(request, "cognito.sign_out", cognito.sign_out(), reason="deleted")
