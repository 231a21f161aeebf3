"""The sentences of the pages and their translations, and which of them a visitor gets."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from jinja2.ext import extract_from_ast
from pyramid import testing
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid_jinja2 import IJinja2Environment
from webtest import TestResponse

import pyramid_cognito
from pyramid_cognito import rendering
from pyramid_cognito.account_types import AuthFactors, Device, Passkey, User, UserSession
from pyramid_cognito.challenges import as_choices
from pyramid_cognito.errors import cognito_error
from pyramid_cognito.identity import CognitoIdentity
from tests.unit.test_rendering import speak_with_marks
from tests.unit.views.site import Site, problem

PACKAGE = Path(pyramid_cognito.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").glob("*.jinja2"))
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "pyramid_cognito.pot"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())

PLACEHOLDER = re.compile(r"\$\{\w+\}|%\(\w+\)s|%%")
# what a template holds besides text: comments, sentences, a block that is an attribute, the rest
NOT_SAID = re.compile(
    r"(?s)\{#.*?#\}|\{%-? trans\b.*?endtrans -?%\}|\{% block width %\}.*?endblock %\}"
    r"|\{[{%].*?[%}]\}|\bUTC\b"
)
TAG = re.compile(r"</?\w[^>]*>")
ENDS = re.compile(r"^\s*|[\s:?!]*$")


def texts(message: Any) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


@cache
def messages(path: Path) -> dict[Any, Message]:
    """The messages of a .pot or .po file by their ids, without the header."""
    with path.open("rb") as file:
        return {message.id: message for message in read_po(file, abort_invalid=True) if message.id}


def translations(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "pyramid_cognito.po"


def as_runtime_finds_it(template: Path) -> set[Any]:
    """The messages that the renderer's own environment asks the catalogue for."""
    config = Configurator()
    rendering.register(config)
    config.commit()
    environment = config.registry.queryUtility(IJinja2Environment, name=".cognito")
    found = extract_from_ast(environment.parse(template.read_text()))
    literal = (tuple(text for text in texts(words or ()) if text) for _line, _name, words in found)
    return {words[0] if len(words) == 1 else words for words in literal if words}


class TestTheSentences:
    def test_are_those_of_the_sources(self, tmp_path):
        command = ["pybabel", "--quiet", "extract", "--output", str(tmp_path / "fresh.pot")]
        mapping = PACKAGE.parent / "pyproject.toml"
        CommandLineInterface().run([*command, "--mapping", str(mapping), str(PACKAGE)])
        fresh = messages(tmp_path / "fresh.pot")
        assert messages(TEMPLATE).keys() == fresh.keys(), "run: make translations"

    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
    def test_are_looked_up_as_they_are_listed(self, template):
        assert as_runtime_finds_it(template) <= messages(TEMPLATE).keys()

    def test_are_listed_alike_wherever_the_list_is_made(self):
        listed = [texts(message) for message in messages(TEMPLATE)]
        assert listed == sorted(listed)
        lines = TEMPLATE.read_text("utf-8").splitlines()
        assert {line.partition(" ")[0] for line in lines} <= {
            *("", "#,", "msgid", "msgid_plural", "msgstr", "msgstr[0]", "msgstr[1]")
        }

    def test_hold_no_line_breaks_and_no_white_space_around_them(self):
        for message in messages(TEMPLATE):
            for text in texts(message):
                assert text == " ".join(text.split())

    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
    def test_are_all_that_templates_say(self, template):
        source = template.read_text("utf-8")
        html = BeautifulSoup(NOT_SAID.sub("", source), "html.parser")
        assert not re.search(r"\w", html.get_text())
        for name in ("alt", "aria-label", "placeholder", "title"):
            assert not any(re.search(r"\w", tag[name]) for tag in html.select(f"[{name}]"))


