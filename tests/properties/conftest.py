"""Profiles: short runs by default, long ones with HYPOTHESIS_PROFILE=campaign."""

import os

from hypothesis import HealthCheck, settings

QUIET = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
settings.register_profile("short", max_examples=16, stateful_step_count=30, deadline=None, suppress_health_check=QUIET)
settings.register_profile(
    "campaign", max_examples=2_000, stateful_step_count=80, deadline=None, suppress_health_check=QUIET
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
