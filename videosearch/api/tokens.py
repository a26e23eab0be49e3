"""The page on which people make and revoke their tokens."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from videosearch.accounts.models import ApiToken
from videosearch.lib.scopes import maker, signed_in
from videosearch.search.http import SignedIn

MAX_TOKENS = 20


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80, error_messages={"required": "Give it a name, so that you know it when you revoke it."}
    )


@signed_in
@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def tokens(request: SignedIn) -> HttpResponse:
    """List the caller's tokens; POST makes one and shows its secret this once, in this very response."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    secret = ""
    status = 200
    if request.method == "POST":
        if request.user.api_tokens.count() >= MAX_TOKENS:
            form.add_error(None, f"You have {MAX_TOKENS} tokens; revoke one first.")
        if form.is_valid():
            _, secret = ApiToken.issue(request.user, form.cleaned_data["name"])
            form = TokenForm()
        else:
            status = 422
    context = {"tokens": request.user.api_tokens.all(), "form": form, "secret": secret}
    return render(request, "api/tokens.html", context, status=status)


@maker()
@require_POST
@login_required
def revoke(request: SignedIn, token_id: int) -> HttpResponse:
    deleted, _ = ApiToken.objects.filter(pk=token_id, user=request.user).delete()
    if not deleted:
        raise Http404("No such token.")
    messages.success(request, "The token is revoked.")
    return redirect("api:tokens")
