"""The published sizes of the open models that are measured, and small ones of the same architectures for trying out.

Detectors: the configurations of Peng et al. ("D-FINE", 2024) and Lv et al. ("RT-DETRv2", 2024) as transformers
converts them. Image-text models: the configurations open_clip knows by name. Models that look: config.json of their
repositories.
"""

from __future__ import annotations

from typing import Any, Final

Config = dict[str, Any]

_STAGES: Final[Config] = {
    "model_type": "hgnet_v2", "stage_downsample": [False, True, True, True],
    "stage_light_block": [False, False, True, True], "stage_kernel_size": [3, 3, 5, 5], "out_indices": [2, 3, 4],
}  # fmt: skip

_SMALL_DECODER: Final[Config] = {
    "encoder_hidden_dim": 32, "encoder_ffn_dim": 64, "d_model": 32, "decoder_in_channels": [32, 32, 32],
    "decoder_ffn_dim": 64, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "decoder_layers": 2,
    "num_queries": 20, "hidden_expansion": 0.5,
}  # fmt: skip

D_FINE: Final[dict[str, Config]] = {
    "d-fine-s": {
        "backbone_config": {
            **_STAGES, "hidden_sizes": [128, 256, 512, 1024], "stem_channels": [3, 16, 16],
            "stage_in_channels": [16, 64, 256, 512], "stage_mid_channels": [16, 32, 64, 128],
            "stage_out_channels": [64, 256, 512, 1024], "stage_num_blocks": [1, 1, 2, 1],
            "stage_numb_of_layers": [3, 3, 3, 3], "embedding_size": 32, "use_learnable_affine_block": True,
        },
        "decoder_layers": 3, "hidden_expansion": 0.5, "depth_mult": 0.34, "decoder_n_points": [3, 6, 3],
        "encoder_in_channels": [256, 512, 1024],
    },
    "d-fine-l": {
        "backbone_config": {
            **_STAGES, "hidden_sizes": [256, 512, 1024, 2048], "stem_channels": [3, 32, 48],
            "stage_in_channels": [48, 128, 512, 1024], "stage_mid_channels": [48, 96, 192, 384],
            "stage_out_channels": [128, 512, 1024, 2048], "stage_num_blocks": [1, 1, 3, 1],
            "stage_numb_of_layers": [6, 6, 6, 6], "embedding_size": 32,
        },
        "decoder_layers": 6, "hidden_expansion": 1.0, "encoder_ffn_dim": 1024, "decoder_n_points": [3, 6, 3],
        "encoder_in_channels": [512, 1024, 2048],
    },
}  # fmt: skip

SMALL_D_FINE: Final[Config] = {
    "backbone_config": {
        **_STAGES, "hidden_sizes": [16, 32, 64, 128], "stem_channels": [3, 8, 8],
        "stage_in_channels": [8, 16, 32, 64], "stage_mid_channels": [8, 8, 16, 16],
        "stage_out_channels": [16, 32, 64, 128], "stage_num_blocks": [1, 1, 1, 1],
        "stage_numb_of_layers": [2, 2, 2, 2], "embedding_size": 8, "depths": [1, 1, 1, 1],
    },
    "encoder_in_channels": [32, 64, 128], "depth_mult": 0.34, **_SMALL_DECODER,
}  # fmt: skip

RT_DETR_V2: Final[dict[str, Config]] = {"rt-detr-v2-r50": {}}
"""The defaults of transformers are those of that model."""

SMALL_RT_DETR_V2: Final[Config] = {
    "backbone_config": {
        "model_type": "rt_detr_resnet", "embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1],
        "layer_type": "basic", "out_features": ["stage2", "stage3", "stage4"],
    },
    "encoder_in_channels": [16, 24, 32], **_SMALL_DECODER,
}  # fmt: skip

OPEN_CLIP: Final[dict[str, str]] = {"pe-core-b-16": "PE-Core-B-16", "siglip2-b-16": "ViT-B-16-SigLIP2"}
"""open_clip's own names."""

SMALL_CLIP: Final[Config] = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit3", "timm_model_pretrained": False,
                   "timm_pool": "map", "timm_proj": "linear"},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    "custom_text": True,
}  # fmt: skip

SMOLVLM: Final[dict[str, tuple[Config, Config]]] = {
    "smolvlm2-256m": (
        {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
         "num_key_value_heads": 3, "vocab_size": 49280, "max_position_embeddings": 8192, "rope_theta": 1e5},
        {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
         "image_size": 512, "patch_size": 16},
    ),
    "smolvlm2-500m": (
        {"hidden_size": 960, "intermediate_size": 2560, "num_hidden_layers": 32, "num_attention_heads": 15,
         "num_key_value_heads": 5, "vocab_size": 49280, "max_position_embeddings": 8192, "rope_theta": 1e5},
        {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
         "image_size": 512, "patch_size": 16},
    ),
}  # fmt: skip
"""Text tower, image tower; 64 tokens a picture."""

SMALL_SMOLVLM: Final[tuple[Config, Config]] = (
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
     "num_key_value_heads": 1, "vocab_size": 1000, "max_position_embeddings": 8192},
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
     "image_size": 64, "patch_size": 16},
)  # fmt: skip

QWEN3_VL: Final[dict[str, tuple[Config, Config]]] = {
    "qwen3-vl-2b": (
        {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "num_attention_heads": 16,
         "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936, "max_position_embeddings": 262144,
         "rope_parameters": {"rope_type": "default", "mrope_section": [24, 20, 20], "mrope_interleaved": True,
                             "rope_theta": 5e6}},
        {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16, "out_hidden_size": 2048,
         "patch_size": 16, "num_position_embeddings": 2304, "deepstack_visual_indexes": [5, 11, 17]},
    ),
}  # fmt: skip

SMALL_QWEN3_VL: Final[tuple[Config, Config]] = (
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
     "num_key_value_heads": 1, "head_dim": 16, "vocab_size": 1000, "max_position_embeddings": 8192,
     "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "mrope_interleaved": True,
                         "rope_theta": 1e4}},
    {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32, "patch_size": 16,
     "num_position_embeddings": 64, "deepstack_visual_indexes": [0]},
)  # fmt: skip
