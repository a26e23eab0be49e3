from django.apps import AppConfig
from django.db.models.signals import post_delete, pre_delete


class ReelsConfig(AppConfig):
    name = "videosearch.reels"

    def ready(self) -> None:
        from videosearch.library.models import Video
        from videosearch.reels import films
        from videosearch.reels.models import Film

        films.register()
        pre_delete.connect(films.forget_films_of, sender=Video, dispatch_uid="films of a video")
        post_delete.connect(films.remove_files, sender=Film, dispatch_uid="files of a film")
