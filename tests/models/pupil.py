"""The small chat model of the tests as it is trained: a FastVLM of less than a million weights, and how it is fed in
batches.

The modules are transformers' own; of its families this one sees by convolutions, which learn from a hundredth of the
pictures that patches and attention need. What is done here is only to see each picture once though it is asked about
many times, and to leave out what is the same for all: pictures are never padded, and all clips of a batch have as many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.verify.looking.local import prepare_processors
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.models.guides import GUIDED
from tests.models.lessons import FACTS, UNKNOWN
from tests.models.players import COLOURS, Player, caption, split
from tests.models.words import CELL, CHAT, END, IMAGE, NAMES, PAD, TALL, TOKENS, WIDE, Turn, Words

_WIDTH: Final = 96
_FIRST_WEIGHTS: Final = 0.06
"""Standard deviation; the usual 0.02 is for layers ten times as wide."""
_SPECIAL: Final = (IMAGE,)
_LIKENESS: Final = 16.0
"""Logit of a word that is just what is seen."""
_PARTS: Final = 4
"""In which rows are read, by their length."""


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
        "model_type": "qwen2", "vocab_size": len(tokens), "hidden_size": _WIDTH, "intermediate_size": 256,
        "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 4096,
        "initializer_range": _FIRST_WEIGHTS, "tie_word_embeddings": True, "head_dim": 32,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e7}, **ends,
    }  # fmt: skip
    seen = {"model_type": "timm_wrapper", "architecture": "test_resnet", "do_pooling": False, "hidden_size": 96}
    config = made.FastVlmConfig(
        text_config=text, vision_config=seen, image_seq_length=TOKENS, tie_word_embeddings=True,
        image_token_index=int(tokens.convert_tokens_to_ids(IMAGE)), pad_token_id=ends["pad_token_id"],
    )  # fmt: skip
    processor = made.LlavaProcessor(
        image_processor=made.CLIPImageProcessor(
            size={"height": TALL, "width": WIDE}, resample=2, do_center_crop=False,
            image_mean=[0.5] * 3, image_std=[0.5] * 3,
        ),
        tokenizer=tokens, patch_size=CELL, vision_feature_select_strategy="full", image_token=IMAGE, chat_template=CHAT,
    )  # fmt: skip
    made.FastVlmForConditionalGeneration(config).save_pretrained(out)
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
        corpus += [pick_prompt(question, ids, [0, k % 60]), yes_prompt(question, k % 30, ids)]
        corpus += [f'{{"id": {k % 30}, "start": {k % 60}, "end": {k % 60}}} {{"id": "none"}} yes no user assistant']
        corpus += [f"What does {k % 30} wear?", f"Who?\nIs it {k % 30}?"]
        corpus += [f"{player.shirt} shirt, {player.shorts} shorts"]
    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    marks = [*_ends().values(), *_SPECIAL]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=720, special_tokens=marks, initial_alphabet=alphabet)
    )
    made.add_tokens([*_sentences(), *(f" {name}" for name in COLOURS if " " in name), "yes"])
    fast: Any = PreTrainedTokenizerFast
    return fast(
        tokenizer_object=made, additional_special_tokens=list(_SPECIAL),
        **{f"{name}_token": token for name, token in _ends().items()},
    )  # fmt: skip


def _sentences() -> list[str]:
    """What stands in every prompt: a token each, since there is nothing to be learnt in it."""
    one, other = ({*_parts(pick_prompt(text, ids, seconds)), *_parts(yes_prompt(text, ids[0], ids))}
                  for text, ids, seconds in (("red", [1, 2], [0, 3]), ("blue", [3, 4], [5, 9])))  # fmt: skip
    return sorted(part for part in one & other if len(part) > 12)


def _parts(prompt: str) -> list[str]:
    """Its clauses, with what ends them."""
    return [part.strip() for part in re.findall(r"[^.,:;?\n\d\"]+[.,:;?]?", prompt)]


class Pupil:
    """The model of a folder on a device, with the heads of `FACTS`."""

    def __init__(self, folder: Path, device: Any) -> None:
        prepare_processors()
        import torch
        import transformers

        made: Any = transformers
        self.device = device
        self.half = device.type == "cuda"
        self.model = made.FastVlmForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, attn_implementation={"text_config": "eager"}
        ).to(device, memory_format=torch.channels_last)
        self.processor = made.AutoProcessor.from_pretrained(folder, local_files_only=True)
        self.tokenizer = self.processor.tokenizer
        self.heads: Any = torch.nn.ModuleDict({
            name: torch.nn.Linear(_WIDTH, _WIDTH if name == "shorts" else kinds)
            for name, kinds in FACTS.items() if name not in ("number", "shirt", "pose")
        }).to(device)  # fmt: skip
        self.words = Words(folder)
        self._named = {name: torch.tensor(self.words.tokens_of(names), device=device) for name, names in NAMES.items()}

    def parameters(self) -> list[Any]:
        return [*self.model.parameters(), *self.heads.parameters()]

    def go_on_from(self, folder: Path) -> None:
        """Takes over the weights of another such model."""
        from safetensors.torch import load_file

        self.model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)  # said with what is read

    def see(self, pictures: Any) -> Any:
        """(B*N, 60, 96) of (B, N, 192, 320, 3) uint8: what is known of each cell."""
        return self.model.model.get_image_features(self._pixels(pictures.flatten(0, 1))).pooler_output

    def _pixels(self, pictures: Any) -> Any:
        """(B, 3, H, W) of (B, H, W, 3), whose memory has the channels last as it is."""
        return (pictures.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5

    def read(self, ids: Any, states: Any, clip: Any, frames: int) -> tuple[Any, Any]:
        """(Q, L, 96) the text side's last states, and (4, Q, L, L) how the heads of `GUIDED` look around.

        states: of `see`; clip (Q,): whose pictures each row is about.
        """
        import torch

        inner = self.model.model
        tokens = states.reshape(-1, frames * TOKENS, _WIDTH)
        given = inner.language_model.get_input_embeddings()(ids)
        places = ids == self.model.config.image_token_id
        given = given.masked_scatter(places[..., None], tokens[clip].to(given.dtype))
        made = inner.language_model(inputs_embeds=given, use_cache=False, output_attentions=True)
        return made.last_hidden_state, torch.stack([made.attentions[layer][:, head] for layer, head in GUIDED])

    def loss(self, lesson: Any, states: Any, frames: int) -> tuple[Any, Any, Any]:
        """Of the answers: the mean over their tokens. Of the looks, (4,): how little of the attention of each of
        `GUIDED` is where it should be. And the share that is right of the tokens that a look decides."""
        import torch
        from torch.nn.functional import cross_entropy

        ids, own, clip, ask, where = (lesson[name] for name in ("tokens", "own", "clip", "ask", "where"))
        lengths = (ids != self.tokenizer.pad_token_id).sum(1)
        total: Any = 0.0
        missed: Any = torch.zeros(len(GUIDED), device=ids.device)
        right: Any = torch.zeros((), device=ids.device)
        for rows in lengths.argsort().chunk(_PARTS):  # what is short is not padded to what is long
            longest = int(lengths[rows].max())
            part = ids[rows, :longest]
            places = torch.full((len(ids),), -1, device=ids.device).index_put(
                (rows,), torch.arange(len(rows), device=ids.device)
            )
            states_of, looks = self.read(part, states, clip[rows], frames)
            line = places[own[:, 0]]
            line, column = line[line >= 0], own[line >= 0, 1]
            told = self.model.lm_head(states_of[line, column - 1]).float()
            total = total + cross_entropy(told, part[line, column], reduction="sum")
            line = places[ask[:, 0]]
            asked, line = ask[line >= 0], line[line >= 0]
            seen = (looks[asked[:, 2], line, asked[:, 1]] * where[places[ask[:, 0]] >= 0, :longest]).sum(1)
            missed = missed.index_add(0, asked[:, 2], -(seen + 1e-4).log())
            line, column = line[asked[:, 2] == 1], asked[asked[:, 2] == 1, 1]
            right += (self.model.lm_head(states_of[line, column]).argmax(1) == part[line, column + 1]).sum()
        count = ask[:, 2].bincount(minlength=len(GUIDED)).clamp(min=1)
        return total / len(own), missed / count, right / count[1]

    def facts_loss(self, states: Any, place: Any, fact: Any, frames: int) -> tuple[Any, Any]:
        """Sum of the heads' losses, and (6,) the share that each has right."""
        import torch
        from torch.nn.functional import cross_entropy

        at = states[place[:, 0] * frames + place[:, 1], place[:, 2]]
        total: Any = 0.0
        right = []
        for k, name in enumerate(FACTS):
            told, true = self._told(name, at).float(), fact[:, k]
            total = total + cross_entropy(told, true, ignore_index=UNKNOWN)
            known = (true != UNKNOWN) & ((true > 0) | (k > 0))  # nobody's number is easy
            right.append(((told.argmax(1) == true) & known).sum() / known.sum())
        return total, torch.stack(right)

    def _told(self, name: str, at: Any) -> Any:
        """(P, kinds) logits of one fact. What has a name is told by its likeness to the word for it, as the text side
        knows it: what is seen and what is said lie in one space from the beginning, and finding one by the other is
        then no more than finding what is alike."""
        from torch.nn.functional import normalize

        if name not in NAMES:
            return self.heads[name](at)
        words = self.model.model.language_model.get_input_embeddings()(self._named[name])
        seen = self.heads[name](at) if name in self.heads else at
        return _LIKENESS * normalize(seen, dim=-1) @ normalize(words, dim=-1).T

    def answer(
        self, pictures: NDArray[np.uint8], asked: Sequence[str], clip: NDArray[np.int64], most: int
    ) -> list[str]:
        """The likeliest answers, of at most so many tokens. Arguments as in `Lesson`."""
        import torch

        ids = torch.from_numpy(self.words.encode([[Turn(text)] for text in asked], pictures.shape[1])[0])
        pad = self.tokenizer.pad_token_id
        lengths = (ids != pad).sum(1)
        longest = int(lengths.max())
        rows = torch.full((len(ids), longest), pad)  # answers go on at the right, so what is short begins later
        for row, own, length in zip(rows, ids, lengths.tolist(), strict=True):
            row[longest - length :] = own[:length]
        training = self.model.training
        self.model.eval()
        with torch.no_grad(), self.precision():
            said = self.model.generate(
                input_ids=rows.to(self.device), attention_mask=(rows != pad).long().to(self.device),
                pixel_values=self._pixels(torch.from_numpy(pictures[clip]).flatten(0, 1).to(self.device)),
                max_new_tokens=most, do_sample=False, pad_token_id=pad,
            )[:, longest:]  # fmt: skip
        self.model.train(training)
        return [str(text) for text in self.tokenizer.batch_decode(said.tolist(), skip_special_tokens=True)]

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
