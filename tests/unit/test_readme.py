"""What the README says is true, as far as a machine can tell: tables, examples, commands, links."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from configparser import InterpolationSyntaxError
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_args

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from plaster import get_loader
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from pyramid.httpexceptions import HTTPForbidden
from pyramid.paster import get_appsettings
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from webtest import TestApp

import pyramid_cognito
from pyramid_cognito import events
from pyramid_cognito.account import Account
from pyramid_cognito.challenges import ANSWERS
from pyramid_cognito.denied import Remedy
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.identity import CognitoIdentity
from pyramid_cognito.local import CONFIRMATION_CODE, RESET_CODE, LocalOptions, parse_users
from pyramid_cognito.request import Cognito
from pyramid_cognito.settings import LOCAL_NAMES, SETTINGS, CognitoSettings, read_settings
from pyramid_cognito.sign_in import SignInResult, SignInStatus
from pyramid_cognito.testing import offline_settings, sign_in
from pyramid_cognito.ticket import Tokens
from pyramid_cognito.views import forbidden
from pyramid_cognito.views.routes import PAGES
from tests.application import SECRET

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
NOTHING = "\N{EN DASH}"
CODE = re.findall(r"`([^`\n]+)`", PROSE)

Write = Callable[..., Path]


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def table(*head: str) -> list[list[str]]:
    """The cells of the one table with these column heads."""
    lines = PROSE.split(f"| {' | '.join(head)} |\n")[1].splitlines()[1:]
    rows = (line.strip("| ").split(" | ") for line in lines[: lines.index("")])
    return [[cell.strip() for cell in row] for row in rows]


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write files of the README's application ``myapp``, and be able to import them."""
    # a file's name is the comment on its first line
    named = {text.split("\n")[0].strip("{}# "): text for _, text in BLOCKS}

    def written(*names: str) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(named[name])
        return path

    written("myapp/__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    yield written
    for name in [name for name in sys.modules if name.partition(".")[0] == "myapp"]:
        del sys.modules[name]


@pytest.fixture
def myapp(write: Write) -> TestApp:
    return TestApp(import_module("myapp").main({}, **offline_settings()))


def including(module: str, **settings: str) -> TestApp:
    """An application around one more file of the README; ``/`` lists the principals."""
    with Configurator(settings=offline_settings(settings)) as config:
        config.include("pyramid_cognito")
        config.include("pyramid_jinja2")
        config.include(module)
        config.add_route("home", "/")
        config.add_view(
            lambda request: sorted(request.cognito.principals), route_name="home", renderer="json"
        )
        return TestApp(config.make_wsgi_app())


# Settings

ROWS = {
    codes(row[0])[0].removeprefix("cognito."): row for row in table("setting", "default", "meaning")
}


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    names = [setting.name for setting in SETTINGS]
    assert list(ROWS) == [*names, "policy.<Name>", *(f"local.{name}" for name in LOCAL_NAMES)]
    assert all(meaning for _, _, meaning in ROWS.values())


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_default_in_the_row_is_the_default(setting: Any) -> None:
    default = ROWS[setting.name][1]
    if default == "required":
        assert not setting.default
        assert setting.default is not None
    elif default == NOTHING:
        assert setting.default is None
    else:
        assert setting.parse(default.strip("`")) == setting.default


def test_the_defaults_of_the_embedded_pool_are_in_their_rows() -> None:
    options = LocalOptions()
    assert ROWS["local.directory"][1] == f"`{options.directory}`"
    assert codes(ROWS["local.environment"][1]) == [options.environment.name]
    assert ROWS["local.port"][1] == f"`{options.port}`"
    assert (options.users, ROWS["local.users"][1]) == ((), NOTHING)
    assert (options.address, ROWS["local.address"][1]) == (None, NOTHING)


def test_environment_variables_are_named_after_settings() -> None:
    named = set(re.findall(r"COGNITO_[A-Z_]+\b", README))
    assert named >= {"COGNITO_SECRET", "COGNITO_CLIENT_SECRET", "COGNITO_THROTTLE_STORAGE"}
    assert named <= {f"COGNITO_{setting.name}".upper().replace(".", "_") for setting in SETTINGS}


def test_an_empty_variable_hides_what_the_ini_says() -> None:
    ini = offline_settings({"cognito.session_idle": "600"})
    assert read_settings({**ini}, {}).session_idle == 600
    assert read_settings({**ini}, {"COGNITO_SESSION_IDLE": ""}).session_idle == 3600


# Examples: ini

PRODUCTION, POLICIES, CLIENTS, DEVELOPMENT = blocks("ini")
ENVIRON = {"COGNITO_SECRET": SECRET, "COGNITO_CLIENT_SECRET": "a-client-secret"}


def read_ini(path: Path, environ: dict[str, str]) -> CognitoSettings:
    return read_settings(get_appsettings(str(path)), environ)


def test_the_production_ini_with_its_secrets_in_the_environment_starts(write: Write) -> None:
    settings = read_ini(write("production.ini"), ENVIRON)
    assert (settings.region, settings.is_local) == ("eu-west-1", False)
    assert settings.client_secret == "a-client-secret"


def test_the_development_ini_fills_the_embedded_pool(write: Write, tmp_path: Path) -> None:
    local = read_ini(write("development.ini"), {}).local
    assert local is not None
    assert local.directory == tmp_path / ".cognito-local"
    assert [user.username for user in local.users] == ["ada", "grace"]
    assert local.users[0].groups == ("Admin",)
    assert local.users[0].attributes["name"] == "Ada Lovelace"


@pytest.mark.parametrize("name", ["production.ini", "development.ini"])
def test_an_ini_has_the_server_of_the_sample_application(name: str, write: Write) -> None:
    found, ours = (
        get_loader(str(path)).get_settings("server:main")
        for path in (write(name), ROOT / "development.ini")
    )
    assert found == ours
    assert {"use", "listen"} <= found.keys()


@pytest.fixture
def production(write: Write) -> Callable[[str], CognitoSettings]:
    """The settings of the production ini with more lines in it."""
    path = write("production.ini")

    def read(more: str) -> CognitoSettings:
        path.write_text(f"{PRODUCTION}\n{more}\n")
        return read_ini(path, ENVIRON)

    return read


def test_the_policy_in_the_ini_requires_what_it_says(
    production: Callable[[str], CognitoSettings],
) -> None:
    (policy,) = production(POLICIES).policies
    assert policy.name == "EditorsOnly"
    assert policy.groups == ("Admin", "Human Resources")
    assert policy.claims == {
        "custom:domain": ("example.com", "example.org"),
        "custom:contract": pyramid_cognito.PRESENT,
        "email_verified": (True,),
    }
    assert policy.max_age == 3600


def test_the_clients_in_the_ini_have_the_scopes_that_it_says(
    production: Callable[[str], CognitoSettings],
) -> None:
    settings = production(CLIENTS)
    assert settings.bearer_client_ids == (
        ("5d0c1k7q", frozenset({"documents/read", "documents/write"})),
        ("7h2m9s4t", frozenset()),
    )
    assert settings.bearer_machine_clients == (("3v8b6n1x", frozenset({"documents/read"})),)


def test_the_traps_of_the_ini_are_traps(production: Callable[[str], CognitoSettings]) -> None:
    assert production("cognito.session_idle = 600").session_idle == 600
    with pytest.raises(ConfigurationError, match="session_idle expects"):
        production("cognito.session_idle = 600 ; like this")
    percent = "cognito.throttle.storage = redis://:a%{}b@localhost"
    assert production(percent.format("%")).throttle_storage == "redis://:a%b@localhost"
    with pytest.raises(InterpolationSyntaxError):
        production(percent.format(""))
    with pytest.raises(ConfigurationError, match=r"cognito\.policy\.A"):
        production("cognito.policy.A:claim = group in A")


# Examples: Python


def test_the_application_lets_in_whom_it_should(myapp: TestApp) -> None:
    myapp.get("/documents/plan", status=302)
    assert myapp.get("/").json == {"signed_in": False}
    sign_in(myapp, "eve", claims={"custom:domain": "example.net"})
    assert myapp.get("/").json == {"signed_in": True}
    myapp.get("/documents/plan", status=403)
    sign_in(myapp, "olga", claims={"custom:domain": "example.org"})
    assert myapp.get("/restricted").json == {"domain": "example.org", "groups": []}
    myapp.get("/documents/plan", status=403)
    sign_in(myapp, "owner", sub="0d4f6a2e-0000-4000-8000-000000000001")
    assert myapp.get("/documents/plan").json == {"title": "plan", "reader": "owner"}
    for person in ({"groups": ["Admin"]}, {"claims": {"custom:domain": "example.com"}}):
        sign_in(myapp, "ada", **person)
        myapp.get("/documents/plan", status=200)


def test_the_include_may_stand_in_the_ini() -> None:
    settings = offline_settings({"pyramid.includes": "pyramid_cognito"})
    config = Configurator(settings=settings)
    config.add_cognito_policy("Staff", groups="Staff")
    config.commit()
    assert config.introspector.get_category("cognito policies")


def test_the_tests_for_an_application_pass(write: Write) -> None:
    write("myapp/tests.py")
    module = import_module("myapp.tests")
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_the_policies_ask_what_they_say(write: Write) -> None:
    write("myapp/policies.py")
    testapp = including("myapp.policies")

    def found(**person: Any) -> set[str]:
        sign_in(testapp, **person)
        return {name for name in testapp.get("/").json if name.startswith(("policy:", "role:"))}

    domain = {"custom:domain": "example.com"}
    assert found(username="eve", auth_time=1) == set()
    assert found(username="grace", claims=domain) == {
        *("policy:Colleagues", "policy:RecentSignIn", "role:editor")
    }
    assert found(username="ada", claims=domain, groups=["Admin"], auth_time=1) == {
        *("policy:Bosses", "policy:Colleagues", "policy:HumanResources")
    }
    contract = {"custom:contract": "", "email_verified": "true"}
    assert found(username="olga", claims=contract, auth_time=1) == {"policy:Contractors"}
    verified = {"email_verified": True}
    assert found(username="olga", claims=verified, auth_time=1) == {"policy:Reachable"}


def test_introspection_has_the_categories(write: Write) -> None:
    write("myapp/policies.py")
    testapp = including("myapp.policies")
    categories = {name for name in CODE if name.startswith("cognito ")}
    assert len(categories) == 3
    assert categories <= {name for name, _ in testapp.app.registry.introspector.categorized()}


def test_the_sign_in_of_ones_own_answers(write: Write) -> None:
    write("myapp/login.py")
    testapp = including("myapp.login")
    token = testapp.get("/account/sign-in").form["csrf_token"].value
    person = {"username": "ada", "password": "Correct-Horse-9"}
    testapp.post("/login", person, status=400)
    # no pool answers these settings: what comes back is the error's own status and words
    away = testapp.post("/login", person, headers={"X-CSRF-Token": token}, status=503)
    assert away.json == {"error": cognito_error("ServiceUnavailable").message}
    late = testapp.post("/login/code", {"code": "123456", "csrf_token": token}, status=401)
    assert late.json == {"error": cognito_error("SessionExpired").message}


def test_the_layout_is_around_the_pages(write: Write) -> None:
    write("myapp/policies.py", "myapp/templates/layout.jinja2")
    (layout,) = (code for code in CODE if code.startswith("cognito.layout = "))
    settings = {"cognito.layout": layout.partition(" = ")[2]}
    page = including("myapp.policies", **settings).get("/account/sign-in")
    assert page.html.title.text == "Sign in"
    assert page.html.body.form


def test_a_template_is_replaced(write: Write, tmp_path: Path) -> None:
    (code,) = (text for text in blocks("python") if not text.startswith("# myapp/"))
    call = ast.parse(code, mode="exec").body[0].value  # type: ignore[attr-defined]
    assert call.func.attr == "override_asset"
    mine = tmp_path / "myapp" / "templates" / "signed_out.jinja2"
    mine.parent.mkdir()
    mine.write_text("Bye")
    config = Configurator(settings=offline_settings())
    config.include("pyramid_cognito")
    config.override_asset(*map(ast.literal_eval, call.args))
    assert "Bye" in TestApp(config.make_wsgi_app()).get("/account/sign-out")


def test_a_view_is_replaced() -> None:
    (code,) = (code for code in CODE if code.startswith("config.add_view("))
    config = Configurator(settings=offline_settings())
    config.include("pyramid_cognito")
    names = {"config": config, "NO_PERMISSION_REQUIRED": NO_PERMISSION_REQUIRED}
    exec(code, names | {"register": lambda request: Response("mine")})  # noqa: S102 - our README
    app = TestApp(config.make_wsgi_app())
    assert app.get("/account/sign-up").text == app.post("/account/sign-up").text == "mine"


def remedy(denial: HTTPForbidden, request: Request) -> str:
    return denial.result.remedy


def test_a_forbidden_view_of_ones_own_wins() -> None:
    config = Configurator(settings=offline_settings())
    config.include("pyramid_cognito")
    config.add_forbidden_view(remedy, renderer="string")
    config.add_view(remedy, permission="view")
    assert TestApp(config.make_wsgi_app()).get("/").text == "sign_in"


def test_a_forbidden_view_in_an_include_beside_ours_is_a_conflict() -> None:
    config = Configurator(settings=offline_settings())
    config.include("pyramid_cognito")
    config.include(lambda config: config.add_forbidden_view(remedy, renderer="string"))
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_people_and_robots_get_along(write: Write) -> None:
    write("myapp/security.py")
    with Configurator(settings=offline_settings({"cognito.security_policy": "false"})) as config:
        config.include("pyramid_cognito")
        config.set_security_policy(import_module("myapp.security").PeopleAndRobots("k3y"))
        document = import_module("myapp").Document
        config.add_route("document", "/documents/{title}", factory=document)
        view = {"route_name": "document", "renderer": "json"}
        config.add_view(lambda request: None, permission="view", **view)
        config.add_view(lambda request: None, permission="edit", request_method="POST", **view)
        testapp = TestApp(config.make_wsgi_app())

    testapp.get("/documents/plan", headers={"X-Key": "k3y"}, status=200)
    testapp.post("/documents/plan", headers={"X-Key": "k3y"}, status=303)
    testapp.get("/documents/plan", headers={"X-Key": "guess"}, status=302)
    sign_in(testapp, "grace", claims={"custom:domain": "example.com"})
    testapp.get("/documents/plan", status=200)
    testapp.post("/documents/plan", status=403)


def test_every_python_example_is_tested_above() -> None:
    names = [text.split("\n")[0] for text in blocks("python")]
    tested = ["__init__", "login", "policies", "welcome", "tests", "security"]
    assert [name for name in names if name.startswith("# ")] == [
        f"# myapp/{name}.py" for name in tested
    ]


# Names


def test_the_pages_have_these_routes_and_paths() -> None:
    rows = {codes(route)[0]: codes(path)[0] for route, path, _ in table("route", "path", "page")}
    prefix = ROWS["route_prefix"][1].strip("`")
    expected = {name: prefix + path for name, path in PAGES.items()}
    assert rows == {**expected, "cognito.static": f"{prefix}/static/*subpath"}


def test_a_route_of_each_page_answers(myapp: TestApp) -> None:
    routes = myapp.app.routes_mapper
    for route, path, _ in table("route", "path", "page"):
        found = routes(Request.blank(codes(path)[0].replace("*subpath", "account.css")))
        assert found["route"].name == codes(route)[0]


def test_programs_are_told_what_the_table_says() -> None:
    rows = table("why", "a browser gets", "a program gets")
    told = [program.replace("`", "").split(" ") for _, _, program in rows]
    answers = [forbidden.ANSWERS[name] for name in ("sign_in", "step_up", "none", "unavailable")]
    assert told == [[str(status), error] for status, error, _ in answers]


def test_the_facade_has_these_names_and_no_others() -> None:
    rows = {codes(name)[0]: what for name, what in table("name", "what")}
    assert {re.match(r"\w+", name)[0] for name in rows} == public(Cognito)  # type: ignore[index]
    assert set(codes(rows["account"])) == public(Account)
    assert set(codes(rows["tokens"])) - {"None"} == {field.name for field in fields(Tokens)}
    for signature in rows:
        if "(" in signature:
            name, _, parameters = signature.rstrip(")").partition("(")
            code = getattr(Cognito, name).__code__
            count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x08)
            names = list(code.co_varnames[1:count])
            assert re.findall(r"(?:^|, )(?:\*\*)?(\w+)", parameters) == names


