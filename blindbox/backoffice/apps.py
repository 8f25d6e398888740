from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "blindbox.backoffice"
    label = "backoffice"
    verbose_name = "后台"

    def ready(self) -> None:
        from django.contrib import admin

        from blindbox.backoffice.login import LoginForm

        admin.site.login_form = LoginForm
        admin.site.login_template = "backoffice/login.html"
        admin.site.index_template = "backoffice/home.html"
        admin.site.index_title = "首页"
