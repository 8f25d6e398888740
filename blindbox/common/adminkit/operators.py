"""Django's pages and forms for operators and groups, in the back office's look. They need the user model loaded."""

from typing import Any

from django.contrib.auth.admin import GroupAdmin, UserAdmin
from unfold.forms import AdminPasswordChangeForm as OperatorPasswordForm
from unfold.forms import AuthenticationForm as OperatorLoginForm
from unfold.forms import UserChangeForm as OperatorChangeForm
from unfold.forms import UserCreationForm as OperatorCreationForm

__all__ = [
    "GroupPage",
    "OperatorChangeForm",
    "OperatorCreationForm",
    "OperatorLoginForm",
    "OperatorPage",
    "OperatorPasswordForm",
]

# mixed in behind our own base, whose log takes the place of Django's
OperatorPage: Any = UserAdmin
GroupPage: Any = GroupAdmin
