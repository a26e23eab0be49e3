"""The verifier that looks, against a server that looks: what it sees, and what is said when it does not."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from grounding.retrieve import parse, rank
from grounding.types import Candidate, Query, Verification
from grounding.verify import PredicateVerifier
from grounding.verify.looking import Film, FilmFiles, LookingVerifier, ServerModel, StagedVerifier
from tests.grounding.verify.looking.conftest import PLAYERS
from tests.grounding.verify.looking.drawn import candidate
from tests.grounding.verify.looking.seeing import SeeingServer

THREE = [candidate(7 - k, one, 3.0, 6.0, score=0.9 - 0.2 * k) for k, one in enumerate(PLAYERS)]
BLUE, YELLOW, WHITE = range(3)


class Kept(dict[str, str]):
    def put(self, key: str, value: str) -> None:
        self[key] = value


def verifier(
    server: SeeingServer, clip: Path, *, seconds: float = 20.0, patience: float = 30.0, **options: object
) -> LookingVerifier:
    films = FilmFiles(lambda _: Film(clip, 640, 360))
    model = ServerModel(server.url, "org/seer-2b", "secret", seconds=seconds)
    return LookingVerifier(model, films, seconds=patience, **options)  # type: ignore[arg-type]


def judged(one: LookingVerifier, text: str, candidates: Sequence[Candidate] = THREE) -> list[Verification]:
    said = dict(one.verify(parse(text), candidates))
    assert sorted(said) == list(range(len(candidates)))  # it never removes
    return [said[i] for i in sorted(said)]


def test_it_sees_who_is_meant_and_when(server: SeeingServer, clip: Path) -> None:
    server.key = "secret"
    said = judged(verifier(server, clip), "the one in yellow")
    assert [one.verdict for one in said] == ["rejected", "confirmed", "rejected"]
    # The clip begins a second before the span, at 2 s; the server says seconds 1 to 4 of it.
    assert (said[YELLOW].span.start, said[YELLOW].span.end) == (3.0, 7.0)
    assert said[YELLOW].reason == "This is it (90 % sure)."
    assert said[BLUE].reason == "Another one of this moment is it."
    assert said[YELLOW].score == pytest.approx(0.9)
    assert said[BLUE].score == pytest.approx(0.05)


@pytest.mark.parametrize(("colour", "index"), [("blue", BLUE), ("yellow", YELLOW), ("white", WHITE)])
def test_its_order_is_that_of_the_pictures(server: SeeingServer, clip: Path, colour: str, index: int) -> None:
    query = parse(f"somebody shiny in {colour}")
    one = verifier(server, clip)
    said = dict(one.verify(query, THREE))
    ranked = rank(query, [(each, said[i]) for i, each in enumerate(THREE)])
    assert len(ranked.hits) == 3
    assert ranked.hits[0].place == index
    assert ranked.answer == "found"


def test_nobody_of_that_colour(server: SeeingServer, clip: Path) -> None:
    said = judged(verifier(server, clip), "the one in purple")
    assert {one.verdict for one in said} == {"rejected"}
    assert said[0].reason == "None of those seen here is it."


def test_what_it_is_sent(server: SeeingServer, clip: Path) -> None:
    judged(verifier(server, clip), 'the "yellow" one, number 2')
    first = server.asked[0]
    *pictures, text = first["messages"][0]["content"]
    assert len(pictures) == 5  # 2 s to 7 s of the video, one a second
    assert "from second 0 to second 4" in text["text"]
    assert "The red numbers 1, 3 and 4" in text["text"]  # not 2, which the question means as a shirt's
    assert "\"the 'yellow' one, number 2\"" in text["text"]
    assert (first["temperature"], first["max_tokens"] <= 128, first["model"]) == (0, True, "org/seer-2b")
    assert not any(word in text["text"].lower() for word in ("box", "coordinate", "pixel"))


def test_a_smaller_copy_of_the_film_is_marked_in_the_right_places(server: SeeingServer, clip: Path) -> None:
    """Boxes are told in pixels of the original."""
    import numpy as np

    from grounding.types import Tube

    large = [
        Candidate(one.video, one.track_ids, one.span, Tube(one.tube.times, one.tube.boxes * np.float32(3)), (), 0.5)
        for one in THREE
    ]
    films = FilmFiles(lambda _: Film(clip, 1920, 1080))
    looking = LookingVerifier(ServerModel(server.url, "seer"), films)
    assert [one.verdict for one in judged(looking, "yellow", large)] == ["rejected", "confirmed", "rejected"]


def test_without_log_probabilities_the_stated_answer_counts(server: SeeingServer, clip: Path) -> None:
    server.tells = False
    said = judged(verifier(server, clip), "the one in yellow")
    assert [one.verdict for one in said] == ["rejected", "confirmed", "rejected"]
    assert [one.score for one in said] == pytest.approx([0.15, 0.85, 0.15])
    assert said[YELLOW].reason == "This is it."
    assert len(server.asked) == 1


def test_a_server_that_refuses_log_probabilities_is_asked_without(server: SeeingServer, clip: Path) -> None:
    server.mode = "knows no logprobs"
    one = verifier(server, clip)
    assert judged(one, "the one in yellow")[YELLOW].verdict == "confirmed"
    assert judged(one, "the one in blue")[BLUE].verdict == "confirmed"
    assert ["logprobs" in body for body in server.asked] == [True, False, False]


@pytest.mark.parametrize("mode", ["500 once", "hangs up once"])
def test_one_failure_is_tried_again(server: SeeingServer, clip: Path, mode: str) -> None:
    server.mode = mode
    assert judged(verifier(server, clip), "the one in yellow")[YELLOW].verdict == "confirmed"


@pytest.mark.parametrize(
    ("mode", "why", "requests"),
    [
        ("500", "the model server failed (status 500)", 2),
        ("400", "the model server refused the request (status 400: at most 4 images may be provided)", 1),
        ("nonsense", "the model's answer could not be read", 2),
        ("empty", "the model's answer was empty", 2),
        ("no chat", "the model server's answer is not one of a chat", 1),
    ],
)
def test_what_is_said_when_it_misbehaves(server: SeeingServer, clip: Path, mode: str, why: str, requests: int) -> None:
    """Nothing is lost; what does not answer at all is not asked again, what answers nonsense is."""
    server.mode = mode
    two_moments = [*THREE, candidate(3, PLAYERS[0], 9.0, 11.0)]
    said = judged(verifier(server, clip), "the one in yellow", two_moments)
    assert {(one.verdict, one.reason) for one in said} == {("unchecked", f"Not checked: {why}.")}
    assert [one.score for one in said] == pytest.approx([one.score for one in two_moments])
    assert len(server.asked) == requests


def test_a_wrong_key(server: SeeingServer, clip: Path) -> None:
    server.key = "another"
    assert judged(verifier(server, clip), "yellow")[0].reason == (
        "Not checked: the model server does not accept the key."
    )


def test_an_address_of_nothing(server: SeeingServer, clip: Path) -> None:
    server.url = server.url.replace("/v1", "/v7")
    reason = judged(verifier(server, clip), "yellow")[0].reason
    assert reason == "Not checked: the model server does not know this address or this model."
    with pytest.raises(ValueError, match="begins with http"):
        ServerModel("gpu1:8000", "seer")


def test_nobody_listens_there(server: SeeingServer, clip: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    began = time.monotonic()
    said = judged(verifier(server, clip), "yellow")
    assert {one.reason for one in said} == {"Not checked: the model server does not answer."}
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("mode", ["slow", "drips"])
def test_one_that_thinks_too_long(server: SeeingServer, clip: Path, mode: str) -> None:
    server.mode = mode
    began = time.monotonic()
    said = judged(verifier(server, clip, seconds=0.6), "yellow")
    assert {one.reason for one in said} == {"Not checked: the model server did not answer in time."}
    assert time.monotonic() - began < 3
    assert server.hung_up.wait(3)


def test_no_more_time_than_was_given(server: SeeingServer, clip: Path) -> None:
    server.mode = "slow"
    said = judged(verifier(server, clip, patience=0.6), "yellow", [*THREE, candidate(3, PLAYERS[0], 9.0, 11.0)])
    assert {one.reason for one in said} == {"Not checked: the model server did not answer in time."}
    assert len(server.asked) == 1
    assert judged(verifier(server, clip, patience=0.0), "yellow")[0].reason == "Not checked: there was no time left."


def test_who_leaves_is_not_waited_for(server: SeeingServer, clip: Path) -> None:
    """Nothing more is said, and the server is let go in the middle of its answer."""
    server.mode = "slow"
    began = time.monotonic()
    here = verifier(server, clip, wanted=lambda: time.monotonic() - began < 0.5)
    assert list(here.verify(parse("yellow"), THREE)) == []
    assert time.monotonic() - began < 3
    assert server.hung_up.wait(3)


def test_closing_it_ends_it(server: SeeingServer, clip: Path) -> None:
    many = [candidate(k, PLAYERS[0], 2.0 * k, 2.0 * k + 1) for k in range(1, 5)]
    said = verifier(server, clip).verify(parse("blue"), many)
    next(said)
    asked = len(server.asked)
    said.close()  # type: ignore[attr-defined]
    assert len(server.asked) == asked


def test_what_was_asked_before_is_remembered(server: SeeingServer, clip: Path) -> None:
    memory = Kept()
    first = judged(verifier(server, clip, memory=memory), "the one in yellow")
    asked = len(server.asked)
    again = judged(verifier(server, clip, memory=memory), "the one in  yellow")
    assert [(one.verdict, one.score, one.span, one.reason) for one in again] == [
        (one.verdict, one.score, one.span, one.reason) for one in first
    ]
    assert len(server.asked) == asked
    judged(verifier(server, clip, memory=memory), "the one in blue")
    assert len(server.asked) > asked
    assert not any("yellow" in key + value for key, value in memory.items())  # no text is kept


def test_failures_are_not_remembered(server: SeeingServer, clip: Path) -> None:
    memory = Kept()
    server.mode = "500"
    judged(verifier(server, clip, memory=memory), "yellow")
    server.mode = "sees"
    assert judged(verifier(server, clip, memory=memory), "yellow")[YELLOW].verdict == "confirmed"
    memory.update(dict.fromkeys(memory, '["{}"'))  # something another version wrote
    assert judged(verifier(server, clip, memory=memory), "yellow")[YELLOW].verdict == "confirmed"


def test_a_film_that_is_gone_costs_its_own_candidates_only(server: SeeingServer, clip: Path) -> None:
    films = FilmFiles(lambda video: Film(clip, 640, 360) if video == "a.mp4" else None)
    looking = LookingVerifier(ServerModel(server.url, "seer"), films)
    said = judged(looking, "yellow", [candidate(1, PLAYERS[1], 3, 6, video="gone.mp4"), *THREE])
    assert said[0].reason == "Not checked: the film is not there any more."
    assert said[1 + YELLOW].verdict == "confirmed"


def test_past_the_end_of_the_film(server: SeeingServer, clip: Path) -> None:
    said = judged(verifier(server, clip), "blue", [candidate(1, PLAYERS[0], 40, 44, seconds=60)])
    assert said[0].reason == "Not checked: the film has no picture of this moment."


def test_what_only_a_model_can_see_is_found(server: SeeingServer, clip: Path) -> None:
    """Of a question without a measurable word the predicates confirm nothing, and no description stands out."""
    query = parse("a person with yellow aura riding a bicycle")
    staged = StagedVerifier(PredicateVerifier(), verifier(server, clip))
    before = rank(query, [(one, PredicateVerifier().judge(query, one)) for one in THREE])
    said = dict(staged.verify(query, THREE))
    after = rank(query, [(one, said[i]) for i, one in enumerate(THREE)])
    assert (before.answer, after.answer) == ("nothing_good", "found")
    assert (before.hits[0].place, after.hits[0].place) == (BLUE, YELLOW)


def test_measured_first_and_the_best_looked_at(server: SeeingServer, clip: Path) -> None:
    query: Query = parse("somebody shiny in blue")
    staged = StagedVerifier(PredicateVerifier(), verifier(server, clip), most=2)
    said = dict(staged.verify(query, THREE))
    assert sorted(said) == [0, 1, 2]
    looked = [i for i, one in said.items() if "Seen by seer-2b (prompt 2)" in one.reason]
    assert len(looked) == 2
    assert staged.name == "predicates + seer-2b (prompt 2)"
