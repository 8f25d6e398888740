"""The back office's login form, with the same brake on guessing as the token route."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from accounts.services import operators
from blindbox.common.adminkit.operators import OperatorLoginForm
from blindbox.common.client import client_ip
from blindbox.common.throttle import Throttled


class LoginForm(OperatorLoginForm):
    """Refuses after too many failures of a name or from an address, right password or not."""

    error_messages: ClassVar[dict[str, Any]] = {
        **OperatorLoginForm.error_messages,
        "invalid_login": "用户名或密码不对。两者都区分大小写。",
    }

    def clean(self) -> Any:
        name = self.cleaned_data.get("username", "")  # as it is looked up: another spelling would have its own tries
        who = name, client_ip(self.request) or ""
        try:
            operators.require_tries_left(*who)
        except Throttled as error:
            raise ValidationError(str(error)) from error
        try:
            cleaned = super().clean()
            if self.get_user() and self.get_user().get_username() != name:  # MariaDB finds "ADMIN" for "admin"
                raise self.get_invalid_login_error()
        except ValidationError:
            operators.count_failure(*who)
            raise
        operators.forget_failures(*who)
        return cleaned
