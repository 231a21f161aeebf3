from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory
from pyramid.testing import DummyRequest
from pyramid.tweens import INGRESS
from webtest import TestApp

from pyramid_cognito.claim_policy import CannotDecide
from pyramid_cognito.cookies import Headers
from pyramid_cognito.errors import cognito_error
from pyramid_cognito.policy_view import IPolicyDecider
from pyramid_cognito.request import Cognito, CognitoOfRequest
from pyramid_cognito.security import CognitoSecurityPolicy
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.sign_in import Challenge, SignInStatus
from pyramid_cognito.ticket import Tokens
from tests.application import cookie_header, make_config, make_request, make_tokens, receive
from tests.clock import Clock
from tests.jwt_factory import NOW, SUB

GRACE = "grace-sub"
CHALLENGE = Challenge(
    "SOFTWARE_TOKEN_MFA",
    {"FRIENDLY_DEVICE_NAME": "phone"},
    username="ada",
    user_id="internal",
    remember=True,
    session="cognito-session",
)


class Dialogue:
    """A Cognito that says what a test tells it to, in place of the conversation over the wire."""

    def __init__(self) -> None:
        self.outcome: Challenge | Tokens | str = make_tokens()
        self.said: list[tuple[Any, ...]] = []

    def _say(self, *said: Any) -> Challenge | Tokens:
        self.said.append(said)
        if isinstance(self.outcome, str):
            raise cognito_error(self.outcome)
        return self.outcome

    def begin(self, username: str, password: str, *, remember: bool) -> Challenge | Tokens:
        return self._say("begin", username, remember)

    def answer(self, challenge: Challenge, responses: Mapping[str, str]) -> Challenge | Tokens:
        return self._say("answer", challenge, dict(responses))

    def revoke(self, tokens: Tokens) -> None:
        self._say("revoke", tokens.refresh_token)

    def sign_out_everywhere(self, tokens: Tokens) -> None:
        self._say("sign out everywhere", tokens.access_token)


class Site:
    def __init__(self, settings: dict[str, str] | None = None, **options: Any) -> None:
        self.cognito = Dialogue()
        # request.cognito does not keep its request alive, a server does
        self.requests: list[Request] = []
        self.clock = Clock()
        self.config: Configurator = make_config(settings, self.clock, **options)
        services = self.config.registry[REGISTRY_KEY]
        self.config.registry[REGISTRY_KEY] = replace(
            services,
            conversation=self.cognito,  # type: ignore[arg-type]
        )

    def request(self, headers: Headers = ()) -> Request:
        cookie = cookie_header(list(headers))
        request = make_request(self.config, **({"HTTP_COOKIE": cookie} if cookie else {}))
        self.requests.append(request)
        return request

    def signed_in(self, **changes: Any) -> Headers:
        self.cognito.outcome = make_tokens(**changes)
        headers: Headers = self.request().cognito.sign_in("ada", "pa55").headers
        self.cognito.said.clear()
        return headers

    def challenged(self) -> Headers:
        self.cognito.outcome = CHALLENGE
        headers: Headers = self.request().cognito.sign_in("ada", "pa55", remember=True).headers
        return headers


@pytest.fixture
def site() -> Site:
    return Site()


def deleted(headers: Headers) -> set[str]:
    cookies = [value for name, value in headers if name == "Set-Cookie"]
    return {value.partition("=")[0] for value in cookies if "Max-Age=0" in value}


def test_signing_in_makes_the_request_that_persons(site: Site) -> None:
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert result.succeeded
    assert (result.status, result.error) == (SignInStatus.SUCCEEDED, None)
    assert request.authenticated_userid == SUB
    assert site.request(result.headers).authenticated_userid == SUB


def test_remember_reaches_the_cookie(site: Site) -> None:
    assert "Max-Age" not in site.request().cognito.sign_in("ada", "pa55").headers[0][1]
    remembered = site.request().cognito.sign_in("ada", "pa55", remember=True)
    assert "Max-Age" in remembered.headers[0][1]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("NotAuthorizedException", SignInStatus.FAILED),
        ("UserNotConfirmedException", SignInStatus.NOT_CONFIRMED),
        ("PasswordResetRequiredException", SignInStatus.PASSWORD_RESET_REQUIRED),
        ("ServiceUnavailable", SignInStatus.FAILED),
    ],
)
def test_a_refusal_is_a_status_and_an_error(site: Site, code: str, status: SignInStatus) -> None:
    site.cognito.outcome = code
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert (result.status, result.error.code, result.headers) == (status, code, [])
    assert request.identity is None


