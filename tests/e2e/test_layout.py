"""A page to look at keeps every value in its own cell, however long it is, and no page scrolls sideways."""

import pytest
from playwright.sync_api import Page

from activities.models import DrawBatch, DrawLog
from blindbox.system.models import OutboxMessage
from orders.models import Payment, PaymentCallback
from tests.factories.pages import a_days_trade, admin_url

LOOKED_AT = [Payment, PaymentCallback, DrawBatch, DrawLog, OutboxMessage]
LONG = "4200002026113009821514937998241234567890"

# where text is drawn, not where its box ends: a value that runs over its neighbour is wider than its box
OUTSIDE = """() => [...document.querySelectorAll(".form-row .readonly")].filter((value) => {
  const range = document.createRange();
  range.selectNodeContents(value);
  return range.getBoundingClientRect().right > value.closest(".field-line").getBoundingClientRect().right + 1;
}).map((value) => value.textContent)"""
LINES_OF_MOMENTS = """() => [...document.querySelectorAll(".form-row .readonly")]
  .filter((value) => /^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$/.test(value.textContent.trim()))
  .map((value) => Math.round(value.getBoundingClientRect().height / parseFloat(getComputedStyle(value).lineHeight)))"""
SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("model", LOOKED_AT, ids=lambda model: model._meta.label)
@pytest.mark.parametrize("width", [1440, 1280])
def test_values_stay_in_their_cells_and_moments_on_one_line(at_work: Page, model, width):
    page = at_work
    a_days_trade()
    Payment.objects.update(prepay_id=LONG)
    PaymentCallback.objects.update(transaction_id=LONG[:32])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(admin_url(model, "change", model.objects.first().pk))
    assert page.evaluate(OUTSIDE) == []
    assert set(page.evaluate(LINES_OF_MOMENTS)) == {1}
    assert page.evaluate(SIDEWAYS) is False
