from django.apps import AppConfig


class PaintingConfig(AppConfig):
    name = "tests.web.jobs.painting"
    label = "painting"

    def ready(self) -> None:
        from tests.web.jobs.painting import handlers

        handlers.register()
