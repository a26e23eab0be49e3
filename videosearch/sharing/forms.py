"""How a link is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django import forms
from django.utils import timezone

LIFETIMES: Final = {"1": "One day", "7": "One week", "30": "30 days", "365": "One year", "": "No end"}
LEAST_PASSWORD: Final = 6


class ShareForm(forms.Form):
    lifetime = forms.ChoiceField(choices=list(LIFETIMES.items()), required=False)
    password = forms.CharField(
        required=False,
        min_length=LEAST_PASSWORD,
        max_length=128,
        strip=False,
        error_messages={"min_length": f"The password needs at least {LEAST_PASSWORD} characters."},
    )
    may_download = forms.BooleanField(required=False)

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None
