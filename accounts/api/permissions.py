"""Who may pass: members on the app's routes, operators with a named permission on the back office's."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.authentication import AuthenticatedMember
from accounts.models import Operator


class IsMember(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, AuthenticatedMember)


class HasActionPermission(BasePermission):
    """
    The operator may log in to the back office and holds the permission that the view names for the action; an unnamed
    action is nobody's.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Operator) or not request.user.is_staff:  # a session may be older than that
            return False
        if view.action is None:
            return True  # no such method here: the view answers 405
        needed: str | None = view.permissions.get(view.action)
        return needed is not None and request.user.has_perm(needed)


class IsMemberOrOperator(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, AuthenticatedMember | Operator)
