"""A user pool whose answers a test writes, checked in both directions against Cognito's model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.stub import Stubber

from pyramid_cognito.pool import UserPool


@contextmanager
def stubbed(pool: UserPool) -> Iterator[Stubber]:
    """Answer *pool*'s calls from a botocore Stubber, in the order in which they were added.

    ``add_response(method, answer, expected_parameters)`` and ``add_client_error(method, code,
    message, expected_params=...)`` take methods as boto3 names them, ``"initiate_auth"``. A call
    that was not added, or with other parameters, fails the test; so does one that never came.
    """
    with Stubber(pool._client()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
