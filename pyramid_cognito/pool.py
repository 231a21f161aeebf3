"""Calls to Cognito: one boto3 client per service and process, unsigned, with every error mapped.

What Cognito needs of AWS for these operations is the client id alone: no credentials, no AWS
configuration files and no instance metadata are read.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pyramid_cognito.errors import CognitoError, Context, NextStep, cognito_error, without_values
from pyramid_cognito.srp import secret_hash

if TYPE_CHECKING:
    from botocore.credentials import RefreshableCredentials

    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

_CONTEXTS = {
    "SignUp": Context.SIGN_UP,
    "ConfirmSignUp": Context.CODE,
    "ConfirmForgotPassword": Context.CODE,
    "ForgotPassword": Context.CODE_REQUEST,
    "ResendConfirmationCode": Context.CODE_REQUEST,
    "UpdateAuthEventFeedback": Context.CODE,
    "GetTokensFromRefreshToken": Context.SIGNED_IN,
    "RevokeToken": Context.SIGNED_IN,
    "GetId": Context.SIGNED_IN,
    "GetCredentialsForIdentity": Context.SIGNED_IN,
}

# a second one would be refused, although the first was carried out, or be counted as a wrong guess
_NEVER_REPEATED = (
    "ChangePassword",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "DeleteUser",
    "GetTokensFromRefreshToken",
    "RespondToAuthChallenge",
    "SignUp",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
)

# these write the bodies of requests and answers, passwords and tokens included, when at DEBUG
_TALKATIVE = ("boto3", "botocore", "urllib3")
_in_call: ContextVar[bool] = ContextVar("pyramid_cognito.pool.in_call", default=False)


class _Service(ABC):
    """A client made on first use, safe to share between threads and across forks."""

    def __init__(self, settings: CognitoSettings) -> None:
        self._settings = settings
        # by process id: sockets shared after a fork would mix the answers of two workers. Not
        # os.register_at_fork: uWSGI forks without calling such hooks unless told to.
        self._clients: dict[int, Any] = {}
        self._locks: dict[int, threading.Lock] = {}

    def _client(self) -> Any:
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            with self._locks.setdefault(process, threading.Lock()):
                client = self._clients.get(process)
                if client is None:
                    client = self._new_client()
                    self._clients = {process: client}
        return client

    @abstractmethod
    def _new_client(self) -> Any: ...


class UserPool(_Service):
    """The user pool that the settings name, safe to share between threads and across forks."""

    @property
    def client_id(self) -> str:
        """The id of the app client."""
        return self._settings.client_id

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Ask the user pool for an *operation*, named as Cognito does (``"InitiateAuth"``).

        ``ClientId`` is added where the operation takes one.

        :returns: the answer's members.
        :raises CognitoUnavailable: the service was not reached, or failed, after all attempts.
        :raises CognitoError: Cognito refused.
        """
        client = self._client()
        model = client.meta.service_model
        if operation not in model.operation_names:  # botocore is older than it
            error = cognito_error("UnknownOperationException", "botocore does not know it")
            _log(operation, error, None)
            raise error
        members = model.operation_model(operation).input_shape.members
        if "ClientId" in members:
            parameters["ClientId"] = self.client_id
        return _answer(client, operation, parameters)

    def secret_hash(self, username: str) -> str | None:
        """``SECRET_HASH`` for *username*; None where the app client has no secret."""
        client_secret = self._settings.client_secret
        return secret_hash(username, self.client_id, client_secret) if client_secret else None

    def _new_client(self) -> Any:
        return _public_client(self._settings)


