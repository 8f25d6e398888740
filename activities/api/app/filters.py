"""What the list of activities may be filtered by."""

from typing import Any

from django_filters import ChoiceFilter, FilterSet

from activities.gameplay.registry import choices
from activities.models import Activity
from blindbox.common.filtering import FlagFilter, IdFilter, SearchFilter, StableOrdering


class ActivityFilter(FilterSet):
    """Category, gameplay, Boss flag, a text in the name, and an order."""

    category_id = IdFilter(field_name="category_id", label="活动分类")
    gameplay = ChoiceFilter(choices=choices(), label="玩法")
    is_boss = FlagFilter(label="是否 Boss 挑战")
    search = SearchFilter(field_name="name", lookup_expr="icontains", label="名称中的文字")
    ordering = StableOrdering(fields=[("starts_at", "starts_at"), ("price_fen", "price_fen")], label="排序")

    class Meta:
        model = Activity
        fields: list[Any] = []
