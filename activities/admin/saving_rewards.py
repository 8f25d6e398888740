"""From the rows of a form to the services that own rewards."""

from datetime import datetime
from typing import Any

from activities.services import drafting
from blindbox.system.audit import Actor
from catalog import selectors as catalog


def save_rewards(issue_id: int, formset: Any, *, actor: Actor, now: datetime) -> None:
    """Delete, change and add what the rows say, in the transaction of the page."""
    for form in formset.deleted_forms:
        if form.instance.pk:
            drafting.delete_reward(issue_id=issue_id, reward_id=form.instance.pk, actor=actor, now=now)
    kept = [form for form in formset.forms if form not in formset.deleted_forms and form.has_changed()]
    for place, form in enumerate(formset.forms, start=1):
        if form in kept:
            _save(issue_id, form, place, actor=actor, now=now)


def _save(issue_id: int, form: Any, place: int, *, actor: Actor, now: datetime) -> None:
    values = _values(form, place)
    if form.instance.pk:
        reward_id = form.instance.pk
        drafting.change_reward(issue_id=issue_id, reward_id=reward_id, values=values, actor=actor, now=now)
    else:
        drafting.add_rewards(issue_id=issue_id, rewards=[values], actor=actor, now=now)


def _values(form: Any, place: int) -> dict[str, Any]:
    said = {name: value for name, value in form.cleaned_data.items() if name in drafting.REWARD_FIELDS}
    product = form.cleaned_data.get("product")
    said["product_id"] = product.pk if product else None
    if "substitute" in form.cleaned_data:
        substitute = form.cleaned_data["substitute"]
        said["substitute_id"] = substitute.pk if substitute else None
    if said.get("sort") is None:
        said["sort"] = place
    if "product" in form.changed_data:
        said["image_url"] = catalog.products_by_ids([product.pk])[product.pk].image_url if product else ""
    return said
