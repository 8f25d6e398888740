"""Typed settings of this app that operators edit."""

from blindbox.system.rates import rate

COMMANDS = rate(key="order.commands_per_minute", label="每个用户每分钟支付、取消订单次数上限", default=60)
