"""The field's metrics of spatio-temporal video grounding, as pure functions over tubes and spans."""

from grounding.metrics.retrieval import recall_at, tracker_recall
from grounding.metrics.tubes import gt_viou, m_tiou, m_viou, tiou, viou, viou_at

__all__ = ["gt_viou", "m_tiou", "m_viou", "recall_at", "tiou", "tracker_recall", "viou", "viou_at"]
