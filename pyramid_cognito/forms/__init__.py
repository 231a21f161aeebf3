"""What people type, checked before Cognito is asked anything. Importing this loads WTForms."""

from __future__ import annotations

from pyramid_cognito.forms.base import AccountForm

__all__ = ["AccountForm"]
