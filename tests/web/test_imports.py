"""The web's processes stay small: only the workers that run a model load one."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from videosearch.config import PROJECT

HEAVY = {"torch", "transformers", "cv2", "av", "onnxruntime", "onnx", "scipy", "rapidocr", "tokenizers", "sklearn"}

_IMPORT_ALL = """
import importlib, json, pkgutil, sys
import django
django.setup()
import videosearch
names = [m.name for m in pkgutil.walk_packages(videosearch.__path__, "videosearch.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"imported": names, "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_importing_every_web_module_loads_no_model() -> None:
    """In an interpreter of its own, since the tests themselves have long loaded everything."""
    done = subprocess.run([sys.executable, "-c", _IMPORT_ALL], check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    assert "videosearch.search.service" in answer["imported"]
    assert "videosearch.indexing.work" in answer["imported"]
    assert HEAVY & set(answer["loaded"]) == set()


def test_one_module_runs_ffmpeg() -> None:
    """What meets footage of strangers has limits and allow-lists; the doctor only asks for the version."""
    allowed = {"videosearch/lib/ffmpeg.py", "videosearch/checks.py", "videosearch/operations/facts.py"}
    asking = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "videosearch").rglob("*.py")
        if re.search(r"ffmpeg\.binary\(|get_ffmpeg_exe|run_async\(", path.read_text(encoding="utf-8"))
    }
    assert asking <= allowed
