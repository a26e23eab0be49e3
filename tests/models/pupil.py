"""The small chat model of the tests as it is trained: a SmolVLM of a million weights, and how it is fed in batches.

The modules are transformers' own. What is done here is only to see each picture once though it is asked about many
times, and to leave out what is the same for all: pictures are never padded, and all clips of a batch have as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.verify.looking.local import prepare_processors
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.models.lessons import END, FACTS, GRID, PAD, SHUFFLE, SIDE, TOKENS, UNKNOWN, Words, wears_prompt
from tests.models.players import Player, caption, split

_WIDTH: Final = 96
_FIRST_WEIGHTS: Final = 0.06
"""Standard deviation; the usual 0.02 is for layers ten times as wide."""
_LONGEST: Final = 384
"""Longer side to which a picture is scaled before it is pressed into a square."""
_CHAT: Final = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SPECIAL: Final = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")


def write_folder(out: Path, seed: int = 0) -> None:
    """A model with random weights and its processor, as a hub would give them."""
    prepare_processors()
    import torch
    import transformers

    torch.manual_seed(seed)
    made: Any = transformers
    tokens = _tokenizer()
    ends = {f"{name}_token_id": int(tokens.convert_tokens_to_ids(token)) for name, token in _ends().items()}
    text = {
        "model_type": "llama", "vocab_size": len(tokens), "hidden_size": _WIDTH, "intermediate_size": 256,
        "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 4096,
        "initializer_range": _FIRST_WEIGHTS, **ends,
    }  # fmt: skip
    seen = {
        "hidden_size": _WIDTH, "intermediate_size": 256, "num_hidden_layers": 5, "num_attention_heads": 3,
        "image_size": SIDE, "patch_size": SIDE // GRID, "initializer_range": _FIRST_WEIGHTS,
    }  # fmt: skip
    config = made.SmolVLMConfig(
        text_config=text, vision_config=seen, scale_factor=SHUFFLE, tie_word_embeddings=True,
        image_token_id=int(tokens.convert_tokens_to_ids("<image>")), pad_token_id=ends["pad_token_id"],
    )  # fmt: skip
    looks = {"size": {"longest_edge": _LONGEST}, "max_image_size": {"longest_edge": SIDE}, "resample": 2}
    processor = made.SmolVLMProcessor(
        image_processor=made.SmolVLMImageProcessor(**looks, do_image_splitting=False),
        video_processor=made.SmolVLMVideoProcessor(**looks),
        tokenizer=tokens, image_seq_len=TOKENS, chat_template=_CHAT,
    )  # fmt: skip
    made.SmolVLMForConditionalGeneration(config).save_pretrained(out)
    processor.save_pretrained(out)


def _ends() -> dict[str, str]:
    return {"bos": "<|im_start|>", "eos": END, "pad": PAD}


def _tokenizer() -> Any:
    """Byte-level pairs, trained on what is asked and answered, so that every word and number of it is one token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    rng = np.random.default_rng(1)
    train = split().train
    corpus = []
    for k in range(3000):
        player = train[int(rng.integers(len(train)))]
        said = frozenset(rng.permutation(Player._fields)[: int(rng.integers(1, 4))].tolist())
        question = caption(player, rng, said)
        ids = list(range(1, int(rng.integers(2, 8))))
        corpus += [pick_prompt(question, ids, [0, k % 60]), yes_prompt(question, k % 30, ids), wears_prompt(k % 30)]
        corpus += [f'{{"id": {k % 30}, "start": {k % 60}, "end": {k % 60}}} {{"id": "none"}} yes no user assistant']
        corpus += [f"{player.shirt} shirt, {player.shorts} shorts"]
    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    marks = [*_ends().values(), *_SPECIAL]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=720, special_tokens=marks, initial_alphabet=alphabet)
    )
    fast: Any = PreTrainedTokenizerFast
    return fast(
        tokenizer_object=made, additional_special_tokens=list(_SPECIAL),
        **{f"{name}_token": token for name, token in _ends().items()},
    )  # fmt: skip


