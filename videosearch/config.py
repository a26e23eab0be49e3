"""What the environment may set, typed. A wrong value stops the start with the list of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Config(BaseSettings):
    """Read from `VIDEOSEARCH_<NAME>`; the three names that other tools share have no prefix.

    `NAME_FILE` beside `SECRET_KEY`, `DATABASE_URL` and other secrets names a file that holds the value (container
    secrets).
    """

    model_config = SettingsConfigDict(env_prefix="VIDEOSEARCH_", extra="ignore", populate_by_name=True)

    secret_key: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("SECRET_KEY"))
    secret_key_file: Path | None = Field(None, validation_alias=AliasChoices("SECRET_KEY_FILE"))
    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL"))
    database_url_file: Path | None = Field(None, validation_alias=AliasChoices("DATABASE_URL_FILE"))
    broker_url: str = Field("", validation_alias=AliasChoices("BROKER_URL"))

    email_password: SecretStr = SecretStr("")
    email_password_file: Path | None = None
    metrics_token: SecretStr = SecretStr("")
    metrics_token_file: Path | None = None
    verifier_key: SecretStr = SecretStr("")
    verifier_key_file: Path | None = None

    debug: bool = False
    home: Path = PROJECT / ".local"
    media_root: Path | None = None
    allowed_hosts: list[str] = ["*"]
    internal_hosts: list[str] = ["127.0.0.1", "localhost"]
    """Names by which health checks and Prometheus ask from inside; served beside the public ones."""
    csrf_trusted_origins: list[str] = []
    https: bool = False
    """Behind a proxy that speaks HTTPS: secure cookies, and its X-Forwarded-Proto is believed."""
    trusted_proxies: int = Field(0, ge=0)
    """How many proxies of ours stand before the application; only their X-Forwarded-For is believed."""
    staff_mfa: bool = True
    """Whether the admin opens only to those who signed in with a second factor."""
    accel_prefix: str = ""
    """Internal nginx location that serves `media_root`; empty: Django sends the bytes itself."""
    profile: str = "embedded"
    detector: str = ""
    embedder: str = ""
    """Open models of the full profile, by the names of `manage.py models list`; empty: its defaults."""
    verifier: Literal["predicates", "server", "local"] = "predicates"
    """What judges hits beside what was measured: nothing, or a model that sees pictures, on a server or in a worker."""
    verifier_url: str = ""
    """Of the model server, up to and with the version: http://gpu1:8000/v1."""
    verifier_model: str = ""
    """The model's name on the server; for a local one its id, `hf-hub:owner/name`, or a folder."""
    verifier_seconds: float = Field(60.0, gt=0, le=600)
    """Time for looking at the pictures of one search."""
    max_upload_bytes: int = Field(32 * 1024**3, gt=0)
    library_quota_bytes: int = Field(0, ge=0)
    """What a library may hold where it has no quota of its own; 0: as much as there is room for."""
    import_root: Path | None = None
    """Files of this server are imported from below this folder only; without it, none are."""
    email_host: str = ""
    email_port: int = 587
    email_user: str = ""
    email_tls: bool = True
    email_from: str = "videosearch@localhost"
    time_zone: str = "UTC"
    log_level: str = "INFO"
    log_json: bool = False

    @model_validator(mode="after")
    def _verifier_is_whole(self) -> Self:
        if self.verifier == "server" and not (
            urlsplit(self.verifier_url).scheme in {"http", "https"} and urlsplit(self.verifier_url).hostname
        ):
            raise ValueError("VIDEOSEARCH_VERIFIER_URL is needed, for instance http://gpu1:8000/v1")
        if self.verifier != "predicates" and not self.verifier_model:
            raise ValueError("VIDEOSEARCH_VERIFIER_MODEL is needed: the name of the model that looks at pictures")
        return self

    def media_folder(self) -> Path:
        return (self.media_root or self.home / "media").resolve()

    def secret(self) -> str:
        """The secret key: the environment's, a named file's, or the one the local supervisor made."""
        value = self.secret_key.get_secret_value() or _text(self.secret_key_file)
        return value or _text(self.home / "secret_key", missing_ok=True)

    def email_secret(self) -> str:
        return self.email_password.get_secret_value() or _text(self.email_password_file)

    def verifier_secret(self) -> str:
        return self.verifier_key.get_secret_value() or _text(self.verifier_key_file)

    def metrics_secret(self) -> str:
        return self.metrics_token.get_secret_value() or _text(self.metrics_token_file)

    def database(self) -> str:
        return self.database_url or _text(self.database_url_file) or self._running("database_url")

    def broker(self) -> str:
        return self.broker_url or self._running("broker_url")

    def _running(self, name: str) -> str:
        """The address of a server started by `videosearch.local`, so that manage.py works beside `make run`."""
        text = _text(self.home / "services.json", missing_ok=True)
        services: dict[str, Any] = json.loads(text) if text else {}
        return str(services.get(name, ""))


def _text(path: Path | None, *, missing_ok: bool = False) -> str:
    if path is None or (missing_ok and not path.is_file()):
        return ""
    return path.read_text(encoding="utf-8").strip()
