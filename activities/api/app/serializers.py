"""What members send and get about activities and draws."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from activities.api.app.lock_serializers import LockResponse
from activities.enums import ActivityStatus, IssueStatus, RewardKind
from activities.gameplay.deck_config import LARGEST_BUY_OUT
from activities.gameplay.registry import choices
from blindbox.common.serializers import BIGGEST, Choice, Code, Count, Exact, Id, StrictBoolean, Text
from orders.api.app.serializers import DrawResultResponse, OrderResponse, PaymentResponse, PlayResponse
from orders.enums import PayWith


class ActivityCategoryResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CurrentIssueResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)


class ActivityResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    category = ActivityCategoryResponse()
    gameplay = serializers.ChoiceField(choices())
    gameplay_label = serializers.CharField()
    is_boss = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    cover_url = serializers.CharField()
    price_fen = serializers.IntegerField(allow_null=True)
    price_points = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(ActivityStatus.choices)
    status_label = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    current_issue = CurrentIssueResponse(allow_null=True)


class IssueResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(IssueStatus.choices)
    status_label = serializers.CharField()
    total = serializers.IntegerField(allow_null=True)
    sold = serializers.IntegerField()
    remaining = serializers.IntegerField(allow_null=True)
    is_paused = serializers.BooleanField(help_text="限量奖品已发完且没有替换，暂停销售")
    commitment = serializers.CharField(allow_null=True)
    terms_hash = serializers.CharField(allow_null=True)
    revealed_secret = serializers.CharField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class BundleLineResponse(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    name = serializers.CharField()
    image_url = serializers.CharField()
    quantity = serializers.IntegerField()


class RewardResponse(serializers.Serializer[Any]):
    """A reward with what is left of it and how likely it is now; `your_odds_ppm` is empty without a token."""

    id = serializers.IntegerField()
    level = serializers.CharField()
    name = serializers.CharField()
    image_url = serializers.CharField()
    kind = serializers.ChoiceField(RewardKind.choices)
    kind_label = serializers.CharField()
    position = serializers.CharField()
    position_label = serializers.CharField()
    position_n = serializers.IntegerField(allow_null=True)
    bundle = BundleLineResponse(many=True, allow_null=True)
    points = serializers.IntegerField(allow_null=True)
    node = serializers.IntegerField(allow_null=True, help_text="玩法定义的节点，如对对碰的最少对数或牌号")
    quantity = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    odds_ppm = serializers.IntegerField(allow_null=True)
    initial_odds_ppm = serializers.IntegerField(allow_null=True)
    overall_odds_ppm = serializers.IntegerField(allow_null=True, help_text="有保底的期：长期平均，含保底")
    your_odds_ppm = serializers.IntegerField(allow_null=True)
    reference_value_fen = serializers.IntegerField()


class GuaranteeResponse(serializers.Serializer[Any]):
    """保底：抽满 `within` 次之内必得 `levels` 之一；`remaining` 次之内必得，未登录为空。"""

    levels = serializers.ListField(child=serializers.CharField())
    within = serializers.IntegerField()
    misses = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)


class RewardsResponse(serializers.Serializer[Any]):
    list = RewardResponse(many=True)
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    guarantee = GuaranteeResponse(allow_null=True)


class BundlePriceResponse(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    price_fen = serializers.IntegerField()


class BuyOutTermsResponse(serializers.Serializer[Any]):
    """What was declared of buying all that is left."""

    discount_ppm = serializers.IntegerField()
    after_sold_percent = serializers.IntegerField()


class TermsResponse(serializers.Serializer[Any]):
    """What an issue on sale promises, beside its rewards."""

    price_fen = serializers.IntegerField(allow_null=True)
    price_points = serializers.IntegerField(allow_null=True)
    bundle_prices = BundlePriceResponse(many=True)
    largest_order = serializers.IntegerField()
    hold_seconds = serializers.IntegerField()
    pick_number = serializers.BooleanField()
    box_lock_seconds = serializers.IntegerField(allow_null=True)
    buy_out = BuyOutTermsResponse(allow_null=True)
    lowest_value_fen = serializers.IntegerField()
    highest_value_fen = serializers.IntegerField()
    config = serializers.JSONField(help_text="玩法自己的配置，如转盘的 layout、对对碰的 cards")
    terms_hash = serializers.CharField()


class OpenIssueResponse(IssueResponse):
    rewards = RewardResponse(many=True)
    guarantee = GuaranteeResponse(allow_null=True)
    terms = TermsResponse()
    lock = LockResponse(allow_null=True)


class ActivityDetailResponse(ActivityResponse):
    serial_no = serializers.CharField(help_text="通用抽奖接口 /v1/glue 用的活动编号")
    description = serializers.CharField()
    rules = serializers.CharField()
    issues = OpenIssueResponse(many=True)


class DrawnRewardResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    level = serializers.CharField()
    name = serializers.CharField()
    image_url = serializers.CharField()


class MaskedMemberResponse(serializers.Serializer[Any]):
    nickname = serializers.CharField()
    avatar_url = serializers.CharField()


class DrawLogResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    member = MaskedMemberResponse()
    reward = DrawnRewardResponse()
    ticket_no = serializers.IntegerField(allow_null=True)
    is_bonus = serializers.BooleanField()
    drawn_at = serializers.DateTimeField()


class MyDrawLogResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    activity_id = serializers.IntegerField()
    activity_name = serializers.CharField()
    issue_id = serializers.IntegerField()
    issue_number = serializers.IntegerField()
    reward = DrawnRewardResponse()
    ticket_no = serializers.IntegerField(allow_null=True)
    prize_index = serializers.IntegerField(allow_null=True)
    is_bonus = serializers.BooleanField()
    refunded = serializers.BooleanField()
    drawn_at = serializers.DateTimeField()


class DrawLogQuery(serializers.Serializer[Any]):
    level = serializers.CharField(required=False, max_length=16)


class PreviewDrawsRequest(Exact):
    """The body of the purchase to come; the answer says how many a buy-out would be of, whatever the count says."""

    count = Count(
        max_value=LARGEST_BUY_OUT,
        required=False,
        allow_null=True,
        help_text="多少抽；包箱可不填，以报价凭证为准",
        error_messages={word: "请填写抽数；只有包箱可以不填" for word in ("required", "null")},
    )
    pay_with = Choice(PayWith.choices)
    ticket_nos = serializers.ListField(child=Count(), required=False, allow_null=True, max_length=100)
    buy_out = StrictBoolean(required=False, allow_null=True)
    choice = Text(max_length=64, required=False, allow_null=True)
    pass_ = Text(max_length=200, required=False, allow_null=True)
    amount_ref = Text(max_length=48, required=False, allow_null=True)
    client_nonce = Code(max_length=64, required=False, allow_null=True)
    terms_hash = Code(max_length=64, required=False, allow_null=True, default=None)
    quote_token = Text(max_length=500, required=False, allow_null=True, default=None)
    wallet_id = Id(required=False, allow_null=True)
    coupon_id = Id(required=False, allow_null=True)
    points = Count(required=False, allow_null=True, help_text="用多少积分抵扣现金")
    item_card_id = Id(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["pass"] = fields.pop("pass_")  # the wire's word is Python's keyword
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Ask for the count here, where a refusal names what was misspelt beside it."""
        whole = isinstance(data, Mapping) and data.get("buy_out") is True
        self.fields["count"].required, self.fields["count"].allow_null = not whole, whole
        return super().to_internal_value(data)