class Pupil:
    """The model of a folder on a device, with the heads of `FACTS`."""

    def __init__(self, folder: Path, device: Any) -> None:
        prepare_processors()
        import torch
        import transformers

        made: Any = transformers
        self.device = device
        self.half = device.type == "cuda"
        self.model = made.SmolVLMForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).to(device)
        self.processor = made.AutoProcessor.from_pretrained(folder, local_files_only=True)
        self.tokenizer = self.processor.tokenizer
        self.heads: Any = torch.nn.ModuleList(torch.nn.Linear(_WIDTH, kinds) for kinds in FACTS.values()).to(device)
        self._words = Words(folder)
        self._places = self._places_of_patches()

    def parameters(self) -> list[Any]:
        return [*self.model.parameters(), *self.heads.parameters()]

    def _places_of_patches(self) -> Any:
        """(256,): the row of the table of places that each patch gets, as the model itself works it out."""
        import torch

        embeddings = self.model.model.vision_model.embeddings
        table = embeddings.position_embedding.weight
        with torch.no_grad():
            kept = table.clone()
            table[:] = torch.arange(len(table), device=self.device)[:, None].float()
            blank = torch.zeros(1, 3, SIDE, SIDE, device=self.device)
            seen = torch.ones(1, GRID, GRID, dtype=torch.bool, device=self.device)
            bare = embeddings.patch_embedding(blank).flatten(2).transpose(1, 2)
            places = (embeddings(pixel_values=blank, patch_attention_mask=seen) - bare)[0, :, 0].round().long()
            table[:] = kept
        return places

    def see(self, pictures: Any) -> Any:
        """(B*N, 256, 96) of (B, N, 192, 192, 3) uint8: what is known of each patch."""
        pixels = (pictures.flatten(0, 1).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
        vision = self.model.model.vision_model
        patches = vision.embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)
        state = patches + vision.embeddings.position_embedding(self._places)
        state = vision.encoder(inputs_embeds=state, attention_mask=None).last_hidden_state
        return vision.post_layernorm(state)

    def read(self, ids: Any, states: Any, clip: Any, frames: int) -> Any:
        """(Q, L, 96): the text side's last states. states: of `see`; clip (Q,): whose pictures each row is about."""
        inner = self.model.model
        tokens = inner.connector(states).reshape(-1, frames * TOKENS, _WIDTH)
        given = inner.text_model.get_input_embeddings()(ids)
        places = ids == inner.image_token_id
        given = given.masked_scatter(places[..., None], tokens[clip].to(given.dtype))
        return inner.text_model(inputs_embeds=given, use_cache=False).last_hidden_state

    def loss(self, ids: Any, own: Any, states: Any, clip: Any, frames: int) -> Any:
        """Of the answers: the mean over rows of the sum over their tokens. own: as in `Lesson`."""
        from torch.nn.functional import cross_entropy

        before = self.read(ids, states, clip, frames)[own[:, 0], own[:, 1] - 1]
        told = self.model.lm_head(before).float()
        return cross_entropy(told, ids[own[:, 0], own[:, 1]], reduction="sum") / len(ids)

    def facts_loss(self, states: Any, place: Any, fact: Any, frames: int) -> tuple[Any, Any]:
        """Sum of the heads' losses, and (6,) the share that each has right."""
        import torch
        from torch.nn.functional import cross_entropy

        at = states[place[:, 0] * frames + place[:, 1], place[:, 2]]
        total: Any = 0.0
        right = []
        for k, head in enumerate(self.heads):
            told, true = head(at).float(), fact[:, k]
            total = total + cross_entropy(told, true, ignore_index=UNKNOWN)
            known = true != UNKNOWN
            right.append(((told.argmax(1) == true) & known).sum() / known.sum())
        return total, torch.stack(right)

    def answer(
        self, pictures: NDArray[np.uint8], asked: Sequence[str], clip: NDArray[np.int64], most: int
    ) -> list[str]:
        """The likeliest answers, of at most so many tokens. Arguments as in `Lesson`."""
        import torch

        frames = pictures.shape[1]
        with torch.no_grad(), self.precision():
            states = self.see(torch.from_numpy(pictures).to(self.device))
            rows = torch.from_numpy(self._words.encode(asked, None, frames)[0]).to(self.device)
            lengths = (rows != self.tokenizer.pad_token_id).sum(1)
            whose = torch.from_numpy(clip).to(self.device)
            line = torch.arange(len(rows), device=self.device)
            over = torch.zeros(len(rows), dtype=torch.bool, device=self.device)
            start = lengths.clone()
            for _ in range(most):
                rows = torch.nn.functional.pad(rows, (0, 1), value=self.tokenizer.pad_token_id)
                state = self.read(rows, states, whose, frames)[line, lengths - 1]
                said = self.model.lm_head(state).argmax(-1)
                rows[line, lengths] = torch.where(over, rows[line, lengths], said)
                over |= said == self.tokenizer.eos_token_id
                lengths = lengths + (~over).long()
                if bool(over.all()):
                    break
        return [
            self.tokenizer.decode(row[first:].tolist(), skip_special_tokens=True)
            for row, first in zip(rows.cpu(), start.tolist(), strict=True)
        ]

    def precision(self) -> Any:
        """bf16 on a GPU; on a CPU it would only be slower."""
        import torch

        return torch.autocast("cuda", torch.bfloat16, enabled=self.half)

    def save(self, out: Path) -> None:
        """In half precision, with the processor."""
        import copy

        import torch

        copy.deepcopy(self.model).to("cpu", torch.float16).save_pretrained(out)
        (out / "model.safetensors").chmod(0o644)
        self.processor.save_pretrained(out)
