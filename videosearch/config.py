"""What the environment may set, typed. A wrong value stops the start with the list of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Config(BaseSettings):
    """Read from `VIDEOSEARCH_<NAME>`; the three names that other tools share have no prefix.

    `NAME_FILE` beside `SECRET_KEY` and `DATABASE_URL` names a file that holds the value (container secrets).
    """

    model_config = SettingsConfigDict(env_prefix="VIDEOSEARCH_", extra="ignore", populate_by_name=True)

    secret_key: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("SECRET_KEY"))
    secret_key_file: Path | None = Field(None, validation_alias=AliasChoices("SECRET_KEY_FILE"))
    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL"))
    database_url_file: Path | None = Field(None, validation_alias=AliasChoices("DATABASE_URL_FILE"))
    broker_url: str = Field("", validation_alias=AliasChoices("BROKER_URL"))

    debug: bool = False
    home: Path = PROJECT / ".local"
    media_root: Path | None = None
    allowed_hosts: list[str] = ["*"]
    csrf_trusted_origins: list[str] = []
    https: bool = False
    """Behind a proxy that speaks HTTPS: secure cookies, and its X-Forwarded-Proto is believed."""
    accel_prefix: str = ""
    """Internal nginx location that serves `media_root`; empty: Django sends the bytes itself."""
    profile: str = "embedded"
    max_upload_bytes: int = Field(32 * 1024**3, gt=0)
    time_zone: str = "UTC"
    log_level: str = "INFO"
    log_json: bool = False

    def media_folder(self) -> Path:
        return (self.media_root or self.home / "media").resolve()

    def secret(self) -> str:
        """The secret key: the environment's, a named file's, or the one the local supervisor made."""
        value = self.secret_key.get_secret_value() or _text(self.secret_key_file)
        return value or _text(self.home / "secret_key", missing_ok=True)

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