@extend_schema_serializer(
    examples=[OpenApiExample("一抽", value={"count": 1, "pay_with": "weixin", "client_nonce": "c2a1f0d9e8b7"})]
)
class BuyDrawsRequest(PreviewDrawsRequest):
    """A purchase. Fields of plays and discounts that this issue does not offer are refused, never ignored."""

    client_nonce = Code(max_length=64)


class PreviewLineResponse(serializers.Serializer[Any]):
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_fen = serializers.IntegerField()
    unit_points = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class PreviewDrawsResponse(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    lines = PreviewLineResponse(many=True)
    discount_fen = serializers.IntegerField()
    payable_fen = serializers.IntegerField()
    points = serializers.IntegerField()
    quote_token = serializers.CharField()


class BuyDrawsResponse(serializers.Serializer[Any]):
    order = OrderResponse()
    payment = PaymentResponse(allow_null=True)
    draws = DrawResultResponse(many=True, allow_null=True)
    log_head = serializers.CharField(allow_null=True)


class LogEntryResponse(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    subject = serializers.CharField()
    commitment = serializers.CharField()
    published_at = serializers.CharField()
    prev_hash = serializers.CharField()
    entry_hash = serializers.CharField()


class ProvenDrawResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sale_no = serializers.IntegerField(allow_null=True)
    ticket_no = serializers.IntegerField(allow_null=True)
    prize_index = serializers.IntegerField(allow_null=True)
    reward_id = serializers.IntegerField()
    is_bonus = serializers.BooleanField()
    bonus_of = serializers.IntegerField(allow_null=True)
    refunded = serializers.BooleanField()
    drawn_at = serializers.CharField()


class SessionDrawResponse(serializers.Serializer[Any]):
    """What a draw met: of each reward what was left (q) and its weight (w), and the weight of nothing (e)."""

    occurrence = serializers.CharField()
    version = serializers.IntegerField()
    node = serializers.IntegerField(allow_null=True)
    rewards = serializers.ListField(child=serializers.IntegerField())
    q = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    w = serializers.ListField(child=serializers.IntegerField())
    e = serializers.IntegerField()
    roll = serializers.IntegerField(allow_null=True)


class OccurrenceResponse(serializers.Serializer[Any]):
    """How far an occurrence of the generic tool has come: every version up to this is a draw or a release."""

    occurrence = serializers.CharField()
    version = serializers.IntegerField()


class ReleaseResponse(OccurrenceResponse):
    """Units that came into a session as its terms planned `at`, and the version of its occurrence that let them in."""

    reward_id = serializers.IntegerField()
    quantity = serializers.IntegerField()
    at = serializers.CharField()
    released_at = serializers.CharField()


class ListedDrawResponse(ProvenDrawResponse):
    """A draw in its issue's list; `refund_seq`: the player's next number when it was refunded."""

    player = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)
    roll = serializers.IntegerField(allow_null=True)
    guarantee_before = serializers.IntegerField(allow_null=True)
    guarantee_after = serializers.IntegerField(allow_null=True)
    substituted_for = serializers.IntegerField(allow_null=True)
    refund_seq = serializers.IntegerField(allow_null=True)
    session_draw = SessionDrawResponse(allow_null=True)


class IssueProofQuery(serializers.Serializer[Any]):
    cursor = serializers.IntegerField(min_value=0, max_value=BIGGEST, default=0, help_text="上一页的 next_cursor")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=1000, help_text="1–1000，默认 1000")


