"""The sample application of development.ini, with the people whom it names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from pyramid.paster import get_appsettings
from pyramid.router import Router

from pyramid_cognito.local import parse_users
from scaffold import main
from tests.functional.conftest import USERS
from tests.functional.site import (
    PASSWORD,
    SIGN_IN,
    Browser,
    form_with,
    problem,
    where,
)

INI = Path(__file__).parents[2] / "development.ini"

PAGES = {
    "/": {"ada", "grace", "eve"},
    "/documents": {"ada", "grace", "eve"},
    "/documents/new": {"ada", "grace", "eve"},
    "/documents/welcome": {"ada", "grace", "eve"},
    "/documents/handbook": {"ada", "grace"},
    "/documents/field-notes": {"ada", "eve"},
    "/documents/agreement": {"ada", "grace"},
    "/documents/salaries": {"ada"},
    "/documents/welcome/edit": {"ada"},
    "/documents/welcome/delete": {"ada"},
    "/restricted": {"ada", "grace"},
    "/admin": {"ada"},
    "/api/me": {"ada", "grace", "eve"},
}


@pytest.fixture(scope="module")
def settings(local_settings: dict[str, str]) -> dict[str, str]:
    """Those of the file, with the pool of all tests for its own."""
    own = {name: local_settings[f"cognito.local.{name}"] for name in ("directory", "environment")}
    return dict(get_appsettings(str(INI))) | {
        f"cognito.local.{name}": text for name, text in own.items()
    }


@pytest.fixture(scope="module")
def site(settings: dict[str, str]) -> Router:
    return main({}, **settings)


@pytest.fixture(scope="module")
def people(site: Router) -> dict[str, Browser]:
    """Browsers of ada, grace and eve, who have signed in by the page."""
    browsers = {user.username: Browser(site) for user in USERS}
    for name, browser in browsers.items():
        browser.sign_in(name, status=303)
    return browsers


def test_the_people_of_the_ini_are_those_of_these_tests(settings: dict[str, str]) -> None:
    named = {user.username: user for user in parse_users(settings["cognito.local.users"])}

    assert named.keys() == {user.username for user in USERS}
    for user in USERS:
        assert named[user.username].password == user.password
        assert named[user.username].groups == user.groups
        assert user.attributes.items() <= named[user.username].attributes.items()


@pytest.mark.parametrize("name", ["ada", "grace", "eve"])
def test_everyone_sees_the_pages_that_are_for_them(people: dict[str, Browser], name: str) -> None:
    assert people[name].reaches(PAGES) == {path for path, names in PAGES.items() if name in names}


@pytest.mark.parametrize("path", ["/documents", "/documents/handbook", "/restricted", "/api/me"])
def test_anonymous_people_sign_in_and_are_back_where_they_were(site: Router, path: str) -> None:
    browser = Browser(site)

    sent_to = where(browser.get(path, status=302))

    assert sent_to == f"{SIGN_IN}?next={quote(path, safe='')}"
    form = form_with(browser.get(sent_to), "password")
    form["username"], form["password"] = "grace", PASSWORD
    answer = form.submit()
    assert where(answer) == path
    answer.follow(status=200)


def test_the_home_page_says_who_is_signed_in(people: dict[str, Browser], site: Router) -> None:
    assert "Who may see what?" in Browser(site).get("/").html.h1.text
    for name, browser in people.items():
        assert name in browser.get("/").html.h1.text.lower()


def test_the_navigation_shows_what_is_open(people: dict[str, Browser]) -> None:
    links = {
        name: [link.text for link in browser.get("/").html.select("header nav a")]
        for name, browser in people.items()
    }

    assert links == {
        "ada": ["Home", "Documents", "Restricted", "Admin"],
        "grace": ["Home", "Documents", "Restricted"],
        "eve": ["Home", "Documents"],
    }


def test_the_api_says_who_asks(people: dict[str, Browser]) -> None:
    me = people["ada"].get("/api/me").json

    assert (me["username"], me["groups"]) == ("ada", ["Admin"])
    assert {me["sub"], "group:Admin", "custom:domain=example.com"} < set(me["principals"])
    assert "policy:AuthorizedDomainsOnly" in me["principals"]
    assert "policy:AuthorizedDomainsOnly" not in people["eve"].get("/api/me").json["principals"]


def test_the_api_answers_programs_as_json(people: dict[str, Browser], site: Router) -> None:
    headers = {"Accept": "application/json"}

    assert Browser(site).get("/api/me", headers=headers, status=401).json["error"] == "unauthorized"
    assert people["eve"].get("/admin", headers=headers, status=403).json["error"] == "forbidden"


def test_a_program_brings_its_token(people: dict[str, Browser], site: Router) -> None:
    services = site.registry["pyramid_cognito"]
    ticket = people["ada"].ticket
    assert ticket is not None
    tokens = services.tickets.tokens(ticket[1:])
    headers = {"Authorization": f"Bearer {tokens.access_token}"}

    program = Browser(site)

    assert program.get("/api/me", headers=headers).json["username"] == "ada"
    assert program.get("/admin", headers=headers).status_int == 200
    # custom attributes are no part of an access token
    assert program.get("/restricted", headers=headers, status=403).json["error"] == "forbidden"


def test_the_account_pages_are_inside_the_applications_layout(site: Router) -> None:
    page = Browser(site).get(SIGN_IN)

    assert page.html.select_one("header .brand").text.strip() == "Scaffold"
    assert page.html.h1.text == "Sign in"
    assert page.html.title.text.startswith("Sign in")
    assert len(page.html.select("h1")) == len(page.html.select("main")) == 1
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_wrong_password_is_told_inside_it_too(site: Router) -> None:
    page = Browser(site).sign_in("ada", "Wrong-Horse-9", status=400)

    assert "not right" in problem(page)
    assert page.html.select_one("header .brand")


def test_a_page_that_is_not_for_a_person_offers_another_sign_in(people: dict[str, Browser]) -> None:
    page = people["eve"].get("/restricted", status=403)

    link = page.html.find("a", string="Sign in as someone else")
    form = form_with(page.goto(link["href"]), "password")
    form["username"], form["password"] = "grace", PASSWORD
    answer = form.submit()

    assert where(answer) == "/restricted"
    answer.follow(status=200)
    people["eve"].reset()
    people["eve"].sign_in("eve")


def test_an_owner_edits_a_document_and_others_do_not(people: dict[str, Browser]) -> None:
    form = people["eve"].get("/documents/new").forms["document"]
    form["title"], form["audience"] = "Written by eve", "everyone"
    address = where(form.submit())

    assert people["eve"].get(f"{address}edit").status_int == 200
    assert people["ada"].get(f"{address}edit").status_int == 200
    assert people["grace"].get(address).html.h1.text == "Written by eve"
    people["grace"].get(f"{address}edit", status=403)


def test_the_button_signs_out(site: Router) -> None:
    browser = Browser(site)
    browser.sign_in("grace")

    browser.get("/").forms["sign-out"].submit(status=303)

    assert browser.get("/").html.select_one(".person a").text == "Sign in"
    browser.get("/documents", status=302)


def test_after_a_restart_people_are_still_signed_in(
    people: dict[str, Browser], settings: dict[str, str]
) -> None:
    restarted = people["ada"].twin(main({}, **settings))

    assert restarted.get("/admin").status_int == 200
