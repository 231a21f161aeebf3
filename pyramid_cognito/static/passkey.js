// Signs in with a passkey (Web Authentication, navigator.credentials.get), for which there is no
// way without a script.
"use strict";

const button = document.getElementById("use-passkey");
const status = document.getElementById("passkey-status");
const field = document.getElementById("credential");

const bytes = (text) => {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
};

const text = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

// PublicKeyCredentialRequestOptionsJSON to what the browser takes
const requestOptions = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  allowCredentials: (options.allowCredentials ?? []).map((allowed) => ({
    ...allowed,
    id: bytes(allowed.id),
  })),
});

// what the browser gives to AuthenticationResponseJSON
const authenticationResponse = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: {
    authenticatorData: text(credential.response.authenticatorData),
    clientDataJSON: text(credential.response.clientDataJSON),
    signature: text(credential.response.signature),
    userHandle: credential.response.userHandle ? text(credential.response.userHandle) : undefined,
  },
});

const usePasskey = async () => {
  button.disabled = true;
  status.textContent = "";
  try {
    const publicKey = requestOptions(JSON.parse(button.dataset.options));
    const credential = await navigator.credentials.get({ publicKey });
    field.value = JSON.stringify(authenticationResponse(credential));
    field.form.submit();
  } catch {
    // closed, timed out, or none that fits: the browser tells these apart to nobody
    status.textContent = status.dataset.unused;
    button.disabled = false;
  }
};

if (window.PublicKeyCredential) {
  status.textContent = "";
  button.hidden = false;
  button.addEventListener("click", usePasskey);
} else {
  status.textContent = status.dataset.unknown;
}
