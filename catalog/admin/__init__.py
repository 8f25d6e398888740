"""Products and the tree of their categories."""

from catalog.admin import category, figures, product

__all__ = ["category", "figures", "product"]
