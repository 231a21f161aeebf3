"""Set up an authenticator app: a secret to scan or to type, proved by the app's first code."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito import qr
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.sealed_notes import seal, unseal
from pyramid_cognito.views.counting import count
from pyramid_cognito.views.pages import FormPage, refuse, show, signed_in_as
from pyramid_cognito.views.routes import add_own_page, see_other
from pyramid_cognito.views.two_factor import choose

AUTHENTICATOR = FormPage("authenticator", _("Set up an authenticator app"))

# Cognito tells a secret once, and makes another when asked again. So that a wrong code leads back
# to the same one, the page brings it along, sealed for this.
_PURPOSE = "authenticator"


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.authenticator", authenticator, fresh=True)


def authenticator(request: Request) -> Response:
    """Show a new secret when asked to; with a code of it, the app becomes a second factor."""
    from pyramid_cognito.forms.two_factor import AuthenticatorForm

    form = AuthenticatorForm(request)
    if request.method != "POST":
        return show(request, AUTHENTICATOR, form)
    account = request.cognito.account
    if "new" in request.POST:
        # never on GET: Cognito forgets the secret before, which another window may show
        count(request, "authenticator")
        secret = account.associate_software_token()
        return show(request, AUTHENTICATOR, form, **_shown(request, secret))
    shown_before = unseal(request, _PURPOSE, request.POST.get("setup", ""))
    if shown_before is None:
        form.refuse(_("This page was open for too long. Have a new key shown to go on."))
        return show(request, AUTHENTICATOR, form)
    shown = _shown(request, shown_before)
    if not form.validate():
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


def _shown(request: Request, secret: str) -> dict[str, Any]:
    setup = authenticator_setup(request, secret, signed_in_as(request))
    return {**setup, "setup": seal(request, _PURPOSE, secret)}
