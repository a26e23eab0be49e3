from django.urls import path

from videosearch.indexing import views

app_name = "indexing"
urlpatterns = [
    path("library/videos/<uuid:video_id>/tracks.json", views.tracks, name="tracks"),
    path("library/videos/<uuid:video_id>/seen/", views.seen, name="seen"),
    path("library/videos/<uuid:video_id>/reindex/", views.reindex, name="reindex"),
]
