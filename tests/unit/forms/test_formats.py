"""The kinds of text that attributes hold."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyramid_cognito.forms import formats
from tests.unit.forms.asked import texts

READERS = [
    formats.text,
    formats.number,
    formats.day,
    formats.birthday,
    formats.email,
    formats.phone,
    formats.url,
    formats.locale,
    formats.zone,
]


def refusal(read, typed):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the test looks at the sentence
        read(typed)
    (message,) = texts(caught.value.args)
    return message


def taken(read, typed):
    """What *read* makes of it; None where it refuses."""
    try:
        return read(typed)
    except ValueError:
        return None


@pytest.mark.parametrize("read", READERS)
@given(typed=st.text())
def test_what_is_taken_stays_as_it_is_when_it_is_read_again(read, typed):
    stored = taken(read, typed)
    assert stored is None or read(stored) == stored


class TestNumbers:
    @pytest.mark.parametrize("typed", ["0", "42", "-3", "3.5", "-0.25", "007", "9" * 100])
    def test_digits_are_one(self, typed):
        assert formats.number(typed) == typed

    @pytest.mark.parametrize(
        "typed",
        ["", "+1", "1,5", ".5", "5.", "1e3", "NaN", "0x1", "\u0661", "- 1", "1 000", "9" * 101],
    )
    def test_nothing_else_is_one(self, typed):
        assert refusal(formats.number, typed) == "Enter a number, like 42 or 3.5."

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
    def test_every_decimal_fraction_is_one(self, number):
        assert formats.number(f"{number:f}") == f"{number:f}"

    @given(st.text("0123456789.-+eE ,_"))
    def test_what_is_taken_is_a_number_to_python_too(self, typed):
        assert taken(formats.number, typed) is None or float(typed) is not None


class TestDates:
    @given(st.dates(formats.FIRST_DATE, formats.LAST_DATE))
    def test_every_day_of_the_calendar_is_one(self, found):
        assert formats.day(found.isoformat()) == found.isoformat()

    @given(st.dates().filter(lambda d: not formats.FIRST_DATE <= d <= formats.LAST_DATE))
    def test_far_past_and_far_future_are_slips_of_the_finger(self, found):
        assert refusal(formats.day, found.isoformat()) == (
            "Enter a date between 1850-01-01 and 2150-12-31."
        )

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "2023-02-29",
            "2024-13-01",
            "1990-1-2",
            "31.12.1990",
            "19901231",
            "1990-W01-1",
            "1990-12-31T00:00",
            "١٩٩٠-١٢-٣١",
        ],
    )
    def test_nothing_else_is_one(self, typed):
        assert refusal(formats.day, typed).startswith("Enter a date as year, month and day")
        assert refusal(formats.birthday, typed).startswith("Enter a date as year, month and day")

    @pytest.mark.parametrize(("days", "is_taken"), [(-1, True), (1, True), (2, False)])
    def test_nobody_is_born_in_the_future(self, days, is_taken):
        today = datetime.now(timezone.utc).date()
        typed = (today + timedelta(days=days)).isoformat()
        assert taken(formats.birthday, typed) == (typed if is_taken else None)

    def test_what_is_wrong_with_a_birthday_to_come_is_said(self):
        assert refusal(formats.birthday, "2140-01-01") == (
            "A date of birth cannot be in the future."
        )

    @given(st.from_regex("[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True))
    def test_what_is_taken_is_a_day_to_python_too(self, typed):
        if taken(formats.day, typed):
            assert date(*map(int, typed.split("-"))).isoformat() == typed


class TestEmail:
    @pytest.mark.parametrize(
        "typed",
        [
            "ada@example.com",
            "Ada.Lovelace+1@mail.example.com",
            "o'hara@xn--bcher-kva.example",
            "a@localhost",
            f"{'a' * 64}@example.com",
        ],
    )
    def test_addresses_are_taken(self, typed):
        assert formats.email(typed) == typed

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@example.com.",
            "ada @example.com",
            "Ada <ada@example.com>",
            "ada@example.com,eve@example.com",
            "ada@exämple.com",
            "ada@example.com\n",
            f"{'a' * 65}@example.com",
            "a@" + ".".join(["b" * 60] * 5),
        ],
    )
    def test_others_are_not(self, typed):
        assert refusal(formats.email, typed) == "Enter an e-mail address, like name@example.com."

    @given(st.emails(domains=st.sampled_from(["example.com", "a.b-c.example"])))
    def test_every_plain_address_is_taken(self, typed):
        assert formats.email(typed) == typed

    @given(st.text("a.@ -<>,;\"'\\é"))
    def test_what_is_taken_has_one_name_and_one_host(self, typed):
        if taken(formats.email, typed):
            name, host = typed.split("@")
            assert name
            assert host
            assert not re.search(r"[\s<>,;\"\\]", typed)


class TestPhone:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("+442079460958", "+442079460958"),
            ("+44 20 7946 0958", "+442079460958"),
            ("+44 (0)20 7946-0958", "+442079460958"),
            ("+1 (555) 010-0199", "+15550100199"),
            ("+49.30\u00a0123\u2011456\u2013789", "+4930123456789"),
            ("[+33] 1 23 45 67 89", "+33123456789"),
        ],
    )
    def test_a_number_is_taken_however_it_is_grouped(self, typed, stored):
        assert formats.phone(typed) == stored

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "+",
            "02079460958",
            "0044 20 7946 0958",
            "+0123456789",
            "+44 20 CALL ME",
            "+123456",
            "+1234567890123456",
            "++442079460958",
            "+٤٤٢٠٧٩٤٦٠٩٥٨",
            "+44/2079460958",
        ],
    )
    def test_others_are_not(self, typed):
        assert refusal(formats.phone, typed).startswith("Enter a telephone number with +")

    @given(
        st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.lists(st.sampled_from(" .-()[]"))
    )
    def test_decoration_changes_nothing(self, stored, decoration):
        # between the digits, but not as the (0) that some write
        typed = stored[:3] + "".join(decoration) + stored[3:]
        assert formats.phone(typed) == stored or "(0)" in typed

    @given(st.text("+0123456789 -().x"))
    def test_what_is_taken_is_e164(self, typed):
        stored = taken(formats.phone, typed)
        assert stored is None or re.fullmatch(r"\+[1-9]\d{6,14}", stored, re.ASCII)


class TestUrl:
    @pytest.mark.parametrize(
        "typed",
        [
            "https://example.com",
            "http://example.com:8080/a/b?c=d#e",
            "https://bücher.example/ä",
            "HTTPS://EXAMPLE.COM/",
            "http://[::1]/",
        ],
    )
    def test_web_addresses_are_taken(self, typed):
        assert formats.url(typed) == typed

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "example.com",
            "//example.com",
            "https:example.com",
            "https://",
            "https:///path",
            "https://:80/",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.com",
            "https://ada:secret@example.com/",
            "https://evil.example\\@example.com/",
            "https://exa mple.com",
            "https://example.com/<script>",
            'https://example.com/"x',
            "https://example.com:port/",
            "https://example.com:99999/",
            "https://[::1/",
        ],
    )
    def test_others_are_not(self, typed):
        assert refusal(formats.url, typed).startswith("Enter a web address")

    @given(st.text("htps:/\\@.ax[]#?% 0"))
    def test_what_is_taken_is_an_address_of_the_web(self, typed):
        stored = taken(formats.url, typed)
        assert stored is None or (urlsplit(stored).scheme in ("http", "https"))


class TestLocale:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("en", "en"),
            ("pt-BR", "pt-BR"),
            ("en_GB", "en-GB"),
            ("zh-Hant-TW", "zh-Hant-TW"),
            ("de-CH-1901", "de-CH-1901"),
            ("en-u-co-phonebk", "en-u-co-phonebk"),
        ],
    )
    def test_language_tags_are_taken(self, typed, stored):
        assert formats.locale(typed) == stored

    @pytest.mark.parametrize(
        "typed", ["", "e", "English language", "en-", "-en", "en--GB", "en-toolongsubtag", "日本"]
    )
    def test_others_are_not(self, typed):
        assert refusal(formats.locale, typed) == "Enter a language tag, like en or pt-BR."


class TestZone:
    @given(st.sampled_from(sorted(available_timezones()) or ["UTC"]))
    def test_every_zone_is_taken_in_its_own_spelling(self, name):
        assert formats.zone(name.upper().replace("_", " ")) == name

    @pytest.mark.parametrize("typed", ["", "Berlin", "Europe/Atlantis", "+01:00", "../etc/passwd"])
    def test_others_are_not(self, typed, monkeypatch):
        monkeypatch.setattr(formats, "_zones", lambda: {"europe/berlin": "Europe/Berlin"})
        assert refusal(formats.zone, typed) == "Enter a time zone by its name, like Europe/Berlin."

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("Europe/Berlin", "Europe/Berlin"),
            ("America/Argentina/Buenos Aires", "America/Argentina/Buenos_Aires"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("UTC", "UTC"),
            ("+01:00", None),
            ("../etc/passwd", None),
            ("a/b/c/d", None),
            ("", None),
        ],
    )
    def test_a_machine_that_knows_none_takes_what_looks_like_one(self, typed, stored, monkeypatch):
        monkeypatch.setattr(formats, "_zones", dict)
        assert taken(formats.zone, typed) == stored

    def test_places_are_suggested_in_order(self, monkeypatch):
        known = ["UTC", "Etc/GMT+5", "Europe/Berlin", "Africa/Accra"]
        monkeypatch.setattr(formats, "_zones", lambda: {name.casefold(): name for name in known})
        assert formats.zone_suggestions() == ["Africa/Accra", "Europe/Berlin"]
