"""Settings of this app that operators edit."""

from blindbox.system.configs import Group, Setting, define, integer, one_of
from blindbox.system.rates import HOUR, rate

NEW_ONLY, ANY_UNINVITED = "new_only", "any_uninvited"

INVITE_BIND = define(
    Setting(
        key="invite.bind",
        label="邀请绑定对象",
        default=NEW_ONLY,
        check=one_of(NEW_ONLY, ANY_UNINVITED),
        help="邀请人须先注册",
        group=Group.GROWTH,
        labels={NEW_ONLY: "仅首次登录的新用户", ANY_UNINVITED: "任何还没有邀请人的用户"},
    )
)
INVITE_REWARD_POINTS = define(
    Setting(
        key="invite.reward_points",
        label="邀请奖励积分",
        default=100,
        check=integer(least=0, most=1_000_000),
        help="每成功邀请一人，邀请人得到的积分；0 为不奖励",
        group=Group.GROWTH,
    )
)
LOGINS = rate(
    key="auth.logins_per_minute",
    label="每个 IP 每分钟登录次数上限",
    default=3000,
    help="同一运营商出口下可能有很多用户，不宜过小",
)
PHONES = rate(key="auth.phones_per_hour", label="每个用户每小时绑定手机号次数上限", default=10, seconds=HOUR)
POINT_LIFETIME_DAYS = define(
    Setting(
        key="points.lifetime_days",
        label="通用积分有效期（天）",
        default=0,
        check=integer(least=0, most=3650),
        help="到账满多少天的积分过期，先到账的先用、先过期，每天 0:20 扣除；0 为永不过期。"
        "订单退回的积分从退回之日重新计算。缩短有效期当晚生效，请提前公告",
        group=Group.GROWTH,
    )
)
MOST_PER_GRANT = define(
    Setting(
        key="points.most_per_grant",
        label="单次发放积分上限",
        default=100_000,
        check=integer(least=1, most=1_000_000_000),
        help="操作员在后台或通过接口一次最多发放多少，超级用户也一样；扣回不受此限，最多扣到 0",
        group=Group.GROWTH,
    )
)
POINT_VALUE_FEN = define(
    Setting(
        key="points.value_fen",
        label="一积分折合",
        default=10,
        check=integer(least=0, most=10_000),
        help="估算积分奖品的成本、积分定价的收入时使用；不影响任何余额",
        group=Group.GROWTH,
    )
)
