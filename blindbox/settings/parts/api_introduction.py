"""What whoever opens /api/docs reads first."""

API_INTRODUCTION = """\
盲盒小程序（`/api/app`）与后台（`/api/admin`）的接口；`/v1/glue` 是通用抽奖工具。请求体一律是 JSON。

**登录** 用户：`POST /api/app/users/weixin/login`，`js_code` 是 `wx.login` 得到的 code。
用 `python3 dev.py run` 启动时连的是微信沙箱，`js_code` 填 `dev:名字`（如 `dev:anna`）就以此人登录。
操作员：`POST /api/admin/token`，账号同后台。
两者都得到 `access_token`，此后放在请求头 `Authorization: Bearer <access_token>` 里；在本页可点右上角的 Authorize 填写。
用户的凭证过期（401 `auth.token_expired`）后用 `POST /api/app/users/token/refresh` 换新的。

**重复提交** 下单等会花钱、发放的 POST 必须带请求头 `Idempotency-Key`：
自己生成的 1–64 个可见 ASCII 字符，每次操作一个新的。没有收到应答时，用同样的值和请求体再发，
得到的是第一次的结果（应答头 `Idempotent-Replay: true`），不会重复扣款；
请求体变了则是 422。这些请求不接受没有列出的字段，以免拼错的字段被当作没有填。

**错误** 一律是 `{code, message, details, request_id}`：`code` 供程序判断，`message` 是给人看的中文；
`common.invalid` 的 `details` 是出错字段的列表 `[{field, code, message}]`，其他错误的 `details` 是说明里的数字。
`request_id` 与应答头 `X-Request-ID` 相同，报告问题时请带上。429 与 503 可以稍后用同样的请求重试。

**金额** 是整数分（`*_fen`），`1990` 即 19.90 元；积分也是整数；概率 `*_ppm` 是百万分之几。

**时间** 是 ISO 8601 并带时区，如 `2027-01-01T20:00:00+08:00`；提交的时间也必须带时区。时间段含开始、不含结束。

**分页** 列表用 `?page=&page_size=`（从 1 起，每页 1–100，默认 20），应答 `{list, total, page, page_size}`；
抽奖、积分等流水用 `?cursor=&limit=`，最新的在前，应答 `{list, next_cursor}`，`next_cursor` 为空即没有更多。
"""
