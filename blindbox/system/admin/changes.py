"""The two sides of a logged change as a table in Chinese: what differs, money in yuan, times on the shop's clock."""

import re
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from blindbox.common.adminkit import NOTHING, local_time
from blindbox.common.money import yuan
from blindbox.system.admin import wording
from blindbox.system.models import OperationLog

WORDS: dict[Any, str] = {True: "是", False: "否", None: NOTHING, "": NOTHING}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*(Z|[+-]\d\d:\d\d)")
UNIT = re.compile("（(分|百万分之)）$")  # the table shows yuan and percent
PPM_PER_PERCENT, LONG = 10_000, 6


def entry_changes(entry: OperationLog) -> SafeString:
    """Return what an entry of the log changed."""
    before, after = (wording.read(entry.object_type, entry.object_id, side) for side in (entry.before, entry.after))
    return changes_table(entry.object_type, before, after)


def changes_table(object_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> SafeString:
    """Return a row for each value that is not the same on both sides."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    rows = [(label(object_type, name), *_sides(object_type, name, before, after)) for name in names]
    return render_to_string("adminkit/changes.html", {"rows": rows})


def _sides(object_type: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """Return both sides of a value; of long lists only what one has and the other has not."""
    was, now = before.get(name), after.get(name)
    if not (isinstance(was, list) and isinstance(now, list) and max(len(was), len(now)) > LONG):
        return shown(object_type, name, was), shown(object_type, name, now)
    same = len([each for each in was if each in now])
    gone, came = [each for each in was if each not in now], [each for each in now if each not in was]
    return f"{shown(object_type, name, gone)}（另有 {same} 项不变）", shown(object_type, name, came)


def model_of(object_type: str) -> type[Model] | None:
    """Return the model that the log names."""
    return next((each for each in apps.get_models() if each._meta.object_name == object_type), None)


def label(object_type: str, name: str) -> str:
    """Return what a logged value is called: by its column, else by whoever logs it."""
    column = _column(object_type, name)
    return UNIT.sub("", str(column.verbose_name)) if column else wording.label_of(object_type, name)


def shown(object_type: str, name: str, value: Any) -> str:
    """Return a logged value as people read it."""
    if isinstance(value, dict):
        kind = wording.type_inside(object_type, name)
        told = [f"{label(kind, key)} {shown(kind, key, each)}" for key, each in value.items() if each is not None]
        return "；".join(told) or NOTHING
    if isinstance(value, list):
        between = " ｜ " if any(isinstance(each, dict) for each in value) else "、"
        return between.join(shown(object_type, name, each) for each in value) or NOTHING
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(object_type, name, value)
    return _word(object_type, name, value)


def _number(object_type: str, name: str, value: int) -> str:
    if name.endswith("_fen"):
        return yuan(value)
    if name.endswith("_ppm"):
        return f"{value / PPM_PER_PERCENT:.4f}%"
    column = _column(object_type, name)
    row = column.related_model._base_manager.filter(pk=value).first() if column and column.is_relation else None
    said = row or wording.meanings(object_type, name).get(value)
    return f"{said}（{value}）" if said else str(value)


def _word(object_type: str, name: str, value: Any) -> str:
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return local_time(parse_datetime(value))
    choices = dict(getattr(_column(object_type, name), "flatchoices", []))
    meanings = {**wording.meanings(object_type, name), **choices}
    return str(WORDS.get(value, meanings.get(value, value)))


def _column(object_type: str, name: str) -> Any:
    """Return the column or the relation of many that a name means."""
    model = model_of(object_type)
    columns: list[Field[Any, Any]] = [*model._meta.concrete_fields, *model._meta.many_to_many] if model else []
    return next((column for column in columns if name in (column.attname, column.name)), None)
