from django.urls import URLPattern

app_name = "reels"
urlpatterns: list[URLPattern] = []
