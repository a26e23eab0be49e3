"""The Celery app: it only wakes workers, the truth is in the `jobs` tables.

Queues: `media` (probe, proxy, poster, storyboard), `films` (reels), `gpu` (segments, stitching), `search` (queries,
with the models kept warm in the child) and `default` (the sweep and housekeeping).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videosearch.settings")

app = Celery("videosearch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