def test_tokens_that_are_not_good_sign_nobody_in(site: Site) -> None:
    site.cognito.outcome = make_tokens(aud="another-client")
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert result.error.code == "InvalidTokenFromCognito"
    assert request.identity is None


def test_a_failed_sign_in_leaves_the_session_before(site: Site) -> None:
    headers = site.signed_in()
    site.cognito.outcome = "NotAuthorizedException"
    request = site.request(headers)
    request.cognito.sign_in("grace", "pa55")
    assert request.authenticated_userid == SUB
    assert site.request(headers).authenticated_userid == SUB


def test_a_new_sign_in_revokes_the_session_before(site: Site) -> None:
    headers = site.signed_in(refresh_token="old refresh token")
    request = site.request(headers)
    other = {"sub": GRACE, "origin_jti": "another"}
    site.cognito.outcome = make_tokens(**other, access=other)
    request.cognito.sign_in("grace", "pa55")
    assert ("revoke", "old refresh token") in site.cognito.said
    assert request.authenticated_userid == GRACE
    assert site.request(headers).identity is None


# guessing


def test_attempts_are_counted_and_forgiven_by_a_right_one() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    statuses = []
    for outcome in ("no", "yes", "no", "no", "yes"):
        site.cognito.outcome = make_tokens() if outcome == "yes" else "NotAuthorizedException"
        result = site.request().cognito.sign_in("ada", "pa55")
        statuses.append(result.error.code if result.error else "in")
    assert statuses == [
        "NotAuthorizedException",
        "in",
        *["NotAuthorizedException"] * 2,
        "TooManyAttempts",
    ]


def test_codes_are_counted_by_account_whatever_name_was_typed() -> None:
    site = Site({"cognito.throttle.account": "1 per 1 hour"})
    codes = []
    for name in ("ada", "ada@example.com"):
        site.cognito.outcome = replace(CHALLENGE, username=name)
        headers = site.request().cognito.sign_in(name, "pa55").headers
        site.cognito.outcome = "CodeMismatchException"
        result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
        codes.append(result.error.code)
    assert codes == ["CodeMismatchException", "TooManyAttempts"]


def test_codes_are_counted_too() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    headers = site.challenged()
    site.cognito.outcome = "CodeMismatchException"
    codes = [
        site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000").error.code
        for _ in range(3)
    ]
    assert codes == ["CodeMismatchException", "CodeMismatchException", "TooManyAttempts"]


# challenges


def test_a_challenge_waits_in_a_sealed_cookie(site: Site) -> None:
    headers = site.challenged()
    assert site.request().cognito.challenge is None
    request = site.request(headers)
    assert request.cognito.challenge == CHALLENGE
    assert request.identity is None
    text = headers[0][1]
    assert text.startswith("__Host-cognito-challenge=")
    assert "Max-Age=180" in text
    assert "cognito-session" not in text


