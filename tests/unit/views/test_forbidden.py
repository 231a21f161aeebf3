"""What follows a denial."""

from __future__ import annotations

import pytest
from pyramid.httpexceptions import HTTPForbidden
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED, Denied

from pyramid_cognito.denied import CognitoDenied
from tests.unit.views.site import ADA, Site

BEARER = {"Authorization": "Bearer x.y.z"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def where(response):
    return response.location.removeprefix("http://localhost")


@pytest.fixture
def plain_site() -> Site:
    return Site(account_views=False)


class TestInABrowser:
    def test_nobody_signed_in_goes_to_sign_in_and_comes_back(self, site):
        site.policy.denial = CognitoDenied(["anonymous"], "sign_in")
        response = site.browser.get("/secret?page=2", headers=BROWSER)
        assert response.status_int == 302
        assert where(response) == "/account/sign-in?next=%2Fsecret%3Fpage%3D2"
        assert response.headers["Cache-Control"] == "no-store, private"

    def test_head_is_answered_like_get(self, site):
        response = site.browser.head("/secret?page=2", headers=BROWSER)
        assert response.status_int == 302
        assert where(response) == "/account/sign-in?next=%2Fsecret%3Fpage%3D2"

    def test_where_the_application_is_mounted_is_part_of_the_way_back(self, site):
        response = site.browser.get("/secret", extra_environ={"SCRIPT_NAME": "/app"})
        assert where(response) == "/app/account/sign-in?next=%2Fapp%2Fsecret"

    def test_a_post_comes_back_to_the_page_with_the_form(self, site):
        headers = {**BROWSER, "Referer": "http://localhost/form?a=1"}
        response = site.browser.post("/secret", headers=headers)
        assert response.status_int == 303
        assert where(response) == "/account/sign-in?next=%2Fform%3Fa%3D1"

    @pytest.mark.parametrize("referer", [None, "http://elsewhere.example/form", "\\\\evil"])
    def test_a_post_from_elsewhere_comes_back_nowhere(self, site, referer):
        headers = {"Referer": referer} if referer else {}
        response = site.browser.post("/secret", headers=headers)
        assert where(response) == "/account/sign-in"

    def test_a_way_back_that_is_too_long_is_left_out(self, site):
        response = site.browser.get("/secret?q=" + "a" * 2000)
        assert where(response) == "/account/sign-in"

    @pytest.mark.parametrize("denial", [CognitoDenied(["no"]), Denied("no"), None, False])
    def test_any_denial_of_nobody_leads_to_sign_in(self, denial):
        def configure(config):
            def view(_request):
                raise HTTPForbidden(result=denial)

            config.add_route("raises", "/raises")
            config.add_view(view, route_name="raises", permission=NO_PERMISSION_REQUIRED)

        response = Site(configure).browser.get("/raises", headers=BROWSER)
        assert where(response) == "/account/sign-in?next=%2Fraises"

    def test_who_is_signed_in_and_may_not_see_a_page_is_told_so(self, site):
        site.policy.person = ADA
        page = site.browser.get("/secret", headers=BROWSER, status=403)
        assert page.html.h1.text == "You may not see this page"
        assert "no reason" not in page.text

    def test_they_may_sign_in_as_someone_else(self, site):
        site.policy.person = ADA
        page = site.browser.get("/secret", status=403).click("Sign in as someone else")
        assert page.form["next"].value == "/secret"

    @pytest.mark.parametrize("remedy", ["step_up", "sign_in"])
    def test_a_page_that_asks_for_a_recent_sign_in_leads_to_one(self, site, remedy):
        site.policy.person = ADA
        site.policy.denial = CognitoDenied(["too long ago"], remedy)
        response = site.browser.get("/secret", headers=BROWSER)
        assert where(response) == "/account/reauthenticate?next=%2Fsecret"
        assert response.follow().form["next"].value == "/secret"

    def test_who_has_no_password_makes_it_in_their_own_way(self, site):
        site.policy.person, site.cognito.has_password = ADA, False
        site.policy.denial = CognitoDenied(["too long ago"], "step_up")
        response = site.browser.get("/secret", headers=BROWSER)
        assert where(response) == "/account/sign-in?next=%2Fsecret&reason=step-up"

    @pytest.mark.parametrize(
        "denial", [CognitoDenied(["anonymous"], "sign_in"), CognitoDenied(["no"]), Denied("no")]
    )
    @pytest.mark.parametrize("guest", ["a string", object()])
    def test_whom_only_another_policy_knows_is_shown_the_sign_in_page(self, site, denial, guest):
        site.policy.guest, site.policy.denial = guest, denial
        response = site.browser.get("/secret", headers=BROWSER)
        assert where(response) == "/account/sign-in?next=%2Fsecret"
        page = response.follow(status=200)
        assert page.html.h1.text == "Sign in"
        assert page.form["username"].value == ""

    def test_a_plain_denial_of_who_cannot_be_recognised_now_is_an_outage(self, site):
        site.policy.unavailable, site.policy.denial = "Cognito is away", Denied("no")
        site.browser.get("/secret", headers=BROWSER, status=503)

    def test_while_nobody_can_be_recognised_the_page_says_so(self, site):
        site.policy.denial = CognitoDenied(["Cognito is away"], "unavailable")
        page = site.browser.get("/secret?a=1", headers=BROWSER, status=503)
        assert page.headers["Retry-After"] == "10"
        assert "sign-in service is away" in page
        assert page.html.select_one(".cognito-links a")["href"] == "/secret?a=1"

    def test_what_was_posted_then_is_not_posted_again(self, site):
        site.policy.denial = CognitoDenied(["Cognito is away"], "unavailable")
        page = site.browser.post("/secret", headers=BROWSER, status=503)
        assert page.html.select_one(".cognito-links") is None

    def test_the_forbidden_view_of_the_application_wins(self):
        def configure(config):
            config.add_forbidden_view(lambda _request: Response("mine", status=403))

        assert Site(configure).browser.get("/secret", status=403).text == "mine"

    def test_a_request_that_cannot_be_read_is_denied_like_any_other(self, site):
        site.policy.person = ADA
        for path, content_type in (("/secret?a=%ff", ""), ("/secret", "multipart/form-data")):
            environ = {"CONTENT_TYPE": content_type}
            page = site.browser.post(path, b"x", extra_environ=environ, status=403)
            assert page.html.h1.text == "You may not see this page"

    def test_a_fault_of_the_layout_is_not_taken_for_a_request_that_cannot_be_read(self):
        def broken(info):
            def render(values, system):
                raise ValueError("the layout is broken")

            return render

        site = Site(lambda config: config.add_renderer(".broken", broken), layout="page.broken")
        site.policy.person = ADA
        with pytest.raises(ValueError, match="the layout is broken"):
            site.browser.get("/secret")


class TestForPrograms:
    @pytest.mark.parametrize(
        "headers",
        [
            BEARER,
            {"Authorization": "bearer x", "Accept": "text/html"},
            {"Accept": "application/json"},
            {"Accept": "application/json, text/plain, */*"},
            {"Accept": "text/html;q=0.5, application/json"},
            {"Accept": "application/*"},
            {"X-Requested-With": "XMLHttpRequest"},
        ],
    )
    def test_they_get_json_and_no_redirect(self, site, headers):
        response = site.browser.get("/secret", headers=headers, status=401)
        assert response.json == {"error": "unauthorized", "message": "Sign in first."}
        assert response.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        "accept",
        [
            None,
            "*/*",
            "text/html",
            "text/html, application/json",
            "text/*, application/json;q=0",
            "application/json;q=0.1, */*",
            "image/png",
            "application/json;q=0",
            "not a header;;",
        ],
    )
    def test_whoever_does_not_ask_for_json_is_a_browser(self, site, accept):
        headers = {"Accept": accept} if accept else {}
        assert site.browser.get("/secret", headers=headers).status_int == 302

    def test_without_a_token_no_error_is_named(self, site):
        response = site.browser.get("/secret", headers={"Accept": "application/json"}, status=401)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="cognito"'

    def test_a_token_that_is_not_good_is_named(self, site):
        response = site.browser.get("/secret", headers=BEARER, status=401)
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_a_token_that_lacks_the_scopes_of_its_client_is_told_which(self, site):
        site.policy.required_scopes = ("documents/read", "documents/write")
        response = site.browser.get("/secret", headers=BEARER, status=403)
        assert response.json == {"error": "insufficient_scope", "message": "You may not do this."}
        assert (
            response.headers["WWW-Authenticate"]
            == 'Bearer error="insufficient_scope", scope="documents/read documents/write"'
        )

    def test_where_bearers_are_turned_off_none_is_asked_for(self):
        site = Site(bearer_enabled=False)
        headers = {**BEARER, "Accept": "application/json"}
        response = site.browser.get("/secret", headers=headers, status=401)
        assert "WWW-Authenticate" not in response.headers
        site.browser.get("/secret", headers={**BEARER, "Accept": "text/html"}, status=302)

    @pytest.mark.parametrize("remedy", ["none", "sign_in"])
    def test_whose_token_another_policy_knows_is_only_not_allowed(self, site, remedy):
        site.policy.guest = "a robot"
        site.policy.denial = CognitoDenied(["no"], remedy)
        response = site.browser.get("/secret", headers=BEARER, status=403)
        assert response.json["error"] == "forbidden"

    def test_who_is_known_but_may_not_is_told_so(self, site):
        site.policy.person = ADA
        response = site.browser.get("/secret", headers=BEARER, status=403)
        assert response.json["error"] == "forbidden"
        assert "WWW-Authenticate" not in response.headers

    def test_a_recent_sign_in_is_asked_for_by_its_name(self, site):
        site.policy.person = ADA
        site.policy.denial = CognitoDenied(["too long ago"], "step_up")
        response = site.browser.get("/secret", headers=BEARER, status=401)
        assert response.json["error"] == "insufficient_user_authentication"
        assert "insufficient_user_authentication" in response.headers["WWW-Authenticate"]

    def test_an_outage_is_no_refusal(self, site):
        site.policy.denial = CognitoDenied(["Cognito is away"], "unavailable")
        response = site.browser.get("/secret", headers=BEARER, status=503)
        assert response.json["error"] == "unavailable"
        assert response.headers["Retry-After"] == "10"


