"""Sign in, sign out."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.i18n import _
from pyramid_cognito.security import state_of
from pyramid_cognito.views.outcome import error_of, onward, with_headers
from pyramid_cognito.views.pages import FormPage, disguised, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_page, next_page

SIGN_IN = FormPage("sign_in", _("Sign in"))
SIGN_OUT = FormPage("sign_out", _("Sign out"))
SIGNED_OUT = FormPage("signed_out", _("You are signed out"))

#: why someone is sent to sign in, by ``reason`` in the address
NOTICES = {
    "step-up": _("That page asks for a recent sign-in. Sign in once more."),
    "expired": _("The sign-in took too long or was finished elsewhere. Start again."),
    "refused": _("That did not prove who you are. Start again."),
    "ended": _("Your session has ended. Sign in again to go on."),
    "confirmed": _("Your account is confirmed. You can sign in now."),
    "password-changed": _("Your password is changed. Sign in with the new one."),
}
#: why nobody is signed in any more, by ``reason`` in the address
FAREWELLS = {
    "deleted": _("Your account is deleted."),
    "everywhere": _(
        "You are signed out here and everywhere else. "
        "Some pages there may take up to an hour to notice."
    ),
}


def register(config: Configurator) -> None:
    """Add the pages."""
    add_page(config, "cognito.sign_in", sign_in)
    add_page(config, "cognito.sign_out", sign_out)


def sign_in(request: Request) -> Response:
    """Ask for name and password; someone signed in goes on, unless there is a reason to ask."""
    from pyramid_cognito.forms.sign_in import SignInForm

    reason, following = request.GET.get("reason"), next_page(request)
    if request.method != "POST" and state_of(request).identity and following and not reason:
        return HTTPSeeOther(following)
    present = signed_in_as(request)
    form = SignInForm(request, username=request.GET.get("username") or present)
    if request.method != "POST" or not form.validate():
        return show(request, SIGN_IN, form, signed_in_as=present, notice=NOTICES.get(reason))
    result = request.cognito.sign_in(
        form.username.data, form.password.data, remember=form.remember.data
    )
    response = onward(request, result, form.username.data)
    if response is not None:
        return response
    error = disguised(error_of(result), "NotAuthorizedException")
    return with_headers(refuse(request, SIGN_IN, form, error, signed_in_as=present), result)


def sign_out(request: Request) -> Response:
    """Sign out by POST; GET asks first, or says that it is done."""
    if request.method == "POST":
        following = next_page(request) or request.route_path("cognito.sign_out")
        return HTTPSeeOther(following, headers=request.cognito.sign_out())
    # while Cognito is away the session is still there, and comes back with it
    state = state_of(request)
    if state.identity or state.unavailable:
        return show(request, SIGN_OUT, None)
    return show(request, SIGNED_OUT, None, notice=FAREWELLS.get(request.GET.get("reason")))
