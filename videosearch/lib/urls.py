from django.urls import URLPattern

app_name = "lib"
urlpatterns: list[URLPattern] = []
