from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "blindbox.system"
    label = "system"
    verbose_name = "系统"

    def ready(self) -> None:
        from blindbox.celery import app  # noqa: F401  shared tasks belong to it from here on
        from blindbox.system import checks, invariants  # noqa: F401  registers them
