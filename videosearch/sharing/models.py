"""Links by which people without an account watch one film and nothing else."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from videosearch.library.models import Library, Membership, Role
from videosearch.reels.models import Film

if TYPE_CHECKING:
    from django.http import HttpRequest

_KEY_LENGTH = 32


class ShareQuerySet(models.QuerySet["Share"]):
    def open(self) -> ShareQuerySet:
        """Those that still lead somewhere: neither revoked nor expired, and shared by somebody who still may."""
        may = [role for role in Role if role.rank >= Role.REVIEWER.rank]
        member = models.Exists(
            Membership.objects.filter(library=models.OuterRef("library"), user=models.OuterRef("user"), role__in=may)
        )
        in_time = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(member, in_time, revoked_at=None, user__is_active=True)


class Share(models.Model):
    """A link to one film. The key in it is computed, not kept: who reads the table cannot open the links."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="shares")
    film = models.ForeignKey(Film, on_delete=models.CASCADE, related_name="shares")
    password = models.CharField(max_length=128, blank=True, help_text="Hashed; empty: the link alone opens it.")
    may_download = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When it was last opened.")
    opened = models.PositiveIntegerField(default=0, help_text="How often.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="share_list")]  # the page

    def __str__(self) -> str:
        return f"{self.film} by {self.user}"

    @property
    def key(self) -> str:
        return salted_hmac("videosearch.sharing", self.id.hex, algorithm="sha256").hexdigest()[:_KEY_LENGTH]

    def is_key(self, given: str) -> bool:
        return constant_time_compare(given, self.key)

    def get_absolute_url(self) -> str:
        return reverse("sharing:shared", args=[self.id, self.key])

    def link(self, request: HttpRequest) -> str:
        return request.build_absolute_uri(self.get_absolute_url())

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and not self.has_expired

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def set_password(self, password: str) -> None:
        self.password = make_password(password) if password else ""

    def is_password(self, given: str) -> bool:
        return check_password(given, self.password)

    def note_opening(self, now: datetime) -> None:
        Share.objects.filter(pk=self.pk).update(opened=models.F("opened") + 1, opened_at=now)


class ShareTry(models.Model):
    """Wrong passwords for one link in the running quarter of an hour; written in `videosearch.sharing.tries`."""

    share = models.OneToOneField(Share, on_delete=models.CASCADE, primary_key=True, related_name="+")
    began = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.share_id}: {self.count}"
