"""The documents say what the code says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grounding.weights import REGISTRY
from grounding.weights.open_models import OPEN_MODELS

ROOT = Path(__file__).parent.parent


def test_every_weight_and_vendored_file_is_named_with_its_checksum() -> None:
    third_party = (ROOT / "THIRD_PARTY.md").read_text()
    for weight in REGISTRY:
        for source in weight.sources:
            assert source.sha256 in third_party, f"{weight.id}: {source.file}"
            assert f"{source.package_name}" in third_party
    for package in json.loads((ROOT / "static/vendor/manifest.json").read_text()):
        assert f"npm {package['package']} {package['version']}" in third_party
        for _, checksum in package["files"].values():
            assert checksum in third_party, package["package"]


def test_every_open_model_is_named_with_its_licence() -> None:
    third_party = (ROOT / "THIRD_PARTY.md").read_text()
    for model in OPEN_MODELS:
        assert f"| {model.id} | {model.hub_id} | {model.licence} |" in third_party


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_and_pictures_of_a_page_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", ["docs/architecture.md"])
def test_paths_named_in_a_page_exist(page: str) -> None:
    for path in re.findall(r"`((?:grounding|videosearch)/[\w/.]+)`", (ROOT / page).read_text()):
        assert (ROOT / path).exists(), path


@pytest.mark.slow
def test_the_lines_of_python_in_the_readme_run(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    match = [sys.executable, "-m", "grounding", "synth", "--sport", "football", "--seed", "4", "--seconds", "4"]
    subprocess.run([*match, "--out", str(tmp_path)], check=True, capture_output=True, cwd=ROOT)
    (tmp_path / "football-4.mp4").rename(tmp_path / "match.mp4")
    done = subprocess.run(
        [sys.executable, "-c", block],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 Span(")
