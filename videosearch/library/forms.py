"""What people send with forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q

from videosearch.library.models import Role


class LibraryForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        widget=forms.TextInput(attrs={"class": "input", "placeholder": "U17 matches 2026", "autocomplete": "off"}),
    )


class VideoTitleForm(forms.Form):
    title = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "input"}))


class UploadForm(forms.Form):
    """The way without JavaScript: one or several files in one request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uploads = self.files.getlist("file") if hasattr(self.files, "getlist") else []

    def clean(self) -> dict[str, Any]:
        if not self.uploads:
            raise forms.ValidationError("Please choose a video file first.")
        return self.cleaned_data


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices, widget=forms.Select(attrs={"class": "input"}))


class MemberForm(RoleForm):
    who = forms.CharField(
        label="User name or e-mail",
        max_length=254,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def clean_who(self) -> Any:
        """The account, by user name or e-mail; accounts are made by an administrator."""
        name = self.cleaned_data["who"].strip()
        users = get_user_model().objects.filter(Q(username=name) | Q(email__iexact=name), is_active=True)
        found = list(users[:2])
        if len(found) != 1:
            raise forms.ValidationError("There is no account with this name. An administrator can make one first.")
        return found[0]