@pytest.mark.parametrize(
    ("kind", "beside"),
    [
        (CognitoIdentity, {"from_claims"}),
        (SignInResult, set()),
        (SignInStatus, set()),
        (LocalOptions, {"groups", "region", "grace"}),
    ],
)
def test_the_public_attributes_are_all_named(kind: Any, beside: set[str]) -> None:
    named = {word for code in CODE for word in re.findall(r"\w+", code)}
    names = {field.name for field in fields(kind)} if kind is LocalOptions else public(kind)
    names |= set(getattr(kind, "__annotations__", {})) | set(getattr(kind, "__members__", {}))
    missing = {name for name in names if not name.startswith("_")} - beside - named
    assert missing - {"name", "value"} == set()


def test_an_error_has_the_attributes_that_are_named() -> None:
    error = cognito_error("NotAuthorizedException")
    assert isinstance(error, CognitoError)
    sentence = PROSE.split("pyramid_cognito.errors.CognitoError`. It has ")[1].split(".")[0]
    assert {"code", "message", "status", "next_step", "retry_after"} == set(codes(sentence))
    assert all(hasattr(error, name) for name in codes(sentence))


def test_denials_have_these_remedies() -> None:
    sentence = PROSE.split("`reasons` (for logs, not for people) and `remedy` (")[1]
    assert set(codes(sentence.split(")")[0])) == set(get_args(Remedy))