@pytest.mark.parametrize("language", LANGUAGES)
class TestATranslation:
    def test_has_every_sentence(self, language):
        translated = messages(translations(language))
        assert translated.keys() == messages(TEMPLATE).keys(), "run: make translations"
        assert [
            name for name, message in translated.items() if not all(texts(message.string))
        ] == []

    def test_is_sure_of_them(self, language):
        assert not [
            name for name, message in messages(translations(language)).items() if message.fuzzy
        ]
        assert "\n#~" not in translations(language).read_text("utf-8")

    def test_says_what_it_is_written_in_and_not_where(self, language):
        text = translations(language).read_text("utf-8")
        assert f'"Language: {language}\\n"' in text
        assert "charset=utf-8" in text
        assert "\n#:" not in text

    def test_has_the_values_and_marks_of_the_sentence(self, language):
        for name, message in messages(translations(language)).items():
            for text in texts(message.string):
                # of one thing no number need be said
                allowed = [sorted(PLACEHOLDER.findall(form)) for form in texts(name)]
                assert sorted(PLACEHOLDER.findall(text)) in allowed
                assert TAG.findall(text) == TAG.findall(texts(name)[0])

    def test_begins_and_ends_as_the_sentence(self, language):
        for name, message in messages(translations(language)).items():
            for text in texts(message.string):
                assert ENDS.findall(text) == ENDS.findall(texts(name)[0])
                assert text.endswith(".") == texts(name)[0].endswith(".")

    def test_is_compiled(self, language):
        path = translations(language)
        with path.open("rb") as source, path.with_suffix(".mo").open("rb") as compiled:
            fresh = BytesIO()
            write_mo(fresh, read_po(source, locale=language))
            fresh.seek(0)
            expected, found = read_mo(fresh), read_mo(compiled)
        # the header names the version of Babel
        assert [(texts(message.id), message.string) for message in found if message.id] == [
            (texts(message.id), message.string) for message in expected if message.id
        ]


