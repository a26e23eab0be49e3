from django.conf import settings
from django.db import models


class TokenUse(models.Model):
    """How often somebody called in the running minute; one row a user, written in `videosearch.api.auth`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    minute = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.count}"
