from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "活动"

    def ready(self) -> None:
        from activities import handlers, invariants, selectors  # noqa: F401  registers its subscriptions and checks
        from activities.services import results
        from catalog import references
        from orders.checkout import contents
        from orders.enums import OrderSource

        references.register(selectors.is_in_a_bundle)
        contents.register(OrderSource.DRAW, results.of_orders, selectors.log_heads)
