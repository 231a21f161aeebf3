"""The password again, before what only the person themselves may do."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.i18n import _
from pyramid_cognito.security import state_of
from pyramid_cognito.views.outcome import error_of, onward, with_headers
from pyramid_cognito.views.pages import FormPage, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_page, next_page, see_other

REAUTHENTICATE = FormPage("reauthenticate", _("Enter your password again"))

#: why it is asked for, by ``reason`` in the address
NOTICES = {
    None: _("What comes next asks for a recent sign-in."),
    "expired": _("That took too long or was finished elsewhere. Start again."),
    "refused": _("That did not prove who you are. Start again."),
}


def register(config: Configurator) -> None:
    """Add the page."""
    add_page(config, "cognito.reauthenticate", reauthenticate)


def reauthenticate(request: Request) -> Response:
    """Ask the person who is signed in for the password; others sign in in their own way."""
    from pyramid_cognito.forms.password import ReauthenticateForm

    cognito = request.cognito
    if state_of(request).signed_in is None or not cognito.has_password:
        return see_other(request, "cognito.sign_in", reason="step-up", next=next_page(request))
    form, person = ReauthenticateForm(request), signed_in_as(request)
    notice = NOTICES.get(request.GET.get("reason"))
    if request.method != "POST" or not form.validate():
        return show(request, REAUTHENTICATE, form, signed_in_as=person, notice=notice)
    result = cognito.reauthenticate(form.password.data)
    following = onward(request, result, person)
    if following is not None:
        return following
    error = error_of(result)
    return with_headers(refuse(request, REAUTHENTICATE, form, error, signed_in_as=person), result)
