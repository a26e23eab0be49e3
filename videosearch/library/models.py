"""Libraries, who may do what in them, and the videos they hold."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from grounding import sheets
from grounding.vocabulary import COLOURS

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from videosearch.accounts.models import User

UPLOAD_LIFETIME = timedelta(hours=24)


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones before it may."""

    VIEWER = "viewer", "Viewer: watch and search"
    REVIEWER = "reviewer", "Reviewer: also bookmark and judge"
    EDITOR = "editor", "Editor: also add and delete videos"
    ADMIN = "admin", "Admin: also manage members"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    @property
    def short(self) -> str:
        return str(self.label).partition(":")[0]


class LibraryQuerySet(models.QuerySet["Library"]):
    def for_user(self, user: User | AnonymousUser) -> LibraryQuerySet:
        return self.filter(membership__user_id=user.pk) if user.is_active else self.none()


class Library(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    quota_bytes = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="What it may hold. Empty: the server's VIDEOSEARCH_LIBRARY_QUOTA_BYTES; 0: no limit.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="libraries")

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name_plural = "libraries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("library:detail", args=[self.id])

    @property
    def quota(self) -> int:
        """Bytes it may hold; 0: no limit."""
        return int(settings.LIBRARY_QUOTA_BYTES) if self.quota_bytes is None else self.quota_bytes

    def used_bytes(self) -> int:
        """Bytes of its originals, and of those on their way in."""
        held = self.videos.aggregate(sum=models.Sum("size_bytes"))["sum"] or 0
        coming = self.upload_set.filter(video=None).aggregate(sum=models.Sum("length"))["sum"] or 0
        return int(held + coming)


class Membership(models.Model):
    library = models.ForeignKey(Library, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["library", "user"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.user} in {self.library}: {self.role}"

    def allows(self, role: str) -> bool:
        return Role(self.role).rank >= Role(role).rank


class VideoQuerySet(models.QuerySet["Video"]):
    def for_user(self, user: User | AnonymousUser) -> VideoQuerySet:
        return self.filter(library__membership__user_id=user.pk) if user.is_active else self.none()


class Video(models.Model):
    """One uploaded file and what is known of it. `error` is a sentence for the people of the library."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Waiting"
        PROCESSING = "processing", "Processing"
        READY = "ready", "Ready"
        PARTIAL = "partial", "Partly ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="videos")
    title = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.UPLOADED)
    error = models.CharField(max_length=500, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration = models.FloatField(default=0.0, help_text="Seconds, as the file declares.")
    fps = models.FloatField(default=0.0)
    rotation = models.SmallIntegerField(default=0)
    has_audio = models.BooleanField(default=False)
    codec = models.CharField(max_length=32, blank=True)
    decoded_seconds = models.FloatField(null=True, blank=True, help_text="Seconds that could really be read.")
    indexed_seconds = models.FloatField(default=0.0, help_text="Seconds from the start that can be searched.")
    indexed_at = models.DateTimeField(null=True, blank=True, help_text="When indexing came to its end.")
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates", editable=False,
        help_text="The first video of this library with the same bytes.",
    )  # fmt: skip
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VideoQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["library", "-created_at"], name="video_list"),  # the library page
            models.Index(fields=["library", "sha256"], name="video_same_file"),  # "you already have this file"
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("library:video", args=[self.id])

    @property
    def folder(self) -> Path:
        """The video's own folder: nothing of another video is ever beside its file."""
        return Path(settings.MEDIA_ROOT) / "videos" / str(self.id)

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def in_progress(self) -> bool:
        return self.status in {self.Status.UPLOADED, self.Status.PROCESSING}

    @property
    def playable_seconds(self) -> float:
        """The length people can watch: what was read where that is known, else what the file declares."""
        return self.duration if self.decoded_seconds is None else self.decoded_seconds

    @property
    def ends_early(self) -> bool:
        """Less could be read than the file declares, by more than a sloppy header explains."""
        return self.playable_seconds < self.duration - max(1.0, 0.01 * self.duration)

    def rendition(self, kind: str) -> Rendition | None:
        """Looks through `renditions.all()`, so that lists which prefetch them ask the database once."""
        return next((one for one in self.renditions.all() if one.kind == kind), None)

    @property
    def proxy(self) -> Rendition | None:
        return self.rendition(Rendition.Kind.PROXY)

    @property
    def poster(self) -> Rendition | None:
        return self.rendition(Rendition.Kind.POSTER)

    @property
    def storyboard(self) -> Rendition | None:
        return self.rendition(Rendition.Kind.STORYBOARD)


class Rendition(models.Model):
    """A file made from a video. `path` is relative to MEDIA_ROOT and never leaves the server."""

    class Kind(models.TextChoices):
        PROXY = "proxy", "Proxy"
        POSTER = "poster", "Poster"
        STORYBOARD = "storyboard", "Storyboard"

    CONTENT_TYPES: ClassVar = {Kind.PROXY: "video/mp4", Kind.POSTER: "image/jpeg", Kind.STORYBOARD: "image/jpeg"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    path = models.CharField(max_length=255)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    layout = models.JSONField(default=dict, blank=True, help_text="Storyboard: columns, rows, interval in seconds.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["video", "kind"], name="one_rendition_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.video_id}"

    @property
    def url(self) -> str:
        return reverse("library:media", args=[self.id])

    @property
    def file(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.path

    @property
    def content_type(self) -> str:
        return self.CONTENT_TYPES[self.Kind(self.kind)]


def _upload_expiry() -> datetime:
    return timezone.now() + UPLOAD_LIFETIME


class Upload(models.Model):
    """A file on its way in. `offset` is written under a row lock, after the bytes are on the disk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    original_name = models.CharField(max_length=255, blank=True)
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    video = models.ForeignKey(Video, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=_upload_expiry, db_index=True)

    def __str__(self) -> str:
        return f"{self.original_name or self.id}: {self.offset} of {self.length} bytes"

    @property
    def file(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "uploads" / str(self.id)


class Team(models.Model):
    """One of the two teams of a video: what it is called, what it wears, where it attacks. See `library.sheets`."""

    class Side(models.TextChoices):
        HOME = "home", "Home"
        AWAY = "away", "Away"

    COLOURS: ClassVar = [(colour, colour.capitalize()) for colour in COLOURS]
    ATTACKS: ClassVar = [("left", "To the left"), ("right", "To the right")]

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="teams")
    side = models.CharField(max_length=4, choices=Side)
    name = models.CharField(max_length=60, blank=True)
    shirt = models.CharField(max_length=12, choices=COLOURS, blank=True, help_text="Colour of the players' shirts.")
    shorts = models.CharField(max_length=12, choices=COLOURS, blank=True)
    keeper = models.CharField(max_length=12, choices=COLOURS, blank=True, help_text="Colour of the keeper's shirt.")
    attacks = models.CharField(
        max_length=5, choices=ATTACKS, blank=True, help_text="The side of the picture it attacks in the first half."
    )
    keys = ArrayField(models.CharField(max_length=80), default=list, editable=False, help_text="Names, folded.")

    class Meta:
        ordering: ClassVar = ["video", "-side"]  # home first
        constraints: ClassVar = [models.UniqueConstraint(fields=["video", "side"], name="one_team_per_side")]
        indexes: ClassVar = [GinIndex(fields=["keys"], name="team_names")]  # a name in a query

    def __str__(self) -> str:
        return self.name or sheets.kit_name(self.shirt, self.shorts) or self.get_side_display()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.keys = list(sheets.name_keys(self.name))
        super().save(*args, **kwargs)


class Player(models.Model):
    """A number and the name that goes with it, in one team of one video."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="players")
    number = models.PositiveSmallIntegerField(validators=[MaxValueValidator(sheets.MOST_NUMBER)])
    name = models.CharField(max_length=60)
    nicknames = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Other names, with commas between."
    )
    keys = ArrayField(models.CharField(max_length=80), default=list, editable=False, help_text="Names, folded.")

    class Meta:
        ordering: ClassVar = ["team", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "number"], name="one_player_per_number")]
        indexes: ClassVar = [GinIndex(fields=["keys"], name="player_names")]  # a name in a query

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.keys = list(sheets.Player(self.number, self.name, tuple(self.nicknames)).keys)
        super().save(*args, **kwargs)


class ImportFolder(models.Model):
    """A folder of this server whose videos go into a library. `path` is below the import root."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE)
    path = models.CharField(max_length=500, help_text="Below VIDEOSEARCH_IMPORT_ROOT; folders in it count too.")
    watch = models.BooleanField(default=False, help_text="Look for new files each minute.")
    scanned_at = models.DateTimeField(null=True, editable=False)
    report = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["library", "path"], name="one_import_per_folder")]

    def __str__(self) -> str:
        return f"{self.path} → {self.library}"


class ImportedFile(models.Model):
    """A file that was imported: it is not taken again unless it changes. Outlives its video: deleted stays deleted."""

    folder = models.ForeignKey(ImportFolder, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)
    size_bytes = models.BigIntegerField()
    modified_ns = models.BigIntegerField()
    video = models.ForeignKey(Video, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["folder", "path"], name="one_import_per_file")]

    def __str__(self) -> str:
        return self.path
