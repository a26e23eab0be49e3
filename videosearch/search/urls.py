from django.urls import path

from videosearch.search import feedback_views, saved_views, suggest, views, why

app_name = "search"
urlpatterns = [
    path("search/", views.page, name="page"),
    path("search/<uuid:query_id>/", views.result, name="result"),
    path("search/<uuid:query_id>/results/", views.results, name="results"),
    path("search/<uuid:query_id>/save/", saved_views.save, name="save"),
    path("search/suggest/", suggest.suggest, name="suggest"),
    path("search/saved/<int:saved_id>/", saved_views.run, name="saved"),
    path("search/saved/<int:saved_id>/change/", saved_views.change, name="saved_change"),
    path("search/saved/<int:saved_id>/delete/", saved_views.delete, name="saved_delete"),
    path("search/moments/<int:candidate_id>/tracks.json", views.tracks, name="tracks"),
    path("search/moments/<int:candidate_id>/why/", why.why, name="why"),
    path("search/moments/<int:candidate_id>/still.jpg", views.still, name="still"),
    path("search/moments/<int:candidate_id>/correct/", feedback_views.correct, name="correct"),
    path("search/moments/<int:candidate_id>/feedback/", feedback_views.say, name="feedback"),
    path("search/moments/<int:candidate_id>/feedback/undo/", feedback_views.undo, name="feedback_undo"),
]
