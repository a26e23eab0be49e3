from django.urls import path

from videosearch.operations import views

app_name = "operations"
urlpatterns = [
    path("readyz", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
