"""Which gameplay operators may set up: what is off by default, once its setting is switched on."""

from collections.abc import Mapping

from activities.gameplay import registry
from activities.gameplay.base import registered
from blindbox.system.configs import Group, Setting, boolean, define, value_of


def _switch(kind: str) -> Setting:
    label = registry.label(kind)
    return define(
        Setting(
            key=f"gameplay.offer_{kind}",
            label=f"提供玩法：{label}",
            default=False,
            check=boolean,
            help=f"打开后才能新建「{label}」活动和开放它的期次；关闭不影响进行中的期次",
            group=Group.PLAY,
        )
    )


SWITCHES: Mapping[str, Setting] = {kind: _switch(kind) for kind, play in registered().items() if not play.offered}


def is_offered(kind: str) -> bool:
    """Tell whether activities of this gameplay may be set up and opened now."""
    switch = SWITCHES.get(kind)
    return switch is None or bool(value_of(switch))


def choices() -> list[tuple[str, str]]:
    """Return words and labels of what may be set up now."""
    return [(kind, label) for kind, label in registry.choices() if is_offered(kind)]


def refusal(kind: str) -> str | None:
    """Return in Chinese why it may not, None if it may."""
    return None if is_offered(kind) else f"玩法「{registry.label(kind)}」没有打开：先在系统配置里打开它"
