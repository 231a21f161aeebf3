"""Who reaches what: through the real policy, ACLs and views, with no user pool anywhere."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import quote

import pytest
from pyramid.paster import get_appsettings
from webtest import TestApp, TestResponse

from pyramid_cognito.testing import offline_settings, sign_in
from scaffold import main

INI = Path(__file__).parent.parent / "development.ini"
PEOPLE = {
    "ada": {
        "groups": ["Admin"],
        "claims": {"custom:domain": "example.com", "name": "Ada Lovelace"},
    },
    "grace": {"claims": {"custom:domain": "example.com", "name": "Grace Hopper"}},
    "eve": {"claims": {"custom:domain": "example.net", "name": "Eve Curie"}},
    # a person of a domain that only the policy names, and one without any attribute
    "olga": {"claims": {"custom:domain": "example.org"}},
    "nemo": {},
}
REACH = {
    "/documents": {"ada", "grace", "eve", "olga", "nemo"},
    "/documents/new": {"ada", "grace", "eve", "olga", "nemo"},
    "/documents/welcome": {"ada", "grace", "eve", "olga", "nemo"},
    "/documents/handbook": {"ada", "grace"},
    "/documents/field-notes": {"ada", "eve"},
    "/documents/agreement": {"ada", "grace", "olga"},
    "/documents/salaries": {"ada"},
    "/documents/welcome/edit": {"ada"},
    "/documents/welcome/delete": {"ada"},
    "/restricted": {"ada", "grace", "olga"},
    "/admin": {"ada"},
    "/api/me": {"ada", "grace", "eve", "olga", "nemo"},
}


@pytest.fixture
def app() -> TestApp:
    return TestApp(main({}, **offline_settings(get_appsettings(str(INI)))))


def become(app: TestApp, name: str, **more: int) -> None:
    app.reset()
    sign_in(app, name, **PEOPLE[name], **more)


def write(app: TestApp, **fields: str) -> str:
    """Write a document through the form; return its address."""
    form = app.get("/documents/new").forms["document"]
    for name, value in {"title": "A title", "body": "A text", **fields}.items():
        form[name] = value
    return form.submit().location


def titles(page: TestResponse) -> list[str]:
    return [link.text for link in page.html.select("main .rows a")]


@pytest.mark.parametrize("name", PEOPLE)
def test_who_reaches_what(app: TestApp, name: str) -> None:
    become(app, name)

    answers = {path: app.get(path, expect_errors=True).status_int for path in REACH}

    assert answers == {path: 200 if name in people else 403 for path, people in REACH.items()}


def test_anonymous_people_are_sent_to_sign_in_and_back(app: TestApp) -> None:
    for path in REACH:
        sent_to = app.get(path, status=302).location

        assert sent_to.endswith("/account/sign-in?next=" + quote(path, safe=""))


def test_the_home_page_tells_anonymous_people_how_to_sign_in(app: TestApp) -> None:
    page = app.get("/", status=200)

    assert page.html.h1.text == "Who may see what?"
    assert {state.text for state in page.html.select(".state")} == {"Sign in first"}
    assert "/account/sign-in?next=%2F" in page.html.select_one(".person a")["href"]


def test_the_home_page_tells_what_is_open(app: TestApp) -> None:
    become(app, "eve")

    rows = app.get("/").html.select("main .rows li")

    states = {row.a.text: row.select_one(".state").text for row in rows}
    open_to_eve = {title for title, state in states.items() if state == "Open to you"}
    assert open_to_eve == {"Documents", "Welcome", "Field notes", "Who am I, as JSON"}
    assert set(states.values()) == {"Open to you", "Closed to you"}


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("ada", ["Home", "Documents", "Restricted", "Admin"]),
        ("grace", ["Home", "Documents", "Restricted"]),
        ("eve", ["Home", "Documents"]),
    ],
)
def test_the_navigation_shows_what_is_open(app: TestApp, name: str, links: list[str]) -> None:
    become(app, name)

    page = app.get("/documents/welcome").html

    assert [link.text for link in page.select("header nav a")] == links
    assert page.select_one("nav [aria-current=true]").text == "Documents"


def test_the_name_of_who_is_signed_in_leads_to_their_account(app: TestApp) -> None:
    assert app.get("/").html.select_one(".account") is None
    become(app, "ada")

    link = app.get("/").html.select_one(".account")

    assert (link.text, link["href"]) == ("Ada Lovelace, your account", "/account")


def test_signing_out_is_a_form_with_a_token(app: TestApp) -> None:
    become(app, "ada")

    form = app.get("/").forms["sign-out"]

    assert (form.method, form.action) == ("post", "/account/sign-out")
    assert form["csrf_token"].value
    form.submit()
    assert "Sign in" in app.get("/").html.select_one(".person").text


def test_me_says_who_it_is(app: TestApp) -> None:
    become(app, "ada")

    me = app.get("/api/me").json

    assert (me["username"], me["groups"]) == ("ada", ["Admin"])
    assert {me["sub"], "group:Admin", "custom:domain=example.com"} < set(me["principals"])
    assert {"policy:AuthorizedDomainsOnly", "policy:RecentSignIn"} < set(me["principals"])


def test_a_program_is_told_as_json_that_it_must_sign_in(app: TestApp) -> None:
    answer = app.get("/api/me", headers={"Accept": "application/json"}, status=401)

    assert answer.json["error"] == "unauthorized"


def test_the_list_holds_what_a_person_may_read(app: TestApp) -> None:
    become(app, "eve")

    page = app.get("/documents")

    assert titles(page) == ["Welcome", "Field notes"]
    assert "2 of 5" in page.text


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("owner", {"ada", "grace"}),
        ("domain", {"ada", "grace"}),
        ("partners", {"ada", "grace", "olga"}),
        ("everyone", {"ada", "grace", "eve", "olga", "nemo"}),
    ],
)
def test_the_owner_chooses_who_reads(app: TestApp, audience: str, readers: set[str]) -> None:
    become(app, "grace")
    address = write(app, audience=audience)

    found = set()
    for name in PEOPLE:
        become(app, name)
        if app.get(address, expect_errors=True).status_int == 200:
            found.add(name)

    assert found == readers


def test_a_person_without_a_domain_has_no_such_audience(app: TestApp) -> None:
    become(app, "nemo")
    form = app.get("/documents/new").forms["document"]

    form["title"] = "Mine"
    form["audience"].force_value("domain")

    assert "Choose who may read it." in form.submit(status=422)


def test_only_the_owner_and_an_admin_edit(app: TestApp) -> None:
    become(app, "grace")
    address = write(app, audience="everyone")

    become(app, "eve")
    app.get(address + "edit", status=403)
    token = app.get("/").forms["sign-out"]["csrf_token"].value
    app.post(address + "edit", {"title": "Eve's", "csrf_token": token}, status=403)

    for name in ("grace", "ada"):
        become(app, name)
        form = app.get(address + "edit").forms["document"]
        form["title"] = f"As {name} has it"
        assert form.submit().follow().html.h1.text == f"As {name} has it"


def test_a_policy_lets_people_share(app: TestApp) -> None:
    become(app, "eve")
    app.get("/documents/agreement", status=403)

    become(app, "grace")
    form = app.get("/documents/agreement").forms["share"]
    form["domain"] = " Example.NET "
    assert "Shared with example.net." in form.submit().follow()

    become(app, "eve")
    page = app.get("/documents/agreement")
    assert "Share it" not in page
    token = page.forms["sign-out"]["csrf_token"].value
    share = {"domain": "example.info", "csrf_token": token}
    app.post("/documents/agreement/share", share, status=403)


def test_another_audience_ends_the_sharing(app: TestApp) -> None:
    become(app, "ada")
    form = app.get("/documents/agreement").forms["share"]
    form["domain"] = "example.net"
    form.submit()
    for audience in ("owner", "partners"):
        form = app.get("/documents/agreement/edit").forms["document"]
        form["audience"] = audience
        form.submit()

    become(app, "eve")
    app.get("/documents/agreement", status=403)


def test_a_domain_must_look_like_one(app: TestApp) -> None:
    become(app, "ada")
    form = app.get("/documents/agreement").forms["share"]
    form["domain"] = "custom:role=boss"

    page = form.submit(status=422)

    assert page.html.find(id="domain")["aria-invalid"] == "true"
    assert "Enter a domain such as example.net." in page


def test_deleting_asks_first(app: TestApp) -> None:
    become(app, "grace")
    address = write(app, audience="everyone")

    form = app.get(address + "delete").forms["delete"]
    assert titles(app.get("/documents")).count("A title") == 1
    form.submit()

    assert "A title" not in titles(app.get("/documents"))
    app.get(address, status=404)


def test_deleting_needs_a_recent_sign_in(app: TestApp) -> None:
    become(app, "grace")
    address = write(app, audience="everyone")

    become(app, "grace", auth_time=int(time.time()) - 3700)

    app.get(address, status=200)
    assert "/account/reauthenticate?next=" in app.get(address + "delete").location


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("title", "  ", "Give the document a title."),
        ("title", "t" * 81, "Keep the title within 80 characters."),
        ("body", "b" * 5001, "Keep the text within 5000 characters."),
    ],
)
def test_a_form_says_what_does_not_fit(app: TestApp, field: str, value: str, error: str) -> None:
    become(app, "grace")
    for path in ("/documents/new", write(app, audience="everyone") + "edit"):
        form = app.get(path).forms["document"]
        form["title"] = "Kept"
        form[field] = value

        page = form.submit(status=422)

        assert page.html.title.text.startswith("Error: ")
        assert page.html.find(id=field)["aria-describedby"] == f"{field}-error"
        assert page.html.find(id=f"{field}-error").text == error
        assert field == "title" or page.forms["document"]["title"].value == "Kept"


def test_what_people_write_is_not_markup(app: TestApp) -> None:
    become(app, "eve")

    page = app.get(write(app, title="<b>bold</b>", body="<script>alert(1)</script>"))

    assert page.html.h1.text == "<b>bold</b>"
    assert "<script" not in page


@pytest.mark.parametrize("path", ["/documents/new", "/documents/welcome/edit"])
def test_a_form_without_its_token_changes_nothing(app: TestApp, path: str) -> None:
    become(app, "ada")
    before = titles(app.get("/documents"))

    page = app.post(path, {"title": "Forged", "body": "", "audience": "owner"}, status=400)

    assert page.html.h1.text == "This form has expired"
    assert titles(app.get("/documents")) == before


def test_an_unknown_address_has_a_page_of_its_own(app: TestApp) -> None:
    assert app.get("/nowhere", status=404).html.h1.text == "There is nothing here"


def test_every_response_has_security_headers(app: TestApp) -> None:
    for path in ("/", "/nowhere", "/static/scaffold.css", "/account/sign-in"):
        headers = app.get(path, expect_errors=True).headers

        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_page_has_a_title_one_heading_and_landmarks(app: TestApp) -> None:
    become(app, "ada")
    for path in ["/", *REACH.keys() - {"/api/me"}]:
        page = app.get(path)

        assert len(page.html.select("h1")) == len(page.html.select("main")) == 1
        assert page.html.title.text.endswith(" Scaffold")
        assert not page.html.select("script, style, [style], [onclick]")
