"""Whole applications, each put together in another way, with people of the embedded user pool."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyramid.authorization import Allow, Authenticated, Deny
from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response
from pyramid.router import Router
from pyramid.security import Allowed, Denied, forget, remember, view_execution_permitted
from pyramid.session import SignedCookieSessionFactory
from pyramid_retry import RetryableException, is_last_attempt

from pyramid_cognito.local import LocalPool, LocalUser
from pyramid_cognito.security import CognitoDenied, CognitoSecurityPolicy
from tests.functional.site import (
    CHALLENGE,
    LATER,
    NOWHERE,
    PASSWORD,
    SIGN_IN,
    SIGN_OUT,
    Browser,
    Stage,
    configurator,
    deletes,
    form_with,
    set_cookies,
    settings_of,
    where,
)

NewUser = Callable[..., LocalUser]


@pytest.fixture(scope="module")
def settings(local_pool: LocalPool) -> dict[str, str]:
    return settings_of(local_pool)


@pytest.fixture(scope="module")
def people(settings: dict[str, str]) -> dict[str, Browser]:
    """ada's and eve's browsers, whose cookies all applications of these settings open."""
    site = configurator(settings).make_wsgi_app()
    browsers = {name: Browser(site) for name in ("ada", "eve")}
    for name, browser in browsers.items():
        browser.sign_in(name)
    return browsers


def bare(settings: Mapping[str, Any], **options: Any) -> Configurator:
    """An application that has included the package, and nothing else."""
    config = Configurator(settings=dict(settings), **options)
    config.include("pyramid_cognito")
    return config


def name_of(request: Request) -> str:
    return request.identity.username if request.identity else "nobody"


def show(request: Request) -> Response:
    return Response(f"shown to {name_of(request)}")


def answer_with(request: Request, headers: list[tuple[str, str]]) -> Response:
    response = Response(name_of(request))
    response.headerlist.extend(headers)
    return response


# --- templates, layout


class TestBesidePyramidJinja2:
    @pytest.fixture
    def templates(self, tmp_path: Path) -> Path:
        """The application's own, of names that ours have too."""
        (tmp_path / "sign_in.jinja2").write_text("the application's own: {{ words }}{{ unknown }}")
        (tmp_path / "layout.jinja2").write_text("never taken")
        return tmp_path

    @pytest.mark.parametrize(
        "includes",
        ["pyramid_jinja2 pyramid_cognito", "pyramid_cognito pyramid_jinja2"],
    )
    def test_both_render_their_own_whatever_the_order(
        self, settings: dict[str, str], templates: Path, includes: str
    ) -> None:
        own = {"pyramid.includes": includes, "jinja2.directories": str(templates)}
        config = Configurator(settings=settings | own)
        config.add_view(lambda request: {"words": "<b>"}, name="own", renderer="sign_in.jinja2")
        browser = Browser(config.make_wsgi_app())

        # escaped, and what is unknown is empty, as that renderer has it by default
        assert browser.get("/own").text == "the application's own: &lt;b&gt;"
        assert browser.get(SIGN_IN).html.h1.text == "Sign in"
        assert where(browser.sign_in("eve")) == "/"

    def test_our_pages_do_without_it(self, settings: dict[str, str]) -> None:
        browser = Browser(bare(settings).make_wsgi_app())

        assert browser.get(SIGN_IN).html.h1.text == "Sign in"


def test_any_renderer_may_be_the_layout(settings: dict[str, str]) -> None:
    def frame(info: Any) -> Any:
        return lambda value, system: f"<h2>{value['title']}</h2><main>{value['content']}</main>"

    config = bare(settings | {"cognito.layout": "site.frame"})
    config.add_renderer(".frame", frame)
    browser = Browser(config.make_wsgi_app())

    refused = browser.sign_in("eve", "Wrong-Horse-9", status=400)

    assert refused.html.h2.text == "Error: Sign in"
    assert refused.html.select_one("main h1").text == "Sign in"
    refused.form["password"] = PASSWORD
    refused.form.submit(status=303)


# --- the ticket leaves the header


