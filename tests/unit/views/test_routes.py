"""Where the account pages are, and where they may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.request import Request

from pyramid_cognito.views.routes import home, safe_next
from tests.unit.views.site import Site

PAGES = (
    "/account/sign-in",
    "/account/sign-out",
    "/account/sign-up",
    "/account/confirm",
    "/account/confirm/resend",
    "/account/forgot-password",
    "/account/reset-password",
)


@pytest.fixture
def request_() -> Request:
    return Request.blank("/account/sign-in", base_url="https://app.example:8443")


@pytest.mark.parametrize("path", PAGES)
def test_anyone_may_see_every_page_whatever_the_default_permission(site, path):
    assert site.browser.get(path).status_int == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_head_like_get_and_no_other_method(site, path):
    assert site.browser.head(path).status_int == 200
    assert site.browser.put(path, status=404)


def test_the_prefix_of_the_pages_is_a_setting():
    site = Site(route_prefix="/people/me")
    assert site.browser.get("/people/me/sign-in").status_int == 200
    assert site.browser.get("/account/sign-in", status=404)


def test_the_pages_may_stand_at_the_root():
    assert Site(route_prefix="").browser.get("/sign-in").status_int == 200


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
