"""What draws must always be (docs/guarantees.md); each module registers the checks of one concern."""

from activities.invariants import allowances, boss, draws, glue, grants, guarantees, numbers, plumbing, units

__all__ = ["allowances", "boss", "draws", "glue", "grants", "guarantees", "numbers", "plumbing", "units"]
