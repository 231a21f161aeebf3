"""AWS credentials of who is signed in, from an identity pool that trusts the user pool."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from pyramid_cognito.cache import GenerationCache
from pyramid_cognito.errors import cognito_error
from pyramid_cognito.pool import IdentityPools, refreshable_credentials

if TYPE_CHECKING:
    from botocore.credentials import RefreshableCredentials

    from pyramid_cognito.settings import CognitoSettings

#: at most 2 MB
KEPT_CREDENTIALS = 500

_IDENTITY_POOL_ID = re.compile(r"([a-z0-9-]+):[0-9a-f-]{1,36}")


class AwsCredentials:
    """Exchanges id tokens for AWS credentials, and keeps these for as long as the token counts."""

    def __init__(self, settings: CognitoSettings) -> None:
        self._settings = settings
        # by the digest of the token: new groups come with a new token, and so does another role
        self._kept: GenerationCache[tuple[str, bytes], RefreshableCredentials] = GenerationCache(
            KEPT_CREDENTIALS
        )
        self._regions: dict[str, IdentityPools] = {}

    def of(self, identity_pool_id: str, id_token: str) -> RefreshableCredentials:
        """The credentials that the identity pool gives for *id_token* (GetId,
        GetCredentialsForIdentity); asked for once, and by botocore again before they expire.

        :param identity_pool_id: ``<region>:<uuid>``.
        :raises ValueError: it is not of that form.
        :raises CognitoError: the identity pool refuses or is away; or the user pool is the
            embedded one, for which there is none.
        """
        key = (identity_pool_id, sha256(id_token.encode()).digest())
        credentials = self._kept.get(key)
        if credentials is None:
            credentials = self._exchange(identity_pool_id, id_token)
            self._kept.put(key, credentials)
        return credentials

    def _exchange(self, identity_pool_id: str, id_token: str) -> RefreshableCredentials:
        pools = self._pools(identity_pool_id)
        logins = {_provider_name(self._settings.issuer): id_token}
        identity = pools.call("GetId", IdentityPoolId=identity_pool_id, Logins=logins)["IdentityId"]

        def fetch() -> dict[str, str]:
            answer = pools.call("GetCredentialsForIdentity", IdentityId=identity, Logins=logins)
            given = answer["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }

        return refreshable_credentials(fetch)

    def _pools(self, identity_pool_id: str) -> IdentityPools:
        found = _IDENTITY_POOL_ID.fullmatch(identity_pool_id)
        if found is None:
            raise ValueError(f"{identity_pool_id!r} is no identity pool id: <region>:<uuid>")
        if (self._settings.endpoint_url or "").startswith("http:"):
            # on loopback: no token of it is for AWS to see
            raise cognito_error("UnknownOperationException", "an emulator has none")
        region = found[1]
        return self._regions.setdefault(region, IdentityPools(self._settings, region))


def _provider_name(issuer: str) -> str:
    """What identity pools call the user pool, whichever of its two issuers it has."""
    return issuer.removeprefix("https://").removeprefix("issuer-")
