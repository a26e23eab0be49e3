from django.urls import URLPattern

app_name = "indexing"
urlpatterns: list[URLPattern] = []
