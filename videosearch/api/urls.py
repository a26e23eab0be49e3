from django.urls import path

from videosearch.api import feedback, kept, sheets, tokens, views

app_name = "api"
urlpatterns = [
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="revoke"),
    path("docs/", views.docs, name="docs"),
    path("v1/openapi.json", views.document, name="openapi"),
    path("v1/search", views.search, name="search"),
    path("v1/queries/<uuid:query_id>", views.query, name="query"),
    path("v1/moments/<int:moment_id>/feedback", feedback.feedback, name="feedback"),
    path("v1/libraries", views.libraries, name="libraries"),
    path("v1/videos/<uuid:video_id>", views.video, name="video"),
    path("v1/videos/<uuid:video_id>/sheet", sheets.sheet, name="sheet"),
    path("v1/bookmarks", kept.bookmarks, name="bookmarks"),
    path("v1/reels", kept.reels, name="reels"),
    path("v1/reels/<uuid:reel_id>", kept.reel, name="reel"),
    path("v1/<path:rest>", views.nothing, name="nothing"),
]
