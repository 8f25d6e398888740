"""Typed settings of this app that operators edit."""

from blindbox.system.configs import Group, Setting, boolean, define, integer
from blindbox.system.rates import rate

HOLD_SECONDS = define(
    Setting(
        key="draw.hold_seconds",
        label="抽奖订单支付时限（秒）",
        default=180,
        check=integer(least=60, most=900),
        help="下单后名额保留多久；对新开放的期次生效",
        group=Group.SALES,
    )
)
LONGEST_SALE_DAYS = define(
    Setting(
        key="draw.longest_sale_days",
        label="未填结束时间的期次最长销售天数",
        default=365,
        check=integer(least=1, most=3650),
        help="只用于有保底、限量奖品、动态概率或按次数换奖品表的期次：它们的结束时间必须公示，没有填就按开放后这么多天",
        group=Group.SALES,
    )
)
HIGHEST_PRICE_FEN = define(
    Setting(
        key="compliance.highest_price_fen",
        label="盲盒单价上限",
        default=20_000,
        check=integer(least=1, most=5_000_000),
        help="单抽现金价格高于它的期次不能开放；上海市指引建议单个盲盒一般不超过 200 元",
        group=Group.PLAY,
    )
)
PREVIEWS = rate(key="draw.previews_per_minute", label="每个用户每分钟试算次数上限", default=120)
PURCHASES = rate(key="draw.purchases_per_minute", label="每个用户每分钟下单抽奖次数上限", default=120)
PROOFS = rate(
    key="draw.proofs_per_minute",
    label="每个用户（未登录时每个 IP）每分钟查看证明、概率报告或整箱号码次数上限",
    default=600,
    help="同一出口下可能有很多人，不宜过小",
)
REQUIRE_BIRTH_DATE = define(
    Setting(
        key="compliance.require_birth_date",
        label="抽奖前必须填写出生日期",
        default=False,
        check=boolean,
        help="关闭时，没有填写的用户可以购买；填写了的一律按年龄检查",
        group=Group.LIMITS,
    )
)
_PERIODS = {
    "day_fen": "每日金额",
    "month_fen": "每月金额",
    "day_draws": "每日抽数",
    "month_draws": "每月抽数",
}
_LIMITS = {
    "adult": ("成人", {"day_fen": 500_000, "month_fen": 3_000_000, "day_draws": 1_000, "month_draws": 10_000}),
    "minor": ("未成年人", {"day_fen": 20_000, "month_fen": 80_000, "day_draws": 20, "month_draws": 200}),
}


def _limit(who: str, kind: str) -> Setting:
    label, defaults = _LIMITS[who]
    return define(
        Setting(
            key=f"protection.{who}_{kind}",
            label=f"{label}购买上限：{_PERIODS[kind]}",
            default=defaults[kind],
            check=integer(least=0, most=10**12),
            public=True,
            help="0 为不限；用户可以给自己设更低的上限",
            group=Group.LIMITS,
        )
    )


ADULT_LIMITS = {kind: _limit("adult", kind) for kind in _PERIODS}
MINOR_LIMITS = {kind: _limit("minor", kind) for kind in _PERIODS}