class TestWithoutTheAccountPages:
    def test_there_are_no_pages(self, plain_site):
        plain_site.browser.get("/account/sign-in", status=404)

    @pytest.mark.parametrize("person", [None, ADA])
    def test_a_denial_is_plain(self, plain_site, person):
        plain_site.policy.person = person
        response = plain_site.browser.get("/secret", headers=BROWSER, status=403)
        assert response.headers["Cache-Control"] == "no-store, private"

    def test_an_outage_is_plain(self, plain_site):
        plain_site.policy.denial = CognitoDenied(["Cognito is away"], "unavailable")
        response = plain_site.browser.get("/secret", headers=BROWSER, status=503)
        assert response.headers["Retry-After"] == "10"

    def test_programs_get_the_same_as_ever(self, plain_site):
        response = plain_site.browser.get("/secret", headers=BEARER, status=401)
        assert response.json["error"] == "unauthorized"


@pytest.mark.parametrize("template", ["denied", "unavailable"])
def test_the_page_that_says_no_can_be_replaced(tmp_path, template):
    (tmp_path / "mine.jinja2").write_text("Mine: {{ heading }}")

    def configure(config):
        replaced = f"pyramid_cognito:templates/{template}.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    site = Site(configure)
    if template == "denied":
        site.policy.person = ADA
    else:
        site.policy.unavailable = "Cognito is away"
    page = site.browser.get("/secret", expect_errors=True)
    assert page.html.select_one("main").text.strip() == f"Mine: {page.html.title.text}"
