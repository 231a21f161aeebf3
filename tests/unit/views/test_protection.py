"""Headers of every account page, and requests that no browser sends."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from io import BytesIO
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyramid_cognito.views.intake import MAX_BODY
from tests.unit.views.site import Site

FORMS = (
    "/account/sign-in",
    "/account/sign-in/challenge",
    "/account/sign-out",
    "/account/sign-up",
    "/account/confirm",
    "/account/confirm/resend",
    "/account/forgot-password",
    "/account/reset-password",
)
FIELDS = ("username", "password", "new_password", "code", "email", "next", "remember", "csrf_token")


def multipart(*parts: bytes) -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def part(name: str, value: bytes = b"", more: bytes = b"") -> bytes:
    return b'Content-Disposition: form-data; name="%s"%s\r\n\r\n%s' % (name.encode(), more, value)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("method", ["get", "post", "bad post"])
def test_no_page_is_kept_framed_or_sniffed(site, path, method):
    if method == "get":
        response = site.browser.get(path)
    else:
        response = site.post(path, {"csrf_token": "other"} if method == "bad post" else {})
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'self'"
    assert {"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} < set(policy)


@pytest.mark.parametrize("path", FORMS)
def test_no_page_has_script_or_style_of_its_own(site, path):
    site.is_asked("SOFTWARE_TOKEN_MFA")
    html = site.browser.get(path).html
    assert not html.select("script:not([src]), style, [style]")
    assert not [
        name for element in html.find_all(True) for name in element.attrs if name.startswith("on")
    ]


@pytest.mark.parametrize("path", FORMS)
def test_every_field_has_a_label(site, path):
    site.is_asked("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.birthdate"]')
    html = site.browser.get(path).html
    labelled = {label["for"] for label in html.select("label")}
    for field in html.select("input:not([type=hidden]):not([hidden])"):
        assert field["id"] in labelled
    assert html.html["lang"] == "en"
    assert html.select_one("meta[name=viewport]")


def test_the_application_keeps_its_own_headers(site):
    def configure(config):
        config.add_route("open", "/open")
        config.add_view(
            lambda request: request.response,
            route_name="open",
            permission="__no_permission_required__",
        )

    assert "Content-Security-Policy" not in Site(configure).browser.get("/open").headers


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded; charset=utf-16", b"username=ada"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"username=ada"),
        ("multipart/form-data", b"username=ada"),
        ("multipart/form-data; boundary=\x00", b"username=ada"),
        ("multipart/form-data; boundary=x", multipart(b"\r\n")),
        ("multipart/form-data; boundary=x", multipart(part("username", b"a", b'; filename="f"'))),
        ("multipart/form-data; boundary=x", multipart(part("csrf_token", b"a", b'; filename="f"'))),
        (
            "multipart/form-data; boundary=x",
            multipart(part("username", b"a", b"\r\nContent-Type: text/plain; charset=nonsense")),
        ),
        (
            "multipart/form-data; boundary=x",
            multipart(part("username", b"a", b"\r\nContent-Transfer-Encoding: base64")),
        ),
        (
            "multipart/form-data; boundary=x",
            multipart(
                part("username", b"", b"\r\nContent-Type: multipart/mixed; boundary=y")
                + b"--y\r\n\r\nada\r\n--y--"
            ),
        ),
    ],
)
@pytest.mark.parametrize("path", FORMS)
def test_what_cannot_be_read_is_a_bad_request(site, path, content_type, body):
    environ = {"CONTENT_TYPE": content_type}
    page = site.browser.post(path, body, extra_environ=environ, status=400)
    assert page.html.h1.text == "This could not be read"
    assert page.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("query", ["next=%ff", "username=%ed%a0%80", "%ff=x"])
def test_an_address_that_cannot_be_read_is_a_bad_request(site, path, query):
    page = site.browser.get(f"{path}?{query}", status=400)
    assert page.html.h1.text == "This could not be read"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("text", ["\x00", "ada\x00", "\x1b[2J", "a\x85b", "\ufffd"])
def test_text_that_nobody_types_is_refused_and_not_shown_again(site, path, text):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    response = site.post(path, dict.fromkeys(FIELDS[:-1], text))
    assert response.status_int == (303 if path.endswith("sign-out") else 400)
    assert text not in response
    assert site.cognito.attempts == site.cognito.answers == site.cognito.account.calls == []


@pytest.mark.parametrize("path", FORMS)
def test_kilobytes_in_every_field_are_refused_in_a_few_lines(site, path):
    site.is_asked("NEW_PASSWORD_REQUIRED")
    response = site.post(path, dict.fromkeys(FIELDS[:-1], "a" * 9_000))
    assert response.status_int == (303 if path.endswith("sign-out") else 400)
    assert len(response.body) < 5_000


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_is_too_long_is_not_read(site, path):
    class Unread(BytesIO):
        def read(self, *_size):
            raise AssertionError("the form was read")

    page = site.browser.request(
        f"{path}?next=/secret",
        method="POST",
        environ={"wsgi.input": Unread(), "CONTENT_LENGTH": str(MAX_BODY + 1)},
        status=413,
    )
    assert page.html.h1.text == "This is too long"
    assert page.headers["Cache-Control"] == "no-store, private"
    assert page.html.select_one(".cognito-links a")["href"] == path


@pytest.mark.parametrize(("most", "status"), [(MAX_BODY, 303), (MAX_BODY + 1, 413)])
def test_neither_is_one_that_comes_in_chunks_of_unknown_length(site, most, status):
    fields = b"csrf_token=token&username=ada&password=a&x="
    site.browser.set_cookie("csrf_token", "token")
    body = Chunks(fields.ljust(most, b"x") if status == 303 else fields.ljust(MAX_BODY * 3, b"x"))
    response = site.browser.request(
        "/account/sign-in",
        method="POST",
        environ={
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
        },
        expect_errors=True,
    )
    assert response.status_int == status
    assert body.read_so_far <= MAX_BODY + 1


class Chunks(BytesIO):
    """A body that is read a kilobyte at a time, and that knows how much of it was."""

    read_so_far = 0

    def read(self, size=-1):
        data = super().read(min(size, 1024) if size >= 0 else size)
        self.read_so_far += len(data)
        return data


def test_bytes_that_are_not_utf8_are_refused(site):
    site.browser.set_cookie("csrf_token", "token")
    body = b"csrf_token=token&username=ada%ff&password=%ed%a0%80"
    page = site.browser.post("/account/sign-in", body, status=400)
    assert len(page.html.select(".cognito-error")) == 2
    assert site.cognito.attempts == []


def test_of_a_field_that_is_repeated_the_first_counts(site):
    fields = [("username", "ada"), ("username", "eve"), ("password", "one"), ("password", "two")]
    site.post("/account/sign-in", [*fields, ("remember", "y"), ("remember", "")])
    assert site.cognito.attempts == [("ada", "one", True)]


def test_a_box_does_not_show_what_was_posted_in_it(site):
    page = site.post("/account/sign-in", {"remember": "<b>" * 1000})
    assert page.form["remember"].checked
    assert "<b>" not in page


def test_markup_in_a_field_stays_text(site):
    page = site.post("/account/sign-in", {"username": '"><script>alert(1)</script>'})
    assert page.form["username"].value == '"><script>alert(1)</script>'
    assert not page.html.select("script")


@given(
    path=st.sampled_from(FORMS),
    fields=st.lists(
        st.tuples(st.sampled_from(FIELDS) | st.text(max_size=20), st.text(max_size=400)), max_size=8
    ),
    query=st.dictionaries(st.sampled_from(("next", "username", "reason")), st.text(max_size=60)),
)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_typed_the_answer_is_a_page_or_a_redirect_on_this_site(path, fields, query):
    site = shared_site()
    pairs = [(_encoded(name), _encoded(text)) for name, text in fields]
    for response in (
        site.post(f"{path}?{urlencode(query, errors='replace')}", pairs),
        site.browser.get(path, {name: _encoded(text) for name, text in query.items()}),
    ):
        assert response.status_int in (200, 303, 400)
        if response.status_int == 303:
            assert response.location.startswith("http://localhost/")


@given(
    path=st.sampled_from(FORMS),
    body=st.binary(max_size=300),
    content_type=st.sampled_from(
        (
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "text/plain; charset=utf-16",
        )
    ),
)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_bytes_are_posted_the_answer_is_a_bad_request(path, body, content_type):
    site = shared_site()
    for posted in (body, b"--x\r\n" + body + b"\r\n--x--\r\n"):
        response = site.browser.post(
            path, posted, extra_environ={"CONTENT_TYPE": content_type}, expect_errors=True
        )
        assert response.status_int == 400


@lru_cache
def shared_site() -> Site:
    site = Site()
    site.is_asked("SOFTWARE_TOKEN_MFA")
    return site


def _encoded(text: str) -> bytes:
    # what a browser sends of half a surrogate pair
    return text.encode("utf-8", "replace")


def test_an_application_that_shows_no_form_never_loads_wtforms():
    program = """
import sys
from tests.unit.views.site import ADA, Site
site = Site()
assert site.browser.get("/secret").status_int == 302
site.policy.person = ADA
site.browser.get("/secret", status=403)
assert "wtforms" not in sys.modules
site.browser.get("/account/sign-in")
assert "wtforms" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
