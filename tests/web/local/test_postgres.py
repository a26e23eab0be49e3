import pytest
from django.db import connection

from videosearch.accounts.models import User


@pytest.mark.django_db
def test_it_works() -> None:
    User.objects.create_user("alice")
    assert User.objects.get().username == "alice"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (18,)
