"""The overview: who is signed in, and what they can do with their account."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, message_page, show, signed_in_as
from pyramid_cognito.views.routes import add_own_page

OVERVIEW = FormPage("account", _("Your account"))

#: what has just been done, by ``reason`` in the address
NOTICES = {
    "password-changed": _("Your password is changed."),
    "signed-out-elsewhere": _(
        "Your password is changed, and you are signed out everywhere else. "
        "Some pages there may take up to an hour to notice."
    ),
    "still-signed-in-elsewhere": _(
        "Your password is changed, but you could not be signed out elsewhere. "
        "To do that, change it once more in a while."
    ),
}


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.account", overview)


def overview(request: Request) -> Response:
    """A list of what there is, each with its present state."""
    return show(
        request,
        OVERVIEW,
        None,
        user=request.cognito.account.get_user(),
        signed_in_as=signed_in_as(request),
        has_password=request.cognito.has_password,
        notice=NOTICES.get(request.GET.get("reason")),
    )


def has_account_already(request: Request) -> Response:
    """What a page for people without an account says to who is signed in."""
    return message_page(
        request,
        status=200,
        heading=_("You have an account"),
        text=_(
            "You are signed in as ${name}. To make another account, sign out first.",
            {"name": signed_in_as(request)},
        ),
        link=(request.route_path("cognito.account"), _("Your account")),
    )
