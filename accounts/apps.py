from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "用户"

    def ready(self) -> None:
        from accounts import handlers, invariants  # noqa: F401  registers its subscriptions and checks
