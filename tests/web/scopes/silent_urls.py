from django.http import HttpRequest, HttpResponse
from django.urls import path


def silent(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a secret")


urlpatterns = [path("silent/", silent)]
