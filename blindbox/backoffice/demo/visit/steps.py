"""The steps of a visit, in order; each returns in Chinese what it saw, or raises StepFailed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from blindbox.backoffice.demo.visit import evidence
from blindbox.backoffice.demo.visit.client import Body, Server, need, wait_for

WANTED, PPM = 10, 1_000_000
HOST = "demo"  # the demo shop's member who has points


@dataclass
class Visit:
    """What is known so far. The host is an old member with points, the guest comes through the host's link."""

    shop: Server
    sandbox: Server
    operator_password: str = field(default="", repr=False)
    guest_name: str = field(default_factory=lambda: f"guest-{secrets.token_hex(4)}")
    host: Server = field(init=False)
    guest: Server = field(init=False)
    host_id: int = 0
    guest_id: int = 0
    invite_code: str = ""
    box: Body = field(default_factory=dict)
    weighted: Body = field(default_factory=dict)
    issue: Body = field(default_factory=dict)
    bought: Body = field(default_factory=dict)
    draws: list[Body] = field(default_factory=list)

    @property
    def issue_path(self) -> str:
        return f"/api/app/activities/{self.box['id']}/issues/{self.issue['id']}"

    @property
    def count(self) -> int:
        """Return how many draws the guest buys: ten, or what is left of the box."""
        most: int = self.issue["terms"]["largest_order"]
        return min(WANTED, most, self.issue["remaining"] or WANTED)


def yuan(fen: int) -> str:
    return f"¥{fen // 100}.{fen % 100:02d}"


def ready(visit: Visit) -> str:
    parts = visit.shop.get("/readyz")
    visit.sandbox.get("/control/payments")
    return f"服务与微信沙箱都在运行（{'、'.join(sorted(parts))}）"


def host_logs_in(visit: Visit) -> str:
    login = visit.shop.post("/api/app/users/weixin/login", {"js_code": f"dev:{HOST}"})
    visit.host = replace(visit.shop, token=login["access_token"])
    visit.host_id, visit.invite_code = login["user"]["id"], login["user"]["invite_code"]
    return f"{login['user']['nickname']}（用户 {visit.host_id}），邀请码 {visit.invite_code}"


def guest_logs_in(visit: Visit) -> str:
    order = {"js_code": f"dev:{visit.guest_name}", "invite_code": visit.invite_code}
    login = visit.shop.post("/api/app/users/weixin/login", order)
    need(login["is_new"] and login["invite"]["bound"], f"新用户没有绑定邀请人：{login['invite']}")
    visit.guest, visit.guest_id = replace(visit.shop, token=login["access_token"]), login["user"]["id"]
    return f"{login['user']['nickname']}（用户 {visit.guest_id}）首次登录，{login['invite']['reason_label']}"


def list_activities(visit: Visit) -> str:
    """Choose what the guest draws from: a box, or what never runs out where the box is sold out."""
    page = visit.guest.get("/api/app/activities?page_size=100")
    on_sale = [each for each in page["list"] if each["current_issue"] and each["price_fen"] and each["price_points"]]
    boxes = [each for each in on_sale if each["gameplay"] == "ichiban" and each["current_issue"]["remaining"]]
    weighted = [each for each in on_sale if each["gameplay"] == "infinite"]
    need(weighted, "没有进行中的无限赏；重新启动会补上演示活动")
    visit.weighted, visit.box = weighted[0], (boxes or weighted)[0]
    return "、".join(f"「{each['name']}」{yuan(each['price_fen'])} 一抽" for each in on_sale)


