"""Cookies, hosts, languages and forms that others put into a request."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyramid.i18n import Localizer
from pyramid.interfaces import ILocalizer
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from webob.cookies import CookieProfile, RequestCookies, make_cookie

from pyramid_cognito.views.intake import drop_unreadable_cookies, drop_unreadable_host
from tests.unit.views.site import ADA, Site
from tests.unit.views.test_protection import FORMS

#: all that our own pages and the forbidden view answer
ADDRESSES = (*FORMS, "/secret")

UNREADABLE_COOKIES = [
    'w="\\377"',
    "w=\\377",
    'w="\\303"; x=1',
    "w=\xff",
    "\xff=1",
    "w=\\\xff",
    "a" * 16_000,
    "a=b," + "c" * 16_000,
    'a="b"' + "c" * 16_000,
    "a=[" + "c" * 16_000,
    'a="\\\\"; b="' + "c" * 16_000,
    "=" * 16_000,
    ";" * 16_000,
    "w=\x00",
]


def cookies_left(header: str) -> str:
    environ = {"HTTP_COOKIE": header}
    drop_unreadable_cookies(environ)
    return environ["HTTP_COOKIE"]


class TestCookies:
    @pytest.mark.parametrize(
        "part",
        [
            'w="\\377"',
            "w=\\377",
            'w="\\303"',
            'w="\\303\\251\\377"',
            "w=\xff",
            'w="\xe9"',
            "\xe9=1",
            "w=\\\xff",
            "w=\\x",
            'w="\\\\"',
            'w="a"b"',
            'w="a',
            'w=a"',
            "w=a b",
            "w =a",
            "w= a",
            "w=a,b",
            "w=[a]",
            "w=a\tb",
            "w=\x00",
            'w="\n"',
            "w=\u0661",
            "w",
            "=w",
            "=",
            "",
            " ",
            "(w)=1",
            "w w=1",
        ],
    )
    def test_what_is_no_name_with_a_value_in_utf8_is_left_out(self, part):
        assert cookies_left(f"one=1; {part};two=2") == "one=1; two=2"
        assert cookies_left(part) == ""

    @pytest.mark.parametrize("length", [257, 8_000, 64_000])
    @pytest.mark.parametrize("start", ["", "w", "w=a,", 'w="a"', "w=[", "w=a b", '"', "\xff"])
    def test_no_run_is_left_that_webob_would_search_for_a_name_again_and_again(self, start, length):
        assert cookies_left(f"one=1; {start}{'a' * length}; two=2") == "one=1; two=2"

    def test_a_quotation_does_not_reach_into_the_next_cookie(self):
        assert cookies_left('w="\\"; x="' + "a" * 9_000 + '"; one=1') == f'x="{"a" * 9_000}"; one=1'

    @pytest.mark.parametrize(
        "header",
        [
            "one=1",
            "one=1; two=2;three=3",
            'empty=; quoted=""; spaced="a b"; octal="caf\\303\\251 \\042\\073\\054\\134"',
            "bare=caf\\303\\251",
            "long=" + "a" * 16_000,
            "a" * 300 + "=1",
            "base64=eyJhIjoxfQ==.-_/+; marks=~!@#$%^&*()+`.?|:/{}<>'",
            "one=1; one=2",
            "__Host-cognito=2eyJhbGciOiJkaXIifQ..abc",
        ],
    )
    def test_the_others_stay_byte_for_byte(self, header):
        assert cookies_left(header) == header

    @pytest.mark.parametrize("environ", [{}, {"HTTP_COOKIE": ""}])
    def test_without_cookies_nothing_is_changed(self, environ):
        before = dict(environ)
        drop_unreadable_cookies(environ)
        assert environ == before

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    def test_whatever_was_planted_is_readable_then(self, text):
        left = cookies_left(f"one=1; {text}; two=2")
        cookies = dict(RequestCookies({"HTTP_COOKIE": left}).items())
        assert {"one", "two"} <= cookies.keys()
        # what WebOb reads is what stands between the semicolons
        names = [part.partition("=")[0].strip() for part in left.split(";")]
        assert set(names) == cookies.keys()

    @given(st.text(st.characters(exclude_categories=("C",)), max_size=60))
    def test_what_webob_writes_is_kept(self, value):
        with catch_warnings():
            simplefilter("ignore")
            pair = make_cookie("w", value.encode()).partition("; Path")[0]
        # some of what it writes, a bare "[" for one, it cannot read itself
        assume(dict(RequestCookies({"HTTP_COOKIE": pair})) == {"w": value})
        assert dict(RequestCookies({"HTTP_COOKIE": cookies_left(pair)})) == {"w": value}

    def test_what_webob_has_parsed_before_is_parsed_again(self):
        request = Request.blank("/", headers={"Cookie": "one=1; \xff=2"})
        assert "one" in request.cookies
        drop_unreadable_cookies(request.environ)
        assert dict(request.cookies) == {"one": "1"}

    @pytest.mark.parametrize("planted", UNREADABLE_COOKIES, ids=range(len(UNREADABLE_COOKIES)))
    def test_no_page_stumbles_over_planted_cookies(self, site, planted):
        site.is_asked("SOFTWARE_TOKEN_MFA")
        headers = {"Cookie": f"{planted}; csrf_token=token"}
        for path in ADDRESSES:
            response = site.browser.get(path, headers=headers)
            assert response.status_int == (302 if path == "/secret" else 200)
            assert len(response.request.environ["HTTP_COOKIE"]) < 40

    @pytest.mark.parametrize("planted", UNREADABLE_COOKIES, ids=range(len(UNREADABLE_COOKIES)))
    def test_people_sign_in_whatever_was_planted(self, site, planted):
        fields = {"username": "ada", "password": "one", "csrf_token": "token"}
        headers = {"Cookie": f"{planted}; csrf_token=token"}
        assert site.browser.post("/account/sign-in", fields, headers=headers).status_int == 303
        assert site.cognito.attempts == [("ada", "one", False)]

    def test_the_session_of_the_application_is_kept_beside_them(self):
        found = []
        profile = CookieProfile("session")
        pair = profile.get_headers({"user": 'é"; b'})[0][1].partition(";")[0]

        def negotiate(request):
            found.append(profile.bind(request).get_value())

        site = Site(lambda config: config.set_locale_negotiator(negotiate))
        site.browser.get("/account/sign-in", headers={"Cookie": f'w="\\377"; {pair}'})
        assert found == [{"user": 'é"; b'}]

    def test_the_applications_own_pages_get_the_header_as_it_came(self):
        def configure(config):
            config.add_route("open", "/open")
            config.add_view(
                lambda request: Response(request.environ["HTTP_COOKIE"]),
                route_name="open",
                permission=NO_PERMISSION_REQUIRED,
            )

        response = Site(configure).browser.get("/open", headers={"Cookie": "w=a b"})
        assert response.text == "w=a b"


class TestHosts:
    @pytest.mark.parametrize(
        "host", ["[", "x]", "[::1", "x//evil.example", "x/", "x?", "x#y", "a\tb", "\xbd\u2100"]
    )
    def test_what_is_no_host_is_left_out(self, host):
        environ = {"HTTP_HOST": host}
        drop_unreadable_host(environ)
        assert environ == {}

    @pytest.mark.parametrize("host", ["app.example", "app.example:8443", "[::1]:6543", "10.0.0.1"])
    def test_a_host_stays(self, host):
        environ = {"HTTP_HOST": host}
        drop_unreadable_host(environ)
        assert environ == {"HTTP_HOST": host}

    @pytest.mark.parametrize("host", ["[", "x//evil.example", "]["])
    def test_pages_and_redirects_go_by_the_servers_own_name_then(self, site, host):
        def visit(path, **kwargs):
            request = Request.blank(path, cookies={"csrf_token": "token"}, **kwargs)
            request.environ |= {"HTTP_HOST": host, "SERVER_NAME": "app.example"}
            return request.get_response(site.browser.app)

        assert visit("/account/sign-in").status_int == 200
        address = "http://app.example/account/sign-in?next=%2Fsecret"
        assert visit("/secret").location == address
        fields = {"username": "ada", "password": "one", "csrf_token": "token"}
        assert visit("/account/sign-in", POST=fields).location == "http://app.example/"


def localizers(site):
    return {name for name, _utility in site.config.registry.getUtilitiesFor(ILocalizer)}


@pytest.fixture
def german(tmp_path):
    """A site with a directory of German translations."""
    (tmp_path / "de" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "de_CH").mkdir()
    return Site(lambda config: config.add_translation_dirs(str(tmp_path)))


class TestLanguages:
    @pytest.mark.parametrize("path", [*ADDRESSES, "/account/sign-in?next=%ff"])
    def test_names_that_requests_make_up_are_not_kept(self, site, path):
        site.policy.person = ADA
        before = localizers(site)
        for number in range(5):
            name = f"{number}" + "x" * 30
            address = f"{path}{'&' if '?' in path else '?'}_LOCALE_={name}"
            site.browser.get(address, expect_errors=True)
            site.post(address, {"_LOCALE_": name})
            site.browser.get(path, headers={"Cookie": f"_LOCALE_={name}"}, expect_errors=True)
        assert localizers(site) - before <= {"en"}

    @pytest.mark.parametrize(
        ("wished", "language"),
        [
            ("de", "de"),
            ("de_CH", "de-CH"),
            ("de_AT", "de"),
            ("fr", "en"),
            ("", "en"),
            ("../de", "en"),
            ("de/.", "en"),
            ("de/../de", "en"),
            (".", "en"),
            ("/", "en"),
            ("\x00", "en"),
            ("x" * 5_000, "en"),
            ("de_" + "x" * 800, "de"),
        ],
    )
    def test_a_language_with_a_directory_may_be_chosen(self, german, wished, language):
        page = german.browser.get("/account/sign-in", {"_LOCALE_": wished})
        assert page.html.html["lang"] == language

    def test_a_cookie_may_choose_it_and_the_address_wins(self, german):
        headers = {"Cookie": "_LOCALE_=de"}
        page = german.browser.get("/account/sign-in", headers=headers)
        assert page.html.html["lang"] == "de"
        page = german.browser.get("/account/sign-in?_LOCALE_=de_CH", headers=headers)
        assert page.html.html["lang"] == "de-CH"

    def test_a_localizer_that_the_application_made_is_a_language(self):
        def configure(config):
            config.registry.registerUtility(Localizer("pt", None), ILocalizer, name="pt")

        site = Site(configure)
        assert site.browser.get("/account/sign-in?_LOCALE_=pt").html.html["lang"] == "pt"

    def test_the_default_language_is_the_applications(self):
        site = Site(lambda config: config.add_settings(default_locale_name="nl"))
        assert site.browser.get("/account/sign-in?_LOCALE_=x").html.html["lang"] == "nl"

    def test_what_the_application_chose_for_the_request_stays(self):
        def configure(config):
            def choose(event):
                event.request._LOCALE_ = "eo"

            config.add_subscriber(choose, "pyramid.events.NewRequest")

        site = Site(configure)
        assert site.browser.get("/account/sign-in?_LOCALE_=de").html.html["lang"] == "eo"

    def test_the_applications_own_negotiator_is_asked_alone(self):
        site = Site(lambda config: config.set_locale_negotiator(lambda _request: "la"))
        assert site.browser.get("/account/sign-in?_LOCALE_=de").html.html["lang"] == "la"

    def test_what_was_posted_to_a_denied_page_is_not_read_for_it(self, site):
        site.policy.person = ADA
        body = "a=&" * 1_000
        response = site.browser.post("/secret", body, status=403)
        assert "webob._parsed_post_vars" not in response.request.environ


HOSTILE_TEXTS = {
    "nul": b"a%00b",
    "control": b"%1b[2J%0d%0aSet-Cookie:%20x=y",
    "surrogate": b"%ed%a0%80",
    "not utf-8": b"%ff%fe",
    "half an escape": b"%",
    "long": b"a" * 100_000,
    "rather long": b"a" * 5_000,
    "markup": b"%3Cscript%3E",
    "elsewhere": b"//elsewhere.example",
    "empty": b"",
}
HOSTILE_FIELDS = (b"username", b"password", b"new_password", b"code", b"email", b"next", b"reason")
HOSTILE_SHAPES = {
    "once": lambda name, text: name + b"=" + text,
    "three times": lambda name, text: b"&".join([name + b"=" + text] * 3),
    "as a list": lambda name, text: name + b"[]=" + text,
    "no value": lambda name, text: name,
    "as a name": lambda name, text: text + b"=" + name,
}


@lru_cache
def shared_site() -> Site:
    site = Site()
    site.is_asked("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.birthdate"]')
    return site


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("token", [b"csrf_token=token&", b"", b"csrf_token=%ff&"])
@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_no_hostile_form_breaks_a_page_or_leads_elsewhere(path, token, text):
    site = shared_site()
    for shape in HOSTILE_SHAPES.values():
        body = token + b"&".join(shape(name, text) for name in HOSTILE_FIELDS)
        query = text.decode()[:5_000]
        response = site.browser.post(
            f"{path}?next={query}&username={query}&_LOCALE_={query}",
            body,
            headers={"Cookie": "csrf_token=token", "Referer": text.decode()},
            expect_errors=True,
        )
        assert response.status_int in (200, 303, 400, 413)
        if response.status_int == 303:
            assert response.location.startswith("http://localhost/")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("length", ["-5", "abc", "1_0", "9" * 5_000, "99", "0", ""])
def test_no_false_length_breaks_a_page(path, length):
    site = shared_site()
    for is_terminated in (True, False):
        request = Request.blank(path, method="POST", cookies={"csrf_token": "token"})
        request.environ["wsgi.input"] = BytesIO(b"csrf_token=token&username=ada")
        request.environ["wsgi.input_terminated"] = is_terminated
        request.environ["CONTENT_LENGTH"] = length
        response = request.get_response(site.browser.app)
        assert response.status_int in (303, 400, 413)
