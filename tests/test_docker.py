"""docker/ as far as it can be held to without an engine: what it names exists, is pinned, and starts by hand."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from videosearch.config import PROJECT, Config
from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres
from videosearch.local.supervisor import _WORKERS
from videosearch.local.valkey import Valkey
from videosearch.operations.facts import LOOKING, QUEUES

DOCKER = PROJECT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FILES = sorted(DOCKER.glob("*.Dockerfile"))
OWN = {"videosearch-web:latest", "videosearch-worker:latest", "videosearch-worker-cuda:latest"}


def instructions(path: Path) -> list[tuple[str, str]]:
    """(instruction, rest) of a Dockerfile, lines joined, comments gone."""
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.M))
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)
    ]


def value(path: Path, wanted: str) -> str:
    return [rest for word, rest in instructions(path) if word == wanted][-1]


def ids(path: Path) -> str:
    return path.name


class TestDockerfiles:
    def test_there_are_three(self) -> None:
        assert [path.stem for path in FILES] == ["web", "worker-cuda", "worker"]

    @pytest.mark.parametrize("path", FILES, ids=ids)
    def test_rules(self, path: Path) -> None:
        """What hadolint asks for: pinned bases, no ADD, tidy apt, nobody's root, commands as lists."""
        found = instructions(path)
        known = {"FROM", "ARG", "RUN", "WORKDIR", "COPY", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}
        assert {word for word, _ in found} <= known
        for word, rest in found:
            if word == "FROM" and not rest.startswith("${"):
                assert re.search(r":[\w.-]*\d", rest), f"unpinned: {rest}"
                assert ":latest" not in rest
            if word == "RUN" and "apt-get install" in rest:
                assert "--no-install-recommends" in rest
                assert "--yes" in rest
                assert "rm -rf /var/lib/apt/lists/*" in rest
            if word == "RUN" and "pip install" in rest:
                assert "--no-cache-dir" in rest
            if word == "RUN":
                assert "sudo" not in rest
                assert " cd " not in f" {rest}"
            if word == "WORKDIR":
                assert rest.startswith("/")
        assert json.loads(value(path, "CMD"))
        assert "HEALTHCHECK" in {word for word, _ in found}

    @pytest.mark.parametrize("path", FILES, ids=ids)
    def test_they_do_not_run_as_root(self, path: Path) -> None:
        users = [rest for word, rest in instructions(path) if word == "USER"]
        base = value(path, "FROM")
        assert users[-1:] == ["videosearch"] or base == "${WEB_IMAGE}"

    @pytest.mark.parametrize("path", FILES, ids=ids)
    def test_what_is_copied_exists(self, path: Path) -> None:
        for word, rest in instructions(path):
            if word == "COPY" and "--from" not in rest:
                assert (PROJECT / rest.split()[0]).exists(), rest

    def test_onnxruntime_is_the_locked_version_in_both(self) -> None:
        locked = re.search(r"^onnxruntime==(\S+)$", (DOCKER / "requirements.lock").read_text(), re.M)
        assert locked is not None
        assert f"onnxruntime-gpu=={locked[1]}" in (DOCKER / "worker-cuda.Dockerfile").read_text()

    @pytest.mark.parametrize("extra", ["full", "train"])
    def test_extras_are_as_locked(self, extra: str) -> None:
        wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
        assert {tuple(one.split("==")) for one in wanted} <= set(locked(extra).items())

    def test_the_full_profile_is_as_locked(self) -> None:
        assert "--no-deps --requirement docker/full.lock" in (DOCKER / "web.Dockerfile").read_text()

    def test_locks_do_not_differ_in_what_both_name(self) -> None:
        locks = [locked(name) for name in ("requirements", "bench", "full", "train")]
        for one in locks:
            for other in locks:
                assert {name: one[name] for name in one.keys() & other.keys()} == {
                    name: other[name] for name in one.keys() & other.keys()
                }


def locked(name: str) -> dict[str, str]:
    """Package → version of one of the locks."""
    lines = [line.partition("#")[0].strip() for line in (DOCKER / f"{name}.lock").read_text().splitlines()]
    pairs = (line.lower().replace("_", "-").partition("==") for line in lines if "==" in line)
    return {package: version for package, _, version in pairs}


class TestCompose:
    def test_parts(self) -> None:
        for name in ("nginx", "web", "migrate", "beat", "postgres", "valkey"):
            assert name in SERVICES

    @pytest.mark.parametrize("name", SERVICES)
    def test_each_service(self, name: str) -> None:
        service = SERVICES[name]
        image = service["image"]
        assert image in OWN or re.search(r":[\w.-]*\d", image), f"unpinned: {image}"
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        if image not in OWN:
            assert "healthcheck" in service
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in COMPOSE["volumes"] or (DOCKER / source).exists(), mount
        if "build" in service:
            assert (PROJECT / service["build"]["dockerfile"]).is_file()

    @pytest.mark.parametrize("name", [name for name in SERVICES if SERVICES[name]["image"] in OWN])
    def test_the_environment_says_only_what_is_read(self, name: str) -> None:
        fields = {f"VIDEOSEARCH_{field.upper()}" for field in Config.model_fields}
        shared = {"SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "DATABASE_URL_FILE", "BROKER_URL"}
        assert set(SERVICES[name]["environment"]) <= fields | shared | {"QUEUE", "CONCURRENCY"}

    def test_no_secret_is_in_it(self) -> None:
        for service in SERVICES.values():
            for key in service.get("environment", {}):
                assert not re.search(r"(PASSWORD|SECRET_KEY|TOKEN|DATABASE_URL)$", key), key

    def test_every_queue_has_a_worker(self) -> None:
        served = {
            service["environment"]["QUEUE"]
            for service in SERVICES.values()
            if "QUEUE" in service.get("environment", {})
        }
        assert served == {queue for queue, _, _ in _WORKERS.values()} == {*QUEUES, LOOKING}

    def test_only_the_front_is_open(self) -> None:
        assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]

    def test_the_broker_keeps_what_it_has(self) -> None:
        command = " ".join(SERVICES["valkey"]["command"])
        assert "--appendonly yes" in command
        assert "noeviction" in command


