"""Searches somebody keeps, with the seconds they want to see before and after each moment."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from videosearch.lib.scopes import maker
from videosearch.library.models import Library
from videosearch.search import asking
from videosearch.search.access import get_query
from videosearch.search.forms import SavedSearchForm
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.models import SavedSearch

MOST = 100


@maker()
@require_POST
@login_required
def save(request: SignedIn, query_id: UUID) -> HttpResponse:
    """Keep what a query asked, under a name; a name used before is taken over."""
    query = get_query(request.user, query_id)
    form = SavedSearchForm(request.POST)
    if not form.is_valid() or query.like:
        error = "A search by example cannot be kept." if query.like else form.sentence()
        return _saved(request, query_id, {"query": query, "form": form, "error": error})
    given = form.cleaned_data
    if request.user.saved_searches.count() >= MOST:
        return _saved(request, query_id, {"query": query, "form": form, "error": f"You keep {MOST} already."})
    row, _ = SavedSearch.objects.update_or_create(
        user=request.user,
        name=given["name"],
        defaults={"text": query.text, "filters": query.filters, "lead": given["lead"], "lag": given["lag"]},
    )
    asked, mine = set(query.libraries.all()), set(Library.objects.for_user(request.user))
    row.libraries.set(asked if asked != mine else [])
    return _saved(request, query_id, {"query": query, "saved": row})


def _saved(request: SignedIn, query_id: UUID, context: dict[str, object]) -> HttpResponse:
    error = context.get("error")
    if wants_fragment(request):
        return render(request, "search/_save.html", context, status=422 if error else 200)
    messages.error(request, str(error)) if error else messages.success(request, "The search is kept.")
    return redirect("search:result", query_id)


@maker()
@require_GET
@login_required
def run(request: SignedIn, saved_id: int) -> HttpResponse:
    """Ask it again, of the libraries it was asked of as far as they are still the user's."""
    row = _get(request, saved_id)
    libraries = Library.objects.for_user(request.user).filter(pk__in=row.libraries.all())
    pairs = [("q", row.text)] if row.text else []
    pairs += [("library", str(library.pk)) for library in libraries]
    pairs += [("f", one) for one in row.filters]
    return redirect(asking.address([*pairs, ("lead", f"{row.lead:g}"), ("lag", f"{row.lag:g}")]))


@maker()
@require_POST
@login_required
def change(request: SignedIn, saved_id: int) -> HttpResponse:
    row = _get(request, saved_id)
    form = SavedSearchForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.sentence())
        return redirect("search:page")
    row.name, row.lead, row.lag = (form.cleaned_data[name] for name in ("name", "lead", "lag"))
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "lead", "lag"])
    except IntegrityError:
        messages.error(request, f"There is a search called {row.name} already.")
    else:
        messages.success(request, "Saved.")
    return redirect("search:page")


@maker()
@require_POST
@login_required
def delete(request: SignedIn, saved_id: int) -> HttpResponse:
    _get(request, saved_id).delete()
    messages.success(request, "The search is not kept any more.")
    return redirect("search:page")


def _get(request: SignedIn, saved_id: int) -> SavedSearch:
    row = SavedSearch.objects.filter(user=request.user, pk=saved_id).first()
    if row is None:
        raise Http404("No such search.")
    return row
