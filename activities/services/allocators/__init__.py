"""The kernel's parts, one for each kind of randomness: how what a play draws from is committed, sold and dealt."""

from activities.services.allocators.registry import named, of

__all__ = ["named", "of"]