class DeckResponse(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    sold = serializers.IntegerField()


class IssueFactsResponse(serializers.Serializer[Any]):
    algorithm = serializers.CharField()
    issue_id = serializers.IntegerField()
    terms = serializers.CharField()
    terms_hash = serializers.CharField()
    root = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a declared field leaves the class
    commitment = serializers.CharField()
    log = LogEntryResponse()
    secret = serializers.CharField(allow_null=True)


class IssueProofResponse(IssueFactsResponse):
    """Everything that recomputes an issue (docs/fairness.md)."""

    status = serializers.ChoiceField(IssueStatus.choices)
    deck = DeckResponse(allow_null=True)
    draws = ListedDrawResponse(many=True)
    next_cursor = serializers.IntegerField(allow_null=True)
    occurrences = OccurrenceResponse(many=True, allow_null=True)
    releases = ReleaseResponse(many=True, allow_null=True)


class OneDrawResponse(ProvenDrawResponse):
    activity_id = serializers.IntegerField()
    issue_id = serializers.IntegerField()


class DrawProofResponse(serializers.Serializer[Any]):
    """Everything that recomputes one draw (docs/fairness.md)."""

    algorithm = serializers.CharField()
    draw = OneDrawResponse()
    issue = IssueFactsResponse()
    salt = serializers.CharField(allow_null=True)
    path = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), allow_null=True)
    day = serializers.CharField(allow_null=True)
    day_commitment = serializers.CharField(allow_null=True)
    day_log = LogEntryResponse(allow_null=True)
    day_secret = serializers.CharField(allow_null=True)
    player = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)
    nonce = serializers.CharField(allow_null=True)
    choice = serializers.CharField(allow_null=True)
    play = PlayResponse(allow_null=True)
    card = serializers.IntegerField(allow_null=True)
    table = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()), allow_null=True)
    roll = serializers.IntegerField(allow_null=True)
    purpose = serializers.ChoiceField([("roll", "普通抽取"), ("guarantee", "保底")], allow_null=True)
    guarantee_before = serializers.IntegerField(allow_null=True)
    guarantee_after = serializers.IntegerField(allow_null=True)
    guarantee_table = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), allow_null=True
    )
    guarantee_roll = serializers.IntegerField(allow_null=True)
    substituted_for = serializers.IntegerField(allow_null=True)
    session_draw = SessionDrawResponse(allow_null=True)
    redraw_of = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(
        [("verifiable", "可验证"), ("pending", "待公布"), ("position_pending", "票可验证，附加奖的位置待公布")]
    )
    status_text = serializers.CharField()
