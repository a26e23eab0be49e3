"""What later apps listen to, so that this one need not know them."""

from django.dispatch import Signal

video_probed = Signal()
"""A video's facts are known: `video`. Sent in the transaction that stores them."""
