"""Set up an authenticator app: a secret to scan or to type, proved by the app's first code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito import qr
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.security import state_of
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.ticket import Sealer
from pyramid_cognito.views.pages import FormPage, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_own_page, see_other
from pyramid_cognito.views.two_factor import choose

if TYPE_CHECKING:
    from pyramid_cognito.services import Services

AUTHENTICATOR = FormPage("authenticator", _("Set up an authenticator app"))

#: seconds for which a page with a secret can be answered
LIFETIME = 900


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.authenticator", authenticator, fresh=True)


def authenticator(request: Request) -> Response:
    """Show a new secret; with a code of it, the app becomes a second factor."""
    from pyramid_cognito.forms.two_factor import AuthenticatorForm

    account = request.cognito.account
    form = AuthenticatorForm(request)
    shown_before = _open(request, request.POST.get("setup", ""))
    secret = shown_before or account.associate_software_token()
    shown = authenticator_setup(request, secret, signed_in_as(request))
    shown["setup"] = _seal(request, secret)
    if request.method == "POST" and shown_before is None:
        form.refuse(_("This page was open for too long. Scan the new code to go on."))
        return show(request, AUTHENTICATOR, form, **shown)
    if request.method != "POST" or not form.validate():
        return show(request, AUTHENTICATOR, form, **shown)
    try:
        account.verify_software_token(form.code.data, form.device_name.data)
        choose(account, account.get_user(), "turn_on", "SOFTWARE_TOKEN_MFA")
    except CognitoError as error:
        return refuse(request, AUTHENTICATOR, form, error, **shown)
    return see_other(request, "cognito.two_factor", reason="set-up")


def authenticator_setup(request: Request, secret: str, account: str) -> dict[str, Any]:
    """What a template shows of a *secret*: the QR code, and the secret to type.

    :param account: the name that the app shows beside the site's.
    """
    issuer = request.cognito.settings.site_name or request.domain
    uri = qr.provisioning_uri(secret, account=account, issuer=issuer)
    return {"qr_code": qr.qr_code(uri), "secret": qr.in_groups(secret)}


# Cognito tells a secret once, and makes another when asked again. So that a wrong code leads back
# to the same one, the page brings it along: sealed, for a while, and for one person.


def _seal(request: Request, secret: str) -> str:
    content = f"{_sub(request)} {secret}".encode()
    return _sealer(request).seal(content, lifetime=LIFETIME)


def _open(request: Request, sealed: str) -> str | None:
    opened = _sealer(request).open(sealed)
    sub, _, secret = opened.content.decode().partition(" ") if opened else ("", "", "")
    return secret if sub and sub == _sub(request) else None


def _sub(request: Request) -> str:
    identity = state_of(request).identity
    return identity.sub if identity else ""


def _sealer(request: Request) -> Sealer:
    services: Services = request.registry[REGISTRY_KEY]
    settings = services.settings
    return Sealer(
        settings.secret,
        "authenticator",
        settings.user_pool_id,
        settings.client_id,
        clock=services.clock,
    )
