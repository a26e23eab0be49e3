from django.urls import path

from videosearch.library import media, sheet_views, tus, video_views, views

app_name = "library"
urlpatterns = [
    path("", views.index, name="list"),
    path("library/new/", views.create, name="create"),
    path("library/<uuid:library_id>/", views.detail, name="detail"),
    path("library/<uuid:library_id>/progress/", views.progress, name="progress"),
    path("library/<uuid:library_id>/members/", views.members, name="members"),
    path("library/<uuid:library_id>/members/add/", views.add_member, name="add_member"),
    path("library/<uuid:library_id>/members/<int:user_id>/", views.change_member, name="change_member"),
    path("library/<uuid:library_id>/upload/", video_views.upload_form, name="upload_form"),
    path("library/<uuid:library_id>/tus/", tus.collection, name="uploads"),
    path("tus/<uuid:upload_id>/", tus.resource, name="upload"),
    path("library/videos/<uuid:video_id>/", video_views.video, name="video"),
    path("library/videos/<uuid:video_id>/state/", video_views.state, name="state"),
    path("library/videos/<uuid:video_id>/rename/", video_views.rename, name="rename"),
    path("library/videos/<uuid:video_id>/delete/", video_views.delete, name="delete"),
    path("library/videos/<uuid:video_id>/retry/", video_views.retry, name="retry"),
    path("library/videos/<uuid:video_id>/sheet/", sheet_views.sheet, name="sheet"),
    path("library/videos/<uuid:video_id>/storyboard.vtt", media.storyboard, name="storyboard"),
    path("media/<uuid:rendition_id>", media.media, name="media"),
]