def read_odds(visit: Visit) -> str:
    detail = visit.guest.get(f"/api/app/activities/{visit.box['id']}")
    visit.issue = detail["issues"][0]
    odds = [(each["level"], each["odds_ppm"]) for each in visit.issue["rewards"] if each["odds_ppm"] is not None]
    short = PPM - sum(ppm for _, ppm in odds)  # a box's odds are rounded down, each by less than one millionth
    need(0 <= short < len(odds), f"公示的概率加起来差 {short} ppm")
    left = "不限量" if visit.issue["remaining"] is None else f"剩 {visit.issue['remaining']} 抽"
    table = "，".join(f"{level} {ppm / PPM:.2%}" for level, ppm in odds)
    return f"「{detail['name']}」第 {visit.issue['number']} 期，{left}；{table}"


def preview(visit: Visit) -> str:
    order = {"count": visit.count, "pay_with": "weixin"}
    visit.bought = visit.guest.post(f"{visit.issue_path}/draws/preview", order)
    return f"{visit.count} 抽应付 {yuan(visit.bought['payable_fen'])}"


def buy(visit: Visit) -> str:
    order = {
        "count": visit.count,
        "pay_with": "weixin",
        "client_nonce": secrets.token_hex(16),
        "quote_token": visit.bought["quote_token"],
        "terms_hash": visit.issue["terms_hash"],
    }
    key, quoted = secrets.token_hex(16), visit.bought["payable_fen"]
    first = visit.guest.ask("POST", f"{visit.issue_path}/draws", order, key=key)
    again = visit.guest.ask("POST", f"{visit.issue_path}/draws", order, key=key)
    visit.bought = again.body
    order_no = visit.bought["order"]["order_no"]
    need(first.body["order"]["payable_fen"] == quoted, "应付金额与预览不一致")
    need(first.body["order"]["order_no"] == order_no, "同一个 Idempotency-Key 下了两单")
    need(again.headers.get("Idempotent-Replay") == "true", "重复提交没有标明是重放")
    return f"订单 {order_no} 待支付；同一请求再发一次，仍是这一单"


def pay(visit: Visit) -> str:
    payment = visit.bought["payment"]
    path = f"/control/payments/{payment['out_trade_no']}/pay"
    paid = visit.sandbox.post(path, {"params": payment["params"]})
    replies = [notice["status"] for notice in paid["notices"]]
    need(paid["payment"]["trade_state"] == "SUCCESS", f"微信侧的状态是 {paid['payment']['trade_state']}")
    need(all(status in (200, 204) for status in replies), f"支付通知没有被接受：{replies}")
    return f"支付参数的签名正确；微信通知已被接受（{replies[0]}）"


def wait_for_draws(visit: Visit) -> str:
    path = f"/api/app/orders/{visit.bought['order']['order_no']}"

    def settled() -> Body | None:
        order = visit.guest.get(path)  # its two reads may lie on either side of the draw
        return order if order["draws"] and order["status"] != "paid" else None

    order = wait_for(settled, what="付了款的订单还没有开奖")
    visit.draws = order["draws"]
    own = [draw for draw in visit.draws if not draw["is_bonus"]]
    need(order["status"] == "completed", f"订单状态是 {order['status_label']}")
    need(len(own) == visit.count, f"买了 {visit.count} 抽，开出 {len(own)} 抽")
    return "、".join(f"{draw['reward']['level']} {draw['reward']['name']}" for draw in visit.draws)


def look_at_inventory(visit: Visit) -> str:
    page = visit.guest.get("/api/app/users/me/inventory?page_size=100")
    won = {draw["inventory_id"] for draw in visit.draws if draw["reward"]["kind"] == "product"}
    need(won == {item["id"] for item in page["list"]}, "持仓与开出的商品不一致")
    return f"{page['total']} 件商品，全部{page['list'][0]['status_label']}" if won else "没有商品，开出的都是积分"


def verify_draws(visit: Visit) -> str:
    held, waiting = 0, 0
    for draw in visit.draws:
        proof = visit.shop.get(f"/api/app/draw_logs/{draw['id']}/proof")
        need(proof["draw"]["reward_id"] == draw["reward"]["id"], f"证明 {draw['id']} 说的是另一个奖品")
        holds, waits = evidence.check(proof)
        held, waiting = held + holds, waiting + waits
    return f"{len(visit.draws)} 份证明用独立程序复算，{held} 项相符，{waiting} 项等密钥公布"


