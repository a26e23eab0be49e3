from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "videosearch.accounts"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from videosearch.accounts.models import ApiToken, User

        person = ["username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "password"]
        auditlog.register(User, include_fields=person, m2m_fields={"user_permissions"}, mask_fields=["password"])
        auditlog.register(ApiToken, include_fields=["name", "user"])
        post_migrate.connect(_make_cache_table, sender=self, dispatch_uid="table of the cache")


def _make_cache_table(using: str, **_: object) -> None:
    """The cache in the database counts failed sign-ins; Django makes its table by a command of its own."""
    call_command("createcachetable", database=using, verbosity=0)
