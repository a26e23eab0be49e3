"""Models of the true architectures with few, random weights, saved as a hub would give them. Seconds each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from grounding.weights.torchvision_ops import prepare

WORDS: Final = [
    "a player in a red shirt takes a corner kick . the goal keeper in yellow . referee with a flag , ball , number 10 ."
] * 4
NAMES: Final = {0: "Person", 1: "motorbike", 2: "sports_ball", 3: "zebra"}
"""Spelt as different repositories spell them; the last is no class of sports."""
_SIDE: Final = {"height": 96, "width": 96}


def _decoder(**more: Any) -> dict[str, Any]:
    return {
        "encoder_hidden_dim": 32, "encoder_ffn_dim": 64, "d_model": 32, "decoder_in_channels": [32, 32, 32],
        "decoder_ffn_dim": 64, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "decoder_layers": 2,
        "num_queries": 20, "hidden_expansion": 0.5, "id2label": NAMES, **more,
    }  # fmt: skip


def d_fine(folder: Path) -> Path:
    """A D-FINE of 0.1 million weights."""
    prepare()
    import torch
    from transformers import DFineConfig, DFineForObjectDetection, RTDetrImageProcessor

    torch.manual_seed(3)
    stages = {
        "stem_channels": [3, 8, 8], "stage_in_channels": [8, 16, 32, 64], "stage_mid_channels": [8, 8, 16, 16],
        "stage_out_channels": [16, 32, 64, 128], "stage_num_blocks": [1, 1, 1, 1],
        "stage_downsample": [False, True, True, True], "stage_light_block": [False, False, True, True],
        "stage_kernel_size": [3, 3, 3, 3], "stage_numb_of_layers": [2, 2, 2, 2], "embedding_size": 8,
        "hidden_sizes": [16, 32, 64, 128], "depths": [1, 1, 1, 1], "out_indices": [2, 3, 4], "model_type": "hgnet_v2",
    }  # fmt: skip
    config = DFineConfig(backbone_config=stages, encoder_in_channels=[32, 64, 128], depth_mult=0.34, **_decoder())
    return _save(folder, DFineForObjectDetection(config), RTDetrImageProcessor(size=_SIDE))


def rt_detr_v2(folder: Path) -> Path:
    """An RT-DETRv2 of 0.1 million weights, on a small ResNet; its pictures are normalised."""
    prepare()
    import torch
    from transformers import RTDetrImageProcessor, RTDetrV2Config, RTDetrV2ForObjectDetection

    torch.manual_seed(4)
    backbone = {
        "model_type": "rt_detr_resnet", "embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1],
        "layer_type": "basic", "out_features": ["stage2", "stage3", "stage4"],
    }  # fmt: skip
    config = RTDetrV2Config(backbone_config=backbone, encoder_in_channels=[16, 24, 32], **_decoder())
    processor = RTDetrImageProcessor(size={"height": 64, "width": 128}, do_normalize=True)
    return _save(folder, RTDetrV2ForObjectDetection(config), processor)


def grounding_dino(folder: Path) -> Path:
    """A Grounding DINO of 0.2 million weights, on a small Swin and a small BERT."""
    prepare()
    import torch
    from transformers import (
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessor,
        GroundingDinoProcessor,
    )

    torch.manual_seed(5)
    tokenizer = _tokenizer()
    image = {
        "model_type": "swin", "embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2], "window_size": 2,
        "image_size": 96, "out_features": ["stage2", "stage3", "stage4"],
    }  # fmt: skip
    text = {
        "model_type": "bert", "vocab_size": len(tokenizer), "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64,
    }  # fmt: skip
    config = GroundingDinoConfig(
        backbone_config=image, text_config=text, d_model=32, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=64,
        decoder_ffn_dim=64, encoder_attention_heads=2, decoder_attention_heads=2, num_queries=20, max_text_len=32,
        fusion_dropout=0,
    )  # fmt: skip
    made: Any = GroundingDinoProcessor
    processor = made(GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96}), tokenizer)
    return _save(folder, GroundingDinoForObjectDetection(config), processor)


def _save(folder: Path, model: Any, processor: Any) -> Path:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    marks = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(WORDS, trainers.WordPieceTrainer(vocab_size=512, special_tokens=list(marks.values())))
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    tokenizers: Any = PreTrainedTokenizerFast
    return tokenizers(tokenizer_object=made, model_input_names=inputs, **marks)
