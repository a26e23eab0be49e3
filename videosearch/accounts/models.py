"""Who signs in, and the tokens programs use in their name."""

from __future__ import annotations

import hashlib
import secrets
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """Somebody who signs in. What they may see follows from their memberships alone."""


class ApiToken(models.Model):
    """A token of the JSON API. Only its digest is kept; the token itself is shown once, when it is made."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @staticmethod
    def digest_of(secret: str) -> str:
        """A plain hash is enough: the secret is 256 random bits, there is nothing to guess."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str) -> tuple[ApiToken, str]:
        """A new token and its secret, which cannot be read again."""
        secret = f"vs_{secrets.token_urlsafe(32)}"
        return cls.objects.create(user=user, name=name, digest=cls.digest_of(secret)), secret

    @classmethod
    def user_for(cls, secret: str) -> User | None:
        """The active user whose token this is. Writes `last_used_at` at most once a minute."""
        token = cls.objects.select_related("user").filter(digest=cls.digest_of(secret), user__is_active=True).first()
        if token is None:
            return None
        now = timezone.now()
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
            cls.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user
