"""A model in this process, by transformers: Qwen3-VL, SmolVLM2 and others that answer pictures and words in words."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grounding.errors import GroundingError, ModelError
from grounding.types import Image
from grounding.verify.looking.adapters import Adapter, adapter_in, added, base_folder
from grounding.verify.looking.chat import NO, YES, Patience, Reply, bare
from grounding.verify.looking.reuse import Reuse
from grounding.weights.torch_runtime import is_no_room, make_room

log = logging.getLogger(__name__)

NO_ROOM: Final = "the pictures do not fit into the memory of the device"
LATE: Final = "the model was not done in time"
_ALTERNATIVES: Final = 10


class LocalModel:
    """`name`: an id of `python -m grounding models list`, `hf-hub:owner/name`, `local-dir:path`, or a folder's path. A
    folder may hold a whole model or an adapter, see `adapters`.

    Loaded when it is first asked, which takes seconds to a minute; nothing is fetched. Where the pictures of one
    question do not fit into memory, every second one is left out, then and from then on. Another question about the
    same pictures costs little more than its words: see `reuse`.
    """

    def __init__(self, name: str) -> None:
        self._source = f"local-dir:{name}" if Path(name).expanduser().is_dir() else name
        self.name = _called(self._source)
        self._loaded: _Loaded | None = None
        self._most = 0

    def problem(self) -> str:
        """What is wrong with the files, as a sentence; empty where nothing is. Loads nothing, but hashes the files."""
        try:
            _folder(self._source)
        except GroundingError as error:
            return str(error)
        return ""

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        """See `ChatModel.ask`."""
        patience.check()
        if self._loaded is None:
            self._loaded = _Loaded(self._source)
        shown = list(pictures)
        while self._most and len(shown) > self._most:
            shown = shown[::2]
        while True:
            try:
                return self._loaded.answer(shown, text, max_tokens, patience)
            except (RuntimeError, MemoryError) as error:
                if not is_no_room(error):
                    raise
                if not self._loaded.reuse.used:  # else it is tried again without what was kept
                    if len(shown) < 2:
                        raise ModelError(NO_ROOM) from error
                    shown = shown[::2]
                    self._most = len(shown)
                    log.warning("the pictures do not fit into memory; going on with %d", len(shown))
            make_room()


class _Loaded:
    """Processor and model as they are asked."""

    def __init__(self, source: str) -> None:
        from grounding.weights.torch_runtime import device, precision

        try:
            folder, adapter = _folder(source)
            prepare_processors()
            import torch
            from transformers import AutoModelForImageTextToText

            self._device = device()
            self._kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision(self._device), torch.float32)
            self._processor = processor_of(folder)
            auto: Any = AutoModelForImageTextToText
            self._model = auto.from_pretrained(folder, dtype=self._kind, local_files_only=True)
            if adapter is not None:
                self._model = added(self._model, adapter)
        except GroundingError as error:
            raise ModelError(f"the model cannot be loaded: {str(error).rstrip('.')}") from error
        except (OSError, ValueError, KeyError, ImportError) as error:
            reason = " ".join(str(error).split())[:120].rstrip(".")
            raise ModelError(f"the model cannot be loaded: {reason or type(error).__name__}") from error
        self._model = self._model.to(self._device).eval()
        config = self._model.generation_config
        config.temperature = config.top_p = config.top_k = None  # never sampled; set, they are warned of
        self.reuse = Reuse(self._processor, getattr(self._model.config, "image_token_id", None))
        self._judging = _tokens_of(self._processor.tokenizer, YES | NO)

    def answer(self, pictures: Sequence[Image], text: str, max_tokens: int, patience: Patience) -> Reply:
        import torch
        from transformers import StoppingCriteriaList

        inputs = self._inputs(pictures, text)
        stopping = StoppingCriteriaList([_untyped(_stop)(patience)])
        try:
            with torch.inference_mode():
                made = self._model.generate(
                    **self.reuse.shortened(inputs), max_new_tokens=max_tokens, do_sample=False,
                    stopping_criteria=stopping, return_dict_in_generate=True, output_logits=True,
                    pad_token_id=self._pad(),
                )  # fmt: skip
        except BaseException:
            self.reuse.forget()  # it may be half written
            raise
        self.reuse.keep(inputs, made.past_key_values)
        patience.check()
        if not patience.left():
            raise ModelError(LATE)
        said = made.sequences[0, inputs["input_ids"].shape[1] :]
        words = self._processor.tokenizer.decode(said, skip_special_tokens=True)
        return Reply(str(words), tuple(self._likeliest(logits[0]) for logits in made.logits))

    def _inputs(self, pictures: Sequence[Image], text: str) -> dict[str, Any]:
        from PIL import Image as Pillow

        self.reuse.show(pictures)
        messages = messages_of([Pillow.fromarray(one) for one in pictures], text)
        inputs = self._processor.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        return {
            name: value.to(self._device, self._kind) if value.is_floating_point() else value.to(self._device)
            for name, value in inputs.items()
        }

    def _pad(self) -> int:
        tokenizer = self._processor.tokenizer
        return int(tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id)

    def _likeliest(self, logits: Any) -> Mapping[str, float]:
        """Log-probabilities of the likeliest tokens, and of every one that says yes or no."""
        sure = logits.float().log_softmax(-1).cpu()
        places = {*sure.topk(min(_ALTERNATIVES, len(sure))).indices.tolist(), *self._judging}
        names = self._processor.tokenizer.convert_ids_to_tokens(sorted(places))
        return {str(name): float(sure[place]) for name, place in zip(names, sorted(places), strict=True)}


def messages_of(pictures: Sequence[Any], text: str) -> list[dict[str, Any]]:
    """Pictures in their order and then the words, as one message of a chat; a model is trained on the same."""
    content: list[dict[str, Any]] = [{"type": "image", "image": one} for one in pictures]
    return [{"role": "user", "content": [*content, {"type": "text", "text": text}]}]


def processor_of(folder: Path) -> Any:
    """The processor of the model in a folder, as models are asked and trained here."""
    from transformers import AutoProcessor

    auto: Any = AutoProcessor
    processor = auto.from_pretrained(folder, local_files_only=True)
    images = processor.image_processor
    if getattr(images, "do_image_splitting", False):
        images.do_image_splitting = False  # a picture of many is one tile, as in the clips it was trained on
    return processor


def prepare_processors() -> None:
    """To be called before processors of chat models are made.

    SmolVLM's refuses to be made without the package num2words, which only spells how many pictures a video has; of
    pictures it spells nothing. Where that package is not installed, figures stand for it.
    """
    from grounding.weights.torch_runtime import prepare_transformers

    prepare_transformers()
    from transformers.models.smolvlm import processing_smolvlm

    module: Any = processing_smolvlm
    if module.num2words is None:
        module.num2words = str


def _stop(patience: Patience) -> Any:
    """Ends an answer that nobody waits for any more, between two tokens."""
    import torch
    from transformers import StoppingCriteria

    class Stop(StoppingCriteria):
        def __call__(self, input_ids: Any, *_: Any, **__: Any) -> Any:
            over = not patience.left() or not patience.wanted()
            return torch.full((input_ids.shape[0],), over, dtype=torch.bool, device=input_ids.device)

    return Stop()


def _tokens_of(tokenizer: Any, words: frozenset[str]) -> tuple[int, ...]:
    return tuple(sorted(place for token, place in tokenizer.get_vocab().items() if bare(token) in words))


def _folder(source: str) -> tuple[Path, Adapter | None]:
    """The folder of the model, and the adapter where `source` is one of that model. Errors as `model_folder`."""
    from grounding.weights.pulling import model_folder

    adapter = adapter_in(source)
    return (model_folder(source), None) if adapter is None else (base_folder(adapter), adapter)


def _called(source: str) -> str:
    """The model's own name and what tells two of that name apart; cheap, and never fails. Of an adapter it is that of
    its base, and that of its training."""
    from grounding.weights.open_models import find_model
    from grounding.weights.pulling import pinned

    base = source.rstrip("/").replace(":", "/").rpartition("/")[2]
    try:
        adapter = adapter_in(source)
        if adapter is not None:
            below = adapter.base.rstrip("/").replace(":", "/").rpartition("/")[2]
            base = f"{below[:15]}+{adapter.name or base}"
        if source.startswith("local-dir:"):
            folder = Path(source.removeprefix("local-dir:")).expanduser()
            facts = sorted((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in folder.iterdir())
            version = hashlib.sha256(repr(facts).encode()).hexdigest()
        else:
            version = pinned()[find_model(source).hub_id].revision
    except (GroundingError, OSError, KeyError):
        return base[:34]
    return f"{base[:27]}@{version[:6]}"


def _untyped(thing: Any) -> Any:
    return thing