class TestTheTicket:
    @staticmethod
    def seen_by_a_tween(config: Configurator) -> list[dict[str, Any]]:
        """What another package's tween, however far out, finds in each request."""
        seen: list[dict[str, Any]] = []

        def factory(handler: Any, registry: Any) -> Any:
            def look(request: Request) -> Response:
                seen.append(
                    {
                        "header": request.environ.get("HTTP_COOKIE"),
                        "cookies": dict(request.cookies),
                        "environ": repr(request.environ),
                    }
                )
                return handler(request)

            return look

        config.registry.look = factory
        config.add_tween(f"{__name__}.look_tween_factory")
        return seen

    @pytest.mark.parametrize(
        "tweens",
        [
            None,
            f"{__name__}.look_tween_factory pyramid.tweens.excview_tween_factory",
        ],
        ids=["tweens as they come", "tweens listed by the application"],
    )
    def test_is_seen_by_no_tween_and_no_error_report(
        self, settings: dict[str, str], people: dict[str, Browser], tweens: str | None
    ) -> None:
        config = configurator(settings | ({"pyramid.tweens": tweens} if tweens else {}))
        seen = self.seen_by_a_tween(config)
        browser = people["ada"].twin(config.make_wsgi_app())
        browser.set_cookie("basket", "apples")

        assert browser.get("/view").text == "view for ada"

        (found,) = seen
        assert browser.ticket is not None
        assert browser.ticket not in found["environ"]
        assert found["cookies"]["basket"] == "apples"
        assert "cognito" not in found["cookies"]
        assert "basket=" in found["header"]

    def test_is_found_by_a_copied_request_and_by_subrequests(
        self, settings: dict[str, str], people: dict[str, Browser]
    ) -> None:
        def ask(request: Request) -> str:
            copied = request.copy()
            copied.path_info = "/view"
            fresh = Request.blank("/view")
            answers = [
                request.invoke_subrequest(each, use_tweens=use_tweens).text
                for each in (copied, fresh)
                if each is copied or not request.identity
                for use_tweens in (True, False)
            ]
            return " | ".join(answers)

        config = configurator(settings)
        config.add_view(ask, name="ask", renderer="string")

        browser = people["ada"].twin(config.make_wsgi_app())

        assert browser.get("/ask").text == "view for ada | view for ada"

    def test_is_not_lent_to_a_subrequest_of_its_own(
        self, settings: dict[str, str], people: dict[str, Browser]
    ) -> None:
        def ask(request: Request) -> Any:
            return request.invoke_subrequest(Request.blank("/me")).json

        config = configurator(settings)
        config.add_view(ask, name="ask", renderer="json")

        assert people["ada"].twin(config.make_wsgi_app()).get("/ask").json is None

    def test_that_a_subrequest_renews_reaches_the_browser(
        self, stage: Stage, calls: list[str]
    ) -> None:
        def ask(request: Request) -> str:
            copied = request.copy()
            copied.path_info = "/view"
            return request.invoke_subrequest(copied).text

        config = stage.configurator()
        config.add_view(ask, name="ask", renderer="string")
        browser = Browser(config.make_wsgi_app())
        stage.let_in(browser, "ada")
        stage.move_on(LATER)
        calls.clear()

        answer = browser.get("/ask")

        assert answer.text == "view for ada"
        assert len(set_cookies(answer, "cognito")) == 1
        browser.get("/view", status=200)
        assert calls == ["GetTokensFromRefreshToken"]


