"""What an authenticator app is set up from."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from markupsafe import escape

from pyramid_cognito.qr import in_groups, provisioning_uri, qr_code

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPABCD"


def uri(account="ada@example.com", issuer="Example Ltd", secret=SECRET):
    return provisioning_uri(secret, account=account, issuer=issuer)


class TestUri:
    def test_it_names_issuer_account_and_secret_as_the_key_uri_format_says(self):
        assert uri("alice@google.com", "ACME Co", "HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ") == (
            "otpauth://totp/ACME%20Co:alice%40google.com"
            "?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&issuer=ACME%20Co"
        )

    @pytest.mark.parametrize("name", ["a:b", "a&issuer=b", "a/b?c#d", "Ünï 名", "100%"])
    def test_no_name_can_change_the_other_parts(self, name):
        parts = urlsplit(uri(account=name, issuer=name))
        assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": [name.replace(":", " ")]}
        issuer, account = unquote(parts.path).removeprefix("/").split(":")
        assert (issuer, account) == (name.replace(":", " "),) * 2
        assert parts.fragment == ""

    def test_the_padding_of_base32_is_left_out(self):
        assert parse_qs(urlsplit(uri(secret="ABCDEFGHIJ======")).query)["secret"] == ["ABCDEFGHIJ"]


class TestQrCode:
    @pytest.fixture
    def element(self):
        (element,) = BeautifulSoup(qr_code(uri()), "html.parser").contents
        return element

    def test_it_is_one_svg_element_that_fills_what_room_it_gets(self, element):
        assert element.name == "svg"
        assert set(element.attrs) == {"viewbox", "class"}

    def test_no_part_of_it_has_a_style_of_its_own(self, element):
        names = {name for part in element.find_all() for name in part.attrs}
        assert names == {"d", "fill", "stroke"}

    def test_it_is_dark_on_light_whatever_the_page_around_it(self, element):
        ground, modules = element.find_all("path")
        assert (ground["fill"], modules["stroke"]) == ("#fff", "#000")

    def test_the_quiet_zone_is_four_modules_of_the_light_ground(self, element):
        _, _, width, height = element["viewbox"].split()
        ground, modules = element.find_all("path")
        assert ground["d"] == f"M0 0h{width}v{height}h-{width}z"
        assert modules["d"].startswith("M4 4.5h7m")

    def test_a_template_does_not_escape_it(self):
        drawing = qr_code(uri())
        assert escape(drawing) == drawing

    def test_the_longest_names_fit(self):
        assert qr_code(uri(account="\U0001f600" * 128, issuer="\U0001f600" * 300))


@pytest.mark.parametrize(
    ("secret", "shown"), [("ABCDEFGHIJ", "ABCD EFGH IJ"), ("ABCD", "ABCD"), ("", "")]
)
def test_a_secret_is_shown_in_fours(secret, shown):
    assert in_groups(secret) == shown
