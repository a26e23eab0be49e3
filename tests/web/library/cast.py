"""The cast: Alice is admin, Eve edits, Rita reviews, Victor watches; Sam is in another team, Nora in none."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from videosearch.accounts.models import User
from videosearch.library.models import Library, Membership, Role, Video

MEMBERS = {"alice": Role.ADMIN, "eve": Role.EDITOR, "rita": Role.REVIEWER, "victor": Role.VIEWER}


@dataclass
class World:
    library: Library
    other: Library
    users: dict[str, User]

    def client(self, name: str) -> Client:
        client = Client()
        if name in self.users:
            client.force_login(self.users[name])
        return client

    def status(self, name: str, path: str, *, method: str = "get", **data: str) -> int:
        call = getattr(self.client(name), method)
        return int(call(path, data).status_code)

    def video(self, **facts: object) -> Video:
        known = {"title": "Final", "width": 1280, "height": 720, "duration": 20.0, "fps": 25.0}
        return Video.objects.create(library=self.library, **{**known, **facts})


def make_world() -> World:
    library, other = Library.objects.create(name="U17"), Library.objects.create(name="Rivals")
    users = {name: User.objects.create_user(name, f"{name}@example.org") for name in [*MEMBERS, "sam", "nora"]}
    for name, role in MEMBERS.items():
        Membership.objects.create(library=library, user=users[name], role=role)
    Membership.objects.create(library=other, user=users["sam"], role=Role.ADMIN)
    return World(library, other, users)
