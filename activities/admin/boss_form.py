"""What an operator types about a Boss season: the season, and a row for each prize."""

from typing import Any

from django import forms
from django.http import HttpRequest

from activities.enums import RewardKind
from activities.models import BossPrize, BossSeason
from activities.services.prizes import issuers
from blindbox.common.adminkit import TabularInline, holds

BLANK_ROWS = 3
KIND_OF = {"points": RewardKind.POINTS, "amount_fen": RewardKind.WALLET, "coupon_id": RewardKind.COUPON}


class BossSeasonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BossSeason
        fields = ["activity", "name", "hp", "rule", "factor", "daily_cap", "starts_at", "ends_at"]
        help_texts = {
            "activity": "只列出勾选了“Boss 挑战”的活动",
            "hp": "累计伤害达到血量即击败",
            "factor": "按抽数计伤害时，每抽多少点；按实付金额时每付 1 元 1 点",
            "daily_cap": "每位用户一天最多计多少伤害",
            "starts_at": "开始后全部内容冻结，不能再改",
        }


class BossPrizeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row; what it gives says which kind it is."""

    class Meta:
        model = BossPrize
        fields = ["award", "rank_from", "rank_to", "points", "amount_fen", "coupon_id", "title"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        given = [name for name in KIND_OF if values.get(name)]
        if not self.errors and len(given) != 1:
            raise forms.ValidationError(
                "每行只给一样：积分" + "".join(f"、{KIND_OF[name].label}" for name in offered())
            )
        if given:
            self.instance.kind = values["kind"] = KIND_OF[given[0]]
        return values


def offered() -> list[str]:
    """Return the columns of the kinds that somebody hands out by now."""
    return [name for name in ("amount_fen", "coupon_id") if issuers.is_registered(KIND_OF[name])]


class BossPrizeInline(TabularInline):
    model = BossPrize
    form = BossPrizeForm
    ordering = ["pk"]
    verbose_name = verbose_name_plural = "奖励"
    has_view_permission = holds("activities.view_bossseason")

    def get_fields(self, request: HttpRequest, obj: BossSeason | None = None) -> list[str]:
        return ["award", "rank_from", "rank_to", "points", *offered(), "title"]

    def get_extra(self, request: HttpRequest, obj: BossSeason | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.prizes.exists() else BLANK_ROWS
