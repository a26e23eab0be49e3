"""The web application. The Celery app is loaded with it, so that `shared_task` finds its broker."""

from videosearch.celery import app as celery_app

__all__ = ["celery_app"]
