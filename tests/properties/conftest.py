"""Profiles: short runs by default, long ones with HYPOTHESIS_PROFILE=campaign."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "short")
QUIET = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
settings.register_profile("short", max_examples=16, stateful_step_count=30, deadline=None, suppress_health_check=QUIET)
settings.register_profile(
    "campaign", max_examples=500, stateful_step_count=60, deadline=None, suppress_health_check=QUIET
)
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A campaign may take as long as it takes."""
    for item in items:
        if PROFILE == "campaign" and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(0))
