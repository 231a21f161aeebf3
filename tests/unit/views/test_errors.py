"""An expired form, and Cognito failing where no form can say so."""

from __future__ import annotations

import pytest
from pyramid.response import Response

from pyramid_cognito.errors import cognito_error
from tests.unit.views.site import Site


def test_a_form_without_the_csrf_token_has_expired(site):
    page = site.browser.post("/account/sign-in?next=/secret", {"username": "ada"}, status=400)
    assert page.html.h1.text == "This form has expired"
    assert site.cognito.attempts == []
    again = page.click("Try again")
    assert again.request.path_qs == "/account/sign-in?next=/secret"


def test_a_form_with_another_sessions_token_has_expired(site):
    site.browser.set_cookie("csrf_token", "mine")
    for token in ("theirs", "\u20ac", "\x00", ""):
        page = site.browser.post("/account/sign-in", {"csrf_token": token}, status=400)
        assert page.html.h1.text == "This form has expired"


def test_a_form_from_another_site_has_expired(site):
    page = site.post(
        "/account/sign-in",
        headers={"Origin": "https://elsewhere.example"},
        extra_environ={"wsgi.url_scheme": "https"},
    )
    assert page.status_int == 400
    assert page.html.h1.text == "This form has expired"


def test_the_name_of_the_token_is_the_applications():
    site = Site(lambda config: config.set_default_csrf_options(token="_csrf", require_csrf=True))
    form = site.browser.get("/account/sign-in").form
    assert "_csrf" in form.fields
    form["username"], form["password"] = "ada", "Correct-Horse-9"
    assert form.submit().status_int == 303


def test_the_token_has_a_name_even_where_the_application_takes_it_from_the_header_alone():
    site = Site(lambda config: config.set_default_csrf_options(token=None))
    assert "csrf_token" in site.browser.get("/account/sign-in").form.fields


def test_expired_forms_of_the_application_are_its_own_affair():
    def configure(config):
        config.add_route("form", "/form")
        config.add_view(
            lambda _request: Response("changed"),
            route_name="form",
            permission="__no_permission_required__",
            require_csrf=True,
        )

    page = Site(configure).browser.post("/form", {}, status=400)
    assert "This form has expired" not in page


@pytest.mark.parametrize(
    ("code", "words", "address"),
    [
        ("PasswordResetRequiredException", "Set a new password", "/account/forgot-password"),
        ("UserNotConfirmedException", "Confirm your account", "/account/confirm"),
    ],
)
class TestTheWayOn:
    def test_is_what_helps(self, site, code, words, address):
        site.cognito.sign_out_error = cognito_error(code)
        page = site.post("/account/sign-out")
        assert page.click(words).request.path == address

    def test_is_to_try_again_where_that_is_not_offered(self, code, words, address):
        site = Site(features=frozenset())
        site.cognito.sign_out_error = cognito_error(code)
        page = site.post("/account/sign-out")
        assert page.click("Try again").request.path == "/account/sign-out"
        assert address not in page


@pytest.mark.parametrize(
    ("code", "template"),
    [
        ("ServiceUnavailable", "unavailable"),
        ("TooManyAttempts", "too_many_requests"),
        ("UnsupportedOperationException", "message"),
    ],
)
def test_the_page_of_a_failure_can_be_replaced(tmp_path, code, template):
    (tmp_path / "mine.jinja2").write_text("Mine: {{ _(text) }}")

    def configure(config):
        replaced = f"pyramid_cognito:templates/{template}.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    site = Site(configure)
    error = site.cognito.sign_out_error = cognito_error(code)
    assert f"Mine: {error.message}" in site.post("/account/sign-out")


@pytest.mark.parametrize(
    ("code", "status", "heading", "retry_after"),
    [
        ("ServiceUnavailable", 503, "Please try again shortly", "10"),
        ("TooManyAttempts", 429, "Too many requests", "300"),
        ("UnsupportedOperationException", 501, "This is not offered here", None),
        ("InvalidTokenFromCognito", 502, "This did not work", None),
    ],
)
def test_a_failure_of_cognito_has_its_own_page(site, code, status, heading, retry_after):
    error = site.cognito.sign_out_error = cognito_error(code)
    page = site.post("/account/sign-out")
    assert page.status_int == status
    assert page.html.h1.text == heading
    assert page.headers.get("Retry-After") == retry_after
    assert error.message in page.html.text
