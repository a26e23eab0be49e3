"""Versions of the verifier: trained from what reviewers said, compared, activated, applied, rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from grounding.rl.base import base_policy
from grounding.rl.features import ENDS, JUDGE
from grounding.rl.network import Layers
from grounding.rl.policy import Policy, Scale, dump
from grounding.rl.problems import SHIFTS
from grounding.rl.train import Config
from tests.web.search.world import Cast, make_track, make_video
from videosearch import jobs
from videosearch.accounts.models import User
from videosearch.jobs.models import Job
from videosearch.library.models import Library
from videosearch.search import feedback, training, verifiers
from videosearch.search.models import Candidate, Feedback, Judgement, Query, Verification, VerifierVersion

PAGE = reverse("search:page")
STILL = {"object:person": 0.9, "shirt_colour:red": 0.9, "motion:standing": 0.9}
FAST = {"object:person": 0.9, "shirt_colour:red": 0.9, "motion:sprinting": 0.9}
SPRINT: Sequence[dict[str, float]] = [*[STILL] * 5, *[FAST] * 5, *[STILL] * 5]


def fixed(start: float = 0.0, *, taking: float = 5.0, order: str = "score", sign: float = 0.0) -> Policy:
    """A policy that moves every start by as much and orders by one measure."""

    def layers(inputs: int, outputs: int) -> Layers:
        return Layers(np.zeros((inputs, 1)), np.zeros(1), np.zeros((1, outputs)), np.zeros(outputs))

    parts = {"judge": layers(len(JUDGE), 2), "start": layers(len(ENDS), 13), "end": layers(len(ENDS), 13)}
    parts["judge"].w1[JUDGE.index(order), 0] = 0.01
    parts["judge"].w2[0, 0] = sign
    parts["judge"].b2[1] = taking
    parts["start"].b2[SHIFTS.index(start)] = 5.0
    parts["end"].b2[SHIFTS.index(0.0)] = 5.0
    scales = {name: Scale(np.zeros(len(one.w1)), np.ones(len(one.w1))) for name, one in parts.items()}
    return Policy(scales, parts)


def version(policy: Policy | None, **fields: Any) -> VerifierVersion:
    return VerifierVersion.objects.create(policy=dump(policy) if policy else None, **fields)


def ask(user: User, text: str) -> Query:
    client = Client()
    client.force_login(user)
    assert client.get(PAGE, {"q": text}).status_code == 200
    return Query.objects.latest("created_at")


@pytest.fixture
def sprint(cast: Cast, worker: list[str]) -> Cast:
    """Somebody in red who sprints from 25 to 30 s."""
    make_track(make_video(cast.library), cast.version, SPRINT, start=20, end=35)
    return cast


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_without_a_version_all_is_as_it_was(sprint: Cast) -> None:
    query = ask(sprint.alice, "player in red sprinting")
    judged = Verification.objects.get()
    assert (judged.verifier, judged.likely, judged.verdict) == ("predicates", None, "confirmed")
    assert (judged.start, judged.end) == (25.0, 30.0)
    hit = query.hits.get()
    assert hit.score != judged.score, "the calibration says how likely it is"


def test_the_active_version_judges_and_stands_beside_each_judgement(sprint: Cast) -> None:
    one = version(fixed(-2.0))
    ask(sprint.alice, "player in red sprinting")
    assert Verification.objects.get().verifier == "predicates", "trained is not yet active"
    verifiers.activate(one)
    query = ask(sprint.alice, "red player sprinting")
    judged = Verification.objects.get(candidate__query=query)
    assert (judged.verifier, judged.start, judged.end) == (one.name, 23.0, 30.0)
    assert "Begins 2.0 s earlier than measured, as learnt." in judged.reason
    hit = query.hits.get()
    assert hit.start == 23.0
    assert hit.score == pytest.approx(0.5)
    said = feedback.say(sprint.alice, judged.candidate, Judgement.RIGHT)
    assert (said.verifier, said.start) == (one.name, 23.0)


def test_it_decides_the_order_too(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    for start, many in ((20, 5), (60, 9)):
        terms = [*[STILL] * 3, *[FAST] * many, *[STILL] * 3]
        make_track(video, cast.version, terms, start=start, end=start + len(terms))
    firsts: list[float] = []
    for sign in (300.0, -300.0):
        one = version(fixed(order="seconds", sign=sign))
        verifiers.activate(one)
        query = ask(cast.alice, f"player in red sprinting{' ' * len(firsts)}")
        firsts.append(query.hits.get(rank=1).start)
    assert firsts == [63.0, 23.0]


def test_a_refusal_ranks_and_labels_but_never_removes(sprint: Cast) -> None:
    verifiers.activate(version(fixed(taking=-5.0)))
    query = ask(sprint.alice, "player in red sprinting")
    assert query.hits.count() == query.candidates.count() == 1
    assert query.hits.get().verdict == "unsure"


def test_activating_and_rolling_back(db: None) -> None:
    one, two = version(fixed()), version(fixed(-1.0))
    assert verifiers.current().name == "predicates"
    verifiers.activate(one)
    verifiers.activate(two)
    assert verifiers.current().name == two.name
    assert VerifierVersion.objects.filter(active=True).count() == 1
    assert verifiers.roll_back() == one
    assert verifiers.current().name == one.name
    assert verifiers.roll_back() is None
    assert verifiers.current().name == "predicates"
    assert verifiers.roll_back() is None


def test_what_is_not_trained_cannot_judge(db: None) -> None:
    with pytest.raises(verifiers.CannotActivateError, match="not trained"):
        verifiers.activate(version(None))


def test_one_that_loses_true_moments_is_activated_knowingly_only(root: Client) -> None:
    one = version(fixed(), report=_report(loses=0.04))
    page = reverse("admin:search_verifierversion_compare", args=[one.pk])
    shown = root.get(page).content.decode()
    assert 'name="knowing"' in shown
    assert "4.0 % fewer of the true moments" in shown
    refused = root.post(page)
    assert refused.status_code == 422
    assert "tick that you know" in refused.content.decode()
    assert verifiers.active() is None
    assert root.post(page, {"knowing": "on"}).status_code == 302
    assert verifiers.active() == one


def test_both_tables_stand_side_by_side_and_one_click_takes_it_back(root: Client) -> None:
    one = version(fixed(), report=_report(loses=0.0), learnt_from={"right": 7, "corrected": 12, "held out": 5})
    page = reverse("admin:search_verifierversion_compare", args=[one.pk])
    shown = root.get(page).content.decode()
    assert "0.500 → 0.560" in shown
    assert "0.700 → <strong>0.690</strong>" in shown, "what got worse is told apart"
    assert "predicates → " in shown
    assert "Learnt from 7 right, 12 corrected, 5 held out" in shown
    assert 'name="knowing"' not in shown
    assert root.post(page).status_code == 302
    assert "Roll back to the rule" in root.get(page).content.decode()
    assert root.post(reverse("admin:search_verifierversion_roll_back")).status_code == 302
    assert verifiers.active() is None
    assert root.get(reverse("admin:search_verifierversion_changelist")).status_code == 200


def _report(*, loses: float) -> dict[str, Any]:
    row = {"kind": "all", "queries": 9, "r_at_1": 0.7, "m_tiou": 0.6, "m_viou": 0.5, "reward": 1.1, "recall": 0.4}
    other = {**row, "r_at_1": 0.69, "m_viou": 0.56}
    met = {"said": 5, "right_kept": 1.0, "wrong_refused": None, "m_tiou": 0.6, "moved_start": 0.0, "moved_end": 0.0}
    return {
        "rival": "predicates", "matches": {"active": [row], "candidate": [other]},
        "feedback": {"active": met, "candidate": {**met, "moved_start": -2.0}},
        "kinds": [{"rule": row, "candidate": other}], "loses": loses,
    }  # fmt: skip


def test_the_policy_of_the_package_is_two_clicks_away(root: Client) -> None:
    made = root.post(reverse("admin:search_verifierversion_add"), {"library": "", "packaged": "on"})
    assert made.status_code == 302
    one = VerifierVersion.objects.get()
    assert one.policy == dump(base_policy())
    assert not Job.objects.exists()
    shown = root.get(made["Location"]).content.decode()
    assert f"predicates → {one.name}" in shown
    rows = {side: one.report["matches"][side][-1] for side in ("active", "candidate")}
    assert rows["candidate"]["m_viou"] > rows["active"]["m_viou"]
    assert f"{rows['candidate']['m_viou']:.3f}" in shown
    root.post(made["Location"], {"knowing": "on"})
    assert verifiers.current().name == one.name


def test_only_administrators_of_the_site_switch(cast: Cast) -> None:
    one = version(fixed())
    client = Client()
    client.force_login(cast.alice)
    for name, arguments in (("compare", [one.pk]), ("cancel", [one.pk]), ("roll_back", [])):
        assert client.post(reverse(f"admin:search_verifierversion_{name}", args=arguments)).status_code in (302, 404)
    assert verifiers.active() is None
    staff = Client()
    staff.force_login(User.objects.create_user("staff", password="secret", is_staff=True))
    assert staff.post(reverse("admin:search_verifierversion_compare", args=[one.pk])).status_code == 403
    assert verifiers.active() is None


# Training


def corrected(cast: Cast, count: int, *, earlier: float = 2.0, judgement: str = Judgement.CORRECTED) -> None:
    """Reviewers of Alice's team correct `count` sprints of as many videos to begin earlier."""
    for k in range(count):
        first = 5 + k % 3
        terms = [*[STILL] * first, *[FAST] * (4 + k % 4), *[STILL] * 5]
        make_track(make_video(cast.library, f"Match {k}"), cast.version, terms, start=20, end=20 + len(terms))
    query = ask(cast.alice, "player in red sprinting")
    for row in query.candidates.select_related("video", "query"):
        start, _ = row.verification.start, row.verification.end
        fix = feedback.Correction(start=start - earlier) if judgement == Judgement.CORRECTED else None
        feedback.say(cast.alice, row, judgement, fix)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer steps, and no policies without a kind: what they are is tested in the library."""
    monkeypatch.setattr(training, "WITHOUT_KIND", Config(steps=2, warm_up=2, hidden=2))
    monkeypatch.setattr("videosearch.search.training.KINDS", ("spatial",))


def test_what_a_moment_was_is_kept_with_what_was_said(sprint: Cast) -> None:
    row = ask(sprint.alice, "player in red sprinting").candidates.get()
    said = feedback.say(sprint.alice, row, Judgement.RIGHT)
    Query.objects.all().delete()
    said.refresh_from_db()
    assert said.candidate is None
    one = training.problem_of(said)
    assert one is not None
    assert len(one) == 1
    assert one.kind == "composite"
    assert one.t_iou[0, 6, 6] == 1.0


def test_what_was_said_before_enough_was_kept_is_not_used(sprint: Cast) -> None:
    row = ask(sprint.alice, "player in red sprinting").candidates.get()
    said = feedback.say(sprint.alice, row, Judgement.RIGHT)
    Feedback.objects.filter(pk=said.pk).update(proposed={})
    said.refresh_from_db()
    assert training.problem_of(said) is not None, "its candidate is still there"
    Query.objects.all().delete()
    said.refresh_from_db()
    assert training.problem_of(said) is None
    assert training.given(None).unusable == 1


def test_what_was_taken_back_teaches_nothing(sprint: Cast) -> None:
    row = ask(sprint.alice, "player in red sprinting").candidates.get()
    feedback.say(sprint.alice, row, Judgement.RIGHT)
    feedback.withdraw(sprint.alice, row)
    assert not training.given(None).learn
    assert not training.given(None).held_out


def test_only_the_own_library_is_learnt_from(sprint: Cast) -> None:
    row = ask(sprint.alice, "player in red sprinting").candidates.get()
    feedback.say(sprint.alice, row, Judgement.RIGHT)
    assert sum(training.given(sprint.other).judgements.values()) == 0
    assert sum(training.given(sprint.library).judgements.values()) == 1


def test_a_team_teaches_its_habit(cast: Cast, worker: list[str], quick: None, root: Client) -> None:
    corrected(cast, 20)
    page = reverse("admin:search_verifierversion_add")
    made = root.post(page, {"library": str(cast.library.pk)})
    assert made.status_code == 302
    one = VerifierVersion.objects.get()
    assert (one.library, one.policy) == (cast.library, None)
    assert "Training: waiting" in root.get(made["Location"]).content.decode()
    jobs.run_due()
    one.refresh_from_db()
    assert one.policy is not None
    assert one.learnt_from["corrected"] == 20
    met = one.report["feedback"]["candidate"]
    assert met["said"] > 0
    assert met["moved_start"] == pytest.approx(-2.0, abs=0.5)
    assert met["m_tiou"] > one.report["feedback"]["active"]["m_tiou"]
    assert {row["kind"] for row in one.report["matches"]["candidate"]} >= {"spatial", "all"}
    assert one.name in root.get(made["Location"]).content.decode()
    verifiers.activate(one, knowing=True)
    make_track(make_video(cast.library, "New"), cast.version, SPRINT, start=40, end=55)
    query = ask(cast.alice, "player in red sprinting fast")
    judged = Verification.objects.get(candidate__query=query, candidate__video__title="New")
    assert judged.verifier == one.name
    assert judged.start == pytest.approx(43.0, abs=0.5)


def test_too_little_is_said_at_once(root: Client, sprint: Cast) -> None:
    refused = root.post(reverse("admin:search_verifierversion_add"), {"library": ""})
    assert refused.status_code == 200
    assert "it takes at least 10" in refused.content.decode()
    assert not VerifierVersion.objects.exists()
    with pytest.raises(CommandError, match="at least 10"):
        call_command("train_policy")
    with pytest.raises(CommandError, match="no library Nobody"):
        call_command("train_policy", library="Nobody")


def test_the_training_can_be_stopped(cast: Cast, worker: list[str], root: Client) -> None:
    corrected(cast, 12)
    root.post(reverse("admin:search_verifierversion_add"), {"library": ""})
    one = VerifierVersion.objects.get()
    assert root.post(reverse("admin:search_verifierversion_cancel", args=[one.pk])).status_code == 302
    assert Job.objects.get(kind=training.KIND).state == Job.State.CANCELLED
    jobs.run_due()
    one.refresh_from_db()
    assert one.policy is None


def test_stopped_in_the_middle_nothing_is_left(cast: Cast, worker: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    corrected(cast, 12)
    one = version(None)
    training.start(one)
    seen: list[float] = []

    def progress(run: Any, share: float, message: str = "") -> None:
        seen.append(share)
        if share > 0.2:
            jobs.cancel(training.KIND, one.pk)
            run.check()

    monkeypatch.setattr("videosearch.jobs.run.JobRun.progress", progress)
    jobs.run_due()
    one.refresh_from_db()
    assert Job.objects.get(kind=training.KIND).state == Job.State.CANCELLED
    assert one.policy is None
    assert seen == sorted(seen)
    assert seen[-1] < 0.4


def test_the_command_trains_here(
    cast: Cast, worker: list[str], quick: None, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = ""
    corrected(cast, 12, judgement=Judgement.RIGHT)
    call_command("train_policy", library=cast.library.name)
    assert "is trained: m_vIoU" in capsys.readouterr().out
    assert VerifierVersion.objects.get().library == cast.library
    assert Library.objects.count() == 2


def test_a_version_of_an_older_program_is_refused(db: None) -> None:
    old = version(None)
    old.policy = {**dump(base_policy()), "version": 0}
    old.save()
    with pytest.raises(Exception, match="version 0"):
        verifiers.activate(old)
    assert Candidate.objects.count() == 0
