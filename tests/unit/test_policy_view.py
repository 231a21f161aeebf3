from __future__ import annotations

import logging

import pytest
from pyramid import testing
from pyramid.authorization import ALL_PERMISSIONS, Allow, Authenticated
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPForbidden
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request, apply_request_extensions
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED, Denied, view_execution_permitted
from pyramid.static import static_view
from pyramid.view import render_view_to_response, view_defaults

from pyramid_cognito.policy_view import IPolicyDecider, decide
from tests.unit.policy_app import (
    HeaderSecurityPolicy,
    app_of,
    as_user,
    configurator,
    ok,
)


class Root:
    """Everyone who is signed in may view; only admins may edit."""

    __acl__ = ((Allow, Authenticated, "view"), (Allow, "group:Admin", "edit"))

    def __init__(self, request=None):
        pass


class Views:
    def __init__(self, request):
        self.request = request

    def show(self):
        return Response("shown")


def forbidden(exception, request):
    return Response(f"{exception.detail} | {exception.result}", status=403)


def application(*, policies=None, **options):
    """With AdminsOnly and ComOnly, and a forbidden view that shows why."""
    options.setdefault("root_factory", Root)
    config = configurator(
        policies=policies
        or {"AdminsOnly": "group in Admin", "ComOnly": "claim custom:domain in x"},
        **options,
    )
    config.add_forbidden_view(forbidden)
    return config


def view_include(config):
    config.add_view(ok, cognito_policy="Later")


def policy_include(config):
    config.add_cognito_policy("Later", groups="Admin")


def request_for(config, user=None, **environ):
    request = Request.blank("/", headers=as_user(user) if user else {}, environ=environ)
    request.registry = config.registry
    apply_request_extensions(request)
    return request


