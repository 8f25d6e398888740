"""Members with what they earned, and the operators themselves."""

from accounts.admin import figures, invite, member, operator, panels, points

__all__ = ["figures", "invite", "member", "operator", "panels", "points"]
