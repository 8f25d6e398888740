from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "商品"

    def ready(self) -> None:
        from catalog import invariants  # noqa: F401  registers its checks