def test_an_answer_goes_to_the_challenge_of_the_cookie_and_deletes_it(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = make_tokens()
    request = site.request(headers)
    result = request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.succeeded
    assert site.cognito.said[-1] == ("answer", CHALLENGE, {"SOFTWARE_TOKEN_MFA_CODE": "123456"})
    assert deleted(result.headers) == {"__Host-cognito-challenge"}
    assert "Max-Age" in result.headers[0][1]
    assert request.authenticated_userid == SUB


def test_a_wrong_code_may_be_followed_by_a_right_one(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = "CodeMismatchException"
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
    assert (result.status, result.headers) == (SignInStatus.FAILED, [])


@pytest.mark.parametrize("code", ["NotAuthorizedException", "SessionExpired"])
def test_a_challenge_that_is_over_is_deleted(site: Site, code: str) -> None:
    headers = site.challenged()
    site.cognito.outcome = code
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert deleted(result.headers) == {"__Host-cognito-challenge"}


def test_a_further_challenge_takes_the_place_of_the_first(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = replace(CHALLENGE, name="SMS_MFA")
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.status is SignInStatus.CHALLENGED
    assert result.challenge.name == "SMS_MFA"
    assert site.request(result.headers).cognito.challenge.name == "SMS_MFA"


def test_without_a_challenge_there_is_nothing_to_answer(site: Site) -> None:
    result = site.request().cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.error.code == "SessionExpired"
    assert site.cognito.said == []


def test_a_challenge_is_too_late_after_its_time(site: Site) -> None:
    headers = site.challenged()
    site.clock.advance(180)
    assert site.request(headers).cognito.challenge is None


# signing out


def test_signing_out_deletes_the_cookies_and_tells_cognito(site: Site) -> None:
    headers = site.signed_in(refresh_token="the refresh token")
    request = site.request([*headers, *site.challenged()])
    site.cognito.outcome = make_tokens()
    cleared = request.cognito.sign_out()
    assert deleted(cleared) == {"__Host-cognito", "__Host-cognito-challenge"}
    assert site.cognito.said[-1] == ("revoke", "the refresh token")
    assert request.identity is None
    assert site.request(headers).identity is None


def test_signing_out_everywhere_tells_cognito_so(site: Site) -> None:
    request = site.request(site.signed_in())
    tokens = request.cognito.tokens
    request.cognito.sign_out(everywhere=True)
    assert site.cognito.said == [("sign out everywhere", tokens.access_token)]


def test_nobody_stays_signed_in_because_cognito_is_away(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    headers = site.signed_in()
    site.cognito.outcome = "ServiceUnavailable"
    request = site.request(headers)
    assert deleted(request.cognito.sign_out()) == {"__Host-cognito"}
    assert request.identity is None
    assert site.request(headers).identity is None
    assert "Cognito could not be told: ServiceUnavailable" in caplog.text


def test_there_is_nothing_to_revoke_without_a_refresh_token(site: Site) -> None:
    site.request(site.signed_in(refresh_token=None)).cognito.sign_out()
    assert site.cognito.said == []


def test_an_anonymous_sign_out_does_no_harm(site: Site) -> None:
    assert deleted(site.request().cognito.sign_out()) == {"__Host-cognito"}
    assert site.cognito.said == []


# the application's own session


def app_with_session() -> Site:
    return Site(session_factory=SignedCookieSessionFactory("secret"))


def test_the_next_persons_session_holds_nothing_of_the_one_before() -> None:
    site = app_with_session()
    request = site.request()
    request.cognito.sign_in("ada", "pa55")
    request.session["basket"] = "ada's"
    site.clock.advance(100_000)  # her ticket has run out, the application's session has not
    other = {"sub": GRACE, "now": NOW + 100_000}
    site.cognito.outcome = make_tokens(**other, access={"sub": GRACE})
    request.cognito.sign_in("grace", "pa55")
    assert "basket" not in request.session


def test_signing_in_again_or_for_the_first_time_keeps_the_session() -> None:
    site = app_with_session()
    request = site.request()
    request.session["basket"] = "ada's"
    for _ in range(2):
        request.cognito.sign_in("ada", "pa55")
        assert request.session["basket"] == "ada's"


def test_a_session_that_was_planted_before_is_not_the_one_after() -> None:
    invalidated = []

    class Session(dict):  # type: ignore[type-arg]
        def invalidate(self) -> None:
            invalidated.append(dict(self))
            self.clear()

        def new_csrf_token(self) -> str:
            return "new"

    session = Session(basket="hers")
    site = Site(session_factory=lambda request: session)
    site.request().cognito.sign_in("ada", "pa55")
    assert invalidated == [{"basket": "hers"}]
    assert session["basket"] == "hers"


def test_signing_out_empties_the_session() -> None:
    site = app_with_session()
    request = site.request()
    request.session["basket"] = "ada's"
    request.cognito.sign_out()
    assert "basket" not in request.session


@pytest.mark.parametrize("make_site", [Site, app_with_session])
def test_signing_in_changes_the_csrf_token(make_site: Any) -> None:
    request = make_site().request()
    before = get_csrf_token(request)
    request.cognito.sign_in("ada", "pa55")
    assert get_csrf_token(request) != before


# the rest of the façade


def test_policies_and_tokens_are_at_hand(site: Site) -> None:
    site.config.add_cognito_policy("Admins", groups="Admin")
    request = site.request(site.signed_in())
    assert request.cognito.satisfies("Admins")
    assert "policy:Admins" in request.cognito.principals
    assert request.cognito.tokens == site.cognito.outcome
    assert request.cognito.settings.user_pool_id == "eu-west-1_AbCdEf123"
    with pytest.raises(CannotDecide, match="did you mean 'Admins'"):
        request.cognito.satisfies("Admin")


def test_an_account_is_throttled_by_the_requests_address(site: Site) -> None:
    request = site.request()
    request.environ["REMOTE_ADDR"] = "192.0.2.7"
    assert request.cognito.account._address == "192.0.2.7"


def test_it_is_one_object_a_request_and_pyramid_makes_no_class_for_it(site: Site) -> None:
    request = site.request()
    assert request.cognito is request.cognito
    assert type(request) is Request
    assert isinstance(CognitoOfRequest()(request), Cognito)


def test_a_facade_whose_request_is_gone_says_so(site: Site) -> None:
    cognito = site.request().cognito
    site.requests.clear()
    with pytest.raises(ReferenceError, match="is gone"):
        cognito.sign_in("ada", "pa55")


def test_a_dummy_request_has_it_too(site: Site) -> None:
    from pyramid.request import apply_request_extensions

    site.config.commit()
    request = DummyRequest(environ={})
    request.registry = site.config.registry
    apply_request_extensions(request)
    assert request.cognito.challenge is None


# what includeme sets up


def test_the_policy_is_set_unless_the_settings_say_not_to(site: Site) -> None:
    site.config.commit()
    assert isinstance(site.config.registry.getUtility(ISecurityPolicy), CognitoSecurityPolicy)
    other = Site({"cognito.security_policy": "false"})
    other.config.commit()
    assert other.config.registry.queryUtility(ISecurityPolicy) is None
    assert other.config.registry.queryUtility(IPolicyDecider) is not None


def spy_tween_factory(handler: Any, registry: Any) -> Any:
    def spy_tween(request: Request) -> Response:
        registry["seen"].append(request.environ.get("HTTP_COOKIE"))
        return handler(request)

    return spy_tween


def test_another_security_policy_in_its_place_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Other:
        pass

    site = Site()
    site.config.commit()
    assert "security policy" not in caplog.text
    site = Site()
    site.config.registry.registerUtility(Other(), ISecurityPolicy)
    config = site.config
    config.set_security_policy(Other())
    config.commit()
    assert "Other is the security policy, and pyramid_cognito's is not" in caplog.text


def test_an_outage_leaves_the_challenge_to_be_answered_later(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = "ServiceUnavailable"
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert (result.error.status, result.headers) == (503, [])


def test_no_tween_sees_a_ticket(site: Site) -> None:
    seen = site.config.registry["seen"] = []
    site.config.add_tween("tests.unit.test_request.spy_tween_factory", under=INGRESS)
    site.config.add_route("home", "/")
    site.config.add_view(lambda request: Response("home"), route_name="home")
    app = TestApp(site.config.make_wsgi_app())
    app.get("/")
    receive(app, site.signed_in())
    app.get("/")
    assert seen == [None, ""]


def test_a_refresh_in_a_subrequest_reaches_the_browser(site: Site) -> None:
    def outer(request: Request) -> Response:
        inner = request.copy_get()
        inner.path_info = "/inner"
        request.invoke_subrequest(inner)
        return Response("outer")

    site.config.add_route("outer", "/outer")
    site.config.add_route("inner", "/inner")
    site.config.add_view(outer, route_name="outer")
    site.config.add_view(lambda request: Response(str(request.identity)), route_name="inner")
    app = TestApp(site.config.make_wsgi_app())
    receive(app, site.signed_in())
    site.clock.advance(1800)  # long enough for the ticket to be sealed anew
    assert "Set-Cookie" in app.get("/outer").headers
