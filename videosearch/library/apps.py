from django.apps import AppConfig
from django.db.models.signals import post_delete


class LibraryConfig(AppConfig):
    name = "videosearch.library"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from videosearch.library import importing, ingest, services
        from videosearch.library.models import Library, Membership, Upload, Video

        ingest.register()
        importing.register()
        auditlog.register(Library, include_fields=["name", "quota_bytes"])
        auditlog.register(Membership, include_fields=["user", "library", "role"])
        auditlog.register(Video, include_fields=["title", "library", "original_name"])  # not what machines write
        post_delete.connect(services.remove_files, sender=Video, dispatch_uid="files of a video")
        post_delete.connect(services.remove_upload_file, sender=Upload, dispatch_uid="bytes of an upload")
