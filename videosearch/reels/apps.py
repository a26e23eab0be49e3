from django.apps import AppConfig


class ReelsConfig(AppConfig):
    name = "videosearch.reels"
