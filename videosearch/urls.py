"""All addresses. Each app names its own paths in full in its `urls.py`; only the API has a prefix here."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from videosearch.lib.scopes import foreign, public, signed_in, staff

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one way to sign in, one limit

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("videosearch.lib.urls")),
    path("", include("videosearch.operations.urls")),
    path("", include("videosearch.accounts.urls")),
    path("", include("videosearch.library.urls")),
    path("", include("videosearch.indexing.urls")),
    path("", include("videosearch.search.urls")),
    path("", include("videosearch.reels.urls")),
    path("", include("videosearch.sharing.urls")),
    path("api/", include("videosearch.api.urls")),
]

foreign(staff, "admin")
foreign(public, "admin:login", "admin:logout")
foreign(
    public,
    "account_login", "account_logout", "account_inactive", "account_signup",
    "account_confirm_email",
    "account_email_verification_sent", "account_confirm_login_code", "account_reset_password",
    "mfa_authenticate", "mfa_trust",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
)  # fmt: skip
foreign(
    signed_in,
    "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_download_recovery_codes", "mfa_generate_recovery_codes",
)  # fmt: skip
foreign(signed_in, "account_reauthenticate", "account_email", "account_change_password", "account_set_password")
