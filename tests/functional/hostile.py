"""What a hostile browser sends, and what must not come back; for tests of every account page."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

from hypothesis import strategies as st
from webtest import TestResponse

#: in every password and code that is sent, so that it can be looked for in what comes back
PASSWORD_MARK, CODE_MARK = "Marked-Horse-9", "839201"

#: what is typed into each field unless a test sends something worse
PLAUSIBLE = {
    "username": "nobody-at-all",
    "password": PASSWORD_MARK,
    "new_password": PASSWORD_MARK,
    "code": CODE_MARK,
    "email": "hostile@example.com",
    "phone_number": "+441632960001",
    "userAttributes.phone_number": "+441632960001",
    "device_name": "telephone",
    "answer": "SMS_MFA",
    "choice": "turn_off SMS_MFA",
    "key": "eu-west-1_0d4f6a2e-0000-4000-8000-000000000001",
    "next": "/view",
}
SECRETS = ("password", "new_password", "code")
#: buttons with a name, and what no form asks for
UNASKED = ("everywhere", "send", "custom:domain", "userAttributes.email", "sub", "_LOCALE_")


def as_bytes(text: str) -> bytes:
    """*text* in UTF-8, and what has none in its likeness."""
    return text.encode("utf-8", "surrogatepass")


_NASTY = [
    "",
    "\0",
    "a\0b",
    "\x1b[31m",
    "\x7f\x85\x9f",
    "\ud800",
    "\udfff\ud800",
    "\ufffe\uffff",
    "\u202egnp.exe",
    "\r\nSet-Cookie: cognito=forged",
    "'\"><script>alert(1)</script>",
    "{{ 7 * 7 }}${7*7}%s%n%(x)s",
    "\N{MATHEMATICAL DOUBLE-STRUCK DIGIT ONE}" * 6,
    "\N{ARABIC-INDIC DIGIT THREE}" * 6,
    "9" * 400,
    "-0",
    "NaN",
    "a" * 5000,
    "../../etc/passwd",
    "turn_on",
    "turn_on NOTHING AT ALL",
    "@",
    "a@" + "b" * 300,
    "+",
    "0000-00-00",
    "x-" * 60,
]
texts = st.sampled_from(_NASTY) | st.text(st.characters(codec=None), max_size=12)
values = texts.map(as_bytes) | st.binary(max_size=12)

_SCHEMES = ("", "http:", "https:", "javascript:", "data:", "\x01javascript:", "HTTPS:", "ht\ntps:")
_SLASHES = ("", "/", "//", "///", "\\", "/\\", "\\\\", "/\t/", "/\n/", "/%2f", "/.//", "/x/..//")
_HOSTS = (
    "",
    "evil.example",
    "localhost@evil.example",
    "localhost.evil.example",
    "localhost:99",
    "[::1",
    "evil.example%00.localhost",
    "evil\u3002example",
    "//evil.example",
    "account",
)
_ENDS = (
    "",
    "/",
    "?next=//evil.example",
    "#//evil.example",
    "\r\nLocation: //evil.example",
    "\0",
    "\ud800",
    "%0d%0a",
    ":80@evil.example",
    "\x7f",
)
#: where a page may be asked to lead on to
onwards = st.tuples(
    st.sampled_from(["", " ", "\t", "\0"]),
    st.sampled_from(_SCHEMES),
    st.sampled_from(_SLASHES),
    st.sampled_from(_HOSTS),
    st.sampled_from(_ENDS),
).map("".join) | st.text(st.sampled_from("/\\:.@?#%\t\n\r hjtps"), max_size=12)


def encoded(pairs: list[tuple[str, bytes]]) -> bytes:
    """A form as a browser sends it, whatever is in its values."""
    return b"&".join(f"{quote_plus(name)}={quote_plus(value)}".encode() for name, value in pairs)


def as_multipart(pairs: list[tuple[str, bytes]], filename: str | None = None) -> bytes:
    """The same with the boundary ``frontier``; each a file where there is a *filename*."""
    file = f'; filename="{filename}"' if filename else ""
    parts = [
        b'--frontier\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), file.encode(), value)
        for name, value in pairs
    ]
    return b"".join(parts) + b"--frontier--\r\n"


# --- what must not come back

_NEXT = re.compile(r'name="next" value="([^"]*)"')
_LINK = re.compile(r'(?:href|action|src)="([^"]*)"')


def faults_of(response: TestResponse) -> list[str]:
    """What is wrong with an answer, whatever was asked."""
    everything = response.body + repr(response.headerlist).encode()
    faults = []
    if response.status_int >= 500:
        faults.append(f"status {response.status}")
    faults += [
        f"it shows {mark}" for mark in (PASSWORD_MARK, CODE_MARK) if mark.encode() in everything
    ]
    if b"<script>alert" in response.body:
        faults.append("it holds a script that was sent")
    if b"forged" in repr(response.headers.getall("Set-Cookie")).encode():
        faults.append("it sets a cookie that was sent")
    leads_to = response.headers.getall("Location")
    if response.content_type == "text/html":
        text = response.text.replace("&amp;", "&").replace("&#34;", '"').replace("&#39;", "'")
        leads_to += [*_NEXT.findall(text), *_LINK.findall(text)]
    faults += [f"it leads to {address!r}" for address in leads_to if not stays_here(address)]
    return faults


def stays_here(address: str) -> bool:
    """Whether a browser that goes by the URL Standard would stay on this site."""
    # which strips, drops and turns these before it looks for a scheme or a host
    read = re.sub("[\t\r\n]", "", address.strip("".join(map(chr, range(33))))).replace("\\", "/")
    with_host = re.match(r"(?:([a-z][a-z0-9+.-]*):)?//+([^/?#]*)", read, re.IGNORECASE)
    if with_host:
        scheme, host = with_host.groups()
        return (scheme or "http").lower() == "http" and host in ("localhost", "localhost:80")
    return not re.match("[a-z][a-z0-9+.-]*:", read, re.IGNORECASE)
