"""All addresses. Each app names its own paths in full in its `urls.py`; only the API has a prefix here."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("", include("videosearch.lib.urls")),
    path("", include("videosearch.accounts.urls")),
    path("", include("videosearch.library.urls")),
    path("", include("videosearch.indexing.urls")),
    path("", include("videosearch.search.urls")),
    path("", include("videosearch.reels.urls")),
    path("api/", include("videosearch.api.urls")),
]
