from django.apps import AppConfig


class VideosearchConfig(AppConfig):
    """The site as a whole: it has no models, only its system checks."""

    name = "videosearch"

    def ready(self) -> None:
        import videosearch.checks  # noqa: F401  # registers them
