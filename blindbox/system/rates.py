"""How often one caller may ask for something: typed settings, counted in the cache."""

from dataclasses import dataclass

from blindbox.common.throttle import Window
from blindbox.system.configs import Group, Setting, define, integer, value_of

MINUTE, HOUR = 60, 3600
NO_LIMIT = 0


@dataclass(frozen=True)
class Rate:
    """At most as many in each window as the setting says; 0 is without a limit."""

    setting: Setting
    seconds: int

    def hit(self, caller: str) -> None:
        """
        Count one.

        :raises Throttled: if that is one too many
        """
        limit: int = value_of(self.setting)
        if limit != NO_LIMIT:
            Window(name=self.setting.key, limit=limit, seconds=self.seconds).hit(caller)


def rate(*, key: str, label: str, default: int, seconds: int = MINUTE, help: str = "") -> Rate:  # noqa: A002  what Setting calls it
    """Define a rate that operators set."""
    check = integer(least=NO_LIMIT, most=1_000_000)
    told = "；".join(each for each in (help, "0 为不限") if each)
    setting = Setting(key=key, label=label, default=default, check=check, help=told, group=Group.RATES)
    return Rate(define(setting), seconds)
