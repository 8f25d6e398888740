from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "交易"

    def ready(self) -> None:
        from orders import handlers, invariants  # noqa: F401  registers its subscriptions and checks