def test_the_challenges_are_those_that_can_be_answered() -> None:
    sentence = PROSE.split("The challenges that can be answered are ")[1].split("\n")[0]
    named = {name for name in codes(sentence) if name.isupper()}
    codes_of = {"SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SMS_OTP"}
    answers = {answer for name in ANSWERS.keys() - codes_of for answer in ANSWERS[name]}
    assert named == {*ANSWERS, "_CODE", *answers}
    assert all(ANSWERS[name] == {f"{name}_CODE"} for name in codes_of)


def test_the_events_and_what_they_hold_are_those_of_the_package() -> None:
    common = {field.name for field in fields(events.AccountEvent)}
    kinds = {kind.__name__: kind for kind in events.AccountEvent.__subclasses__()}
    assert {codes(row[0])[0] for row in table("event", "when", "besides")} == kinds.keys()
    for name, _, besides in table("event", "when", "besides"):
        held = {field.name for field in fields(kinds[codes(name)[0]])} - common
        assert held == set(codes(besides)) - {"changed", "reset", "first"}
    assert common <= set(CODE)


def test_a_subscriber_is_told(write: Write) -> None:
    write("myapp/welcome.py")
    with Configurator(settings=offline_settings()) as config:
        config.include("pyramid_cognito")
        config.scan("myapp.welcome")
    request = Request.blank("/")
    request.registry = config.registry
    events.notify(request, events.UserConfirmed, user="ada")
    assert config.registry["welcomed"] == "ada"


