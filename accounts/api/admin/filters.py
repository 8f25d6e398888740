"""What operators narrow the list of members by."""

from django.db.models import QuerySet
from django_filters import ChoiceFilter, FilterSet

from accounts.enums import MemberStatus
from accounts.models import Member
from accounts.selectors import search
from blindbox.common.filtering import MomentFilter, SearchFilter, StableOrdering


class MemberFilter(FilterSet):
    search = SearchFilter(method="find", label="昵称的一部分、手机号或其末四位、openid、邀请码或编号")
    status = ChoiceFilter(choices=MemberStatus.choices, label="状态")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="注册时间起（含）")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="注册时间止（不含）")
    ordering = StableOrdering(fields=[("pk", "id"), ("created_at", "created_at")], label="排序")

    class Meta:
        model = Member
        fields: list[str] = []

    def find(self, rows: QuerySet[Member], name: str, words: str) -> QuerySet[Member]:
        return search.matching(rows, words)
