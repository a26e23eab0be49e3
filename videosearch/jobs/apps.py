from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "videosearch.jobs"
    verbose_name = "Background work"
