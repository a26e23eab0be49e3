from django.apps import AppConfig
from django.db.models.signals import post_delete


class LibraryConfig(AppConfig):
    name = "videosearch.library"

    def ready(self) -> None:
        from videosearch.library import ingest, services
        from videosearch.library.models import Upload, Video

        ingest.register()
        post_delete.connect(services.remove_files, sender=Video, dispatch_uid="files of a video")
        post_delete.connect(services.remove_upload_file, sender=Upload, dispatch_uid="bytes of an upload")