class TestDecision:
    def test_the_policy_opens_the_view(self):
        config = application()
        config.add_view(ok, cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.get("/", headers=as_user("ada")).text == "ok"

    def test_a_denial_is_forbidden_with_its_reasons(self):
        config = application()
        config.add_view(ok, cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.get("/", headers=as_user("eve"), status=403).text == (
            "Unauthorized: ok failed policy check | in none of the groups Admin"
        )
        assert app.get("/", status=403).text.endswith("| not signed in")

    def test_no_policy_is_no_restriction(self):
        config = application()
        config.add_view(ok, cognito_policy=None)

        assert app_of(config).get("/").text == "ok"

    def test_permission_and_policy_must_both_allow(self):
        config = application(
            policies={
                "AdminsOnly": "group in Admin",
                "NetOnly": "claim custom:domain in example.net",
            }
        )
        config.add_view(ok, name="a", permission="edit", cognito_policy="NetOnly")
        config.add_view(ok, name="b", permission="view", cognito_policy="NetOnly")

        app = app_of(config)

        assert "failed policy check" in app.get("/a", headers=as_user("ada"), status=403)
        assert "failed permission check" in app.get("/a", headers=as_user("eve"), status=403)
        assert app.get("/b", headers=as_user("eve")).text == "ok"

    def test_all_permissions_do_not_satisfy_a_policy(self):
        class Open:
            __acl__ = ((Allow, Authenticated, ALL_PERMISSIONS),)

            def __init__(self, request):
                pass

        config = application(root_factory=Open)
        config.add_view(ok, permission="view", cognito_policy="AdminsOnly")

        assert app_of(config).get("/", headers=as_user("eve"), status=403)

    def test_the_policy_is_asked_before_the_csrf_token(self):
        config = application()
        config.set_csrf_storage_policy(CookieCSRFStoragePolicy())
        config.set_default_csrf_options(require_csrf=True)
        config.add_view(ok, cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.post("/", headers=as_user("eve"), status=403).text.startswith("Unauthorized")
        assert "Bad CSRF" in app.post("/", headers=as_user("ada"), status=400)

    def test_a_policy_that_asks_for_a_permission_that_asks_for_it_denies(self):
        class Looped:
            __acl__ = ((Allow, "policy:NotBanned", "edit"),)

        config = application()
        config.add_cognito_policy(
            "NotBanned",
            predicate=lambda identity, request: not request.has_permission("edit", Looped()),
        )
        config.add_view(ok, cognito_policy="NotBanned")

        page = app_of(config).get("/", headers=as_user("ada"), status=403)
        assert "policy:NotBanned depends on itself" in page

    def test_a_default_permission_is_asked_too(self):
        config = application(default_permission="edit")
        config.add_cognito_policy("Anyone", predicate=lambda identity, request: True)
        config.add_view(ok, name="a", cognito_policy="Anyone")
        config.add_view(ok, name="b", cognito_policy="Anyone", permission=NO_PERMISSION_REQUIRED)

        app = app_of(config)

        assert "failed permission check" in app.get("/a", headers=as_user("eve"), status=403)
        assert app.get("/b", headers=as_user("eve")).text == "ok"
        assert app.get("/b", status=403)


class TestKindsOfViews:
    def test_methods_of_classes(self):
        config = application()
        config.add_view(Views, attr="show", cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.get("/", headers=as_user("ada")).text == "shown"
        assert app.get("/", headers=as_user("eve"), status=403)

    def test_view_defaults_can_be_overridden(self):
        @view_defaults(cognito_policy="AdminsOnly")
        class Guarded(Views):
            pass

        config = application()
        config.add_view(Guarded, attr="show", name="guarded")
        config.add_view(Guarded, attr="show", name="open", cognito_policy=None)

        app = app_of(config)

        assert app.get("/guarded", status=403)
        assert app.get("/open").text == "shown"

    def test_renderers(self):
        config = application()
        config.add_view(lambda request: "rendered", renderer="string", cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.get("/", headers=as_user("ada")).text == "rendered"
        assert app.get("/", status=403)

    def test_each_view_of_a_multiview_has_its_own_policy(self):
        config = application()
        config.add_view(ok, request_method="GET")
        config.add_view(ok, request_method="POST", cognito_policy="AdminsOnly")
        config.add_view(ok, request_method="PUT", cognito_policy="ComOnly")

        app = app_of(config)

        assert app.get("/").text == "ok"
        assert app.post("/", headers=as_user("ada")).text == "ok"
        assert app.put("/", headers=as_user("ada"), status=403)

    def test_a_static_view_registered_as_a_view(self, tmp_path):
        (tmp_path / "plan.txt").write_text("the plan")
        config = application()
        config.add_route("files", "/files/*subpath")
        view = static_view(str(tmp_path), use_subpath=True)
        config.add_view(view, route_name="files", cognito_policy="AdminsOnly")

        app = app_of(config)

        assert app.get("/files/plan.txt", headers=as_user("ada")).text == "the plan"
        assert app.get("/files/plan.txt", status=403)

    def test_add_static_view_refuses_the_option_rather_than_ignore_it(self):
        config = application()
        config.add_static_view("files", "tests.unit:", cognito_policy="AdminsOnly")

        with pytest.raises(ConfigurationError, match="cognito_policy"):
            config.commit()


class TestViewExecutionPermitted:
    @pytest.mark.parametrize(("user", "allowed"), [("ada", True), ("eve", False), (None, False)])
    @pytest.mark.parametrize("permission", ["view", None, NO_PERMISSION_REQUIRED])
    def test_it_tells_of_the_policy(self, user, allowed, permission):
        config = application()
        config.add_view(ok, permission=permission, cognito_policy="AdminsOnly")
        config.commit()

        permitted = view_execution_permitted(Root(), request_for(config, user))

        assert bool(permitted) is allowed

    def test_it_tells_of_the_permission(self):
        config = application()
        config.add_cognito_policy("Anyone", predicate=lambda identity, request: True)
        config.add_view(ok, permission="edit", cognito_policy="Anyone")
        config.commit()

        assert view_execution_permitted(Root(), request_for(config, "ada"))
        denied = view_execution_permitted(Root(), request_for(config, "eve"))
        assert "permission 'edit'" in str(denied)

    @pytest.mark.parametrize("debug", [True, False])
    def test_it_tells_of_both_in_a_multiview_and_while_debugging(self, debug):
        config = application(
            settings={"debug_authorization": debug}, debug_logger=logging.getLogger("unheard")
        )
        config.add_view(ok, permission="view", request_method="GET", cognito_policy="AdminsOnly")
        config.add_view(ok, request_method="POST")
        config.commit()

        assert view_execution_permitted(Root(), request_for(config, "ada"))
        assert not view_execution_permitted(Root(), request_for(config, "eve"))
        assert not view_execution_permitted(Root(), request_for(config))
        assert view_execution_permitted(Root(), request_for(config, REQUEST_METHOD="POST"))

    @pytest.mark.parametrize("permission", ["edit", None])
    def test_rendering_without_security_skips_permission_and_policy(self, permission):
        config = application()
        config.add_view(ok, permission=permission, cognito_policy="AdminsOnly")
        config.commit()
        request = request_for(config)

        assert render_view_to_response(Root(), request, secure=False).text == "ok"
        with pytest.raises(HTTPForbidden):
            render_view_to_response(Root(), request)


class TestConfigurationErrors:
    def test_an_unknown_name_stops_start_up(self):
        config = application()
        config.add_view(ok, cognito_policy="AdminOnly")

        with pytest.raises(ConfigurationError) as caught:
            config.make_wsgi_app()

        assert "did you mean 'AdminsOnly'? (known: AdminsOnly, ComOnly)" in str(caught.value)
        assert "test_policy_view.py" in str(caught.value)

    @pytest.mark.parametrize("name", ["", 7, True, ("AdminsOnly",), ["AdminsOnly"]])
    def test_what_is_no_name_stops_start_up(self, name):
        config = application()
        config.add_view(ok, cognito_policy=name)

        with pytest.raises(ConfigurationError, match="cognito_policy="):
            config.commit()

    def test_the_policy_may_be_defined_after_the_view(self):
        config = application()
        config.add_view(ok, cognito_policy="Later")
        config.add_cognito_policy("Later", groups="Admin")

        assert app_of(config).get("/", headers=as_user("ada")).text == "ok"

    def test_the_view_may_be_in_an_include_and_the_policy_in_another(self):
        config = application()
        config.include(view_include)
        config.include(policy_include)

        assert app_of(config).get("/", headers=as_user("ada")).text == "ok"

    @pytest.mark.parametrize(
        "add",
        [
            lambda config: config.add_exception_view(ok, cognito_policy="AdminsOnly"),
            lambda config: config.add_notfound_view(ok, cognito_policy="AdminsOnly"),
            lambda config: config.add_view(
                ok, context=KeyError, exception_only=True, cognito_policy="AdminsOnly"
            ),
            lambda config: config.add_view(ok, context=KeyError, cognito_policy="AdminsOnly"),
        ],
    )
    def test_an_exception_view_cannot_be_guarded(self, add):
        config = application()
        add(config)

        with pytest.raises(ConfigurationError, match="cannot guard an exception view"):
            config.commit()


class ComposedSecurityPolicy:
    """An application's own, which knows nothing about policies."""

    def __init__(self):
        self.cognito = HeaderSecurityPolicy()

    def identity(self, request):
        return self.cognito.identity(request)

    def permits(self, request, context, permission):
        return self.cognito.permits(request, context, permission)


class TestSecurityPolicies:
    @pytest.mark.parametrize("permission", ["view", None])
    @pytest.mark.parametrize("permissive", [True, False])
    def test_pyramids_testing_policy_answers_for_both(self, permission, permissive):
        config = application()
        config.registry.registerUtility(HeaderSecurityPolicy(), IPolicyDecider)
        config.commit()
        config.testing_securitypolicy(permissive=permissive)
        config.add_view(ok, permission=permission, cognito_policy="AdminsOnly")
        app = app_of(config)

        assert app.get("/", status=200 if permissive else 403)
        assert bool(view_execution_permitted(Root(), request_for(config))) is permissive

    def test_it_may_be_put_in_place_of_ours_after_start_up(self):
        config = application()
        config.add_view(ok, cognito_policy="AdminsOnly")
        app = app_of(config)
        app.get("/", status=403)

        config.testing_securitypolicy(userid="ada")

        app.get("/", status=200)

    def test_it_works_in_a_unit_test_of_the_application(self):
        with testing.testConfig() as config:
            config.testing_securitypolicy(permissive=False)

            assert decide(testing.DummyRequest(), None, "AdminsOnly") is False

    def test_under_a_composed_policy_our_decider_decides(self):
        config = application(security_policy=ComposedSecurityPolicy())
        config.registry.registerUtility(HeaderSecurityPolicy(), IPolicyDecider)
        config.add_view(ok, permission="view", cognito_policy="AdminsOnly")
        app = app_of(config)

        assert app.get("/", headers=as_user("ada")).text == "ok"
        assert "in none of the groups" in app.get("/", headers=as_user("eve"), status=403)

    def test_a_composed_policy_may_decide_itself(self):
        class Composed(ComposedSecurityPolicy):
            def permits_policy(self, request, context, name):
                return Denied("%s asked of %s", name, type(context).__name__)

        config = application(security_policy=Composed())
        config.add_view(ok, cognito_policy="AdminsOnly")

        response = app_of(config).get("/", headers=as_user("ada"), status=403)
        assert "AdminsOnly asked of Root" in response

    @pytest.mark.parametrize("security_policy", [None, ComposedSecurityPolicy()])
    def test_where_nothing_decides_the_view_stays_shut(self, security_policy):
        config = application(security_policy=security_policy)
        config.add_view(ok, cognito_policy="AdminsOnly")

        response = app_of(config).get("/", headers=as_user("ada"), status=403)
        assert "no security policy here decides on Cognito policies" in response
        assert (config.registry.queryUtility(ISecurityPolicy) is None) == (security_policy is None)


class TestDebugLog:
    def app(self, **settings):
        logger = logging.getLogger("test_policy_view")
        config = application(settings=settings, debug_logger=logger)
        config.add_view(ok, permission="view", cognito_policy="AdminsOnly")
        return app_of(config)

    def test_a_decision_is_told_with_its_reason(self, caplog):
        app = self.app(debug_authorization="true")

        with caplog.at_level(logging.DEBUG, "test_policy_view"):
            page = app.get("/", headers=as_user("eve"), status=403)

        told = caplog.messages[-1]
        assert told.startswith("debug_authorization of url http://localhost/ (view name ''")
        assert told.endswith("policy 'AdminsOnly': in none of the groups Admin")
        assert told in page

    def test_so_is_access(self, caplog):
        app = self.app(debug_authorization="true")

        with caplog.at_level(logging.DEBUG, "test_policy_view"):
            app.get("/", headers=as_user("ada"))

        assert caplog.messages[-1].endswith("policy 'AdminsOnly': policy 'AdminsOnly' is satisfied")

    def test_it_is_told_outside_the_router_too(self, caplog):
        app = self.app(debug_authorization="true").app
        request = Request.blank("/", headers=as_user("ada"))
        request.registry = app.registry

        with caplog.at_level(logging.DEBUG, "test_policy_view"):
            response = render_view_to_response(Root(), request)

        assert response.text == "ok"
        assert "(view name None against context" in caplog.messages[-1]

    def test_nothing_is_told_unasked(self, caplog):
        app = self.app()

        with caplog.at_level(logging.DEBUG, "test_policy_view"):
            app.get("/", headers=as_user("eve"), status=403)

        assert caplog.messages == []


def test_a_view_is_introspectable_with_its_option():
    config = application()
    config.add_view(ok, name="restricted", cognito_policy="AdminsOnly")
    config.commit()

    views = [entry["introspectable"] for entry in config.introspector.get_category("views")]

    assert [view["cognito_policy"] for view in views if view["name"] == "restricted"] == [
        "AdminsOnly"
    ]
