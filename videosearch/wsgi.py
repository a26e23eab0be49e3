"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videosearch.settings")
application = get_wsgi_application()

# What was loaded stays: the collector need not look through it again during requests.
gc.collect()
gc.freeze()
