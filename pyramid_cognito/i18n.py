"""The translation domain: every sentence that a person reads is made by ``_``."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("pyramid_cognito")
