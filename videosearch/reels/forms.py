"""What people send with forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from videosearch.library.models import Library
from videosearch.reels import plan
from videosearch.reels.models import Bookmark, Colour, Tag

if TYPE_CHECKING:
    from django.db.models import QuerySet

    BookmarkModelForm = forms.ModelForm[Bookmark]
else:
    BookmarkModelForm = forms.ModelForm

NOTE_TOO_LONG = "A note may have %(limit_value)d characters, this one has %(show_value)d."
COLOURS = [("", "None"), *Colour.choices]


class NoteForm(forms.Form):
    note = forms.CharField(required=False, max_length=500, error_messages={"max_length": NOTE_TOO_LONG})


class BookmarkForm(BookmarkModelForm):
    class Meta:
        model = Bookmark
        fields = ("note", "player", "mark", "tags")
        error_messages = {  # noqa: RUF012  # Django's own shape
            "note": {"max_length": NOTE_TOO_LONG},
            "player": {"max_length": "A player's name may have %(limit_value)d characters."},
            "tags": {"invalid_choice": "One of these tags was deleted meanwhile; load the page again."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = self.fields["tags"]
        assert isinstance(tags, forms.ModelMultipleChoiceField)
        tags.queryset = self.instance.library.tags.all()


class MomentForm(NoteForm):
    """A moment of a video chosen by hand: from the player's in and out marks."""

    start = forms.FloatField(min_value=0)
    end = forms.FloatField(min_value=0)
    track = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if start is not None and end is not None and end - start < 0.1:
            raise forms.ValidationError("The out mark must come at least a tenth of a second after the in mark.")
        return given


class FilterForm(forms.Form):
    """What the list of bookmarks is narrowed to. Whatever makes no sense narrows nothing."""

    text = forms.CharField(required=False, max_length=100)
    tag = forms.ModelChoiceField(Tag.objects.none(), required=False)
    player = forms.CharField(required=False, max_length=80)
    mark = forms.ChoiceField(required=False, choices=COLOURS)

    def __init__(self, data: Any, tags: QuerySet[Tag]) -> None:
        super().__init__(data)
        self.fields["tag"].queryset = tags  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters in use."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class TagForm(forms.Form):
    """One tag, new or changed."""

    name = forms.CharField(max_length=40, error_messages={"required": "Give the tag a name."})
    group = forms.CharField(max_length=40, required=False)
    colour = forms.ChoiceField(required=False, choices=COLOURS)

    def __init__(self, data: Any, library: Library, tag: Tag | None = None) -> None:
        super().__init__(data)
        self._library, self._tag = library, tag

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        same = self._library.tags.filter(group=given.get("group", ""), name=given.get("name", ""))
        if self._tag is not None:
            same = same.exclude(pk=self._tag.pk)
        if same.exists():
            raise forms.ValidationError("There is a tag of this name in this group already.")
        return given


class ReelForm(forms.Form):
    title = forms.CharField(
        max_length=120,
        error_messages={
            "required": "Give the reel a title.",
            "max_length": "A title may have %(limit_value)d characters.",
        },
    )
    for_team = forms.BooleanField(required=False)


class TitleCardForm(forms.Form):
    text = forms.CharField(max_length=200, error_messages={"required": "Write what the title card says."})
    seconds = forms.FloatField(min_value=plan.SHORTEST, max_value=plan.LONGEST_TITLE, required=False)

    def clean_seconds(self) -> float:
        return float(self.cleaned_data["seconds"] or 3)


class ClipForm(forms.Form):
    """In and out in seconds of the video, speed, and what is burned in."""

    start = forms.FloatField(min_value=0)
    end = forms.FloatField(min_value=0)
    speed = forms.TypedChoiceField(choices=[(str(one), str(one)) for one in plan.SPEEDS], coerce=float)
    highlight = forms.BooleanField(required=False)
    name = forms.CharField(max_length=80, required=False)

    def __init__(self, data: Any, seconds: float) -> None:
        super().__init__(data)
        self._seconds = seconds

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if start is None or end is None:
            return given
        end = min(end, self._seconds)
        if end - start < plan.SHORTEST - 1e-6:
            raise forms.ValidationError(
                f"Out must come at least {plan.SHORTEST} seconds after in; the video lasts {self._seconds:.1f} seconds."
            )
        if end - start > plan.LONGEST_CLIP:
            minutes = plan.LONGEST_CLIP / 60
            raise forms.ValidationError(f"One moment may last {minutes:.0f} minutes; cut it into several.")
        return given | {"end": end}


def chosen_ids(values: list[str], most: int) -> list[str]:
    """The ids ticked in a list, without repetitions. Raises ValidationError for what is no id, or too many."""
    field = forms.UUIDField()
    found = list(dict.fromkeys(str(field.clean(value)) for value in values))
    if not found:
        raise forms.ValidationError("Tick at least one moment first.")
    if len(found) > most:
        raise forms.ValidationError(f"At most {most} moments at once; these are {len(found)}.")
    return found


def first_error(form: forms.BaseForm) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), "")
