"""What the operation log calls what changes of this app hold beside the columns of a row."""

from activities.enums import IssueStatus
from activities.gameplay import registry
from blindbox.system.admin.wording import codes_mean, holds_rows, logged_as

PLAY = {"largest_order": "每单最多抽数", "bundle_prices": "多抽优惠价", "allow_wallet": "可用钱包支付"}
TOOL = {
    "probability": "概率方式",
    "times_limit": "抽奖次数限制",
    "session_times_limit": "每场抽奖次数限制",
    "empty_weight": "空奖权重",
    "daily": "每天的时段",
    "from": "从",
    "to": "到",
    "count_within": "次数按什么算",
    "needs_pass": "需要通关凭证",
    "amount_from": "数额来自",
}
WORDS = [
    ("static", "固定概率"),
    ("dynamic", "动态概率"),
    ("session", "每场"),
    ("activity", "整个活动"),
    ("order", "实付金额"),
    ("points", "消费积分"),
]

logged_as("Activity", {**PLAY, **TOOL})
logged_as("Issue", {**PLAY, **TOOL, "status": "状态", "budget_fen": "亏损预算"})
logged_as("Bundle", {"count": "抽数", "price_fen": "总价"})
logged_as("BossSeason", {"prizes": "奖项"})
logged_as("Member", {"wanted": "应收回积分", "taken": "已收回积分"})
logged_as(
    "Order",
    {
        "guarantee_misses": "保底已累计抽数",
        "units_taken": "收回奖品（件）",
        "points_taken": "收回抽到的积分",
        "vouchers_taken": "收回优惠券和钱包金额（份）",
    },
)
codes_mean("Activity", "gameplay", registry.choices)
codes_mean("Issue", "status", lambda: IssueStatus.choices)
for _of in ("Activity", "Issue"):
    for _entry in ("probability", "count_within", "amount_from"):
        codes_mean(_of, _entry, lambda: WORDS)
holds_rows("Activity", "bundle_prices", "Bundle")
holds_rows("Issue", "bundle_prices", "Bundle")
holds_rows("BossSeason", "prizes", "BossPrize")