class TestWithPyramidRetry:
    @pytest.fixture
    def attempts(self) -> list[str]:
        return []

    @pytest.fixture
    def browser(self, stage: Stage, attempts: list[str]) -> Browser:
        """At an application whose view works at the second attempt."""

        def stubborn(request: Request) -> Response:
            attempts.append(name_of(request))
            if not is_last_attempt(request):
                raise RetryableException
            return Response("at last")

        def act(request: Request) -> Response:
            attempts.append(name_of(request))
            headers = (
                request.cognito.sign_out()
                if request.params["do"] == "sign out"
                else request.cognito.sign_in("eve", PASSWORD).headers
            )
            if not is_last_attempt(request):
                raise RetryableException
            return answer_with(request, headers)

        config = stage.configurator()
        config.include("pyramid_retry")
        config.add_settings({"retry.attempts": 2})
        config.add_view(stubborn, name="stubborn", permission="view")
        config.add_view(act, name="act")
        browser = Browser(config.make_wsgi_app())
        stage.let_in(browser, "ada")
        return browser

    def test_a_renewed_session_outlives_the_attempts(
        self, browser: Browser, stage: Stage, attempts: list[str], calls: list[str]
    ) -> None:
        stage.move_on(LATER)
        calls.clear()

        answer = browser.get("/stubborn")

        assert answer.text == "at last"
        assert attempts == ["ada", "ada"]
        assert calls == ["GetTokensFromRefreshToken"]
        assert len(set_cookies(answer, "cognito")) == 1
        browser.get("/view", status=200)
        assert calls == ["GetTokensFromRefreshToken"]

    def test_signing_out_counts_from_the_first_attempt_on(
        self, browser: Browser, attempts: list[str]
    ) -> None:
        thief = browser.twin()

        answer = browser.get("/act", {"do": "sign out"})

        assert answer.text == "nobody"
        assert deletes(answer, "cognito")
        assert attempts == ["ada", "nobody"]
        assert thief.me() is None

    def test_signing_in_ends_with_one_cookie(self, browser: Browser) -> None:
        answer = browser.get("/act", {"do": "sign in"})

        assert answer.text == "eve"
        assert len(set_cookies(answer, "cognito")) == 1
        assert browser.get("/view").text == "view for eve"


# --- who it is