def test_what_is_named_can_be_imported() -> None:
    named = {code for code in CODE if re.fullmatch(r"pyramid_cognito(\.\w+)+", code)}
    assert len(named) > 10
    for name in named - {f"{name}.py" for name in named}:
        resolve_name(name)


def test_the_file_list_is_the_package() -> None:
    package = Path(pyramid_cognito.__file__).parent
    listed = [name for row in table("file", "what it does") for name in codes(row[0])]
    assert len(listed) == len(set(listed))
    found = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in package.iterdir()
        if path.name[0] != "." and path.name not in ("__pycache__", "py.typed")
    }
    assert set(listed) == found


# Commands and links


def test_the_people_of_the_sample_application_are_in_its_ini() -> None:
    ini = get_appsettings(str(ROOT / "development.ini"))
    users = parse_users(ini["cognito.local.users"])
    assert [f"`{user.username}`" in PROSE for user in users] == [True] * 3
    assert {user.password for user in users} == set(re.findall(r"\bCorrect\S+-9\b", README))
    assert f"<{ini['cognito.local.address']}>" in PROSE
    assert {CONFIRMATION_CODE, RESET_CODE} <= set(re.findall(r"\b\d{6}\b", PROSE))


def test_make_has_the_targets() -> None:
    targets = set(re.findall(r"^make ([\w-]+)", README, re.MULTILINE))
    targets |= {code.removeprefix("make ") for code in CODE if code.startswith("make ")}
    assert {"serve", "test", "lint", "bench", "test-browser"} <= targets
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets <= set(rules)


