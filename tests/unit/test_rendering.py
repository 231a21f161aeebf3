"""Our templates and the application's, side by side."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError
from pyramid.config import Configurator
from pyramid.events import BeforeRender
from pyramid.exceptions import ConfigurationError
from pyramid.i18n import Localizer
from pyramid.interfaces import ILocalizer, IRendererFactory
from pyramid.renderers import render
from pyramid.threadlocal import RequestContext
from pyramid_jinja2 import IJinja2Environment

from pyramid_cognito import rendering
from tests.unit.views.site import ADA, Site

ENVIRONMENT_OF_THE_APPLICATION = {
    "jinja2.directories": "tests.unit:",
    "jinja2.autoescape": "false",
    "jinja2.i18n.domain": "application",
}


def jinja_of_the_application(config):
    environment = config.registry.queryUtility(IJinja2Environment, name=".jinja2")
    domain = environment.globals["gettext"].__self__.domain
    return environment.loader.searchpath, environment.autoescape, domain, environment.undefined


def include_jinja(config):
    config.include("pyramid_jinja2")


@pytest.mark.parametrize("own", [{}, ENVIRONMENT_OF_THE_APPLICATION])
@pytest.mark.parametrize(
    "order", [(include_jinja, rendering.register), (rendering.register, include_jinja)]
)
def test_the_applications_renderer_is_what_it_is_without_us(order, own):
    alone, together = Configurator(settings=dict(own)), Configurator(settings=dict(own))
    include_jinja(alone)
    for include in order:
        # as an application does that includes the whole package
        together.include(include) if include is rendering.register else include(together)
    alone.commit()
    together.commit()
    assert jinja_of_the_application(together) == jinja_of_the_application(alone)


def test_ours_is_the_same_whatever_the_application_sets():
    config = Configurator(settings=dict(ENVIRONMENT_OF_THE_APPLICATION))
    rendering.register(config)
    config.commit()
    environment = config.registry.queryUtility(IJinja2Environment, name=".cognito")
    assert environment.autoescape
    assert environment.globals["gettext"].__self__.domain == "pyramid_cognito"
    assert [path.rpartition("/")[2] for path in environment.loader.searchpath] == ["templates"]


@pytest.mark.parametrize("layout", ["no such renderer", "myapp:layout.jinja2", "nowhere:x.cognito"])
def test_a_layout_that_is_no_renderer_stops_start_up(layout):
    config = Configurator()
    rendering.require_layout(config, layout)
    with pytest.raises(ConfigurationError, match=f"cognito.layout = {layout} is not a renderer"):
        config.commit()


def test_without_pyramid_jinja2_in_the_application_there_is_no_renderer_but_ours():
    site = Site()
    assert site.config.registry.queryUtility(IRendererFactory, name=".jinja2") is None
    assert site.browser.get("/account/sign-in").html.h1.text == "Sign in"


@pytest.mark.parametrize("first", [True, False])
def test_pages_of_both_can_be_shown(first, tmp_path):
    (tmp_path / "own.jinja2").write_text("{{ words }}")

    def configure(config):
        config.add_settings({"jinja2.directories": str(tmp_path), "jinja2.autoescape": "false"})
        if first:
            config.commit()
        include_jinja(config)

    site = Site(configure)
    assert site.browser.get("/account/sign-in").html.h1.text == "Sign in"
    with RequestContext(SimpleNamespace(registry=site.config.registry)) as request:
        assert render("own.jinja2", {"words": "<b>"}, request=request) == "<b>"


def test_a_template_can_be_replaced(tmp_path):
    (tmp_path / "mine.jinja2").write_text(
        '{% extends "pyramid_cognito:templates/page.jinja2" %}'
        "{% block content %}<p>Bye {{ heading }}</p>{% endblock %}"
    )

    def configure(config):
        replaced = "pyramid_cognito:templates/signed_out.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    page = Site(configure).browser.get("/account/sign-out")
    assert page.html.p.text == "Bye You are signed out"


def test_what_every_page_extends_can_be_replaced_too(tmp_path):
    (tmp_path / "page.jinja2").write_text("<p>{{ heading }}</p>{% block content %}{% endblock %}")

    def configure(config):
        replaced = "pyramid_cognito:templates/page.jinja2"
        config.override_asset(replaced, str(tmp_path / "page.jinja2"))

    page = Site(configure).browser.get("/account/sign-in")
    assert page.html.p.text == "Sign in"
    assert page.form["username"]


def test_the_style_sheet_can_be_replaced(tmp_path):
    (tmp_path / "mine.css").write_text("/* mine */")

    def configure(config):
        replaced = "pyramid_cognito:static/account.css"
        config.override_asset(replaced, str(tmp_path / "mine.css"))

    assert Site(configure).browser.get("/account/static/account.css").text == "/* mine */"


class TestInTheLayoutOfTheApplication:
    def test_a_jinja_layout_gets_title_and_content(self, tmp_path):
        layout = tmp_path / "layout.jinja2"
        layout.write_text("<title>{{ title }} - Mine</title><article>{{ content }}</article>")
        site = Site(include_jinja, layout=str(layout))
        page = site.browser.get("/account/sign-in")
        assert page.html.title.text == "Sign in - Mine"
        assert page.html.select_one("article form input[name=username]")
        # the layout knows nothing of our style sheet
        assert page.html.select_one("article link")["href"] == "/account/static/account.css"

    def test_any_renderer_may_be_the_layout(self):
        def configure(config):
            def factory(_info):
                return lambda value, _system: f"{value['title']}|{value['content'].__html__()}"

            config.add_renderer(".mine", factory)

        page = Site(configure, layout="any.mine").browser.post("/account/sign-in", status=400)
        assert page.text.startswith("This form has expired|")
        assert "<h1>This form has expired</h1>" in page.text

    def test_it_may_load_scripts_from_elsewhere_but_not_be_framed(self, tmp_path):
        layout = tmp_path / "layout.jinja2"
        layout.write_text("{{ content }}")
        page = Site(include_jinja, layout=str(layout)).browser.get("/account/sign-in")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src" not in policy
        assert "frame-ancestors 'none'" in policy

    def test_errors_are_inside_it_too(self, tmp_path):
        layout = tmp_path / "layout.jinja2"
        layout.write_text("<article>{{ content }}</article>")
        site = Site(include_jinja, layout=str(layout))
        site.policy.person = ADA
        page = site.browser.get("/secret", status=403)
        assert page.html.select_one("article h1").text == "You may not see this page"


def test_our_own_layout_has_the_style_sheet_in_its_head():
    page = Site().browser.get("/account/sign-in")
    assert len(page.html.select("head link")) == len(page.html.select("link")) == 1


def test_a_template_knows_what_is_offered_and_the_settings(tmp_path):
    (tmp_path / "mine.jinja2").write_text(
        "{{ offers('sign_up') }} {{ offers('sms_code') }} {{ settings.route_prefix }}"
    )

    def configure(config):
        replaced = "pyramid_cognito:templates/signed_out.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    site = Site(configure, features=frozenset({"sign_up"}))
    assert "True False /account" in site.browser.get("/account/sign-out")


def test_what_the_application_adds_to_templates_is_there(tmp_path):
    (tmp_path / "mine.jinja2").write_text("{{ site_name }}")

    def configure(config):
        config.add_subscriber(lambda event: event.update(site_name="Mine"), BeforeRender)
        replaced = "pyramid_cognito:templates/signed_out.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    assert "Mine" in Site(configure).browser.get("/account/sign-out")


def test_a_name_that_a_template_misses_is_an_error(tmp_path):
    (tmp_path / "mine.jinja2").write_text("{{ no_such_name }}")

    def configure(config):
        replaced = "pyramid_cognito:templates/signed_out.jinja2"
        config.override_asset(replaced, str(tmp_path / "mine.jinja2"))

    with pytest.raises(UndefinedError, match="no_such_name"):
        Site(configure).browser.get("/account/sign-out")


def test_links_and_pages_know_where_the_application_is_mounted():
    page = Site().browser.get("/account/sign-in", extra_environ={"SCRIPT_NAME": "/app"})
    addresses = {element["href"] for element in page.html.select("[href]")}
    assert {"/app/account/static/account.css", "/app/account/sign-up"} < addresses
    assert page.html.select_one("footer a")["href"] == "/app/"


def test_the_way_home_does_not_believe_the_host_header():
    headers = {"Host": "x//elsewhere.example"}
    page = Site().browser.get("/account/sign-in", headers=headers)
    assert page.html.select_one("footer a")["href"] == "/"


class Marking:
    """Translations that only mark what they were asked for."""

    def dugettext(self, domain, words):
        return f"«{words}»" if domain == "pyramid_cognito" else words

    def dungettext(self, domain, singular, plural, n):
        return self.dugettext(domain, plural)


def speak_with_marks(config):
    config.set_locale_negotiator(lambda _request: "pt_BR")
    config.registry.registerUtility(Localizer("pt_BR", Marking()), ILocalizer, name="pt_BR")


def open_it(site, path):
    return site.browser.get(path, expect_errors=True)


def fill_it_in_wrongly(site, path):
    return site.post(path, {"username": "a" * 200, "code": "x", "password": " x "})


def fill_it_in_too_often(site, path):
    site.fails("TooManyAttempts")
    site.cognito.account.error = site.cognito.sign_out_error = site.cognito.result.error
    names = ("username", "password", "email", "code", "new_password", "userAttributes.birthdate")
    return site.post(path, dict.fromkeys(names, "1"))


def post_without_token(site, path):
    return site.browser.post(path, expect_errors=True)


@pytest.mark.parametrize(
    "path",
    [
        "/account/sign-in?reason=step-up",
        "/account/sign-in/challenge",
        "/account/sign-out",
        "/account/sign-up",
        "/account/confirm?reason=sent",
        "/account/confirm/resend",
        "/account/forgot-password",
        "/account/reset-password?reason=required",
        "/account/sign-in?next=%ff",
        "/account?reason=password-changed",
        "/account/reauthenticate?reason=expired",
        "/account/password",
        "/account/profile?reason=saved",
        "/account/email?reason=changed",
        "/account/email/verify?reason=sent",
        "/account/personal-data",
        "/account/delete",
        "/secret",
    ],
)
@pytest.mark.parametrize(
    "visit", [open_it, fill_it_in_wrongly, fill_it_in_too_often, post_without_token]
)
def test_every_sentence_of_every_page_can_be_translated(path, visit):
    site = Site(speak_with_marks, is_local=True)
    required = '["userAttributes.birthdate"]'
    site.is_asked("NEW_PASSWORD_REQUIRED", requiredAttributes=required)
    site.policy.person = ADA
    page = visit(site, path)
    if page.status_int == 303:
        return
    assert page.html.html["lang"] == "pt-BR"
    html = page.html.html
    for value in html.select("strong, dd"):
        if "«" not in value.text:
            assert value.extract().text in ("ada", "123456", "654321")
    text, marked = html.get_text(" "), 1
    while marked:
        text, marked = re.subn("«[^«»]*»", "", text)
    assert re.sub("[:\\s]", "", text) == ""


@pytest.mark.parametrize("name", ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "WEB_AUTHN"])
def test_so_can_those_of_every_challenge(name):
    site = Site(speak_with_marks)
    site.is_asked(name)
    text = site.browser.get("/account/sign-in/challenge").html.main.get_text(" ")
    assert re.sub(r"«[^«»]*»|\s", "", text) == ""