class TestTheIdentity:
    @pytest.fixture
    def site(self, settings: dict[str, str]) -> Router:
        """With an exception view that asks who it is."""

        def fail(request: Request) -> Response:
            raise LookupError

        def failed(request: Request) -> Response:
            return Response(f"failed for {name_of(request)}", status=500)

        config = configurator(settings)
        config.add_view(fail, name="fail")
        config.add_exception_view(failed, context=LookupError)
        config.add_notfound_view(lambda request: Response(name_of(request), status=404))
        return config.make_wsgi_app()

    def test_is_there_in_exception_views(self, site: Router, people: dict[str, Browser]) -> None:
        browser = people["ada"].twin(site)

        assert browser.get("/fail", status=500).text == "failed for ada"
        assert browser.get("/nowhere", status=404).text == "ada"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Cookie": "cognito=1garbage"},
            {"Cookie": "cognito=; cognito=1x; cognito-1=2"},
            {"Cookie": '"; \x80\xff=cognito=,;;'},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer \xff\xfe"},
            {"Authorization": "Basic YWRhOmFkYQ=="},
        ],
    )
    def test_never_raises(self, site: Router, headers: dict[str, str]) -> None:
        stranger = Browser(site)

        assert stranger.get("/fail", headers=headers, status=500).text == "failed for nobody"

    def test_is_nobody_while_cognito_is_away(self, stage: Stage) -> None:
        browser = stage.signed_in("ada")
        config = stage.configurator(endpoint_url=NOWHERE)
        config.add_view(lambda request: 1 / 0, name="fail")
        config.add_exception_view(
            lambda request: Response(name_of(request), status=500), context=ZeroDivisionError
        )
        stage.move_on(LATER)

        answer = browser.twin(config.make_wsgi_app()).get("/fail", status=500)

        assert answer.text == "nobody"

    def test_is_the_new_one_in_the_request_that_signs_in_or_out(
        self, settings: dict[str, str]
    ) -> None:
        """As in an application with a sign-in of its own, for its JavaScript say."""

        def enter(request: Request) -> dict[str, Any]:
            before = name_of(request)
            result = request.cognito.sign_in(request.json["name"], request.json["password"])
            request.response.headerlist.extend(result.headers)
            error = result.error and result.error.code
            may = bool(request.has_permission("administer", request.root))
            return {"before": before, "now": name_of(request), "error": error, "may": may}

        def leave(request: Request) -> dict[str, Any]:
            before = name_of(request)
            request.response.headerlist.extend(forget(request))
            may = bool(request.has_permission("view", request.root))
            return {"before": before, "now": name_of(request), "may": may}

        config = configurator(settings)
        config.add_view(enter, name="enter", renderer="json")
        config.add_view(leave, name="leave", renderer="json")
        browser = Browser(config.make_wsgi_app())

        answers = [
            browser.post_json("/enter", {"name": name, "password": password}).json
            for name, password in [("ada", "wrong"), ("ada", PASSWORD), ("eve", PASSWORD)]
        ]

        assert answers == [
            {"before": "nobody", "now": "nobody", "error": "NotAuthorizedException", "may": False},
            {"before": "nobody", "now": "ada", "error": None, "may": True},
            {"before": "ada", "now": "eve", "error": None, "may": False},
        ]
        assert browser.get("/leave").json == {"before": "eve", "now": "nobody", "may": False}
        assert browser.ticket is None

    def test_is_never_taken_from_a_bare_name(self, settings: dict[str, str]) -> None:
        def pretend(request: Request) -> str:
            try:
                remember(request, "ada")
            except TypeError as error:
                return str(error)
            return "remembered"

        config = configurator(settings)
        config.add_view(pretend, name="pretend", renderer="string")

        assert "proves nothing" in Browser(config.make_wsgi_app()).get("/pretend")

    def test_may_be_given_by_tokens_from_elsewhere(
        self, settings: dict[str, str], people: dict[str, Browser]
    ) -> None:
        """Managed login, say; here another browser's."""
        config = configurator(settings)
        services = config.registry["pyramid_cognito"]
        ticket = people["eve"].ticket
        assert ticket is not None

        def receive(request: Request) -> Response:
            headers = remember(request, services.tickets.tokens(ticket[1:]))
            return answer_with(request, headers)

        config.add_view(receive, name="receive")
        browser = Browser(config.make_wsgi_app())

        assert browser.get("/receive").text == "eve"
        assert browser.get("/view").text == "view for eve"

    def test_a_challenge_can_be_answered_by_a_view_of_the_applications(
        self, settings: dict[str, str], new_user: NewUser
    ) -> None:
        def choose(request: Request) -> dict[str, Any]:
            pending = request.cognito.challenge
            result = request.cognito.answer(NEW_PASSWORD=request.json["new_password"])
            request.response.headerlist.extend(result.headers)
            return {"asked": pending.name, "of": pending.username, "now": name_of(request)}

        config = configurator(settings)
        config.add_view(choose, name="choose", renderer="json")
        browser = Browser(config.make_wsgi_app())
        newcomer = new_user(permanent=False)
        assert where(browser.sign_in(newcomer.username)) == CHALLENGE

        answer = browser.post_json("/choose", {"new_password": "Changed-Horse-9"})

        assert answer.json == {
            "asked": "NEW_PASSWORD_REQUIRED",
            "of": newcomer.username,
            "now": newcomer.username,
        }
        assert deletes(answer, "cognito-challenge")


# --- principals and policies


def test_principals_fail_closed(
    settings: dict[str, str], people: dict[str, Browser], caplog: pytest.LogCaptureFixture
) -> None:
    class Guarded:
        def __init__(self, request: Request) -> None:
            self.__acl__ = [
                (Deny, f"policy:{request.matchdict['name']}", "see"),
                (Allow, Authenticated, "see"),
            ]

    def broken(identity: Any, request: Request) -> bool:
        raise LookupError("of the predicate")

    config = configurator(settings | {"pyramid.debug_authorization": "true"})
    config.add_cognito_policy("Broken", predicate=broken)
    config.add_cognito_policy("Banned", groups="Banned")
    config.add_route("guarded", "/guarded/{name}", factory=Guarded)
    config.add_view(show, route_name="guarded", permission="see")
    browser = people["ada"].twin(config.make_wsgi_app())
    caplog.set_level(logging.DEBUG)

    browser.get("/guarded/Banned", status=200)
    browser.get("/guarded/Typo", status=403)
    browser.get("/guarded/Broken", status=403)

    assert "there is no Cognito policy 'Typo'" in caplog.text
    assert "raised LookupError" in caplog.text


