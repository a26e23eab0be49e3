from django.urls import path

from videosearch.reels import views

app_name = "reels"
urlpatterns = [
    path("bookmarks/", views.bookmarks, name="bookmarks"),
    path("bookmarks/add/<int:candidate_id>/", views.add, name="add"),
    path("bookmarks/<uuid:bookmark_id>/edit/", views.edit, name="edit"),
    path("bookmarks/<uuid:bookmark_id>/delete/", views.delete, name="delete"),
    path("bookmarks/<uuid:bookmark_id>/tracks.json", views.tracks, name="tracks"),
    path("bookmarks/<uuid:bookmark_id>/still.jpg", views.still, name="still"),
]
