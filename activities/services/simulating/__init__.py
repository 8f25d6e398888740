"""
What an issue would do before it is opened, or does: the real rules on throwaway secrets. Nothing is written.

The same play and the same streams as a real draw, so that what an operator sees here is what members will meet.
"""

from activities.services.simulating.report import MOST_DRAWS, Simulation, simulate

__all__ = ["MOST_DRAWS", "Simulation", "simulate"]
