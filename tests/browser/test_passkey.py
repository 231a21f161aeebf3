"""Signing in with a passkey, which Chromium keeps in an authenticator of its own."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, expect

from .conftest import NewContext
from .scripted import ScriptedSite
from .scripted_pages import USUAL, after_the_password
from .steps import SIGN_IN, fill_in_sign_in, main, press

# authenticators know no IP addresses, only names
HOST = "localhost"
QUESTION = "_-8" * 16
CREDENTIAL_ID = b"ada's passkey ??>>"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


OPTIONS = {
    "challenge": QUESTION,
    "rpId": HOST,
    "timeout": 5000,
    "userVerification": "required",
    "allowCredentials": [{"type": "public-key", "id": encoded(CREDENTIAL_ID)}],
}


def asked_for_passkey(page: Page, site: ScriptedSite) -> None:
    asked = after_the_password("WEB_AUTHN", CREDENTIAL_REQUEST_OPTIONS=json.dumps(OPTIONS))
    site.answers = {**USUAL, **asked}
    page.goto(site.url.replace("127.0.0.1", HOST) + SIGN_IN)
    fill_in_sign_in(page, "ada")
    press(page, "Sign in")


def has_authenticator(page: Page, key: ec.EllipticCurvePrivateKey | None) -> None:
    """Give the browser an authenticator, which holds *key* if there is one."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    if key is None:
        return
    credential = {
        "credentialId": base64.b64encode(CREDENTIAL_ID).decode(),
        "isResidentCredential": False,
        "rpId": HOST,
        "signCount": 1,
        "privateKey": base64.b64encode(
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        ).decode(),
    }
    devtools.send(
        "WebAuthn.addCredential",
        {"authenticatorId": added["authenticatorId"], "credential": credential},
    )


def test_a_passkey_signs_what_cognito_asked(
    new_context: NewContext, scripted: ScriptedSite
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    page = new_context().new_page()
    has_authenticator(page, key)
    asked_for_passkey(page, scripted)
    with page.expect_request(lambda request: request.method == "POST") as caught:
        page.get_by_role("button", name="Use your passkey").click()
    (posted,) = parse_qs(caught.value.post_data or "")["credential"]
    credential = json.loads(posted)
    response = {name: decoded(text) for name, text in credential["response"].items()}
    assert decoded(credential["rawId"]) == decoded(credential["id"]) == CREDENTIAL_ID
    assert credential["type"] == "public-key"
    assert json.loads(response["clientDataJSON"])["challenge"] == QUESTION
    digest = hashes.Hash(hashes.SHA256())
    digest.update(response["clientDataJSON"])
    signed = response["authenticatorData"] + digest.finalize()
    key.public_key().verify(response["signature"], signed, ec.ECDSA(hashes.SHA256()))


def test_without_one_that_fits_the_page_says_so_and_lets_try_again(
    new_context: NewContext, scripted: ScriptedSite
) -> None:
    page = new_context().new_page()
    has_authenticator(page, None)
    asked_for_passkey(page, scripted)
    page.get_by_role("button", name="Use your passkey").click()
    expect(main(page).get_by_role("status")).to_contain_text("No passkey was used.")
    expect(page.get_by_role("button", name="Use your passkey")).to_be_enabled()


@pytest.mark.parametrize("is_on", [False, True])
def test_a_browser_that_cannot_says_what_to_do(
    new_context: NewContext, scripted: ScriptedSite, is_on: bool
) -> None:
    page = new_context(java_script_enabled=is_on).new_page()
    page.add_init_script("delete window.PublicKeyCredential")
    asked_for_passkey(page, scripted)
    said = "knows no passkeys" if is_on else "needs JavaScript"
    expect(main(page).get_by_role("status")).to_contain_text(said)
    expect(page.get_by_role("button", name="Use your passkey")).to_be_hidden()
