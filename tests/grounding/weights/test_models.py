"""Open models: pulled whole from a hub, pinned at first sight, refused by name when they are not what was pinned."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grounding.cli import main
from grounding.errors import BadInputError, HubError, WeightsError
from grounding.weights import open_models
from grounding.weights.hub import HuggingFaceHub, offline
from grounding.weights.open_models import DEFAULTS, OPEN_MODELS, find_model
from grounding.weights.pulling import check_models, fingerprint, model_folder, models_home, pinned, pull
from tests.grounding.weights.loopback import Shelf, serving

NOBODY = HuggingFaceHub("http://127.0.0.1:9")
TINY = find_model("d-fine-s").hub_id


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDING_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("GROUNDING_OFFLINE", raising=False)
    return tmp_path


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    files = {
        "config.json": b'{"model_type": "d_fine"}', "preprocessor_config.json": b"{}",
        "model.safetensors": bytes(range(256)) * 64, "pytorch_model.bin": b"\x80\x04 may run code",
        "README.md": b"# words", "onnx/model.onnx": b"another form", ".gitattributes": b"",
    }  # fmt: skip
    with serving(Shelf(TINY, files)) as one:
        yield one


def test_every_model_is_registered_in_full() -> None:
    assert len({model.id for model in OPEN_MODELS}) == len(OPEN_MODELS) == len({model.hub_id for model in OPEN_MODELS})
    for model in OPEN_MODELS:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.hub_id)
        assert model.licence
        assert model.family
        assert model.preprocessing
        assert model.size > 0
        assert model.sha256 == "" or re.fullmatch("[0-9a-f]{64}", model.sha256)
    for job, name in DEFAULTS.items():
        assert find_model(name).job == job
        assert find_model(name).products


def test_hub_ids_of_embedders_are_those_that_open_clip_knows() -> None:
    from grounding.weights.torchvision_ops import prepare

    prepare()
    import open_clip

    known = {
        open_clip.get_pretrained_cfg(name, tag).get("hf_hub", "").rstrip("/")
        for name, tag in open_clip.list_pretrained()
    }
    assert {model.hub_id for model in OPEN_MODELS if model.family == "open-clip"} <= known


class TestPull:
    def test_takes_what_is_loaded_and_nothing_that_runs_code(self, shelf: Shelf) -> None:
        folder = pull("d-fine-s", shelf.client())
        assert {path.name for path in folder.iterdir()} == {
            "config.json",
            "preprocessor_config.json",
            "model.safetensors",
        }
        assert folder == model_folder("d-fine-s")
        row = pinned()[TINY]
        assert (row.revision, row.licence, row.accepted) == ("1" * 40, "apache-2.0", False)
        assert check_models() == []
        assert not list(models_home().glob(".pulling-*"))

    def test_a_second_pull_asks_nobody(self, shelf: Shelf) -> None:
        pull("d-fine-s", shelf.client())
        asked = len(shelf.asked)
        pull("d-fine-s", shelf.client())
        assert len(shelf.asked) == asked

    def test_what_was_damaged_is_fetched_again_as_it_was_pinned(self, shelf: Shelf) -> None:
        path = pull("d-fine-s", shelf.client()) / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-1])
        pull("d-fine-s", shelf.client())
        assert path.read_bytes() == shelf.files["model.safetensors"]
        assert f"/api/models/{TINY}/revision/{shelf.revision}" in shelf.asked

    def test_other_bytes_under_the_pinned_revision_are_refused(self, shelf: Shelf) -> None:
        path = pull("d-fine-s", shelf.client()) / "config.json"
        path.write_bytes(b"damaged")
        shelf.files["config.json"] = b'{"model_type": "d_fINE"}'
        with pytest.raises(
            WeightsError, match=r"config\.json of .*dfine-small-coco .* not the one pinned at the first"
        ):
            pull("d-fine-s", shelf.client())
        assert path.read_bytes() == b"damaged"

    @pytest.mark.parametrize("damage", ["cut", "changed"])
    def test_what_is_not_as_announced_is_refused_by_name_and_not_kept(self, shelf: Shelf, damage: str) -> None:
        data = shelf.files["model.safetensors"]
        shelf.lies["model.safetensors"] = data[:-5] if damage == "cut" else b"\xff" + data[1:]
        with pytest.raises(WeightsError, match=r"model\.safetensors|could not be reached"):
            pull("d-fine-s", shelf.client())
        assert pinned() == {}
        assert not list(models_home().rglob("*/model.safetensors"))

    def test_a_registered_checksum_is_held(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        row = replace(find_model("d-fine-s"), sha256="0" * 64)
        monkeypatch.setattr(open_models, "OPEN_MODELS", (row,))
        with pytest.raises(WeightsError, match=r"model\.safetensors .* not the registered one"):
            pull("d-fine-s", shelf.client())

    def test_a_repository_without_safe_weights_is_refused(self, shelf: Shelf) -> None:
        del shelf.files["model.safetensors"]
        with pytest.raises(WeightsError, match=r"has no model\.safetensors at revision 1"):
            pull("d-fine-s", shelf.client())

    def test_a_hub_out_of_reach_is_told_in_one_sentence(self) -> None:
        with pytest.raises(HubError, match="could not be reached for ustc-community/dfine-small-coco"):
            pull("d-fine-s", NOBODY)

    def test_a_model_the_hub_does_not_have(self, shelf: Shelf) -> None:
        with pytest.raises(HubError, match="The hub has no model PekingU/rtdetr_v2_r18vd"):
            pull("rt-detr-v2-r18", shelf.client())

    @pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "GROUNDING_OFFLINE"])
    def test_offline_asks_nobody(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv(name, "1")
        assert offline()
        with pytest.raises(HubError, match="cannot be fetched while offline: unset"):
            pull("d-fine-s", shelf.client())
        assert shelf.asked == []


class TestLicence:
    def test_one_not_for_products_must_be_accepted(self, shelf: Shelf) -> None:
        shelf.licence = "cc-by-nc-4.0"
        with pytest.raises(BadInputError, match=r"licence of d-fine-s is cc-by-nc-4\.0.*--accept-licence"):
            pull("d-fine-s", shelf.client())
        assert pinned() == {}
        pull("d-fine-s", shelf.client(), accept_licence=True)
        assert pinned()[TINY].accepted

    @pytest.mark.parametrize(("licence", "taken"), [("mit", True), ("agpl-3.0", False), ("", False)])
    def test_of_models_that_are_not_registered_the_card_decides(self, shelf: Shelf, licence: str, taken: bool) -> None:
        shelf.hub_id, shelf.licence = "somebody/finder", licence
        if taken:
            assert (pull("hf-hub:somebody/finder", shelf.client()) / "model.safetensors").is_file()
        else:
            with pytest.raises(BadInputError, match="not accepted for products"):
                pull("hf-hub:somebody/finder", shelf.client())


class TestFolder:
    def test_not_pulled(self) -> None:
        with pytest.raises(WeightsError, match=r"The model d-fine-s is not here: run .* models pull d-fine-s"):
            model_folder("d-fine-s")

    def test_unknown(self) -> None:
        with pytest.raises(BadInputError, match="There is no model yolo: give an id"):
            model_folder("yolo")
        for name in ("hf-hub:", "hf-hub:a/b/c", "hf-hub:../b", "a/b"):
            with pytest.raises(BadInputError, match="There is no model"):
                model_folder(name)

    @pytest.mark.parametrize(
        ("damage", "message"),
        [("missing", "is missing"), ("cut", "is incomplete"), ("changed", "is not the one that was pinned")],
    )
    def test_refused_by_name(self, shelf: Shelf, damage: str, message: str) -> None:
        path = pull("d-fine-s", shelf.client()) / "model.safetensors"
        data = path.read_bytes()
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(data[:-1] if damage == "cut" else data[:-1] + b"?")
        with pytest.raises(WeightsError, match=rf"model\.safetensors of the model {TINY} {message}.* models pull"):
            model_folder("d-fine-s")
        assert len(check_models()) == 1

    def test_a_damaged_list_of_pins(self, own_home: Path) -> None:
        (own_home / "models").mkdir()
        (own_home / "models/models.json").write_text('{"format": 1, "models": {"a/b": {"revision": 1}}}')
        with pytest.raises(WeightsError, match=r"models\.json is damaged: remove it"):
            model_folder("d-fine-s")

    def test_a_pin_cannot_name_a_file_elsewhere(self, own_home: Path) -> None:
        (own_home / "models").mkdir()
        file = {"name": "../../secret.json", "size": 1, "sha256": ""}
        row = {"revision": "1", "licence": "mit", "accepted": False, "files": [file]}
        (own_home / "models/models.json").write_text(json.dumps({"format": 1, "models": {TINY: row}}))
        with pytest.raises(WeightsError, match="is damaged"):
            check_models()

    def test_a_local_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BadInputError, match="nowhere is not a folder with a model"):
            model_folder(f"local-dir:{tmp_path / 'nowhere'}")
        own = tmp_path / "own"
        own.mkdir()
        with pytest.raises(WeightsError, match=r"holds no weights: a file ending in \.safetensors"):
            model_folder(f"local-dir:{own}")
        (own / "model.safetensors").write_bytes(b"one")
        assert model_folder(f"local-dir:{own}") == own
        before = fingerprint(f"local-dir:{own}")
        shutil.copytree(own, tmp_path / "moved")
        assert fingerprint(f"local-dir:{tmp_path / 'moved'}") == before
        (own / "model.safetensors").write_bytes(b"two")
        assert fingerprint(f"local-dir:{own}") != before


class TestCommand:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        status = main(["models", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    def test_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _ = self.run(capsys, "list", "--json")
        assert status == 0
        rows: list[dict[str, Any]] = json.loads(out)["models"]
        assert [row["id"] for row in rows] == [model.id for model in OPEN_MODELS]
        assert {row["state"] for row in rows} == {"-"}
        status, out, _ = self.run(capsys, "list")
        assert "Qwen/Qwen3-VL-4B-Instruct" in out

    def test_pull_and_check(
        self, shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", shelf.endpoint)
        status, out, err = self.run(capsys, "pull", "d-fine-s", "--json")
        assert status == 0
        assert "Fetching model.safetensors" in err
        folder = Path(json.loads(out)["models"][0]["path"])
        assert self.run(capsys, "check")[:2] == (0, "Models that are here, and as they were pinned: 1.\n")
        (folder / "config.json").write_bytes(b"")
        status, out, err = self.run(capsys, "check", "--json")
        assert status == 1
        assert "config.json of the model ustc-community/dfine-small-coco is incomplete" in err
        assert len(json.loads(out)["problems"]) == 1
        rows = json.loads(self.run(capsys, "list", "--json")[1])["models"]
        assert [row["state"] for row in rows if row["id"] == "d-fine-s"] == ["incomplete"]

    def test_a_hub_out_of_reach_is_exit_status_2(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        status, out, err = self.run(capsys, "pull", "d-fine-s")
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert "The model hub could not be reached" in err

    def test_names_are_for_pulling(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(capsys, "check", "d-fine-s")[0] == 2

    def test_through_manage(self, capsys: pytest.CaptureFixture[str]) -> None:
        from django.core.management import call_command

        call_command("models", "list")
        assert "grounding-dino-tiny" in capsys.readouterr().out
        with pytest.raises(SystemExit) as stopped:
            call_command("models", "pull", "yolo")
        assert stopped.value.code == 2
