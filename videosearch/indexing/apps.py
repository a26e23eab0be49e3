from django.apps import AppConfig


class IndexingConfig(AppConfig):
    name = "videosearch.indexing"

    def ready(self) -> None:
        from videosearch.indexing import work
        from videosearch.library.signals import video_probed

        work.register()
        video_probed.connect(work.on_probed, dispatch_uid="index a probed video")
