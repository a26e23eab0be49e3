from django.urls import path

from videosearch.search import views

app_name = "search"
urlpatterns = [
    path("search/", views.page, name="page"),
    path("search/<uuid:query_id>/", views.result, name="result"),
    path("search/<uuid:query_id>/results/", views.results, name="results"),
    path("search/moments/<int:candidate_id>/tracks.json", views.tracks, name="tracks"),
    path("search/moments/<int:candidate_id>/still.jpg", views.still, name="still"),
]