def test_the_debug_log_says_why_a_page_was_denied(
    settings: dict[str, str], people: dict[str, Browser], caplog: pytest.LogCaptureFixture
) -> None:
    config = configurator(settings | {"pyramid.debug_authorization": "true"})
    browser = people["eve"].twin(config.make_wsgi_app())
    caplog.set_level(logging.DEBUG)

    for path in ("/discuss", "/restricted"):
        caplog.clear()
        browser.get(path, status=403)
        assert "claim custom:domain is not one of the allowed values" in caplog.text
    assert "example.net" not in caplog.text


def test_policies_of_the_ini_decide_too(
    settings: dict[str, str], people: dict[str, Browser]
) -> None:
    own = {
        "cognito.policy.EditorsOnly": (
            'group in Admin "Human Resources"\nclaim custom:domain in example.com\n'
            "signed in within 3600"
        )
    }
    config = configurator(settings | own)
    config.add_view(show, name="edit", cognito_policy="EditorsOnly")
    site = config.make_wsgi_app()

    people["ada"].twin(site).get("/edit", status=200)
    people["eve"].twin(site).get("/edit", status=403)


def test_ini_and_code_may_not_both_define_a_policy(settings: dict[str, str]) -> None:
    config = bare(settings | {"cognito.policy.Twice": "group in Admin"})
    config.add_cognito_policy("Twice", groups="Admin")

    with pytest.raises(ConfigurationError) as error:
        config.make_wsgi_app()

    assert "cognito.policy.Twice in the settings" in str(error.value)
    assert "test_meets_pyramid.py" in str(error.value)


def test_a_view_with_an_unknown_policy_stops_start_up(settings: dict[str, str]) -> None:
    config = configurator(settings)
    config.add_view(show, name="typo", cognito_policy="AuthorisedDomainsOnly")

    with pytest.raises(ConfigurationError, match="did you mean 'AuthorizedDomainsOnly'"):
        config.make_wsgi_app()


def test_the_applications_own_principals_are_in_acls(
    settings: dict[str, str], people: dict[str, Browser]
) -> None:
    class Library:
        __acl__ = ((Allow, "role:librarian", "lend"),)

        def __init__(self, request: Request) -> None:
            pass

    config = configurator(settings)
    config.add_cognito_principals(
        lambda identity, request: ["role:librarian"] if identity.username == "eve" else []
    )
    config.add_route("lend", "/lend", factory=Library)
    config.add_view(show, route_name="lend", permission="lend")
    site = config.make_wsgi_app()

    people["eve"].twin(site).get("/lend", status=200)
    people["ada"].twin(site).get("/lend", status=403)


def test_whether_a_view_would_open_is_told_with_its_policy(
    settings: dict[str, str], people: dict[str, Browser]
) -> None:
    names = ("view", "administer", "restricted", "change")

    def tell(request: Request) -> dict[str, bool]:
        return {
            name: bool(view_execution_permitted(request.context, request, name)) for name in names
        }

    config = configurator(settings)
    config.add_view(show, name="change", permission="view", cognito_policy="AuthorizedDomainsOnly")
    config.add_view(tell, name="tell", renderer="json")
    site = config.make_wsgi_app()

    told = {name: browser.twin(site).get("/tell").json for name, browser in people.items()}

    assert told["ada"] == dict.fromkeys(names, True)
    assert told["eve"] == {"view": True, "administer": False, "restricted": False, "change": False}
    assert Browser(site).get("/tell").json == dict.fromkeys(names, False)


@pytest.mark.parametrize("permissive", [True, False])
def test_pyramids_testing_policy_takes_the_place_of_ours(
    settings: dict[str, str], permissive: bool
) -> None:
    config = configurator(settings)
    config.commit()
    config.testing_securitypolicy(userid="someone", permissive=permissive)
    config.add_forbidden_view(lambda request: Response("no", status=403))
    config.add_view(
        lambda request: Response(request.authenticated_userid),
        name="open",
        cognito_policy="AuthorizedDomainsOnly",
        permission="view",
    )
    browser = Browser(config.make_wsgi_app())

    answer = browser.get("/open", expect_errors=True)

    assert answer.status_int == (200 if permissive else 403)
    if permissive:
        assert answer.text == "someone"


