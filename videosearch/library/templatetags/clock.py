from django import template

from videosearch.library.progress import clock

register = template.Library()


@register.filter(name="clock")
def clock_filter(seconds: float | None) -> str:
    return "" if seconds is None else clock(seconds)
