"""What was measured of reviewers, for whoever only reads it: without what measuring itself needs."""

from __future__ import annotations

from engine.routing.measured import OLD, measured

__all__ = ["OLD", "measured"]
