from django.urls import path

from videosearch.lib import health

app_name = "lib"
urlpatterns = [
    path("healthz", health.alive, name="alive"),
]
