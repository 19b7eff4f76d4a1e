"""Hypothesis without deadlines: one example is a whole run over a project."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "runs",
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CI" in os.environ,  # CI judges the change, not the luck of the day
    phases=[Phase.explicit, Phase.reuse, Phase.generate] if "CI" in os.environ else [*Phase],
)
settings.load_profile("runs")