HEADINGS = {
    "/account/sign-in": "Anmelden",
    "/account/sign-in/challenge": "Bestätigungscode eingeben",
    "/account/sign-out": "Abmelden",
    "/account/sign-up": "Konto anlegen",
    "/account/confirm": "Konto bestätigen",
    "/account/confirm/resend": "Neuen Bestätigungscode anfordern",
    "/account/forgot-password": "Passwort vergessen?",
    "/account/reset-password": "Neues Passwort festlegen",
    "/account": "Ihr Konto",
    "/account/reauthenticate": "Passwort noch einmal eingeben",
    "/account/password": "Passwort ändern",
    "/account/profile": "Ihr Profil",
    "/account/email": "E-Mail-Adresse",
    "/account/email/verify": "Bestätigungscode eingeben",
    "/account/phone": "Telefonnummer",
    "/account/phone/verify": "Bestätigungscode eingeben",
    "/account/two-factor": "Zwei-Faktor-Anmeldung",
    "/account/two-factor/authenticator": "Authentifizierungs-App einrichten",
    "/account/devices": "Geräte",
    "/account/sessions": "Wo Sie angemeldet sind",
    "/account/passkeys": "Passkeys",
    "/account/personal-data": "Ihre persönlichen Daten",
    "/account/delete": "Konto löschen",
}
CHALLENGES = {
    "PASSWORD": ({}, "Geben Sie Ihr Passwort ein"),
    "WEB_AUTHN": ({}, "Verwenden Sie Ihren Passkey"),
    "CUSTOM_CHALLENGE": ({}, "Noch eine Frage"),
    "SELECT_CHALLENGE": (
        as_choices(["PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]),
        "Wählen Sie, wie es weitergeht",
    ),
    "DEVICE_SRP_AUTH": ({}, "Dieser Schritt wird hier nicht angeboten"),
    "NEW_PASSWORD_REQUIRED": ({}, "Neues Passwort wählen"),
    "SOFTWARE_TOKEN_MFA": ({"FRIENDLY_DEVICE_NAME": "~phone"}, "Bestätigungscode eingeben"),
    "SELECT_MFA_TYPE": (
        {"MFAS_CAN_CHOOSE": '["SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"]'},
        "Wählen Sie, wie es weitergeht",
    ),
    "MFA_SETUP": (
        {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'},
        "Authentifizierungs-App einrichten",
    ),
}
NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
ATTRIBUTES = {
    "email": "~@example.com",
    "email_verified": "true",
    "phone_number": "~+49",
    "name": "~Ada",
    "sub": "~sub",
    "custom:rank": "~1",
}


def make_site(configure: Any = None) -> Site:
    """A site on which everything is shown that there is; what is a value begins with a tilde."""
    editable = frozenset({"email", "phone_number", "name", "birthdate", "zoneinfo"})
    site = Site(configure, editable_attributes=editable)
    site.policy.person = CognitoIdentity.from_claims({"sub": "~sub", "cognito:username": "~ada"})
    site.cognito.account.answers = {
        "get_user": User("~ada", ATTRIBUTES, ("EMAIL_OTP",), "EMAIL_OTP"),
        "get_user_auth_factors": AuthFactors("~ada", ("PASSWORD", "WEB_AUTHN")),
        "associate_software_token": "~KEY",
        "list_devices": [Device("~key", "~phone", "~1.2.3.4", NOON, NOON)],
        "list_user_sessions": [
            UserSession("~id", NOON, NOON, "~Firefox", "~1.2.3.4", "~Bonn", is_here)
            for is_here in (True, False)
        ],
        "list_web_authn_credentials": [
            Passkey("~id", "~key", NOON, "~example.com", "~platform", ("~usb",))
        ],
    }
    site.is_asked("SMS_MFA", CODE_DELIVERY_DESTINATION="~*1234")
    return site


@pytest.fixture
def site():
    return make_site()


def open_page(site: Site, path: str, **query: str) -> TestResponse:
    if path == "/account/sign-up":
        # who has an account is told so instead
        site.policy.person = None
    return site.browser.get(path, query)


def words(page: TestResponse) -> set[str]:
    return {" ".join(text.split()) for text in page.html.stripped_strings}


def assert_german(page: TestResponse, heading: str) -> None:
    assert page.html.html["lang"] == "de"
    assert page.html.title.text == page.html.h1.text == heading
    german = messages(translations("de"))
    translated = {text for message in german.values() for text in texts(message.string)}
    english = {text for name in german for text in texts(name)} - translated
    assert not words(page) & english
    # what gettext says of the empty string
    assert "Content-Type" not in page.html.get_text()


@pytest.mark.parametrize("path", HEADINGS)
def test_every_sentence_of_a_page_can_be_translated(path):
    html = open_page(make_site(speak_with_marks), path).html
    text = html.main.get_text(" ")
    marked = 1
    while marked:
        text, marked = re.subn("«[^«»]*»", "", text)
    values = r"~[^\s,]*|\d\d\d\d-\d\d-\d\d \d\d:\d\d UTC"
    assert not re.search(r"\w", re.sub(values, "", text))
    for name in ("aria-label", "alt", "placeholder", "title"):
        for tag in html.main.select(f"[{name}]"):
            assert not re.search(r"\w", re.sub("«[^«»]*»", "", tag[name]))


class TestInGerman:
    @pytest.mark.parametrize(("path", "heading"), HEADINGS.items())
    def test_a_page_has_nothing_else(self, site, path, heading):
        assert_german(open_page(site, path, _LOCALE_="de"), heading)

    @pytest.mark.parametrize("name", CHALLENGES)
    def test_what_is_asked_after_the_password_has_nothing_else(self, site, name):
        parameters, heading = CHALLENGES[name]
        site.is_asked(name, **parameters)
        assert_german(site.browser.get("/account/sign-in/challenge?_LOCALE_=de"), heading)

    @pytest.mark.parametrize("path", ["/account/profile", "/account/personal-data"])
    def test_what_people_wrote_is_shown_as_they_wrote_it(self, site, path):
        written = {"custom:one": "Password", "custom:two": "", "custom:three": "<b>${n}</b>"}
        site.cognito.account.answers["get_user"] = User("~ada", written)
        page = site.browser.get(path, {"_LOCALE_": "de"})
        assert {"Password", "<b>${n}</b>"} <= words(page)
        assert "Content-Type" not in page.html.get_text()

    def test_values_stand_in_their_sentences_escaped(self, site):
        site.is_asked("SMS_MFA", CODE_DELIVERY_DESTINATION="<b>+49</b> 100 %")
        page = site.browser.get("/account/sign-in/challenge?_LOCALE_=de")
        page.mustcontain(
            "Ein Bestätigungscode wurde an <strong>&lt;b&gt;+49&lt;/b&gt; 100 %</strong> gesendet."
        )

    @pytest.mark.parametrize(
        ("path", "fields", "fault"),
        [
            (
                "/account/sign-in",
                {"username": "a" * 200},
                "Benutzername: Das ist zu lang: höchstens 128 Zeichen.",
            ),
            (
                "/account/password",
                {"new_password": "a"},
                "Neues Passwort: Es muss mindestens 8 Zeichen enthalten.",
            ),
            (
                "/account/profile",
                {"birthdate": "1066-10-14"},
                "Geburtsdatum: Geben Sie ein Datum zwischen 1850-01-01 und 2150-12-31 ein.",
            ),
        ],
    )
    def test_a_fault_is_told_with_its_values(self, site, path, fields, fault):
        page = site.post(f"{path}?_LOCALE_=de", fields)
        assert page.html.title.text.startswith("Fehler: ")
        assert fault in problem(page)

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (50, "Sie können es in einer Minute noch einmal versuchen."),
            (170, "Sie können es in 3 Minuten noch einmal versuchen."),
        ],
    )
    def test_one_and_many_are_told_apart(self, site, seconds, words):
        site.fails("TooManyAttempts", retry_after=seconds)
        fields = {"username": "ada", "password": "one"}
        assert words in problem(site.post("/account/sign-in?_LOCALE_=de", fields))


class TestTheLanguage:
    def test_is_english_by_default(self, site):
        page = site.browser.get("/account/sign-in")
        assert (page.html.html["lang"], page.html.h1.text) == ("en", "Sign in")

    def test_is_the_applications_where_that_says_so(self):
        site = Site(lambda config: config.add_settings(default_locale_name="de"))
        page = site.browser.get("/account/sign-in")
        assert (page.html.html["lang"], page.html.h1.text) == ("de", "Anmelden")

    def test_is_the_default_where_the_wanted_one_is_missing(self, site):
        page = site.browser.get("/account/sign-in?_LOCALE_=tlh")
        assert (page.html.html["lang"], page.html.h1.text) == ("en", "Sign in")

    def test_of_a_country_is_the_countrys_or_else_the_languages(self, site):
        page = site.browser.get("/account/sign-in?_LOCALE_=de_AT")
        assert (page.html.html["lang"], page.html.h1.text) == ("de", "Anmelden")

    def test_is_not_the_browsers_as_in_the_rest_of_the_application(self, site):
        page = site.browser.get("/account/sign-in", headers={"Accept-Language": "de"})
        assert (page.html.html["lang"], page.html.h1.text) == ("en", "Sign in")

    def test_is_what_the_applications_negotiator_says(self):
        def of_the_browser(request: Request) -> str:
            return request.accept_language.lookup(["en", "de"], default="en")

        site = Site(lambda config: config.set_locale_negotiator(of_the_browser))
        page = site.browser.get("/account/sign-in", headers={"Accept-Language": "de-AT, en;q=0.5"})
        assert (page.html.html["lang"], page.html.h1.text) == ("de", "Anmelden")


class TestInAnApplication:
    def test_errors_are_translated_without_our_pages(self):
        site = Site(account_views=False)
        with testing.testConfig(registry=site.config.registry):
            request = Request.blank("/?_LOCALE_=de")
            request.registry = site.config.registry
            words = request.localizer.translate(cognito_error("ExpiredCodeException").message)
        assert words.startswith("Dieser Bestätigungscode ist abgelaufen")

    def test_a_sentence_may_be_replaced(self, tmp_path):
        directory = tmp_path / "de" / "LC_MESSAGES"
        directory.mkdir(parents=True)
        source = BytesIO(b'msgid "Sign in"\nmsgstr "Hereinspaziert"\n')
        with (directory / "pyramid_cognito.mo").open("wb") as file:
            write_mo(file, read_po(source, locale="de"))

        def configure(config):
            config.add_translation_dirs(str(tmp_path), override=True)

        page = Site(configure).browser.get("/account/sign-in?_LOCALE_=de")
        assert page.html.h1.text == "Hereinspaziert"
        assert page.html.select_one("label").text == "Benutzername"
