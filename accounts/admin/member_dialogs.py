"""What the buttons of a member's page ask."""

import secrets
from typing import Any

from django import forms
from django.http import HttpRequest

from accounts.configs import MOST_PER_GRANT
from accounts.models import Member
from accounts.selectors import points
from accounts.services.grants import MOST_POINTS
from blindbox.common.adminkit import NumberInput, ReasonForm, Select
from blindbox.system.configs import value_of


class ConsentForm(ReasonForm):
    """Whether a guardian agrees, and how staff know."""

    given = forms.TypedChoiceField(
        label="监护人", choices=[("yes", "同意购买"), ("no", "撤销同意")], coerce=lambda word: word == "yes",
        initial="yes", widget=Select(),
    )  # fmt: skip
    field_order = ["given", "reason"]


class GrantForm(ReasonForm):
    """General points to give or take; the hidden key makes a double click one grant."""

    form_before_template = "backoffice/grant_preview.html"
    delta = forms.IntegerField(label="通用积分", min_value=-MOST_POINTS, max_value=MOST_POINTS, widget=NumberInput())
    key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=secrets.token_hex)
    field_order = ["delta", "reason", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.balance = points.spendable(int(self.object_id or 0))
        most = value_of(MOST_PER_GRANT)
        told = f"正数为发放，最多 {most}；负数为扣回，最多扣 {self.balance}（当前余额）"
        self.fields["delta"].help_text = told

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        return {"member": Member.objects.filter(pk=object_id).first(), "balance": self.balance}

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if delta == 0:
            raise forms.ValidationError("不能为 0")
        if delta < -self.balance:
            raise forms.ValidationError(f"积分不足：最多扣 {self.balance}（当前余额）")
        return delta
