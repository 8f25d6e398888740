from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from activities.models import ActivityCategory
from activities.services import configuring
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin


@admin.register(ActivityCategory)
class ActivityCategoryAdmin(ServicedAdmin):
    intro = (
        "活动在小程序里按分类展示，同级按“排序”从小到大。隐藏的分类连同其中的活动不再列出；"
        "已开放的期次凭链接仍可购买，直到结束。"
    )
    list_display = ["name", "sort", "is_visible"]
    search_fields = ["name"]
    ordering = ["sort", "pk"]
    fields = ["name", ("sort", "is_visible")]
    service_fields = ["name", "sort", "is_visible"]

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> ActivityCategory:
        return self._save(request, None, values)

    def change(self, request: HttpRequest, obj: ActivityCategory, values: dict[str, Any], form: Any) -> None:
        self._save(request, obj.pk, values)

    def remove(self, request: HttpRequest, obj: ActivityCategory) -> None:
        configuring.delete_category(category_id=obj.pk, actor=actor_of(request), now=timezone.now())

    def _save(self, request: HttpRequest, category_id: int | None, values: dict[str, Any]) -> ActivityCategory:
        actor = actor_of(request)
        return configuring.save_category(category_id=category_id, values=values, actor=actor, now=timezone.now())
