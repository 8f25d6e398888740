"""Money, odds and prizes as people read them."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from blindbox.common import money

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    return "—" if fen is None else money.yuan(fen)


@register.filter
def percent(ppm: int) -> str:
    return f"{ppm / 10_000:.3f}%"


@register.filter
def share_of(quantity: int, total: int) -> str:
    return percent(quantity * money.PPM // total)


@register.filter
def picture(reward: Any) -> SafeString:
    # Here and below: Unfold renders a template, and so loads this library, while its own modules are half imported
    from activities.admin.pictures import picture_of

    return picture_of(reward)


@register.filter
def single_price(activity: Any) -> str:
    from activities.admin import prices

    return prices.single(fen=activity.price_fen, points=activity.price_points)
