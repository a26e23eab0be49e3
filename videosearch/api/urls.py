from django.urls import path

from videosearch.api import tokens, views

app_name = "api"
urlpatterns = [
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="revoke"),
    path("docs/", views.docs, name="docs"),
    path("v1/openapi.json", views.document, name="openapi"),
    path("v1/search", views.search, name="search"),
    path("v1/queries/<uuid:query_id>", views.query, name="query"),
    path("v1/libraries", views.libraries, name="libraries"),
    path("v1/videos/<uuid:video_id>", views.video, name="video"),
    path("v1/<path:rest>", views.nothing, name="nothing"),
]
