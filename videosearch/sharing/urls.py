from django.urls import path

from videosearch.sharing import public, views

app_name = "sharing"
urlpatterns = [
    path("shared/", views.index, name="list"),
    path("shared/<uuid:share_id>/revoke/", views.revoke, name="revoke"),
    path("shared/<uuid:share_id>/end/", views.end, name="end"),
    path("films/<uuid:film_id>/share/", views.new, name="new"),
    path("films/<uuid:film_id>/share/new/", views.create, name="create"),
    path("s/<uuid:share_id>/<slug:key>/", public.shared, name="shared"),
    path("s/<uuid:share_id>/<slug:key>/film.mp4", public.film, name="film"),
    path("s/<uuid:share_id>/<slug:key>/poster.jpg", public.poster, name="poster"),
]
