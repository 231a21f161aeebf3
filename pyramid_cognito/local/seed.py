"""Fills the embedded pool: the pool itself, two app clients, groups and users.

What is there already is kept as it is, so a changed password stays changed; what is missing is
added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.exceptions import ConfigurationError

from pyramid_cognito.local.options import STANDARD_ATTRIBUTES, LocalUser

POOL_NAME = "pyramid_cognito"
SERVER_CLIENT = "server"
PUBLIC_CLIENT = "public"

# whether an address is verified is not for the person to say
_WRITE_ATTRIBUTES = sorted(STANDARD_ATTRIBUTES - {"email_verified", "phone_number_verified"})

_POOL: Mapping[str, Any] = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        }
    },
    "AliasAttributes": ["email"],
    "AutoVerifiedAttributes": ["email"],
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
    "UsernameConfiguration": {"CaseSensitive": False},
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
}


@dataclass(frozen=True)
class Seeded:
    """The ids of a filled pool."""

    user_pool_id: str
    client_id: str
    client_secret: str = field(repr=False)
    public_client_id: str


def seed(cognito: Any, users: Iterable[LocalUser], groups: Iterable[str] = ()) -> Seeded:
    """Make sure of pool, clients, groups and users; ``cognito`` is a signed boto3 client.

    Raises ConfigurationError naming a user whom the pool does not accept.
    """
    users = tuple(users)
    custom = {name for user in users for name in user.attributes if name.startswith("custom:")}
    pool = _find_pool(cognito) or _create_pool(cognito)
    schema = _extend_schema(cognito, pool, custom)
    secret = _client(cognito, pool, SERVER_CLIENT, schema)
    public = _client(cognito, pool, PUBLIC_CLIENT, schema)
    for group in dict.fromkeys((*groups, *(group for user in users for group in user.groups))):
        _create_group(cognito, pool, group)
    for user in users:
        _create_user(cognito, pool, user)
    return Seeded(pool, secret["ClientId"], secret["ClientSecret"], public["ClientId"])


def _find_pool(cognito: Any) -> str | None:
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    pools = (pool for page in pages for pool in page["UserPools"])
    return next((pool["Id"] for pool in pools if pool["Name"] == POOL_NAME), None)


def _create_pool(cognito: Any) -> str:
    pool: str = cognito.create_user_pool(PoolName=POOL_NAME, **_POOL)["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        MfaConfiguration="OPTIONAL",
    )
    return pool


def _extend_schema(cognito: Any, pool: str, custom: set[str]) -> frozenset[str]:
    """Add the custom attributes that the schema lacks; returns all that it then has."""
    schema = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["SchemaAttributes"]
    known = {attribute["Name"] for attribute in schema if attribute["Name"].startswith("custom:")}
    missing = sorted(custom - known)
    if missing:
        cognito.add_custom_attributes(
            UserPoolId=pool,
            CustomAttributes=[
                {
                    "Name": name.removeprefix("custom:"),
                    "AttributeDataType": "String",
                    "Mutable": True,
                    "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
                }
                for name in missing
            ],
        )
    return frozenset(known | custom)


def _client(cognito: Any, pool: str, name: str, custom: frozenset[str]) -> Mapping[str, Any]:
    pages = cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
    clients = (client for page in pages for client in page["UserPoolClients"])
    client_id = next((found["ClientId"] for found in clients if found["ClientName"] == name), None)
    settings = _client_settings(custom)
    if client_id is None:
        created = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName=name,
            GenerateSecret=name == SERVER_CLIENT,
            **settings,
        )
        return created["UserPoolClient"]  # type: ignore[no-any-return]
    identity = {"UserPoolId": pool, "ClientId": client_id}
    client = cognito.describe_user_pool_client(**identity)["UserPoolClient"]
    if not custom <= set(client["ReadAttributes"]):
        cognito.update_user_pool_client(**identity, **settings)
    return client  # type: ignore[no-any-return]


def _client_settings(custom: frozenset[str]) -> dict[str, Any]:
    return {
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": True,
        # custom attributes decide access, so nobody writes their own
        "ReadAttributes": sorted(STANDARD_ATTRIBUTES | custom),
        "WriteAttributes": _WRITE_ATTRIBUTES,
    }


def _create_group(cognito: Any, pool: str, group: str) -> None:
    try:
        cognito.create_group(UserPoolId=pool, GroupName=group)
    except cognito.exceptions.GroupExistsException:
        return


def _create_user(cognito: Any, pool: str, user: LocalUser) -> None:
    identity = {"UserPoolId": pool, "Username": user.username}
    attributes = dict(user.attributes)
    if "email" in attributes:
        attributes.setdefault("email_verified", "true")
    try:
        cognito.admin_create_user(
            **identity,
            TemporaryPassword=user.password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": attributes[name]} for name in attributes],
        )
        cognito.admin_set_user_password(**identity, Password=user.password, Permanent=True)
    except cognito.exceptions.UsernameExistsException:
        return
    except cognito.exceptions.ClientError as error:
        raise ConfigurationError(
            f"the embedded user pool does not accept user {user.username}:"
            f" {error.response['Error']['Message']}"
        ) from None
    for group in user.groups:
        cognito.admin_add_user_to_group(**identity, GroupName=group)
