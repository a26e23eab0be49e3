import pytest

from videosearch.accounts.models import User
from videosearch.library.models import Library, Membership, Role, Video

pytestmark = pytest.mark.django_db


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    assert [Membership(role=role).allows("editor") for role in Role] == [False, False, True, True]


def test_people_see_the_libraries_they_are_members_of() -> None:
    alice, bob = (User.objects.create_user(name) for name in ("alice", "bob"))
    hers, his = (Library.objects.create(name=name) for name in ("Hers", "His"))
    Membership.objects.create(library=hers, user=alice)
    Membership.objects.create(library=his, user=bob)
    video = Video.objects.create(library=hers, title="Final")

    assert list(Library.objects.for_user(alice)) == [hers]
    assert list(Video.objects.for_user(alice)) == [video]
    assert not Video.objects.for_user(bob).exists()
    alice.is_active = False
    assert not Library.objects.for_user(alice).exists()