class IdentityPools(_Service):
    """The identity pools of one region, which give AWS credentials for tokens of the user pool."""

    def __init__(self, settings: CognitoSettings, region: str) -> None:
        super().__init__(settings)
        self._region = region

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Ask ``cognito-identity`` for an *operation*; returns and raises as `UserPool.call`."""
        return _answer(self._client(), operation, parameters)

    def _new_client(self) -> Any:
        return _unsigned_client("cognito-identity", self._settings, self._region, None)


def refreshable_credentials(fetch: Callable[[], dict[str, str]]) -> RefreshableCredentials:
    """Credentials that botocore has *fetch* renew before they expire; it is called now too.

    :param fetch: returns ``access_key``, ``secret_key``, ``token`` and ``expiry_time`` (ISO 8601).
    """
    from botocore.credentials import RefreshableCredentials

    return RefreshableCredentials.create_from_metadata(fetch(), fetch, "cognito-identity")


def _public_client(settings: CognitoSettings) -> Any:
    return _unsigned_client("cognito-idp", settings, settings.region, settings.endpoint_url)


def _unsigned_client(
    service: str, settings: CognitoSettings, region: str, endpoint_url: str | None
) -> Any:
    from importlib.metadata import version

    import boto3.session
    import botocore.session
    from botocore import UNSIGNED
    from botocore.config import Config

    # the settings alone say where passwords go: not AWS_PROFILE, ~/.aws or AWS_ENDPOINT_URL
    unread = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": unread,
            "credentials_file": unread,
        }
    )
    options: dict[str, Any] = {
        "signature_version": UNSIGNED,
        "ignore_configured_endpoint_urls": True,
        "defaults_mode": "legacy",
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.read_timeout,
        "retries": {"mode": "standard", "total_max_attempts": settings.retry_attempts},
        "max_pool_connections": settings.connection_pool_size,
        "user_agent_extra": f"pyramid_cognito/{version('pyramid_cognito')}",
    }
    if (endpoint_url or "").startswith("http:"):  # loopback, where no proxy gets in between
        options["proxies"] = {}
    factory: Any = boto3.session.Session(botocore_session=session)  # the stubs want a literal
    client = factory.client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(**options),
    )
    events = client.meta.events
    events.register("before-parse", _require_json)
    for operation in _NEVER_REPEATED:
        # before botocore takes an attempt from the budget that all operations share
        events.register_first(f"needs-retry.cognito-identity-provider.{operation}", _end_here)
    return client


def _end_here(response: Any, caught_exception: Exception | None, operation: Any, **_: Any) -> None:
    """Fail with what went wrong, unless the request surely was not carried out."""
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    if isinstance(caught_exception, (ConnectTimeoutError, EndpointConnectionError)):
        return  # it was not sent
    if caught_exception is not None:
        raise caught_exception
    http_response, parsed = response
    if http_response.status_code >= 500:
        raise ClientError(parsed, operation.name)


def _require_json(response_dict: dict[str, Any], **_: Any) -> None:
    """Refuse what a proxy or a captive portal puts in Cognito's place.

    botocore would read it as an empty answer, or fall over it.
    """
    from botocore.parsers import ResponseParserError

    try:
        is_object = isinstance(json.loads(response_dict["body"].decode() or "{}"), dict)
    except ValueError:
        is_object = False
    if is_object:
        return
    if response_dict["status_code"] >= 500:
        response_dict["body"] = b""  # botocore goes by the status then, and tries again
        return
    raise ResponseParserError(f"HTTP status {response_dict['status_code']} without a JSON object")


def _answer(client: Any, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    from botocore import exceptions, xform_name
    from botocore.parsers import ResponseParserError

    context = _context(operation, parameters)
    request_id = None
    try:
        with _quiet_botocore():
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
    except exceptions.ClientError as refusal:
        error = _refused(refusal.response, context)
        request_id = refusal.response.get("ResponseMetadata", {}).get("RequestId")
    except exceptions.ParamValidationError as fault:
        # the report shows values, always after a comma
        report = fault.kwargs["report"].partition(",")[0]
        error = cognito_error("InvalidParameterException", report, context=context)
    except (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        ResponseParserError,
    ) as failure:
        error = cognito_error("ServiceUnavailable", f"{type(failure).__name__}: {failure}")
    else:
        answer.pop("ResponseMetadata", None)
        return answer
    _log(operation, error, request_id)
    # outside the handlers: botocore's exceptions quote values, and would hang on as __context__
    raise error


def _context(operation: str, parameters: Mapping[str, Any]) -> Context:
    if "AccessToken" in parameters:
        return Context.SIGNED_IN
    return _CONTEXTS.get(operation, Context.SIGN_IN)


def _refused(response: Mapping[str, Any], context: Context) -> CognitoError:
    said = response.get("Error", {})
    code = str(said.get("Code") or "")
    if code.isdigit():  # an HTTP status: whoever answered, it was not Cognito
        return cognito_error("ServiceUnavailable", f"HTTP status {code}")
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return cognito_error(
        code, said.get("Message") or "", _seconds(headers.get("retry-after")), context=context
    )


def _seconds(header: str | None) -> int | None:
    """``Retry-After`` of RFC 9110 section 10.2.3 in its form of seconds, at most an hour."""
    return min(int(header), 3600) if header and header.isdecimal() else None


def _log(operation: str, error: CognitoError, request_id: str | None) -> None:
    log.log(
        _level(error),
        "%s: %s: %s (request %s)",
        operation,
        error.code,
        error.detail,
        without_values(request_id or "-"),
    )


def _level(error: CognitoError) -> int:
    if error.status == 503:
        return logging.ERROR
    if error.status in (429, 502) or error.next_step is NextStep.ASK_ADMINISTRATOR:
        return logging.WARNING
    return logging.INFO


@contextmanager
def _quiet_botocore() -> Iterator[None]:
    for name, logger in logging.root.manager.loggerDict.copy().items():
        if name.partition(".")[0] in _TALKATIVE and isinstance(logger, logging.Logger):
            logger.addFilter(_is_not_of_our_call)  # adding it again does nothing
    token = _in_call.set(True)
    try:
        yield
    finally:
        _in_call.reset(token)


def _is_not_of_our_call(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not _in_call.get()
