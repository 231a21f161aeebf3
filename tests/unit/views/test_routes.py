"""Where the account pages are, and where they may lead."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from webtest import TestApp

from pyramid_cognito.account_types import CodeDelivery
from pyramid_cognito.errors import Context, cognito_error
from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.testing import offline_settings, sign_in
from pyramid_cognito.views.routes import NEEDS, PAGES, home, safe_next
from tests.unit.views.site import ADA, FEATURES, Site

OPEN = (
    "/account/sign-in",
    "/account/sign-out",
    "/account/sign-up",
    "/account/confirm",
    "/account/confirm/resend",
    "/account/forgot-password",
    "/account/reset-password",
)


#: about one's own account
OWN = (
    "/account",
    "/account/password",
    "/account/profile",
    "/account/email",
    "/account/email/verify",
    "/account/two-factor",
    "/account/devices",
    "/account/sessions",
    "/account/passkeys",
    "/account/personal-data",
    "/account/personal-data.json",
    "/account/delete",
)
AUTHENTICATOR = "/account/two-factor/authenticator"
#: of these, what a stolen session must not be enough for
FRESH = (
    "/account/password",
    "/account/email",
    "/account/two-factor",
    AUTHENTICATOR,
    "/account/passkeys",
    "/account/delete",
)

LISTS = ("list_devices", "list_user_sessions", "list_web_authn_credentials")

FIELDS = (
    "birthdate",
    "choice",
    "code",
    "csrf_token",
    "custom:x",
    "email",
    "everywhere",
    "key",
    "name",
    "new_password",
    "next",
    "password",
    "phone_number",
    "send",
    "sign_out_others",
)
QUERY = ("next", "reason", "to", "email", "phone_number", "kept")


def where(response):
    return response.location.removeprefix("http://localhost")


@pytest.fixture
def request_() -> Request:
    return Request.blank("/account/sign-in", base_url="https://app.example:8443")


@pytest.mark.parametrize("path", OPEN)
def test_anyone_may_see_every_page_whatever_the_default_permission(site, path):
    assert site.browser.get(path).status_int == 200


@pytest.mark.parametrize("path", OPEN)
def test_a_page_answers_head_like_get_and_no_other_method(site, path):
    assert site.browser.head(path).status_int == 200
    for method in (site.browser.put, site.browser.delete, site.browser.options):
        refused = method(path, status=405)
        assert refused.headers["Allow"] == "GET, HEAD, POST"
        assert refused.headers["Cache-Control"] == "no-store, private"


def mine(request):
    return Response(f"mine {request.matchdict}")


class TestWhatTheApplicationAdds:
    def test_a_view_of_its_own_takes_the_place_of_ours(self):
        site = Site(
            lambda config: config.add_view(
                mine, route_name="cognito.sign_up", permission="__no_permission_required__"
            )
        )
        for answer in (site.browser.get("/account/sign-up"), site.post("/account/sign-up")):
            assert answer.text == "mine {}"

    def test_a_view_for_one_method_leaves_ours_the_others(self):
        site = Site(
            lambda config: config.add_view(
                mine,
                route_name="cognito.sign_up",
                request_method="GET",
                permission="__no_permission_required__",
            )
        )
        assert site.browser.get("/account/sign-up").text == "mine {}"
        assert site.post("/account/sign-up").html.h1.text == "Create an account"

    @pytest.mark.parametrize(
        ("pattern", "path", "matched"),
        [
            ("/join/{club}", "/join/chess", "{'club': 'chess'}"),
            ("/join/:club", "/join/chess", "{'club': 'chess'}"),
            ("/join*clubs", "/join/chess", "{'clubs': ('chess',)}"),
            ("/join", "/join", "{}"),
        ],
    )
    def test_a_route_of_our_name_is_its_own(self, pattern, path, matched):
        def configure(config):
            config.add_route("cognito.sign_up", pattern)
            config.add_view(
                mine, route_name="cognito.sign_up", permission="__no_permission_required__"
            )

        site = Site(configure)
        assert site.browser.get(path).text == f"mine {matched}"
        site.browser.get("/account/sign-up", status=404)

    @pytest.mark.parametrize(("prefix", "before"), [("/{lang}", "/de"), ("/people/", "/people")])
    def test_pages_under_a_prefix_lead_to_each_other(self, prefix, before):
        with Configurator(settings=offline_settings({"cognito.cookie_secure": "false"})) as config:
            config.include("pyramid_cognito", route_prefix=prefix)
            browser = TestApp(config.make_wsgi_app())
        page = browser.get(f"{before}/account/sign-in")
        page = page.click("Create an account")
        assert page.request.path == f"{before}/account/sign-up"
        sheet = page.html.select_one("link[rel=stylesheet]")["href"]
        assert browser.get(sheet).content_type == "text/css"
        sign_in(browser, auth_time=1)
        assert where(browser.get(f"{before}/account/delete")) == (
            f"{before}/account/reauthenticate?next={quote(before, safe='')}%2Faccount%2Fdelete"
        )
        browser.get("/account/sign-in", status=404)


def test_the_prefix_of_the_pages_is_a_setting():
    site = Site(route_prefix="/people/me")
    assert site.browser.get("/people/me/sign-in").status_int == 200
    assert site.browser.get("/account/sign-in", status=404)


def test_the_pages_may_stand_at_the_root():
    assert Site(route_prefix="").browser.get("/sign-in").status_int == 200


def test_the_root_itself_is_the_applications_even_then():
    site = Site(route_prefix="")
    site.policy.person = ADA
    site.browser.get("/", status=404)
    assert site.browser.get("/account").html.h1.text == "Your account"


def test_every_feature_has_pages_and_no_page_needs_another_thing():
    needed = frozenset().union(*NEEDS.values())
    assert needed == FEATURES | {"email", "phone_number"}
    assert NEEDS.keys() < PAGES.keys()


@pytest.mark.parametrize("name", NEEDS)
def test_a_page_that_is_not_offered_is_not_there(name):
    site = Site(features=frozenset(), editable_attributes=frozenset({"name"}))
    site.policy.person = ADA
    site.browser.get("/account" + PAGES[name], status=404)


@pytest.mark.parametrize("path", [*OPEN[:2], "/account", "/account/reauthenticate"])
def test_the_others_do_without_it(path):
    site = Site(features=frozenset(), editable_attributes=frozenset())
    site.policy.person = ADA
    page = site.browser.get(path)
    addresses = {link["href"].partition("?")[0] for link in page.html.select("a[href]")}
    assert not addresses & {"/account" + PAGES[name] for name in NEEDS}


@pytest.mark.parametrize("name", sorted(NEEDS.keys() - {"cognito.authenticator"}))
def test_it_needs_no_other_feature_than_its_own(name):
    (alone, *_others) = sorted(NEEDS[name])
    site = Site(features=frozenset({alone}) & FEATURES, editable_attributes=frozenset({alone}))
    site.cognito.account.answers |= dict.fromkeys(LISTS, ())
    if name not in ("cognito.sign_up", "cognito.confirm", "cognito.resend"):
        site.policy.person = ADA
    assert site.browser.get("/account" + PAGES[name]).status_int == 200


class TestOwnPages:
    @pytest.fixture(autouse=True)
    def _ada_is_signed_in(self, site):
        site.policy.person = ADA
        site.cognito.account.answers |= dict.fromkeys(LISTS, ())

    @pytest.mark.parametrize("path", OWN)
    def test_each_shows_itself_to_who_is_signed_in(self, site, path):
        assert site.browser.get(path).status_int == 200

    @pytest.mark.parametrize("path", [*OWN, AUTHENTICATOR])
    def test_who_is_not_signs_in_and_comes_back(self, site, path):
        site.policy.person = None
        response = site.browser.get(path, {"a": "1"})
        assert where(response).startswith("/account/sign-in?next=%2Faccount")
        assert where(response).endswith("%3Fa%3D1")
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize("path", [*OWN, AUTHENTICATOR])
    def test_while_it_cannot_be_told_who_it_is_the_page_says_so(self, site, path):
        site.policy.person, site.policy.unavailable = None, "Cognito is away"
        page = site.browser.get(path, status=503)
        assert page.headers["Retry-After"] == "10"
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize("path", [*OWN, AUTHENTICATOR])
    def test_a_bearer_token_is_not_enough(self, site, path):
        site.policy.has_session = False
        site.browser.get(path, headers={"Authorization": "Bearer x.y.z"}, status=403)
        assert site.cognito.account.calls == []

    @pytest.mark.parametrize("path", OWN)
    def test_each_leads_back_to_the_overview(self, site, path):
        page = site.browser.get(path)
        if path not in ("/account", "/account/email/verify", "/account/personal-data.json"):
            assert page.html.select_one("nav.cognito-way a")["href"] == "/account"

    @pytest.mark.parametrize("path", FRESH)
    def test_what_a_stolen_session_must_not_do_needs_a_fresh_sign_in(self, site, path):
        site.cognito.age = 301
        for response in (site.browser.get(path), site.post(path, {"password": "Secret-9"})):
            assert where(response).startswith("/account/reauthenticate?next=%2Faccount%2F")
            assert "Secret-9" not in where(response)
        assert site.cognito.account.calls == []

    def test_how_fresh_is_a_setting(self):
        site = Site(reauthenticate_after=60)
        site.policy.person, site.cognito.age = ADA, 61
        assert where(site.browser.get("/account/delete")).startswith("/account/reauthenticate")

    @pytest.mark.parametrize("path", sorted(set(OWN) - set(FRESH)))
    def test_the_others_do_not(self, site, path):
        site.cognito.age = 10_000
        assert site.browser.get(path).status_int == 200

    def test_what_was_typed_and_is_no_secret_comes_back_after_that(self, site):
        site.cognito.age = 301
        response = site.post("/account/email?email=old", {"email": "ä@example.com", "code": "1"})
        onward = parse_qs(urlsplit(response.location).query)["next"][0]
        assert onward.startswith("/account/email?kept=")
        site.cognito.age = 0
        assert site.browser.get(onward).form["email"].value == "ä@example.com"

    def test_nobody_can_read_it_in_the_address(self, site):
        site.cognito.age = 301
        response = site.post("/account/email", {"email": "Correct-Horse-9"})
        assert "kept" in response.location
        assert "Correct-Horse-9" not in response.location

    def test_it_comes_back_to_nobody_else(self, site):
        site.cognito.age = 301
        response = site.post("/account/email", {"email": "eve@example.com"})
        site.cognito.age = 0
        site.policy.person = CognitoIdentity.from_claims({"sub": "sub-of-eve", "username": "eve"})
        onward = parse_qs(urlsplit(response.location).query)["next"][0]
        assert site.browser.get(onward).form["email"].value == ""

    def test_but_not_what_makes_the_address_too_long(self, site):
        site.cognito.age = 301
        response = site.post("/account/email", {"email": "a" * 2000})
        assert where(response) == "/account/reauthenticate?next=%2Faccount%2Femail"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_session_that_cognito_has_ended_ends_here_too(self, site, method):
        site.cognito.account.error = cognito_error(
            "NotAuthorizedException", "Access Token has been revoked", context=Context.SIGNED_IN
        )
        if method == "get":
            response = site.browser.get("/account/profile?a=1")
            onward = "%2Faccount%2Fprofile%3Fa%3D1"
        else:
            passwords = {"password": "Correct-Horse-9", "new_password": "Better-Horse-10"}
            response = site.post("/account/password", passwords)
            onward = "%2Faccount%2Fpassword"
        assert where(response) == f"/account/sign-in?reason=ended&next={onward}"
        assert "ticket=; Path=/; Max-Age=0" in response.headers.getall("Set-Cookie")
        assert site.cognito.sign_outs == 1

    def test_a_form_needs_the_csrf_token(self, site):
        page = site.browser.post("/account/delete", {"password": "Correct-Horse-9"}, status=400)
        assert page.html.h1.text == "This form has expired"
        assert site.cognito.account.calls == []


@given(
    path=st.sampled_from([*OWN, "/account/reauthenticate"]),
    fields=st.lists(
        st.tuples(st.sampled_from(FIELDS) | st.text(max_size=20), st.text(max_size=400)), max_size=8
    ),
    query=st.dictionaries(st.sampled_from(QUERY), st.text(max_size=60)),
    age=st.sampled_from([0, 10_000]),
)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_typed_the_answer_is_a_page_or_a_redirect_on_this_site(
    path, fields, query, age
):
    site = site_of_ada()
    site.cognito.age = age
    pairs = [(encoded(name), encoded(text)) for name, text in fields]
    for response in (
        site.post(f"{path}?{urlencode(query, errors='replace')}", pairs),
        site.browser.get(path, {name: encoded(text) for name, text in query.items()}),
    ):
        assert response.status_int in (200, 303, 400)
        if response.status_int == 303:
            assert response.location.startswith("http://localhost/")


@pytest.mark.parametrize("path", OWN)
def test_what_is_not_text_or_not_utf_8_is_a_bad_request(path):
    site = site_of_ada()
    site.cognito.age = 10_000
    file = (
        b'--x\r\nContent-Disposition: form-data; name="email"; filename="f"\r\n\r\na\r\n--x--\r\n'
    )
    for content_type, body in (
        ("application/x-www-form-urlencoded; charset=utf-16", b"email=ada"),
        ("multipart/form-data; boundary=x", file),
    ):
        environ = {"CONTENT_TYPE": content_type}
        page = site.browser.post(path, body, extra_environ=environ, status=400)
        assert page.html.h1.text == "This could not be read"


@lru_cache
def site_of_ada():
    site = Site(
        editable_attributes=frozenset({"email", "phone_number", "name", "birthdate"}),
        throttle_account="1000 per 1 second",
        throttle_address="1000 per 1 second",
    )
    site.policy.person = ADA
    site.cognito.account.answers |= dict.fromkeys(LISTS, ())
    site.cognito.account.answers["update_user_attributes"] = ()
    site.cognito.account.answers["get_user_attribute_verification_code"] = CodeDelivery("", "", "")
    return site


def encoded(text):
    # what a browser sends of half a surrogate pair
    return text.encode("utf-8", "replace")


def test_the_pages_do_not_use_the_root_of_the_application():
    def configure(config):
        def root(request):
            raise AssertionError(request.path)

        config.set_root_factory(root)

    assert Site(configure).browser.get("/account/sign-in").status_int == 200


def test_anyone_may_have_the_style_sheet(site):
    sheet = site.browser.get("/account/static/account.css")
    assert sheet.content_type == "text/css"
    assert "max-age=3600" in sheet.headers["Cache-Control"]


def test_only_our_own_files_are_served_beside_it(site):
    site.browser.get("/account/static/../__init__.py", status=404)
    site.browser.get("/account/static/%2e%2e/__init__.py", status=404)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("/", "/"),
        ("/documents/7?tab=a&b=%2Fc#end", "/documents/7?tab=a&b=%2Fc#end"),
        ("/?next=https://elsewhere.example/", "/?next=https://elsewhere.example/"),
        ("https://app.example:8443/documents?q=1", "/documents?q=1"),
        ("HTTPS://APP.example:8443/documents", "/documents"),
        ("/päge", "/p%C3%A4ge"),
        ("/a\x85b", "/a%C2%85b"),
        ("/" + "a" * 1999, "/" + "a" * 1999),
    ],
)
def test_a_page_of_this_site_may_be_next(request_, value, path):
    assert safe_next(request_, value) == path


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"/documents",
        "",
        "documents",
        "?tab=a",
        "#end",
        "//elsewhere.example",
        "///elsewhere.example",
        "////elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "https:\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        " //elsewhere.example",
        " /documents",
        "/a b",
        "/a\x00b",
        "/a\x7fb",
        "/a\ud800b",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:/documents",
        "https:documents",
        "https:///documents",
        "https://",
        "https://app.example:8443",
        "https://app.example:8443//elsewhere.example",
        "https://elsewhere.example/",
        "https://app.example/documents",
        "http://app.example:8443/documents",
        "https://ada@app.example:8443/documents",
        "https://app.example:8443@elsewhere.example/",
        "https://app.example:8443.elsewhere.example/",
        "https://[/documents",
        "/" + "a" * 2000,
    ],
)
def test_nothing_else_may_be_next(request_, value):
    assert safe_next(request_, value) is None


@given(st.text() | st.from_regex(r"[htps:/\\.@\[\]?#\t ]{1,12}[a-z]{0,4}", fullmatch=True))
def test_whatever_is_asked_for_next_stays_on_this_site(value):
    request = Request.blank("/account/sign-in", base_url="https://app.example")
    path = safe_next(request, value)
    if path is not None:
        assert path.isascii()
        assert path[0] == "/"
        assert path[1:2] not in ("/", "\\")
        assert (
            urlsplit(urljoin("https://app.example/account/sign-in", path)).netloc == "app.example"
        )


def test_the_default_port_need_not_be_named():
    request = Request.blank("/", base_url="https://app.example:443")
    assert safe_next(request, "https://app.example/documents") == "/documents"


def test_home_is_where_the_application_is_mounted(request_):
    assert home(request_) == "/"
    request_.script_name = "/app"
    assert home(request_) == "/app/"


@pytest.mark.parametrize("host", ["[", "x//elsewhere.example", "elsewhere.example/", ""])
def test_home_is_on_this_site_whatever_host_the_request_names(host):
    request = Request.blank("/account/sign-in", headers={"Host": host})
    request.script_name = "/ä b"
    assert home(request) == "/%C3%A4%20b/"
