"""What a group may do, in the words of the menu instead of Django's English sentences."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from blindbox.common.adminkit import CheckboxList, ReadOnlyAdmin

VERBS = {"view": "查看", "add": "新增", "change": "修改", "delete": "删除"}
Choice = tuple[int, str]


def grouped_choices() -> list[tuple[str, list[Choice]]]:
    """Return the permissions that open a page or a button, by page."""
    kinds = ContentType.objects.get_for_models(*admin.site._registry)
    by_kind: dict[int, list[Permission]] = {}
    for permission in Permission.objects.filter(content_type__in=kinds.values()).order_by("pk"):
        by_kind.setdefault(permission.content_type_id, []).append(permission)
    titled = [
        (str(model._meta.verbose_name), _of_page(model, by_kind.get(kind.pk, []))) for model, kind in kinds.items()
    ]
    return [(title, choices) for title, choices in titled if choices]


def permissions_in_words() -> list[tuple[str, str]]:
    """Return every offered permission by its code, with its page."""
    codes = dict(Permission.objects.values_list("pk", "codename"))
    return [(codes[pk], f"{title}：{label}") for title, choices in grouped_choices() for pk, label in choices]


def _of_page(model: Any, permissions: list[Permission]) -> list[Choice]:
    page = admin.site._registry[model]
    labels = dict(getattr(page, "command_permissions", {}))
    verbs = ["view"] if isinstance(page, ReadOnlyAdmin) else getattr(page, "granted_verbs", VERBS)
    labels.update({f"{verb}_{model._meta.model_name}": VERBS[verb] for verb in verbs})
    labels.update(model._meta.permissions)
    return [(each.pk, labels[each.codename]) for each in permissions if each.codename in labels]


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    permissions = forms.TypedMultipleChoiceField(
        label="权限", coerce=int, required=False, widget=CheckboxList(), choices=grouped_choices
    )

    class Meta:
        model = Group
        fields = ["name", "permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.instance.permissions.values_list("pk", flat=True) if self.instance.pk else []
        self.initial["permissions"] = list(held)

    def clean_permissions(self) -> list[int]:
        """Keep what the group holds beyond the pages that are shown."""
        offered = {pk for _, choices in grouped_choices() for pk, _ in choices}
        kept = [pk for pk in self.initial["permissions"] if pk not in offered]
        chosen: list[int] = self.cleaned_data["permissions"]
        return chosen + kept
