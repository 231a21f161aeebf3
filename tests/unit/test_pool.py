"""The user pool's client, against a Stubber and against a real HTTP server on loopback."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import UnStubbedResponseError

from pyramid_cognito import pool as pool_module
from pyramid_cognito.errors import CognitoError, CognitoUnavailable
from pyramid_cognito.pool import UserPool
from tests.stubbed import stubbed

CLIENT_ID = "4f3exampleclientid"
SECRETS = {
    "PASSWORD": "correct-horse-9-SECRET",
    "code": "271828-SECRET",
    "session": "session-string-SECRET-0123456789",
    "token": "eyJhbGciOiJ.access-SECRET.c2ln",
    "client secret": "client-secret-SECRET-0123456789",
}


def settings(**changes: Any) -> Any:
    return SimpleNamespace(
        **{
            "region": "eu-west-1",
            "endpoint_url": None,
            "client_id": CLIENT_ID,
            "client_secret": None,
            "connect_timeout": 1.0,
            "read_timeout": 1.0,
            "retry_attempts": 1,
            "connection_pool_size": 4,
            **changes,
        }
    )


OWN = {"AccessToken": "a.b.c"}
CODE = {"Username": "ada", "ConfirmationCode": "123456"}
#: what botocore's model wants besides the client id, for operations that are never repeated
REQUIRED: dict[str, dict[str, str]] = {
    "ChangePassword": {**OWN, "ProposedPassword": "correct-horse"},
    "ConfirmForgotPassword": {**CODE, "Password": "correct-horse"},
    "ConfirmSignUp": CODE,
    "DeleteUser": OWN,
    "GetTokensFromRefreshToken": {"RefreshToken": "token"},
    "RespondToAuthChallenge": {"ChallengeName": "SMS_MFA"},
    "SignUp": {"Username": "ada"},
    "VerifySoftwareToken": {"UserCode": "123456"},
    "VerifyUserAttribute": {**OWN, "AttributeName": "email", "Code": "123456"},
}


class Received(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


class Answer(NamedTuple):
    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never written to


def said(code: str, message: str = "", status: int = 400, **headers: str) -> Answer:
    return Answer(json.dumps({"__type": code, "message": message}).encode(), status, headers)


class Server:
    """Answers POSTs on loopback as *reply* says; keeps what it received."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.reply: Callable[[Received], Answer | None] = lambda _received: Answer()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(
                    self.path, headers, self.rfile.read(length), self.client_address[1]
                )
                server.received.append(received)
                answer = server.reply(received)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in {
                    "Content-Type": "application/x-amz-json-1.1",
                    "x-amzn-RequestId": "request-1",
                    **answer.headers,
                    "Content-Length": str(len(answer.body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with closing(Server()) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.received.clear()
    running.reply = lambda _received: Answer()
    return running


@pytest.fixture(scope="module")
def make_pool() -> Iterator[Callable[..., UserPool]]:
    pools: list[UserPool] = []

    def make(**changes: Any) -> UserPool:
        pools.append(UserPool(settings(**changes)))
        return pools[-1]

    yield make
    for pool in pools:
        for client in pool._clients.values():
            client.close()


@pytest.fixture(scope="module")
def shared_pool(running: Server, make_pool: Callable[..., UserPool]) -> UserPool:
    """A client takes longer to make than most of these tests."""
    return make_pool(endpoint_url=running.url)


@pytest.fixture
def pool(server: Server, shared_pool: UserPool) -> UserPool:
    return shared_pool


@pytest.fixture
def fresh_pool(server: Server, make_pool: Callable[..., UserPool]) -> UserPool:
    return make_pool(endpoint_url=server.url)


@pytest.fixture(scope="module")
def repeating_pool(running: Server, make_pool: Callable[..., UserPool]) -> UserPool:
    return make_pool(endpoint_url=running.url, retry_attempts=3)


@pytest.fixture
def patient_pool(
    server: Server, repeating_pool: UserPool, monkeypatch: pytest.MonkeyPatch
) -> UserPool:
    """One that asks again, and at once."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return repeating_pool


@pytest.fixture
def everything_logged() -> Iterator[list[str]]:
    """Each line that any logger writes, with the root logger at DEBUG, as handlers see it."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.levelname} {record.name} {self.format(record)}")

    root, keeper = logging.getLogger(), Keeper()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(keeper)


def refusal(pool: UserPool, operation: str = "GetUser", **parameters: Any) -> CognitoError:
    with pytest.raises(CognitoError) as caught:
        pool.call(operation, **(parameters or {"AccessToken": SECRETS["token"]}))
    return caught.value


class TestCalls:
    def test_the_client_id_goes_with_the_operations_that_take_one(
        self, make_pool: Callable[..., UserPool]
    ) -> None:
        pool = make_pool()
        with stubbed(pool) as stub:
            stub.add_response(
                "initiate_auth",
                {"ChallengeName": "PASSWORD_VERIFIER", "Session": "s" * 20},
                {
                    "AuthFlow": "USER_SRP_AUTH",
                    "AuthParameters": {"USERNAME": "ada"},
                    "ClientId": CLIENT_ID,
                },
            )
            stub.add_response("global_sign_out", {}, {"AccessToken": "a.b.c"})
            answer = pool.call(
                "InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": "ada"}
            )
            assert answer == {"ChallengeName": "PASSWORD_VERIFIER", "Session": "s" * 20}
            assert pool.call("GlobalSignOut", AccessToken="a.b.c") == {}

    def test_a_call_that_no_stub_awaits_fails_as_such(self, pool: UserPool) -> None:
        with stubbed(pool), pytest.raises(UnStubbedResponseError):
            pool.call("GetUser", AccessToken="a.b.c")
        with pytest.raises(AssertionError, match="1 responses remaining"), stubbed(pool) as stub:
            stub.add_response("global_sign_out", {}, {"AccessToken": "a.b.c"})

    def test_an_operation_is_named_as_cognito_names_it(self, pool: UserPool) -> None:
        pool.call("SetUserMFAPreference", AccessToken="a.b.c")

    def test_an_operation_that_is_newer_than_botocore_is_not_offered(
        self, pool: UserPool, caplog: pytest.LogCaptureFixture
    ) -> None:
        error = refusal(pool, "GetStars", AccessToken="a.b.c")
        assert (error.code, error.status) == ("UnknownOperationException", 501)
        told = "GetStars: UnknownOperationException: botocore does not know it (request -)"
        assert caplog.messages == [told]

    def test_the_answer_is_cognitos_without_the_clients_own_notes(
        self, server: Server, pool: UserPool
    ) -> None:
        server.reply = lambda _received: Answer(b'{"Username":"ada","UserAttributes":[]}')
        answer = pool.call("GetUser", AccessToken="a.b.c")
        assert answer == {"Username": "ada", "UserAttributes": []}

    def test_the_request_is_unsigned_and_says_who_asks(
        self, server: Server, pool: UserPool
    ) -> None:
        pool.call("InitiateAuth", AuthFlow="USER_SRP_AUTH")
        (received,) = server.received
        assert "authorization" not in received.headers
        assert "pyramid_cognito/" in received.headers["user-agent"]
        assert received.headers["x-amz-target"].endswith(".InitiateAuth")
        assert json.loads(received.body) == {"AuthFlow": "USER_SRP_AUTH", "ClientId": CLIENT_ID}

    def test_the_secret_hash_is_of_the_user_name_and_the_client_id(
        self, make_pool: Callable[..., UserPool]
    ) -> None:
        pool = make_pool(client_id="client", client_secret="secret")
        # printf userclient | openssl dgst -sha256 -hmac secret -binary | base64
        assert pool.secret_hash("user") == "wvW87lzZoI+qQCVGmWVBJLlucdJ65huAVP1z+0MgA6E="
        assert pool.client_id == "client"

    def test_a_client_without_a_secret_has_no_secret_hash(
        self, make_pool: Callable[..., UserPool]
    ) -> None:
        assert make_pool().secret_hash("user") is None


class TestTheClient:
    def test_boto3_is_not_loaded_before_the_first_call(self) -> None:
        script = (
            "import sys, pyramid_cognito.pool as p; p.UserPool(None);"
            "sys.exit(any(name.startswith('boto') for name in sys.modules))"
        )
        subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)

    def test_it_is_made_on_the_first_call_and_kept(self, fresh_pool: UserPool) -> None:
        assert fresh_pool._clients == {}
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        client = fresh_pool._client()
        assert fresh_pool._client() is client

    def test_sixty_four_threads_at_a_cold_start_make_one(
        self, make_pool: Callable[..., UserPool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool = make_pool()
        make, made = pool_module._public_client, []

        def counted(settings: Any) -> Any:
            made.append(make(settings))
            return made[-1]

        monkeypatch.setattr(pool_module, "_public_client", counted)
        barrier = threading.Barrier(64)

        def start(_number: int) -> Any:
            barrier.wait()
            return pool._client()

        with ThreadPoolExecutor(64) as threads:
            clients = list(threads.map(start, range(64)))
        assert len(made) == 1
        assert {id(client) for client in clients} == {id(made[0])}

    def test_the_settings_bound_time_attempts_and_connections(
        self, make_pool: Callable[..., UserPool]
    ) -> None:
        pool = make_pool(
            connect_timeout=1.5, read_timeout=2.5, retry_attempts=3, connection_pool_size=7
        )
        config = pool._client().meta.config
        assert (config.connect_timeout, config.read_timeout) == (1.5, 2.5)
        assert config.retries == {"mode": "standard", "total_max_attempts": 3}
        assert config.max_pool_connections == 7
        assert pool._client().meta.region_name == "eu-west-1"
        assert pool._client().meta.endpoint_url == "https://cognito-idp.eu-west-1.amazonaws.com"

    def test_it_reads_nothing_of_the_hosts_aws_set_up(
        self, server: Server, fresh_pool: UserPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        broken = tmp_path / "config"
        broken.write_text("this is no AWS configuration\n[")
        elsewhere = "http://127.0.0.1:9"
        for name, value in {
            "AWS_PROFILE": "no-such-profile",
            "AWS_CONFIG_FILE": str(broken),
            "AWS_SHARED_CREDENTIALS_FILE": str(broken),
            "AWS_ENDPOINT_URL": elsewhere,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": elsewhere,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": elsewhere,
            "AWS_DEFAULTS_MODE": "auto",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "an-aws-secret",
            "AWS_MAX_ATTEMPTS": "9",
        }.items():
            monkeypatch.setenv(name, value)
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        assert len(server.received) == 1
        assert "AKIAEXAMPLE" not in str(server.received)
        aws = UserPool(settings())._client()
        assert aws.meta.endpoint_url == "https://cognito-idp.eu-west-1.amazonaws.com"
        assert aws.meta.config.retries["total_max_attempts"] == 1
        aws.close()

    def test_no_credentials_and_no_instance_metadata_are_looked_for(
        self, fresh_pool: UserPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked = []

        def looked_up(provider: object) -> None:
            looked.append(provider)

        monkeypatch.setenv("AWS_DEFAULTS_MODE", "auto")
        for lookup in (
            "botocore.credentials.CredentialResolver.load_credentials",
            "botocore.utils.IMDSRegionProvider.provide",
        ):
            monkeypatch.setattr(lookup, looked_up)
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        assert looked == []

    def test_no_proxy_stands_between_us_and_loopback(
        self, server: Server, fresh_pool: UserPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        assert len(server.received) == 1

    # a child after fork() here runs a few lines of Python, then exits at once
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_a_forked_worker_has_connections_of_its_own(
        self, server: Server, pool: UserPool
    ) -> None:
        server.reply = lambda received: Answer(
            json.dumps({"Username": str(received.port)}).encode()
        )

        def port() -> str:
            name: str = pool.call("GetUser", AccessToken="a.b.c")["Username"]
            return name

        before = port()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, port().encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            of_the_child = answer.read()
        assert of_the_child.isdigit()
        assert of_the_child != before
        assert port() == before

    def test_another_process_keeps_nothing_of_the_first(
        self, fresh_pool: UserPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = fresh_pool._client()
        # as if the first process had forked while a thread of it was making a client
        fresh_pool._locks[os.getpid()].acquire()
        monkeypatch.setattr(os, "getpid", lambda: -1)
        second = fresh_pool._client()
        assert second is not first
        assert fresh_pool._clients == {-1: second}
        first.close()


class TestRefusals:
    def test_cognitos_error_becomes_ours(self, server: Server, pool: UserPool) -> None:
        server.reply = lambda _received: said("PasswordResetRequiredException", "Reset it")
        error = refusal(pool)
        assert error.code == "PasswordResetRequiredException"
        assert error.detail == "Reset it"

    def test_nothing_of_botocores_exception_hangs_on(self, server: Server, pool: UserPool) -> None:
        server.reply = lambda _received: said("InvalidParameterException", "Value 'hunter2' at 'x'")
        error = refusal(pool)
        assert error.__context__ is None
        assert error.__cause__ is None

    @pytest.mark.parametrize(
        ("operation", "parameters", "word"),
        [
            ("InitiateAuth", {"AuthFlow": "USER_SRP_AUTH"}, "password"),
            ("SignUp", {"Username": "ada", "Password": "x" * 8}, "account"),
            ("ConfirmSignUp", {"Username": "ada", "ConfirmationCode": "1"}, "code is not right"),
            ("ResendConfirmationCode", {"Username": "ada"}, "could not be sent"),
            ("GetUser", {"AccessToken": "a.b.c"}, "not signed in any more"),
            ("GetTokensFromRefreshToken", {"RefreshToken": "r"}, "not signed in any more"),
            (
                "UpdateAuthEventFeedback",
                {
                    "UserPoolId": "eu-west-1_AbCdEf123",
                    "Username": "ada",
                    "EventId": "e-1",
                    "FeedbackToken": "t",
                    "FeedbackValue": "Valid",
                },
                "code is not right",
            ),
        ],
    )
    def test_the_words_fit_what_the_person_was_doing(
        self, server: Server, pool: UserPool, operation: str, parameters: dict[str, str], word: str
    ) -> None:
        server.reply = lambda _received: said("NotAuthorizedException", "No.")
        assert word in refusal(pool, operation, **parameters).message

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("7", 7), ("999999", 3600), ("soon", 10), ("-1", 10), ("", 10), ("²", 10)],
    )
    def test_retry_after_is_honoured_where_it_is_a_number(
        self, server: Server, pool: UserPool, header: str, seconds: int
    ) -> None:
        server.reply = lambda _received: said(
            "TooManyRequestsException", "Rate exceeded", 400, **{"Retry-After": header}
        )
        error = refusal(pool)
        assert (error.status, error.retry_after) == (429, seconds)

    def test_a_request_that_does_not_fit_the_model_is_not_sent_and_not_shown(
        self, server: Server, pool: UserPool
    ) -> None:
        error = refusal(pool, "ChangePassword", AccessToken="a.b.c", ProposedPassword=[SECRETS])
        assert server.received == []
        assert error.code == "InvalidParameterException"
        assert error.detail == "Invalid type for parameter ProposedPassword"
        assert error.__context__ is None

    def test_an_answer_without_a_code_is_an_unknown_error(self, pool: UserPool) -> None:
        with stubbed(pool) as stub:
            stub.add_client_error("get_user")
            assert refusal(pool).code == "UnknownError"


class TestTheServiceAway:
    def test_nobody_listens(self, make_pool: Callable[..., UserPool]) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
        error = refusal(make_pool(endpoint_url=f"http://127.0.0.1:{port}"))
        assert isinstance(error, CognitoUnavailable)
        assert (error.code, error.status) == ("ServiceUnavailable", 503)
        assert error.detail.startswith("EndpointConnectionError")

    def test_somebody_listens_and_never_answers(self, make_pool: Callable[..., UserPool]) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
            pool = make_pool(endpoint_url=f"http://127.0.0.1:{port}", read_timeout=0.05)
            assert refusal(pool).detail.startswith("ReadTimeoutError")

    def test_the_connection_breaks(self, server: Server, pool: UserPool) -> None:
        server.reply = lambda _received: None
        error = refusal(pool)
        assert isinstance(error, CognitoUnavailable)
        assert error.detail.startswith("ConnectionClosedError")

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(b"<html>Welcome to our hotel</html>"),
            Answer(b"<html>Bad request</html>", 400),
            Answer(b"<html>Sorry</html>", 502),
            Answer(b"[]", 200),
            Answer(b"[]", 400),
            Answer(b"[]", 500),
            Answer(b"\xff\xfe", 200),
            Answer(b"", 503),
            Answer(b'{"message":"Forbidden"}', 403),
            said("InternalErrorException", "Something went wrong", 500),
            said("ServiceUnavailable", "", 503),
        ],
    )
    def test_something_other_than_cognito_answers(
        self, server: Server, pool: UserPool, answer: Answer
    ) -> None:
        server.reply = lambda _received: answer
        error = refusal(pool)
        assert isinstance(error, CognitoUnavailable)
        assert not any(word in error.detail for word in ("hotel", "Forbidden", "Sorry"))

    def test_an_answer_without_a_body_is_an_empty_one(self, server: Server, pool: UserPool) -> None:
        server.reply = lambda _received: Answer(b"")
        assert pool.call("ChangePassword", AccessToken="a", ProposedPassword="x" * 8) == {}

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, server: Server, pool: UserPool, status: int) -> None:
        with closing(Server()) as elsewhere:
            server.reply = lambda _received: Answer(b"", status, {"Location": elsewhere.url + "/"})
            assert isinstance(refusal(pool), CognitoUnavailable)
            assert elsewhere.received == []
        assert len(server.received) == 1

    def test_all_attempts_are_used_on_a_failure(
        self, server: Server, make_pool: Callable[..., UserPool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.sleep", lambda _seconds: None)
        answers = iter([Answer(b"<html>", 502), said("InternalErrorException", "", 500), Answer()])
        server.reply = lambda _received: next(answers)
        assert (
            make_pool(endpoint_url=server.url, retry_attempts=3).call(
                "GlobalSignOut", AccessToken="a.b.c"
            )
            == {}
        )
        assert len(server.received) == 3

    @pytest.mark.parametrize("operation", pool_module._NEVER_REPEATED)
    @pytest.mark.parametrize(
        "answer",
        [None, Answer(b"<html>", 502), said("InternalErrorException", "Oh", 500)],
        ids=["none", "of a proxy", "a failure"],
    )
    def test_what_may_have_been_done_is_not_asked_for_twice(
        self, server: Server, patient_pool: UserPool, operation: str, answer: Answer | None
    ) -> None:
        server.reply = lambda _received: answer
        error = refusal(patient_pool, operation, **REQUIRED[operation])
        assert error.status == 503
        assert len(server.received) == 1

    def test_an_answer_that_comes_too_late_is_not_waited_for_twice(
        self, server: Server, make_pool: Callable[..., UserPool]
    ) -> None:
        is_over = threading.Event()

        def late(_received: Received) -> None:
            is_over.wait(10)

        server.reply = late
        pool = make_pool(endpoint_url=server.url, retry_attempts=3, read_timeout=0.1)
        error = refusal(pool, "DeleteUser", AccessToken="a.b.c")
        is_over.set()
        assert error.detail.startswith("ReadTimeoutError")
        assert len(server.received) == 1

    def test_what_was_not_done_is_asked_for_again(
        self, server: Server, patient_pool: UserPool
    ) -> None:
        answers = iter([said("TooManyRequestsException"), Answer()])
        server.reply = lambda _received: next(answers)
        assert patient_pool.call("DeleteUser", AccessToken="a.b.c") == {}
        assert len(server.received) == 2

    def test_what_was_not_even_sent_is_sent_again(
        self, make_pool: Callable[..., UserPool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        monkeypatch.setattr("time.sleep", waits.append)
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
        pool = make_pool(endpoint_url=f"http://127.0.0.1:{port}", retry_attempts=3)
        error = refusal(pool, "DeleteUser", AccessToken="a.b.c")
        assert error.detail.startswith("EndpointConnectionError")
        assert len(waits) == 2

    def test_a_refusal_is_not_asked_again(
        self, server: Server, make_pool: Callable[..., UserPool]
    ) -> None:
        server.reply = lambda _received: said("NotAuthorizedException")
        refusal(make_pool(endpoint_url=server.url, retry_attempts=3))
        assert len(server.received) == 1


class TestOurLog:
    @pytest.mark.parametrize(
        ("answer", "level"),
        [
            (said("NotAuthorizedException", "Incorrect username or password."), "INFO"),
            (said("CodeMismatchException", "Invalid code"), "INFO"),
            (said("TooManyRequestsException", "Rate exceeded"), "WARNING"),
            (said("ResourceNotFoundException", "User pool client x does not exist."), "WARNING"),
            (said("InvalidLambdaResponseException", "Unrecognizable output"), "WARNING"),
            (said("InternalErrorException", "Oh", 500), "ERROR"),
        ],
    )
    def test_the_level_says_whose_business_it_is(
        self,
        server: Server,
        pool: UserPool,
        everything_logged: list[str],
        answer: Answer,
        level: str,
    ) -> None:
        server.reply = lambda _received: answer
        error = refusal(pool)
        ours = [line for line in everything_logged if " pyramid_cognito." in line]
        what = f"{error.code}: {error.detail}"
        assert ours == [f"{level} pyramid_cognito.pool GetUser: {what} (request request-1)"]

    def test_an_outage_has_no_request_id(
        self, server: Server, pool: UserPool, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.reply = lambda _received: None
        refusal(pool)
        assert caplog.messages[-1].endswith("(request -)")

    def test_a_success_is_not_worth_a_line(
        self, pool: UserPool, everything_logged: list[str]
    ) -> None:
        pool.call("GetUser", AccessToken="a.b.c")
        assert not any(" pyramid_cognito." in line for line in everything_logged)


class TestSecrets:
    def sign_in(self, pool: UserPool) -> None:
        pool.call(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": SECRETS["PASSWORD"]},
        )
        pool.call(
            "RespondToAuthChallenge",
            ChallengeName="SMS_MFA",
            Session=SECRETS["session"],
            ChallengeResponses={"SMS_MFA_CODE": SECRETS["code"]},
        )
        pool.call(
            "GetTokensFromRefreshToken",
            RefreshToken=SECRETS["token"],
            ClientSecret=SECRETS["client secret"],
        )

    def test_none_is_in_any_log_at_debug(
        self, server: Server, fresh_pool: UserPool, everything_logged: list[str]
    ) -> None:
        tokens = {"AuthenticationResult": {"AccessToken": SECRETS["token"]}, **SECRETS}
        server.reply = lambda _received: Answer(json.dumps(tokens).encode())
        self.sign_in(fresh_pool)
        assert b"SECRET" in b"".join(received.body for received in server.received)
        assert everything_logged, "botocore said something while the client was made"
        assert not any("SECRET" in line for line in everything_logged)

    @pytest.mark.parametrize("code", ["InvalidParameterException", "Whatever"])
    def test_none_is_in_any_log_at_debug_when_cognito_repeats_it(
        self, server: Server, pool: UserPool, everything_logged: list[str], code: str
    ) -> None:
        server.reply = lambda _received: said(code, "; ".join(f"'{s}'" for s in SECRETS.values()))
        for operation in ("InitiateAuth", "GetUser"):
            parameters = {"AuthFlow": "USER_SRP_AUTH"} if operation == "InitiateAuth" else {}
            error = refusal(pool, operation, **parameters)
            assert "SECRET" not in f"{error} {error!r} {error.detail}"
        assert any(code in line for line in everything_logged)
        assert not any("SECRET" in line for line in everything_logged)

    def test_none_is_in_any_log_at_debug_when_the_connection_breaks(
        self,
        server: Server,
        make_pool: Callable[..., UserPool],
        everything_logged: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("time.sleep", lambda _seconds: None)
        server.reply = lambda _received: None
        pool = make_pool(endpoint_url=server.url, retry_attempts=2)
        refusal(pool)
        assert len(server.received) == 2
        assert not any("SECRET" in line for line in everything_logged)

    def test_the_applications_own_boto3_clients_keep_their_debug_log(
        self, server: Server, pool: UserPool, everything_logged: list[str]
    ) -> None:
        its_own = boto3.client(
            "sts",
            region_name="eu-west-1",
            endpoint_url=server.url,
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="x",
        )
        inside: list[bool] = []

        def reply(_received: Received) -> Answer:
            if not inside:  # while our call is under way in another thread
                inside.append(True)
                with pytest.raises(its_own.exceptions.ClientError):
                    its_own.get_caller_identity()
                return Answer()
            return Answer(b"<ErrorResponse/>", 400)

        server.reply = reply
        pool.call("GetUser", AccessToken=SECRETS["token"])
        assert any("GetCallerIdentity" in line for line in everything_logged)
        assert not any("SECRET" in line for line in everything_logged)
        its_own.close()

    def test_a_logger_that_appears_later_is_covered(
        self, server: Server, fresh_pool: UserPool, everything_logged: list[str]
    ) -> None:
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        later = logging.getLogger("botocore.a_module_loaded_later")

        def inside(**_event: Any) -> None:
            later.debug("SECRET")
            later.warning("the pool of connections is full")

        fresh_pool._client().meta.events.register("before-send.cognito-identity-provider", inside)
        fresh_pool.call("GetUser", AccessToken="a.b.c")
        later.debug("outside of our calls")
        lines = [line for line in everything_logged if "loaded_later" in line]
        assert [line.split()[0] for line in lines] == ["WARNING", "DEBUG"]

    def test_every_logger_that_a_call_uses_is_there_before_it(
        self, server: Server, fresh_pool: UserPool
    ) -> None:
        server.reply = lambda _received: said("NotAuthorizedException")
        fresh_pool._client()
        before = set(logging.root.manager.loggerDict)
        refusal(fresh_pool)
        new = set(logging.root.manager.loggerDict) - before
        assert not any(name.startswith(("boto", "urllib3")) for name in new)