# --- our views and the application's defaults


class Nothing:
    """A root that grants nothing to anybody."""

    __acl__ = ((Deny, "system.Everyone", "see"),)

    def __init__(self, request: Request) -> None:
        pass


def test_our_pages_open_whatever_the_application_denies_by_default(
    settings: dict[str, str],
) -> None:
    config = bare(settings, root_factory=Nothing)
    config.set_default_permission("see")
    config.set_default_csrf_options(require_csrf=True)
    config.add_view(show)
    browser = Browser(config.make_wsgi_app())

    sent_to = where(browser.get("/", status=302))

    assert sent_to == f"{SIGN_IN}?next=%2F"
    page = browser.get(sent_to, status=200)
    browser.get(page.html.select_one("link[rel=stylesheet]")["href"], status=200)
    form = page.form
    form["username"], form["password"] = "eve", PASSWORD
    assert where(form.submit()) == "/"
    browser.get("/", status=403)
    browser.sign_out(status=303)


def test_our_pages_open_where_the_root_cannot_be_made(settings: dict[str, str]) -> None:
    def fail(request: Request) -> Any:
        raise LookupError("the database is away")

    browser = Browser(bare(settings, root_factory=fail).make_wsgi_app())

    browser.get(SIGN_IN, status=200)
    browser.sign_in("eve", status=303)


@pytest.mark.parametrize("first", ["ours", "the application's"])
def test_the_applications_forbidden_view_wins(
    settings: dict[str, str], people: dict[str, Browser], first: str
) -> None:
    def forbidden(denial: HTTPForbidden, request: Request) -> Response:
        remedy = denial.result.remedy if isinstance(denial.result, CognitoDenied) else None
        return Response(f"no: {remedy}", status=403)

    config = Configurator(settings=settings, root_factory=Nothing)
    if first == "the application's":
        config.add_forbidden_view(forbidden)
    config.include("pyramid_cognito")
    if first == "ours":
        config.add_forbidden_view(forbidden)
    config.add_view(show, permission="see")
    site = config.make_wsgi_app()

    assert Browser(site).get("/", status=403).text == "no: sign_in"
    assert people["eve"].twin(site).get("/", status=403).text == "no: none"


def test_a_denial_that_is_not_ours_is_answered_too(
    settings: dict[str, str], people: dict[str, Browser]
) -> None:
    def refuse(request: Request) -> Response:
        raise HTTPForbidden("by the view itself")

    config = configurator(settings)
    config.add_view(refuse, name="refuse")
    site = config.make_wsgi_app()

    assert where(Browser(site).get("/refuse")) == f"{SIGN_IN}?next=%2Frefuse"
    assert people["eve"].twin(site).get("/refuse", status=403).html.h1


def test_a_route_for_everything_comes_after_ours(settings: dict[str, str]) -> None:
    config = bare(settings)
    config.add_route("everything", "/*path")
    config.add_view(show, route_name="everything")
    browser = Browser(config.make_wsgi_app())

    assert browser.get("/anything").text == "shown to nobody"
    assert browser.get(SIGN_IN).html.h1.text == "Sign in"


def test_the_pages_may_stand_elsewhere(settings: dict[str, str]) -> None:
    config = bare(settings | {"cognito.route_prefix": "/members"})
    config.add_view(show, name="own", cognito_policy=None, permission="see")
    browser = Browser(config.make_wsgi_app())

    sent_to = where(browser.get("/own"))

    assert sent_to == "/members/sign-in?next=%2Fown"
    form = browser.get(sent_to).form
    form["username"], form["password"] = "eve", PASSWORD
    assert where(form.submit()) == "/own"
    browser.get(SIGN_IN, status=404)


