"""What an authenticator app is set up from: a URI, a QR code of it, the secret to type instead."""

from __future__ import annotations

from urllib.parse import quote

from markupsafe import Markup

# what fits a QR code that a camera reads at arm's length, however many bytes a character takes
_LONGEST = 64


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """The ``otpauth`` URI of a time-based secret, as Google's Key Uri Format describes it.

    Algorithm, digits and period are the format's defaults, which are Cognito's: SHA-1, six digits,
    30 seconds.

    :param secret: in base32, as AssociateSoftwareToken returns it.
    :param account: the name that tells this account from others of the same issuer.
    :param issuer: the site's name.
    """
    # the colon divides issuer from account, escaped or not, so that neither may hold one
    issuer, account = (_quoted(name.replace(":", " ")) for name in (issuer, account))
    return f"otpauth://totp/{issuer}:{account}?secret={secret.rstrip('=')}&issuer={issuer}"


def qr_code(text: str) -> Markup:
    """*text* as an SVG element without size, colours black on white and the quiet zone within."""
    import segno

    code = segno.make_qr(text)
    drawn = code.svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass="cognito-qr", lineclass=None
    )
    # segno draws numbers; none of the text is in it
    return Markup(drawn)  # noqa: S704


def in_groups(secret: str) -> str:
    """*secret* in fours, as it is read off a screen and typed; apps take it with the spaces."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _quoted(name: str) -> str:
    return quote(name.strip()[:_LONGEST], safe="")