def verify_issue(visit: Visit) -> str:
    holds, waits = evidence.check(visit.shop.get(f"{visit.issue_path}/proof"))
    return f"第 {visit.issue['number']} 期至今的全部抽奖：{holds} 项相符，{waits} 项等密钥公布"


def verify_log(visit: Visit) -> str:
    entries = evidence.whole_log(visit.shop)
    evidence.check({"list": entries})
    hashes = {entry["entry_hash"] for entry in entries}
    need(entries[-1]["seq"] == 1, f"日志不是从第 1 条开始，而是第 {entries[-1]['seq']} 条")
    need(visit.bought["log_head"] in hashes, "下单时看到的日志头不在日志里，日志被改写过")
    return f"{len(entries)} 条承诺首尾相接，包含下单时看到的那一条"


def reward_for_invite(visit: Visit) -> str:
    def rewarded() -> int:
        invites = visit.host.get("/api/app/users/me/invites?page_size=100")["list"]
        points: int = sum(each["rewarded_points"] for each in invites if each["invitee"]["id"] == visit.guest_id)
        return points

    return f"邀请人得到 {wait_for(rewarded, what='邀请奖励还没有到账')} 积分"


def draw_by_points(visit: Visit) -> str:
    activity, price = visit.weighted, visit.weighted["price_points"]
    balance = _points_for(visit, price)
    path = f"/api/app/activities/{activity['id']}/issues/{activity['current_issue']['id']}/draws"
    order = {"count": 1, "pay_with": "points", "client_nonce": secrets.token_hex(16)}
    bought = visit.host.post(path, order, key=secrets.token_hex(16))
    need(bought["draws"], "积分支付应当立即开奖")
    visit.draws = bought["draws"]
    prize = visit.draws[0]["reward"]
    return f"余额 {balance}，花 {price} 积分在「{activity['name']}」立即开出 {prize['level']} {prize['name']}"


def _points_for(visit: Visit, price: int) -> int:
    """Return the host's balance; one that is too low is filled up by the operator, if we know the password."""
    balance: int = visit.host.get("/api/app/users/me/points/balance")["balance"]
    if balance >= price:
        return balance
    need(visit.operator_password, f"积分不足（{balance}）；设置 DEMO_ADMIN_PASSWORD 就由运营补发")
    credentials = {"username": "admin", "password": visit.operator_password}
    operator = replace(visit.shop, token=visit.shop.post("/api/admin/token", credentials)["access_token"])
    grant = {"delta": price, "reason": "演示流程补发"}
    entry = operator.post(f"/api/admin/users/{visit.host_id}/points/add", grant, key=secrets.token_hex(16))
    after: int = entry["balance_after"]
    return after


def verify_tomorrow(visit: Visit) -> str:
    proof = visit.shop.get(f"/api/app/draw_logs/{visit.draws[0]['id']}/proof")
    holds, waits = evidence.check(proof)
    need(proof["status"] == "pending" and waits, "当天的密钥不应当已经公布")
    return f"{proof['status_text']}（承诺与概率表 {holds} 项现在就相符）"


Step = Callable[[Visit], str]
STEPS: list[tuple[str, Step]] = [
    ("就绪", ready),
    ("老用户登录", host_logs_in),
    ("新用户登录", guest_logs_in),
    ("活动列表", list_activities),
    ("公示概率", read_odds),
    ("预览价格", preview),
    ("下单", buy),
    ("微信支付", pay),
    ("开奖", wait_for_draws),
    ("持仓", look_at_inventory),
    ("验证每一抽", verify_draws),
    ("验证整期", verify_issue),
    ("验证承诺日志", verify_log),
    ("邀请奖励", reward_for_invite),
    ("积分抽", draw_by_points),
    ("次日可验证", verify_tomorrow),
]
