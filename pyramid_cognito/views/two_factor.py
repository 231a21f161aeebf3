"""The second factors of who is signed in: which are on, and which is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.i18n import _
from pyramid_cognito.views.pages import FormPage, refuse, show
from pyramid_cognito.views.routes import add_own_page, see_other

if TYPE_CHECKING:
    from pyramid_cognito.account import Account
    from pyramid_cognito.account_types import User

TWO_FACTOR = FormPage("two_factor", _("Two-factor sign-in"))

#: what has just been done, by ``reason`` in the address
NOTICES = {
    "changed": _("Your second factors are as you chose."),
    "set-up": _("Your authenticator app is set up. From now on you sign in with its code."),
}


class Factor(NamedTuple):
    """A kind of second factor.

    :ivar name: Cognito's.
    :ivar attribute: where its codes go, which must be verified; None for an app's own codes.
    :ivar page: where people set up what it needs.
    """

    name: str
    feature: str
    title: str
    attribute: str | None
    page: str


#: in the order in which one takes the place of a preferred one that is turned off
FACTORS = (
    Factor(
        "SOFTWARE_TOKEN_MFA",
        "authenticator_app",
        _("Authenticator app"),
        None,
        "cognito.authenticator",
    ),
    Factor("EMAIL_OTP", "email_code", _("Code by e-mail"), "email", "cognito.email"),
    Factor("SMS_MFA", "sms_code", _("Code by text message"), "phone_number", "cognito.phone"),
)


class FactorState(NamedTuple):
    """A factor as it stands with someone, and what they may do about it.

    :ivar offered: whether it may be turned on here.
    :ivar address: the verified address or number that its codes go to.
    :ivar actions: of "turn_on", "turn_off" and "prefer".
    """

    factor: Factor
    offered: bool
    is_on: bool
    is_preferred: bool
    address: str | None
    actions: Sequence[str]


def register(config: Configurator) -> None:
    """Add the page."""
    add_own_page(config, "cognito.two_factor", two_factor, fresh=True)


def two_factor(request: Request) -> Response:
    """Show the factors; turn one on or off, or have it asked for first."""
    from pyramid_cognito.forms.two_factor import FactorsForm

    account = request.cognito.account
    user = account.get_user()
    states = [*_states(request, user)]
    form = FactorsForm(request)
    form.choice.choices = [
        (f"{action} {state.factor.name}", action) for state in states for action in state.actions
    ]
    if request.method != "POST" or not form.validate():
        notice = NOTICES.get(request.GET.get("reason"))
        return show(request, TWO_FACTOR, form, states=states, notice=notice)
    action, name = form.choice.data.split()
    try:
        choose(account, user, action, name)
    except CognitoError as error:
        return refuse(request, TWO_FACTOR, form, error, states=states)
    return see_other(request, "cognito.two_factor", reason="changed")


def choose(account: Account, user: User, action: str, name: str) -> None:
    """Do *action* with the factor *name* (SetUserMFAPreference), and leave the others as they are.

    Where a factor is on, one is preferred: Cognito would ask at each sign-in which one to use.
    """
    on, preferred = set(user.second_factors), user.preferred_second_factor
    if action == "turn_on":
        on.add(name)
    elif action == "turn_off":
        on.discard(name)
    else:
        preferred = name
    known = [factor.name for factor in FACTORS]
    if preferred not in on:
        preferred = next((factor for factor in known if factor in on), None)
    # one that is off and stays so may be one that the pool does not know
    told = {factor: factor in on for factor in known if factor in {*user.second_factors, name}}
    account.set_user_mfa_preference(told, preferred)


def _states(request: Request, user: User) -> Iterable[FactorState]:
    for factor in FACTORS:
        offered = request.cognito.offers(factor.feature)
        is_on = factor.name in user.second_factors
        if offered or is_on:
            is_preferred = factor.name == user.preferred_second_factor
            address = _verified(user, factor.attribute)
            if is_on:
                has_choice = len(user.second_factors) > 1 and not is_preferred
                actions = ["prefer", "turn_off"] if has_choice else ["turn_off"]
            else:
                actions = ["turn_on"] if address else []
            yield FactorState(factor, offered, is_on, is_preferred, address, actions)


def _verified(user: User, attribute: str | None) -> str | None:
    """The value of an attribute that codes can be sent to."""
    if attribute and user.attributes.get(f"{attribute}_verified") == "true":
        return user.attributes.get(attribute)
    return None