class TestNginx:
    TEXT = (DOCKER / "nginx.conf").read_text()

    def test_its_braces_and_ends(self) -> None:
        code = re.sub(r"#.*", "", self.TEXT)
        assert code.count("{") == code.count("}")
        for line in filter(None, (line.strip() for line in code.splitlines())):
            assert line[-1] in ";{}", line

    def test_footage_is_internal_and_where_compose_says(self) -> None:
        prefix = SERVICES["web"]["environment"]["VIDEOSEARCH_ACCEL_PREFIX"]
        block = self.TEXT[self.TEXT.index(f"location {prefix}") :].partition("}")[0]
        assert "internal;" in block
        assert f"alias {SERVICES['web']['environment']['VIDEOSEARCH_MEDIA_ROOT']}/;" in block

    def test_what_clients_claim_is_not_passed_on(self) -> None:
        assert "X-Forwarded-For $remote_addr" in self.TEXT
        for path in ("/metrics", "/readyz"):
            assert f"location = {path} {{ return 404; }}" in self.TEXT


# The commands of the images, by hand, against servers of their own.


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("servers")
    for folder in (home, *home.parents[:2]):
        folder.chmod(0o755)  # as root, the database server is somebody else
    postgres, valkey = Postgres(home, any_free()), Valkey(home / "valkey", any_free())
    postgres.start(tied=True)
    postgres.create_database()
    valkey.start(tied=True)
    (home / "secret_key").write_text("0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRST")
    (home / "database_url").write_text(postgres.url())
    clean = {
        name: one for name, one in os.environ.items() if not name.startswith(("VIDEOSEARCH_", "SECRET", "DATABASE"))
    }
    yield {
        **clean, "DJANGO_SETTINGS_MODULE": "videosearch.settings", "SECRET_KEY_FILE": str(home / "secret_key"),
        "DATABASE_URL_FILE": str(home / "database_url"), "BROKER_URL": valkey.url,
        "VIDEOSEARCH_HOME": str(home / "data"), "VIDEOSEARCH_MEDIA_ROOT": str(home / "media"),
        "VIDEOSEARCH_ALLOWED_HOSTS": '["video.example.org"]',
        "VIDEOSEARCH_INTERNAL_HOSTS": SERVICES["web"]["environment"]["VIDEOSEARCH_INTERNAL_HOSTS"],
        "VIDEOSEARCH_TRUSTED_PROXIES": "1", "VIDEOSEARCH_HTTPS": "1", "VIDEOSEARCH_LOG_JSON": "1", "HOSTNAME": "here",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    valkey.stop()
    postgres.stop()


def run(command: list[str], env: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**env, **more}, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=120
    )


@pytest.mark.slow
def test_the_start_commands_run(servers: dict[str, str], tmp_path: Path) -> None:
    (Path(servers["VIDEOSEARCH_MEDIA_ROOT"])).mkdir(parents=True)
    migrate = run(SERVICES["migrate"]["command"], servers)
    assert migrate.returncode == 0, migrate.stderr[-2000:]
    port, log = any_free(), (tmp_path / "log.txt").open("wb")
    web = [
        part.replace("0.0.0.0:8000", f"127.0.0.1:{port}")
        for part in json.loads(value(DOCKER / "web.Dockerfile", "CMD"))
    ]
    worker = json.loads(value(DOCKER / "worker.Dockerfile", "CMD"))
    beat = [part.replace("/tmp/beat", str(tmp_path / "beat")) for part in SERVICES["beat"]["command"]]
    started = [
        subprocess.Popen(command, env={**servers, **env}, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True)
        for command, env in ((web, {}), (worker, {"QUEUE": "default", "CONCURRENCY": "1"}), (beat, {}))
    ]
    try:
        page = f"http://127.0.0.1:{port}"
        assert until_answered(f"{page}/healthz", log) == "ok"
        assert json.loads(until_answered(f"{page}/readyz", log))["broker"]["ok"]
        with pytest.raises(urllib.error.HTTPError) as away:
            urllib.request.build_opener(NoRedirect).open(f"{page}/accounts/login/", timeout=10)
        assert away.value.headers["Location"].startswith("https://"), "plain HTTP leads to HTTPS"
        check = value(DOCKER / "worker.Dockerfile", "HEALTHCHECK").partition("CMD ")[2]
        end = time.monotonic() + 90
        while (answer := run(json.loads(check), servers, QUEUE="default")).returncode != 0:
            assert time.monotonic() < end, answer.stdout + answer.stderr + Path(log.name).read_text()[-3000:]
        while "ok   scheduler" not in (said := run(shlex.split("python manage.py doctor"), servers).stdout):
            assert time.monotonic() < end, said
        assert "None takes from films, gpu, media, search" in said
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def until_answered(address: str, log: Any) -> str:
    end = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < end, Path(log.name).read_text()[-3000:]
            time.sleep(0.5)
