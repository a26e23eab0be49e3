from django import forms


class NoteForm(forms.Form):
    note = forms.CharField(
        required=False,
        max_length=500,
        error_messages={"max_length": "A note may have %(limit_value)d characters, this one has %(show_value)d."},
    )
