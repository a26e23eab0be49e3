from django import forms

from videosearch.search.feedback import Correction
from videosearch.search.models import Judgement


class FeedbackForm(forms.Form):
    """The box is given by its left upper corner and its size, as people read it off a picture."""

    judgement = forms.ChoiceField(choices=Judgement.choices)
    start = forms.FloatField(required=False)
    end = forms.FloatField(required=False)
    at = forms.FloatField(required=False)
    left = forms.FloatField(required=False)
    top = forms.FloatField(required=False)
    width = forms.FloatField(required=False)
    height = forms.FloatField(required=False)

    def correction(self) -> Correction:
        given = self.cleaned_data
        sides = [given[name] for name in ("at", "left", "top", "width", "height")]
        box = None
        if all(side is not None for side in sides):
            t, left, top, width, height = sides
            box = (t, left, top, left + width, top + height)
        return Correction(given["start"], given["end"], box)


class SavedSearchForm(forms.Form):
    name = forms.CharField(max_length=80)
    lead = forms.FloatField(required=False, min_value=0, max_value=60)
    lag = forms.FloatField(required=False, min_value=0, max_value=60)

    def clean_lead(self) -> float:
        return self.cleaned_data["lead"] or 0.0

    def clean_lag(self) -> float:
        return self.cleaned_data["lag"] or 0.0

    def sentence(self) -> str:
        """What is wrong, for people."""
        if "name" in self.errors:
            return "Give the search a name of up to 80 characters."
        return "The seconds before and after are numbers from 0 to 60."
