from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Somebody who signs in. What they may see follows from their memberships alone."""
