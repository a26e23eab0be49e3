"""The field's metrics of spatio-temporal video grounding and of tracking, as pure functions over tubes and spans.

`tubes` works on a grid of times, `frames` on frame numbers as the evaluators of the public sets do, `retrieval` on
ranked answers, and `tracking` asks the public evaluator for HOTA, IDF1 and MOTA.
"""

from grounding.metrics.frames import FrameTube, TubeScore, score_frames
from grounding.metrics.retrieval import recall_at, tracker_recall
from grounding.metrics.tracking import TrackingScore, score_sequences, score_tracks
from grounding.metrics.tubes import gt_viou, m_tiou, m_viou, tiou, viou, viou_at, viou_int

__all__ = [
    "FrameTube", "TrackingScore", "TubeScore", "gt_viou", "m_tiou", "m_viou", "recall_at", "score_frames",
    "score_sequences", "score_tracks", "tiou", "tracker_recall", "viou", "viou_at", "viou_int",
]  # fmt: skip
