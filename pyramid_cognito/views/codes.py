"""Codes that are sent to an account: asked for by its name, and answered alike for every name."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.views.pages import FormPage, is_of_the_service, refuse, show
from pyramid_cognito.views.routes import see_other

log = logging.getLogger(__name__)


def ask_for_code(
    request: Request, page: FormPage, send: Callable[[str], object], entered_at: str
) -> Response:
    """Send a code, and say the same whether or not there is such an account.

    :param send: sends it to the account of that name.
    :param entered_at: the route of the page where the code is entered.
    """
    from pyramid_cognito.forms.sign_up import NameForm

    form = NameForm(request, username=request.GET.get("username"))
    shown = {"limit": message_limit(request)}
    if request.method != "POST" or not form.validate():
        return show(request, page, form, **shown)
    try:
        send(form.username.data)
    except CognitoError as error:
        if is_of_the_service(error):
            return refuse(request, page, form, error, **shown)
        log.info("%s: %s is shown as success", page.template, error.code)
    return see_other(request, entered_at, username=form.username.data, reason="sent")


def message_limit(request: Request) -> tuple[int, int, str]:
    """How many codes one account may be sent, in how many of which unit of time."""
    most, _per, every, unit = request.cognito.settings.throttle_messages.split()
    return int(most), int(every), unit


def development_code(request: Request, operation: str) -> str | None:
    """The code that *operation* sends in the embedded pool, which sends no mail; else None."""
    if not request.cognito.settings.is_local:
        return None
    from pyramid_cognito.local.pool import code_for

    code = code_for(operation)
    log.info("Development pool: the code that %s sends is %s", operation, code)
    return code
