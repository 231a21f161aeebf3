"""SRP-6a: what an honest server accepts, what other clients compute, what is refused."""

from __future__ import annotations

import base64
import locale
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycognito import aws_srp

from pyramid_cognito import srp
from pyramid_cognito.srp import SrpClient, SrpError, device_verifier, secret_hash, timestamp
from tests.srp_server import N, SrpServer, pad
from tests.unit.srp_vectors import COGNITO_SRP_GO, COGNITO_SRP_HELPER, SECRET_HASHES

POOL = "AbCdEf123"
NOW = "Fri Jun 5 07:00:00 UTC 2026"
BLOCK = base64.b64encode(b"opaque to the client").decode()

few = settings(max_examples=25, deadline=None)
many = settings(max_examples=200, deadline=None)
residues = st.integers(0, N - 1)


@contextmanager
def computing_with(numbers: str) -> Iterator[None]:
    """Choose the integers: with ``gmpy2``, or as where it is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        if numbers == "int":
            patch.setitem(sys.modules, "gmpy2", None)
        srp._arithmetic.cache_clear()
        yield
    srp._arithmetic.cache_clear()


@pytest.fixture(scope="class", params=["gmpy2", "int"])
def numbers(request: pytest.FixtureRequest) -> Iterator[str]:
    with computing_with(request.param):
        yield request.param


def claim(client: SrpClient, user_id: str, password: str, **changes: Any) -> str:
    challenge = {"salt": "ab12cd34", "srp_b": "1234567", "secret_block": BLOCK, "timestamp": NOW}
    return client.password_claim(user_id, password, **(challenge | changes))


def signs_in(server: SrpServer, password: str, private_key: int | None = None, **sent: str) -> bool:
    """Whether ``password`` signs in, the challenge being written as ``sent`` says."""
    challenge = server.challenge()
    client = SrpClient(server.pool_name, private_key)
    written = {
        "salt": challenge["SALT"],
        "srp_b": challenge["SRP_B"],
        "secret_block": challenge["SECRET_BLOCK"],
    }
    proof = claim(client, server.user_id, password, **(written | sent))
    return server.accepts(client.public_key, proof, NOW)


def server_whose_key(holds: Any) -> SrpServer:
    """The first server of a series whose public key has a property that most have not."""
    template = SrpServer.for_password(POOL, "ada", "Correct-Horse-9", salt=2**127 + 5)
    series = (replace(template, private_key=number) for number in range(4000, 9000))
    return next(server for server in series if holds(server.public_key))


class TestSignIn:
    pytestmark = pytest.mark.usefixtures("numbers")

    @few
    @given(
        user_id=st.text(),
        password=st.text(),
        salt=st.integers(0, 2**128 - 1),
        private_key=st.integers(1, 2**256 - 1),
    )
    def test_the_right_password_signs_in(self, user_id, password, salt, private_key):
        server = SrpServer.for_password(POOL, user_id, password, salt=salt)
        assert signs_in(server, password, private_key)

    @few
    @given(password=st.text(), other=st.text())
    def test_no_other_password_signs_in(self, password, other):
        server = SrpServer.for_password(POOL, "ada", password)
        assert signs_in(server, other) == (password == other)

    @pytest.mark.parametrize("password", ["", " ", "pässwörd", "密码", "🐎🔋", "e\u0301"])
    def test_passwords_are_utf_8(self, password):
        assert signs_in(SrpServer.for_password(POOL, "ada", password), password)

    @pytest.mark.parametrize("user_id", ["a", "ada@example.com", "björn", "a:b"])
    def test_user_ids_are_utf_8(self, user_id):
        assert signs_in(SrpServer.for_password(POOL, user_id, "Correct-Horse-9"), "Correct-Horse-9")

    def test_another_user_or_pool_does_not_sign_in_with_the_same_password(self):
        server = SrpServer.for_password(POOL, "ada", "Correct-Horse-9")
        assert not signs_in(replace(server, user_id="eve"), "Correct-Horse-9")
        assert not signs_in(replace(server, pool_name="Other"), "Correct-Horse-9")

    def test_a_password_that_utf_8_cannot_write_is_merely_wrong(self):
        assert not signs_in(SrpServer.for_password(POOL, "ada", "?"), "\ud800")

    @pytest.mark.parametrize("salt", [0, 1, 0x7F, 0x80, 0xFFF, 0x00AB12, 2**120 - 1, 2**128 - 1])
    @pytest.mark.parametrize("width", [1, 32, 33])
    def test_a_salt_is_a_number_however_it_is_written(self, salt, width):
        server = SrpServer.for_password(POOL, "ada", "Correct-Horse-9", salt=salt)
        assert signs_in(server, "Correct-Horse-9", salt=f"{salt:0{width}x}")

    @pytest.mark.parametrize(
        "holds",
        [
            pytest.param(lambda key: key < 2**3064, id="a leading zero byte"),
            pytest.param(lambda key: key < 2**3068, id="an odd number of digits"),
            pytest.param(lambda key: 2**3068 <= key < 2**3071, id="all bytes, top bit clear"),
            pytest.param(lambda key: key >= 2**3071, id="top bit set"),
        ],
    )
    @pytest.mark.parametrize("width", [1, 770, 1024])
    def test_srp_b_is_a_number_however_it_is_written(self, holds, width):
        server = server_whose_key(holds)
        srp_b = f"{server.public_key:0{width}x}"
        assert signs_in(server, "Correct-Horse-9", srp_b=srp_b)

    def test_capital_digits_are_the_same_number(self):
        server = SrpServer.for_password(POOL, "ada", "Correct-Horse-9", salt=0xABCDEF)
        srp_b = f"{server.public_key:X}"
        assert signs_in(server, "Correct-Horse-9", salt="ABCDEF", srp_b=srp_b)

    @pytest.mark.parametrize("private_key", [1, 2, 255, 2**255, 2**256 - 1, 2**256, 2**1024, N - 1])
    def test_any_private_key_of_the_group_serves(self, private_key):
        server = SrpServer.for_password(POOL, "ada", "Correct-Horse-9")
        assert signs_in(server, "Correct-Horse-9", private_key)
        assert int(SrpClient(POOL, private_key).public_key, 16) == pow(2, private_key, N)

    def test_a_remembered_device_signs_in_with_its_verifier(self):
        kept = device_verifier("-group-1", "eu-west-1_device-1", "made up", salt="0f1e2d3c")
        server = SrpServer(
            pool_name="-group-1",
            user_id="eu-west-1_device-1",
            salt=int.from_bytes(base64.b64decode(kept.salt), "big"),
            verifier=int.from_bytes(base64.b64decode(kept.verifier), "big"),
        )
        assert server.salt == 0x0F1E2D3C
        assert signs_in(server, "made up")
        assert not signs_in(server, "made wrong")

    def test_many_threads_sign_in_at_once(self):
        def sign_in(number: int) -> bool:
            server = SrpServer.for_password(POOL, f"user {number}", f"password {number}")
            return signs_in(server, f"password {number}")

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(sign_in, range(24)))

    @pytest.mark.parametrize("vector", [COGNITO_SRP_HELPER, COGNITO_SRP_GO])
    def test_published_sign_ins_come_out_the_same(self, vector):
        client = SrpClient(vector["pool_name"], int(vector["private_key"], 16))
        assert client.public_key == vector.get("public_key", client.public_key)
        assert vector["claim"] == client.password_claim(
            vector["user_id"],
            vector["password"],
            salt=vector["salt"],
            srp_b=vector["srp_b"],
            secret_block=vector["secret_block"],
            timestamp=vector["timestamp"],
        )


class TestAgreementWithPycognito:
    """As far as pycognito goes: it reads SRP_B as a number, but hashes a salt as it is written."""

    pytestmark = pytest.mark.usefixtures("numbers")

    @few
    @given(
        user_id=st.text(),
        password=st.text(),
        salt=st.integers(1, 2**128 - 1),
        srp_b=st.integers(1, 2**3072 - 1).filter(lambda number: number % N),
        private_key=st.integers(1, 2**1024),
    )
    def test_claims_are_equal(self, user_id, password, salt, srp_b, private_key):
        theirs = self.answer(user_id, password, private_key, salt=f"{salt:x}", srp_b=f"{srp_b:x}")
        client = SrpClient(POOL, private_key)
        assert theirs["PASSWORD_CLAIM_SIGNATURE"] == claim(
            client,
            user_id,
            password,
            salt=f"{salt:x}",
            srp_b=f"{srp_b:x}",
            timestamp=theirs["TIMESTAMP"],
        )

    def test_a_salt_with_leading_zeros_is_where_they_part(self):
        server = SrpServer.for_password(POOL, "ada", "Correct-Horse-9", salt=0xAB12)
        challenge = server.challenge() | {"SALT": "0000ab12"}
        theirs = self.answer(
            "ada", "Correct-Horse-9", 5, salt=challenge["SALT"], srp_b=challenge["SRP_B"]
        )
        proof, moment = theirs["PASSWORD_CLAIM_SIGNATURE"], theirs["TIMESTAMP"]
        server = replace(server, secret_block=base64.b64decode(BLOCK))
        assert not server.accepts(SrpClient(POOL, 5).public_key, proof, moment)
        assert signs_in(server, "Correct-Horse-9", 5, salt=challenge["SALT"])

    def test_device_verifiers_are_equal(self):
        for _ in range(5):
            password, config = aws_srp.generate_hash_device("-group-1", "eu-west-1_device-1")
            salt = base64.b64decode(config["Salt"]).hex()
            ours = device_verifier("-group-1", "eu-west-1_device-1", password, salt=salt)
            assert ours.verifier == config["PasswordVerifier"]
            assert ours.salt == config["Salt"]

    @staticmethod
    def answer(user_id: str, password: str, private_key: int, *, salt: str, srp_b: str) -> Any:
        pool_id = f"eu-west-1_{POOL}"
        client = aws_srp.AWSSRP(user_id, password, pool_id, "client", client=object())
        client.small_a_value = private_key
        client.large_a_value = client.calculate_a()
        challenge = {
            "USER_ID_FOR_SRP": user_id,
            "SALT": salt,
            "SRP_B": srp_b,
            "SECRET_BLOCK": BLOCK,
        }
        return client.process_challenge(challenge, {"USERNAME": user_id})


NOT_HEXADECIMAL = [
    "",
    " ",
    "deadbeeg",
    "0xdeadbeef",
    "dead_beef",
    "+deadbeef",
    "-deadbeef",
    " deadbeef",
    "deadbeef\n",
    "dead beef",
    "١٢٣٤٥",
    "\uff11\uff12\uff13\uff14\uff15",
    "deadbéef",
    "1" * 1025,
    "0" * 1024 + "1",
    None,
    3735928559,
    b"deadbeef",
]


class TestHostileServers:
    @pytest.mark.parametrize("value", NOT_HEXADECIMAL)
    @pytest.mark.parametrize(("name", "field"), [("SALT", "salt"), ("SRP_B", "srp_b")])
    def test_what_is_not_plain_hexadecimal_is_refused(self, name, field, value):
        self.refused(name, **{field: value})

    @pytest.mark.parametrize("multiple", [0, 1])
    @pytest.mark.parametrize("width", [1, 770])
    def test_srp_b_that_is_zero_modulo_n_is_refused(self, multiple, width):
        self.refused("SRP_B", srp_b=f"{multiple * N:0{width}x}")

    @pytest.mark.parametrize("number", [2 * N, 2**3072, 2**3072 + 1, 16**1000])
    def test_srp_b_longer_than_the_group_is_refused(self, number):
        self.refused("SRP_B", srp_b=f"{number:x}")

    def test_a_zero_scrambling_parameter_is_refused(self, monkeypatch):
        # No known pair of public keys hashes to zero.
        monkeypatch.setattr(srp, "_hash_number", lambda data: 0)
        self.refused("SRP_B", srp_b="1234567")

    @pytest.mark.parametrize(
        "value", ["YQ", "YQ=", "=YQ=", "Y Q==", "YQ==\n", "Y-_=", "é", None, 7]
    )
    def test_a_secret_block_that_is_not_base64_is_refused(self, value):
        self.refused("SECRET_BLOCK", secret_block=value)

    @pytest.mark.parametrize("value", NOT_HEXADECIMAL[:-3])
    def test_a_device_salt_that_is_not_hexadecimal_is_refused(self, value):
        with pytest.raises(SrpError):
            device_verifier("-group-1", "eu-west-1_device-1", "made up", salt=value)

    @staticmethod
    def refused(name: str, **sent: Any) -> None:
        with pytest.raises(SrpError) as caught:
            claim(SrpClient(POOL), "ada", "Correct-Horse-9", **sent)
        text = repr(caught.value)
        assert name in text
        assert "Correct-Horse-9" not in text
        assert not any(str(value) in text for value in sent.values() if len(str(value)) > 4)


class TestPrivateKey:
    def test_it_is_fresh_and_has_256_bits(self, monkeypatch):
        limits = []
        monkeypatch.setattr(srp.secrets, "randbelow", lambda limit: limits.append(limit) or 41)
        assert int(SrpClient(POOL).public_key, 16) == 2**42
        assert limits == [2**256 - 1]

    def test_no_two_clients_share_one(self):
        assert len({SrpClient(POOL).public_key for _ in range(10)}) == 10

    @pytest.mark.parametrize("private_key", [0, -1, N, N + 1])
    def test_it_lies_inside_the_group(self, private_key):
        with pytest.raises(ValueError, match="private key"):
            SrpClient(POOL, private_key)

    def test_it_is_not_in_the_representation(self):
        assert "123456789" not in repr(SrpClient(POOL, 123456789))


class TestDeviceVerifier:
    def test_its_salt_is_random_and_padded(self):
        salts = {device_verifier("-group-1", "device", "made up").salt for _ in range(10)}
        assert len(salts) == 10
        for salt in map(base64.b64decode, salts):
            assert salt == pad(int.from_bytes(salt, "big"))
            assert len(salt) <= 17

    def test_leading_zeros_of_a_salt_are_not_kept(self):
        kept = device_verifier("-group-1", "device", "made up", salt="0000ab12")
        assert kept == device_verifier("-group-1", "device", "made up", salt="ab12")
        assert base64.b64decode(kept.salt) == b"\x00\xab\x12"


class TestSecretHash:
    @pytest.mark.parametrize(("username", "client_id", "secret", "expected"), SECRET_HASHES)
    def test_published_hashes_come_out_the_same(self, username, client_id, secret, expected):
        assert secret_hash(username, client_id, secret) == expected

    @many
    @given(username=st.text(), client_id=st.text(), secret=st.text())
    def test_it_is_the_hash_that_pycognito_sends(self, username, client_id, secret):
        expected = aws_srp.AWSSRP.get_secret_hash(username, client_id, secret)
        assert secret_hash(username, client_id, secret) == expected


class TestTimestamp:
    def test_it_reads_as_cognito_wants_it(self):
        assert timestamp(datetime(2026, 6, 5, 7, 0, 0, tzinfo=timezone.utc)) == NOW
        assert timestamp(1780642800) == timestamp(1780642800.999) == NOW

    @many
    @given(seconds=st.integers(0, 4102444800))
    def test_weekday_date_and_time_are_those_of_the_mail_header(self, seconds):
        weekday, day, month, year, clock, _ = formatdate(seconds, usegmt=True).split()
        expected = f"{weekday.rstrip(',')} {month} {int(day)} {clock} UTC {year}"
        assert timestamp(seconds) == expected

    @pytest.mark.parametrize("hours", [-12, -5.5, 0, 5.75, 14])
    def test_any_time_zone_becomes_utc(self, hours):
        zone = timezone(timedelta(hours=hours))
        moment = datetime(2026, 6, 5, 7, 0, 0, tzinfo=timezone.utc).astimezone(zone)
        assert timestamp(moment) == NOW

    def test_a_time_without_zone_is_refused(self):
        with pytest.raises(ValueError, match="time zone"):
            timestamp(datetime(2026, 6, 5, 7, 0, 0))

    def test_the_locale_makes_no_difference(self):
        before = locale.setlocale(locale.LC_TIME)
        try:
            for name in ("C", "de_DE.UTF-8", "fr_FR.UTF-8", "ja_JP.UTF-8", "fa_IR.UTF-8"):
                with suppress(locale.Error):  # a machine need not have them
                    locale.setlocale(locale.LC_TIME, name)
                assert timestamp(1780642800) == NOW
        finally:
            locale.setlocale(locale.LC_TIME, before)


class TestPowers:
    pytestmark = pytest.mark.usefixtures("numbers")

    @few
    @given(base=residues, exponent=st.integers(0, 2**513) | st.integers(0, 40))
    def test_powers_are_those_of_the_built_in(self, base, exponent):
        assert srp._arithmetic().power(base, exponent) == pow(base, exponent, N)

    @few
    @given(exponent=st.integers(0, 2**256 - 1) | st.integers(0, 300) | st.integers(0, 2**1024))
    def test_powers_of_two_are_right_inside_and_beyond_the_table(self, exponent):
        assert srp._power_of_two(exponent) == pow(2, exponent, N)


class TestArithmetic:
    def test_the_modulus_is_the_one_of_the_rfc(self):
        assert srp._N == N

    @many
    @given(number=st.integers(0, 2**600) | residues)
    def test_padding_is_the_shortest_that_keeps_the_sign(self, number):
        assert srp._pad(number) == pad(number)
        assert len(srp._pad(N)) == 385
        assert srp._pad(2) == b"\x02"

    @many
    @given(left=residues, right=residues)
    def test_folding_is_reduction(self, left, right):
        assert srp._reduced(left * right) == left * right % N

    def test_both_kinds_of_integer_make_one_claim(self):
        claims = set()
        for numbers in ("gmpy2", "int"):
            with computing_with(numbers):
                claims.add(claim(SrpClient(POOL, 2**255 + 7), "ada", "Correct-Horse-9"))
        assert len(claims) == 1

    def test_plain_integers_let_other_threads_in_again_and_again(self, monkeypatch):
        turns = []
        monkeypatch.setattr(srp, "sleep", turns.append)
        srp._interpreted_power(3, 2**512 - 1)
        assert len(turns) > 4

    def test_the_application_keeps_its_own_gmpy2_context(self):
        gmpy2 = pytest.importorskip("gmpy2")
        before = gmpy2.get_context()
        claim(SrpClient(POOL), "ada", "Correct-Horse-9")
        assert gmpy2.get_context() is before
        assert not before.allow_release_gil

    def test_gmpy2_loads_on_first_use(self):
        program = (
            "import sys, pyramid_cognito.srp as srp; assert 'gmpy2' not in sys.modules;"
            "srp.SrpClient('pool'); assert 'gmpy2' in sys.modules"
        )
        subprocess.run([sys.executable, "-c", program], check=True)
