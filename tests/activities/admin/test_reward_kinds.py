"""A row of rewards is one kind of prize; kinds beyond products and points show where they can be handed out."""

import pytest

from activities.enums import RewardKind
from activities.models import Issue, Reward
from tests.factories.activities import make_activity, make_draft, make_product
from tests.factories.issuers import serving
from tests.factories.pages import rows, save

pytestmark = pytest.mark.django_db
NO_WINDOW = {f"{name}_{part}": "" for name in ("starts_at", "ends_at") for part in (0, 1)}
BLANK = {
    "level": "A", "name": "", "product": "", "points": "", "reference_value_fen": "", "cost_fen": "", "sort": "",
    "quantity": 1, "position": "ticket",
}  # fmt: skip


def add(office, activity, *typed):
    lines = [{**BLANK, **line} for line in typed]
    sent = {"activity": activity.pk, "number": "", **NO_WINDOW, **rows("rewards", *lines)}
    return office.post(f"/admin/activities/issue/add/?activity={activity.pk}", sent)


def columns(office, activity):
    page = office.get(f"/admin/activities/issue/add/?activity={activity.pk}").content.decode()
    return [name for name in ("amount_fen", "coupon_id", "nothing") if f'name="rewards-0-{name}"' in page]


def test_products_and_points_are_all_that_is_offered_at_first(office):
    activity = make_activity()
    assert columns(office, activity) == []
    answer = add(office, activity, {"product": make_product().pk, "points": 5})
    assert "每行选一个商品，或者填积分数，二选一" in answer.content.decode()
    assert Issue.objects.count() == 0


def test_coupons_and_credit_show_once_somebody_hands_them_out(office):
    activity = make_activity()
    with serving(RewardKind.WALLET, RewardKind.COUPON):
        assert columns(office, activity) == ["amount_fen", "coupon_id"]
        answer = add(office, activity, {"amount_fen": "5.00"}, {"coupon_id": 7, "level": "B", "name": "九折券"})
        assert answer.status_code == 302, answer.context["errors"]
        two = add(office, activity, {"amount_fen": "5.00", "points": 5})
        assert "每行只能是其中一样：商品、积分、钱包金额、优惠券" in two.content.decode()
    found = Reward.objects.order_by("pk").values_list("kind", "name", "amount_fen", "coupon_id", "reference_value_fen")
    assert list(found) == [("wallet", "钱包金额", 500, None, 500), ("coupon", "九折券", None, 7, 0)]


def test_nothing_may_be_won_only_where_no_cash_is_paid(office):
    assert columns(office, make_activity()) == []
    activity = make_activity(name="森林", price_fen=None)
    assert columns(office, activity) == ["nothing"]
    assert add(office, activity, {"nothing": "on", "name": "谢谢参与"}).status_code == 302
    reward = Reward.objects.get()
    assert (reward.kind, reward.name, reward.points, reward.product) == ("none", "谢谢参与", None, None)


def test_a_row_changes_from_nothing_to_points(office):
    activity = make_activity(price_fen=None)
    draft = make_draft(activity, [{"level": "D", "name": "谢谢参与", "kind": "none", "quantity": 2, "sort": 5}])
    url = f"/admin/activities/issue/{draft.pk}/change/"
    assert "checked" in office.get(url).content.decode().split('name="rewards-0-nothing"')[1][:200]
    line = {**BLANK, "id": Reward.objects.get().pk, "level": "D", "points": 3, "sort": 5}
    sent = {"number": 1, **NO_WINDOW, **rows("rewards", line, initial=1)}
    assert save(office, url, sent).status_code == 302
    assert Reward.objects.values_list("kind", "points", "name").get() == ("points", 3, "3 积分")


def test_a_prize_that_the_page_does_not_know_is_kept(office):
    rewards = [{"level": "A", "name": "券", "kind": "coupon", "coupon_id": 7, "quantity": 2, "sort": 5}]
    draft = make_draft(make_activity(), rewards)
    line = {**BLANK, "id": Reward.objects.get().pk, "name": "八折券", "quantity": 3, "sort": 5}
    sent = {"number": 1, **NO_WINDOW, **rows("rewards", line, initial=1)}
    assert save(office, f"/admin/activities/issue/{draft.pk}/change/", sent).status_code == 302
    assert Reward.objects.values_list("kind", "coupon_id", "quantity", "name").get() == ("coupon", 7, 3, "八折券")


# what a saved row took over from its prize goes with that prize


SHOWN = ("name", "reference_value_fen", "cost_fen")


def saved(office, **first):
    """Return what changes the one row of a draft, as a browser sends it, and reads it back."""
    activity = make_activity(price_points=None)
    assert add(office, activity, first).status_code == 302
    reward = Reward.objects.get()

    def change(**typed):
        was = {name: f"{getattr(reward, name) / 100:.2f}" for name in ("reference_value_fen", "cost_fen")}
        kept = {"product": reward.product_id or "", "points": reward.points or "", "name": reward.name, **was}
        line = {**BLANK, "id": reward.pk, "level": reward.level, "sort": reward.sort, **kept, **typed}
        sent = {"number": 1, **NO_WINDOW, **rows("rewards", line, initial=1)}
        answer = save(office, f"/admin/activities/issue/{reward.issue_id}/change/", sent)
        assert answer.status_code == 302, answer.context["errors"]
        return Reward.objects.values_list(*SHOWN).get()

    return change


def test_points_without_a_worth_are_worth_their_face(office):
    saved(office, points=500)
    assert Reward.objects.values_list(*SHOWN).get() == ("500 积分", 5000, 5000)


def test_other_points_bring_their_own_name_and_worth(office):
    assert saved(office, points=500)(points=50) == ("50 积分", 500, 500)


def test_what_was_typed_by_hand_stays_with_other_points(office):
    change = saved(office, points=500, name="大积分包", reference_value_fen="66.00", cost_fen="44.00")
    assert change(points=50) == ("大积分包", 6600, 4400)


def test_what_is_typed_with_other_points_is_taken(office):
    assert saved(office, points=500)(points=50, name="安慰奖", cost_fen="4.00") == ("安慰奖", 500, 400)


def test_another_product_brings_its_name_worth_cost_and_picture(office):
    first = make_product(name="鲸鱼", price_fen=9900, cost_fen=3000)
    other = make_product(name="海豚", price_fen=4000, cost_fen=1000, image_urls=["/static/dolphin.svg"])
    assert saved(office, product=first.pk)(product=other.pk) == ("海豚", 4000, 1000)
    assert Reward.objects.values_list("product", "image_url").get() == (other.pk, "/static/dolphin.svg")


def test_points_instead_of_a_product_keep_nothing_of_it(office):
    product = make_product(name="鲸鱼", price_fen=9900, cost_fen=3000, image_urls=["/static/whale.svg"])
    assert saved(office, product=product.pk)(product="", points=50) == ("50 积分", 500, 500)
    assert Reward.objects.values_list("kind", "image_url").get() == ("points", "")


def test_a_row_whose_prize_stays_keeps_what_it_says(office):
    assert saved(office, points=500)(name="500 积分", quantity=3, cost_fen="0.00") == ("500 积分", 5000, 0)
