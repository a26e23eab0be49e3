from django.urls import path

from videosearch.indexing import clock_views, kit_views, views

app_name = "indexing"
urlpatterns = [
    path("library/videos/<uuid:video_id>/tracks.json", views.tracks, name="tracks"),
    path("library/videos/<uuid:video_id>/clock.json", clock_views.clock, name="clock"),
    path("library/videos/<uuid:video_id>/clock/", clock_views.change, name="change_clock"),
    path("library/videos/<uuid:video_id>/seen/", views.seen, name="seen"),
    path("library/videos/<uuid:video_id>/kits/", kit_views.kits, name="kits"),
    path("library/videos/<uuid:video_id>/kits/use/", kit_views.use_kits, name="use_kits"),
    path("library/videos/<uuid:video_id>/reindex/", views.reindex, name="reindex"),
]
