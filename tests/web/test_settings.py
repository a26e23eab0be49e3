"""What the environment may say, and what stops the start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from videosearch.config import PROJECT, Config
from videosearch.settings import _database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@db.example:5433/team?sslmode=require", ("u", "p@ss", "db.example", "5433", "team")),
        ("postgres://u@/team?host=/run/postgresql&port=5434", ("u", "", "/run/postgresql", "5434", "team")),
        ("postgresql://db", ("", "", "db", "", "videosearch")),
    ],
)
def test_database_urls(url: str, expected: tuple[str, ...]) -> None:
    database = _database(url)
    assert tuple(database[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == expected


def test_other_options_are_handed_on() -> None:
    assert _database("postgresql://db/x?sslmode=require&host=/run")["OPTIONS"] == {"sslmode": "require"}


def test_secrets_may_be_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret_key").write_text("made by the supervisor\n")
    (tmp_path / "mounted").write_text("mounted\n")
    monkeypatch.setenv("VIDEOSEARCH_HOME", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY")
    assert Config().secret() == "made by the supervisor"
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "mounted"))
    assert Config().secret() == "mounted"
    monkeypatch.setenv("SECRET_KEY", "said outright")
    assert Config().secret() == "said outright"


def test_the_local_servers_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services.json").write_text('{"database_url": "postgresql://here", "broker_url": "redis://here"}')
    monkeypatch.setenv("VIDEOSEARCH_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("BROKER_URL", "redis://mine")
    assert (Config().database(), Config().broker()) == ("postgresql://here", "redis://mine")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"VIDEOSEARCH_DEBUG": "perhaps"}, "debug"),
        ({"DATABASE_URL": "mysql://db/x"}, "only Postgres"),
        ({"VIDEOSEARCH_VERIFIER": "oracle"}, "verifier"),
        ({"VIDEOSEARCH_VERIFIER": "server", "VIDEOSEARCH_VERIFIER_MODEL": "x"}, "VIDEOSEARCH_VERIFIER_URL is needed"),
        ({"VIDEOSEARCH_VERIFIER": "local"}, "VIDEOSEARCH_VERIFIER_MODEL is needed"),
        (
            {"VIDEOSEARCH_VERIFIER": "server", "VIDEOSEARCH_VERIFIER_URL": "http://gpu1:8000/v1"},
            "VIDEOSEARCH_VERIFIER_MODEL is needed",
        ),
    ],
)
def test_a_wrong_value_stops_the_start(env: dict[str, str], said: str, tmp_path: Path) -> None:
    whole = {**os.environ, "SECRET_KEY": "x", "VIDEOSEARCH_HOME": str(tmp_path), **env}
    done = subprocess.run(
        [sys.executable, "-c", "import videosearch.settings"], env=whole, check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert said in done.stderr.splitlines()[-1] + done.stderr
    assert "ImproperlyConfigured" in done.stderr


@pytest.mark.django_db
def test_the_content_policy_allows_no_inline_script(client: Client) -> None:
    policy = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "unsafe-eval" not in policy
    assert "unsafe-eval" in client.get("/admin/login/").headers["Content-Security-Policy"]


def test_production_settings_pass_the_checks_for_deployment(tmp_path: Path) -> None:
    """What docs/operations.md says to set is all that Django asks for."""
    env = {
        # Browser tests set it for their own process, and one of them may have run in this one.
        **{name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"},
        "DJANGO_SETTINGS_MODULE": "videosearch.settings",
        "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRST",
        "DATABASE_URL": "postgresql://u@127.0.0.1/db",
        "VIDEOSEARCH_HOME": str(tmp_path),
        "VIDEOSEARCH_HTTPS": "1",
        "VIDEOSEARCH_ALLOWED_HOSTS": '["video.example.org"]',
        "VIDEOSEARCH_STAFF_MFA": "1",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=env, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout

    loose = {**env, "VIDEOSEARCH_HTTPS": "0", "VIDEOSEARCH_ALLOWED_HOSTS": '["*"]', "VIDEOSEARCH_DEBUG": "1"}
    done = subprocess.run(command, env=loose, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    for word in ("W016", "W018", "videosearch.W001", "videosearch.W002"):
        assert word in done.stderr


def test_embeddings_go_before_verdicts() -> None:
    from videosearch.celery import app

    verdicts, embeddings = (
        app.amqp.router.route({"queue": "search"}, f"search.{name}") for name in ("verify", "embed")
    )
    assert verdicts["priority"] > embeddings.get("priority", 0)
    assert verdicts["queue"].name == embeddings["queue"].name == "search"