COGNITO = ServiceModel(Loader().load_service_model("cognito-idp", "service-2"))
OPERATIONS = {xform_name(name, "-"): name for name in COGNITO.operation_names}


def members(command: str) -> dict[str, Shape]:
    shape = COGNITO.operation_model(OPERATIONS[command]).input_shape
    return {xform_name(name, "-"): member for name, member in shape.members.items()}


def aws_commands() -> list[list[str]]:
    lines = "".join(blocks("sh")).replace("\\\n", " ").splitlines()
    found = [line.partition("aws cognito-idp ")[2].removesuffix(")") for line in lines]
    return [shlex.split(line) for line in found if line]


@pytest.mark.parametrize("words", aws_commands(), ids=lambda words: words[0])
def test_the_commands_are_what_the_aws_cli_takes(words: list[str]) -> None:
    command, *rest = words
    given: dict[str, list[str]] = {}
    for word in rest:
        if word.startswith("--"):
            given[word[2:]] = []
        else:
            given[list(given)[-1]].append(word)
    known = members(command)
    assert given.keys() - {"query", "output"} <= known.keys()
    required = COGNITO.operation_model(OPERATIONS[command]).input_shape.required_members
    assert {xform_name(name, "-") for name in required} <= given.keys()
    for name in given.keys() & known.keys():
        check_values(known[name], given[name])


