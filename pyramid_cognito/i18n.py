"""The translation domain: every sentence that a person reads is made by ``_``."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("pyramid_cognito")


def register(config: Configurator) -> None:
    """Add the languages there are; which of them a request gets is Pyramid's to decide."""
    config.add_translation_dirs("pyramid_cognito:locale")
