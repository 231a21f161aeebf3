"""Pages in a Jinja2 environment of their own, put inside the application's layout or ours."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import PHASE3_CONFIG
from pyramid.renderers import RendererHelper
from pyramid.request import Request
from pyramid.response import Response
from pyramid_jinja2 import add_jinja2_renderer

import pyramid_cognito

RENDERER = ".cognito"
_PREFIX = "pyramid_cognito.jinja2."
_TEMPLATES = "pyramid_cognito:templates"


def register(config: Configurator) -> None:
    """Make the renderer ``.cognito``, apart from the application's ``.jinja2``.

    Including pyramid_jinja2 here would give the shared renderer this package's search path and
    translation domain, or take the application's.
    """
    config.add_settings(
        {
            _PREFIX + "directories": _TEMPLATES,
            _PREFIX + "autoescape": "true",
            _PREFIX + "undefined": "strict",
            _PREFIX + "i18n.domain": "pyramid_cognito",
            _PREFIX + "trim_blocks": "true",
            _PREFIX + "lstrip_blocks": "true",
        }
    )
    add_jinja2_renderer(config, RENDERER, settings_prefix=_PREFIX, package=pyramid_cognito)


def require_layout(config: Configurator, layout: str | None) -> None:
    """Stop start-up where ``cognito.layout`` is no renderer, which the first visitor would find.

    :raises pyramid.exceptions.ConfigurationError: at the end, when all renderers are known.
    """
    if layout is not None:
        config.action(None, _find_layout, args=(config, layout), order=PHASE3_CONFIG + 1)


def _find_layout(config: Configurator, layout: str) -> None:
    try:
        _ = RendererHelper(layout, None, config.registry).renderer
    except Exception as error:
        raise ConfigurationError(
            f"cognito.layout = {layout} is not a renderer: {type(error).__name__}: {error}. "
            "A .jinja2 layout needs the application to include pyramid_jinja2"
        ) from error


def render_page(
    request: Request,
    template: str,
    *,
    title: str,
    heading: str | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """A whole page as a response.

    :param template: a file of ``pyramid_cognito:templates`` without ``.jinja2``; the application
        may have replaced it with ``config.override_asset``.
    :param title: the document's title, translated here and handed to the layout.
    :param heading: the page's own heading, where it is not the title.
    :param values: for the template. What it makes becomes the layout's ``content``.
    """
    layout = request.cognito.settings.layout
    title = request.localizer.translate(title)
    heading = title if heading is None else request.localizer.translate(heading)
    values.update(
        heading=heading,
        has_own_layout=layout is None,
        offers=request.cognito.offers,
        settings=request.cognito.settings,
    )
    content = Markup(_ours(request, template).render(values, None, request))  # noqa: S704
    outer = RendererHelper(layout, None, request.registry) if layout else _ours(request, "layout")
    response = outer.render_to_response({"title": title, "content": content}, None, request)
    response.status_int = status
    return response


def _ours(request: Request, template: str) -> Any:
    helper = RendererHelper(f"{_TEMPLATES}/{template}.jinja2", pyramid_cognito, request.registry)
    # the file's extension would choose the application's renderer
    helper.type = RENDERER
    return helper