def check_values(shape: Any, values: list[str]) -> None:
    if shape.type_name == "list":
        assert values
        for value in values:
            check_values(shape.member, [value])
    elif shape.type_name == "boolean":
        assert values == []
    elif shape.type_name == "structure":
        (value,) = values
        names = [pair.partition("=")[0] for pair in re.sub(r"\[.*\]", "", value).split(",")]
        assert set(names) <= shape.members.keys()
        assert set(shape.required_members) <= set(names)
    else:
        (value,) = values
        assert value in (getattr(shape, "enum", None) or [value])


def test_options_in_the_text_are_options_of_the_app_client() -> None:
    options = {word[2:] for code in CODE for word in code.split() if word.startswith("--")}
    assert "write-attributes" in options
    assert options <= members("create-user-pool-client").keys()
    grace = "--refresh-token-rotation "
    (rotation,) = (code[len(grace) :] for code in CODE if code.startswith(grace))
    check_values(members("create-user-pool-client")["refresh-token-rotation"], [rotation])


def test_what_policies_trust_is_not_writable_in_the_example() -> None:
    (client,) = (words for words in aws_commands() if words[0] == "create-user-pool-client")
    start = client.index("--write-attributes")
    assert client[start : start + 4] == ["--write-attributes", "email", "name", "--query"]
    assert "custom:domain" in client


def test_what_the_example_lets_people_edit_is_what_its_client_may_write() -> None:
    (client,) = (words for words in aws_commands() if words[0] == "create-user-pool-client")
    writable = client[client.index("--write-attributes") + 1 : client.index("--query")]
    (ini,) = (text for text in blocks("ini") if text.startswith("# production.ini"))
    line = re.search(r"^cognito\.editable_attributes = (.+)$", ini, re.MULTILINE)
    assert line
    assert line[1].split() == writable


LINKS = re.findall(r"(!?)\[([^\]]*)\]\(([^)]+)\)", PROSE)


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert LINKS
    for _, _, target in LINKS:
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / target).is_file()


def test_pictures_have_descriptions() -> None:
    pictures = [link for link in LINKS if link[0]]
    assert pictures
    assert all(len(description) > 40 for _, description, _ in pictures)
    assert all(target.endswith(".png") for _, _, target in pictures)


def test_the_changes_begin_with_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    first = re.search(r"^## (\S+)", (ROOT / "CHANGES.md").read_text(), re.MULTILINE)
    assert first
    assert first[1] == version[1]