def test_an_application_may_be_mounted_below_another(settings: dict[str, str]) -> None:
    browser = Browser(
        configurator(settings).make_wsgi_app(), extra_environ={"SCRIPT_NAME": "/shop"}
    )

    answer = browser.get("/view", status=302)

    assert answer.location == "http://localhost/shop/account/sign-in?next=%2Fshop%2Fview"
    form = browser.get(f"{SIGN_IN}?next=%2Fshop%2Fview").form
    form["username"], form["password"] = "eve", PASSWORD
    assert form.submit().location == "http://localhost/shop/view"
    assert browser.sign_in("eve").location == "http://localhost/shop/"


# --- CSRF


class TestTheFormsToken:
    def test_is_in_a_cookie_where_there_is_no_session(self, settings: dict[str, str]) -> None:
        browser = Browser(configurator(settings).make_wsgi_app())

        page = browser.get(SIGN_IN)

        (header,) = set_cookies(page, "cognito-csrf")
        assert "HttpOnly" in header
        assert page.form["csrf_token"].value in header

    @pytest.mark.parametrize("first", ["ours", "the application's"])
    def test_is_in_the_session_where_there_is_one(
        self, settings: dict[str, str], first: str
    ) -> None:
        factory = SignedCookieSessionFactory("a key of the application's own")
        config = Configurator(settings=settings)
        if first == "the application's":
            config.set_session_factory(factory)
        config.include("pyramid_cognito")
        if first == "ours":
            config.set_session_factory(factory)
        browser = Browser(config.make_wsgi_app())

        page = browser.get(SIGN_IN)

        assert set_cookies(page, "cognito-csrf") == []
        assert set_cookies(page, "session")
        browser.sign_in("eve", status=303)

    def test_is_where_the_application_wants_it(self, settings: dict[str, str]) -> None:
        config = configurator(settings)
        config.set_csrf_storage_policy(CookieCSRFStoragePolicy("own_csrf"))
        browser = Browser(config.make_wsgi_app())

        page = browser.get(SIGN_IN)

        assert set_cookies(page, "own_csrf")
        assert set_cookies(page, "cognito-csrf") == []
        browser.sign_in("eve", status=303)

    def test_has_the_name_that_the_application_gives_it(self, settings: dict[str, str]) -> None:
        config = configurator(settings)
        config.set_default_csrf_options(require_csrf=True, token="anti_forgery")
        browser = Browser(config.make_wsgi_app())

        form = browser.get(SIGN_IN).form

        assert "csrf_token" not in form.fields
        assert form["anti_forgery"].value
        browser.sign_in("eve", status=303)
        form_with(browser.get(SIGN_OUT), "anti_forgery").submit(status=303)

    def test_may_be_asked_of_programs_in_a_header_alone(self, settings: dict[str, str]) -> None:
        config = configurator(settings)
        config.set_default_csrf_options(require_csrf=True, header="X-Anti-Forgery")
        browser = Browser(config.make_wsgi_app())
        browser.sign_in("eve")
        token = form_with(browser.get(SIGN_OUT), "csrf_token")["csrf_token"].value

        browser.post("/change", headers={"X-Anti-Forgery": token}, status=200)

    def test_is_not_asked_by_the_application_unless_it_wants_so(
        self, settings: dict[str, str], people: dict[str, Browser]
    ) -> None:
        config = configurator(settings)
        config.add_view(show, name="lax", request_method="POST")

        people["eve"].twin(config.make_wsgi_app()).post("/lax", status=200)


# --- less of it


class TestWithoutAccountPages:
    @pytest.fixture
    def site(self, settings: dict[str, str]) -> Router:
        return configurator(settings | {"cognito.account_views": "false"}).make_wsgi_app()

    def test_there_are_none(self, site: Router) -> None:
        for path in (SIGN_IN, SIGN_OUT, CHALLENGE, "/account/static/account.css"):
            Browser(site).get(path, status=404)

    def test_sessions_and_guards_work(self, site: Router, people: dict[str, Browser]) -> None:
        assert people["eve"].twin(site).reaches() == {"/view"}

    def test_a_denial_is_plain_and_leads_nowhere(self, site: Router) -> None:
        answer = Browser(site).get("/view", status=403)

        assert "Location" not in answer.headers

    def test_programs_are_answered_as_ever(self, site: Router) -> None:
        answer = Browser(site).get("/view", headers={"Authorization": "Bearer x"}, status=401)

        assert answer.json["error"] == "unauthorized"


