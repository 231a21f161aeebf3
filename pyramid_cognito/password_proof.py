"""The proof of a password that answers PASSWORD_VERIFIER, and what such a challenge looks like."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.srp import SrpClient, SrpError, timestamp

log = logging.getLogger(__name__)


def password_proof(
    client: SrpClient, parameters: Mapping[str, str], password: str, now: float
) -> dict[str, str]:
    """The responses to PASSWORD_VERIFIER.

    :param parameters: ChallengeParameters, made for the public key of *client*.
    :param now: seconds since 1970.
    :raises CognitoError: "ServiceUnavailable", for parameters that no honest server sends.
    """
    try:
        moment = timestamp(now)
        claim = client.password_claim(
            parameters["USER_ID_FOR_SRP"],
            password,
            salt=parameters["SALT"],
            srp_b=parameters["SRP_B"],
            secret_block=parameters["SECRET_BLOCK"],
            timestamp=moment,
        )
    except (SrpError, KeyError) as error:
        log.error("Cognito's SRP challenge is refused: %s", error)  # noqa: TRY400
        raise cognito_error("ServiceUnavailable", "an unusable SRP challenge") from None
    return {
        "PASSWORD_CLAIM_SIGNATURE": claim,
        "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
        "TIMESTAMP": moment,
    }


def made_up_parameters(user_id: str) -> dict[str, str]:
    """ChallengeParameters as they might be: their proof takes as long as any."""
    return {
        "USER_ID_FOR_SRP": user_id,
        "SALT": secrets.token_hex(16),
        "SRP_B": secrets.token_hex(384),
        "SECRET_BLOCK": "AAAA" * 300,
    }
