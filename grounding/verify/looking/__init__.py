"""A verifier that looks at pictures: numbers drawn beside people, and a model that says which and when.

    candidates → groups → pictures with numbers (marks) → prompts → ChatModel → answers → Look → fusion

The model may be on a server (`ServerModel`) or in this process (`local.LocalModel`); both are asked the same.
"""

from grounding.verify.looking.chat import ChatModel, NotWantedError, Patience, Reply
from grounding.verify.looking.films import Film, FilmFiles, Films
from grounding.verify.looking.fusion import best_of, fused
from grounding.verify.looking.server import ServerModel
from grounding.verify.looking.staged import StagedVerifier
from grounding.verify.looking.verifier import Look, LookingVerifier, Memory, name_of

__all__ = [
    "ChatModel", "Film", "FilmFiles", "Films", "Look", "LookingVerifier", "Memory", "NotWantedError", "Patience",
    "Reply", "ServerModel", "StagedVerifier", "best_of", "fused", "name_of",
]  # fmt: skip
