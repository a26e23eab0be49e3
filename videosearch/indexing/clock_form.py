"""The form in which a person sets the clock of a match: when the halves begin and end in the video, and the goals."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms

from grounding.matchtime import MatchClock
from videosearch.indexing.models import MatchTime

_TIME: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]?\d(?:\.\d{1,3})?)|(\d{1,5}(?:\.\d{1,3})?)")
_GOAL: Final = re.compile(r"(\S+)\s+(\d{1,3})\s*[-–:]\s*(\d{1,3})")
MOST_GOALS: Final = 300
TIMES: Final = ("kick_off", "half_time", "second_half", "full_time")


def time_text(seconds: float | None) -> str:
    """ "1:02:03", "12:04.5", "" for None; `read_time` reads it."""
    if seconds is None:
        return ""
    tenths = round(seconds * 10)
    hours, rest = divmod(tenths // 10, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
    return f"{f'{hours}:' if hours else ''}{text}{f'.{tenths % 10}' if tenths % 10 else ''}"


def read_time(text: str) -> float | None:
    """Seconds meant by "1:02:03", "12:04.5", "724"; None for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, alone = match.groups()
    return float(alone) if alone else 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)


class VideoTime(forms.CharField):
    """A time of the video."""

    def __init__(self, label: str, **options: Any) -> None:
        widget = forms.TextInput(attrs={"class": "input num", "placeholder": "0:00", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=20, widget=widget, **options)

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        if not text:
            return None
        seconds = read_time(text)
        if seconds is None:
            raise forms.ValidationError(f"{self.label}: {text[:20]} is no time of the video; write it as 12:04.")
        return seconds


class ClockForm(forms.Form):
    """Empty fields leave what was read."""

    kick_off = VideoTime("Kick-off")
    half_time = VideoTime("First half ends")
    second_half = VideoTime("Second half begins")
    full_time = VideoTime("Second half ends")
    minutes = forms.IntegerField(
        label="Minutes of a half", min_value=1, max_value=60, initial=45,
        error_messages={"invalid": "A half lasts 1 to 60 minutes.", "required": "A half lasts 1 to 60 minutes.",
                        "min_value": "A half lasts 1 to 60 minutes.", "max_value": "A half lasts 1 to 60 minutes."},
        widget=forms.NumberInput(attrs={"class": "input num", "min": 1, "max": 60}),
    )  # fmt: skip
    goals = forms.CharField(
        label="Goals", required=False, max_length=8000,
        widget=forms.Textarea(attrs={"class": "input num", "rows": 4, "placeholder": "12:04 1-0\n48:30 1-1"}),
    )  # fmt: skip

    def clean_goals(self) -> list[list[float]]:
        """[seconds, home, away] in order of time."""
        goals: list[list[float]] = []
        for line in filter(None, (line.strip() for line in self.cleaned_data["goals"].splitlines())):
            match = _GOAL.fullmatch(line)
            seconds = read_time(match[1]) if match else None
            if match is None or seconds is None:
                raise forms.ValidationError(f"A goal is a time and the score after it, as 12:04 1-0, not {line[:30]}.")
            goals.append([seconds, int(match[2]), int(match[3])])
        if len(goals) > MOST_GOALS:
            raise forms.ValidationError(f"At most {MOST_GOALS} goals can be kept.")
        return sorted(goals)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        times = [given[name] for name in TIMES if given.get(name) is not None]
        if times != sorted(set(times)):
            raise forms.ValidationError("The halves must follow each other: kick-off, its end, second half, its end.")
        return given

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")

    @property
    def by_hand(self) -> dict[str, Any]:
        """As it is stored: only what was given."""
        given = {name: self.cleaned_data[name] for name in TIMES if self.cleaned_data[name] is not None}
        if given:
            given["minutes"] = self.cleaned_data["minutes"]
        if self.cleaned_data["goals"]:
            given["goals"] = self.cleaned_data["goals"]
        return given


def form_for(row: MatchTime | None, clock: MatchClock) -> ClockForm:
    """Filled with what a person set; the goals with those known, so that they can be put right."""
    given = row.by_hand if row else {}
    goals = given.get("goals") or [[change.t, change.home, change.away] for change in clock.goals()]
    lines = "\n".join(f"{time_text(t)} {home}-{away}" for t, home, away in goals)
    times = {name: time_text(given.get(name)) for name in TIMES}
    return ClockForm(initial={**times, "minutes": given.get("minutes", 45), "goals": lines})