class KeyOrCognito:
    """An application's own policy, which asks ours unless a request brings a key."""

    def __init__(self) -> None:
        self.cognito = CognitoSecurityPolicy()

    def identity(self, request: Request) -> Any:
        if "X-Key" in request.headers:
            return {"key": request.headers["X-Key"]}
        return self.cognito.identity(request)

    def authenticated_userid(self, request: Request) -> str | None:
        if "X-Key" in request.headers:
            return request.headers["X-Key"]
        return self.cognito.authenticated_userid(request)

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        if "X-Key" in request.headers:
            is_good = request.headers["X-Key"] == "good"
            return Allowed("a good key") if is_good else Denied("no good key")
        return self.cognito.permits(request, context, permission)

    def remember(self, request: Request, userid: Any, **kwargs: Any) -> Any:
        return self.cognito.remember(request, userid, **kwargs)

    def forget(self, request: Request, **kwargs: Any) -> Any:
        return self.cognito.forget(request, **kwargs)


class TestBehindAPolicyOfTheApplications:
    @pytest.fixture
    def site(self, settings: dict[str, str]) -> Router:
        config = configurator(settings | {"cognito.security_policy": "false"})
        config.set_security_policy(KeyOrCognito())
        config.add_view(
            lambda request: Response(str(request.authenticated_userid)),
            name="userid",
            permission="view",
        )
        return config.make_wsgi_app()

    def test_people_sign_in_and_out_by_the_pages(self, site: Router) -> None:
        browser = Browser(site)
        assert where(browser.get("/view")).startswith(SIGN_IN)

        browser.sign_in("ada")

        assert len(browser.reaches()) == 5
        browser.sign_out(status=303)
        assert browser.me() is None

    def test_the_view_option_decides_by_our_policies(
        self, site: Router, people: dict[str, Browser]
    ) -> None:
        people["ada"].twin(site).get("/restricted", status=200)
        people["eve"].twin(site).get("/restricted", status=403)

    def test_the_other_credential_is_its_own_affair(self, site: Router) -> None:
        stranger = Browser(site)

        assert stranger.get("/userid", headers={"X-Key": "good"}).text == "good"
        assert where(stranger.get("/userid", headers={"X-Key": "bad"})).startswith(SIGN_IN)
        # who is nobody to our policies satisfies none of them
        assert where(stranger.get("/restricted", headers={"X-Key": "good"})).startswith(SIGN_IN)


# --- what others may read of it


def test_secrets_are_not_in_the_settings_that_error_pages_show(
    settings: dict[str, str], local_pool: LocalPool
) -> None:
    site = configurator(settings).make_wsgi_app()

    for shown in (repr(site.registry.settings), repr(site.registry["pyramid_cognito"])):
        assert settings["cognito.secret"] not in shown
        assert local_pool.client_secret not in shown


def test_introspection_shows_the_pool_the_policies_and_their_views(
    settings: dict[str, str], local_pool: LocalPool
) -> None:
    config = configurator(settings)
    config.commit()
    introspector = config.introspector

    (pool,) = introspector.get_category("cognito user pool")
    assert pool["introspectable"]["user_pool_id"] == local_pool.user_pool_id
    assert local_pool.client_secret not in repr(dict(pool["introspectable"]))
    policies = {
        each["introspectable"]["name"]: each
        for each in introspector.get_category("cognito policies")
    }
    assert policies.keys() == {"AuthorizedDomainsOnly", "RecentSignIn"}
    related = policies["AuthorizedDomainsOnly"]["related"]
    assert [view["name"] for view in related] == ["restricted"]


def look_tween_factory(handler: Any, registry: Any) -> Any:
    """The tween that a test put into the registry."""
    return registry.look(handler, registry)
