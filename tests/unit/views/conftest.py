from __future__ import annotations

import pytest

from tests.unit.views.site import Site


@pytest.fixture
def site() -> Site:
    return Site()
