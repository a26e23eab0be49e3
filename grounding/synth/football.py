"""How football is played here: two blocks around the ball, passes, dribbles, tackles, shots and what follows a goal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from grounding.synth.sim import DT, FLOORED, Act, Array, World

SHAPE: Final = np.array([
    (-0.95, 0.0), (-0.62, -0.62), (-0.70, -0.22), (-0.70, 0.22), (-0.62, 0.62), (0.0, -0.68), (-0.12, -0.2),
    (-0.12, 0.24), (0.04, 0.7), (0.6, -0.24), (0.66, 0.26),
])  # fmt: skip
"""A 4-4-2 around the block's middle: along the attack, across; in half block lengths. The first is the keeper."""

BLOCK: Final = np.array([17.0, 21.0])
"""Half size of a team's block in metres: along, across."""


@dataclass(slots=True)
class Flight:
    """The ball on its way. times in seconds; loft: height of the arc; team: who sent it; header_at, dive_at: when
    people go up for it or the keeper dives, infinity for never."""

    start: Array
    to: Array
    t0: float
    t1: float
    loft: float
    team: int
    kind: Literal["loose", "pass", "shot"] = "loose"
    receiver: int = -1
    header_at: float = math.inf
    dive_at: float = math.inf
    result: str = ""
    shooter: int = -1
    side: int = 1


class Football:
    """The brain of a football match. Phases: play, flight (ball on its way), keeper, celebrate, out."""

    def __init__(self, world: World) -> None:
        self.w = world
        self.length, self.width = world.arena.length, world.arena.width
        self.squad = world.arena.squad
        self.phase = "play"
        self.until = 0.0
        self.next_choice = 0.0
        self.attack_since = 0.0
        self.patience = 9.0
        self.next_tackle = 3.0
        self.flight = Flight(np.zeros(3), np.zeros(3), 0.0, 0.1, 0.0, 0)
        self.party: list[int] = []
        self.wander = np.zeros_like(world.pos)
        self.last_scorer = -1
        self._place(at=self._middle() + np.array([0.0, world.rng.uniform(-12, 12)]), team=int(world.rng.integers(2)))
        world.breaks.clear()

    # Geometry

    def _middle(self) -> Array:
        return np.array([self.length / 2, self.width / 2])

    def _sign(self, team: int) -> int:
        return 1 if team == 0 else -1

    def _goal(self, team: int) -> Array:
        """The goal that `team` attacks."""
        return np.array([self.length if team == 0 else 0.0, self.width / 2])

    def _field(self, team: int) -> range:
        return range(team * self.squad + 1, (team + 1) * self.squad)

    def _formation(self, team: int) -> Array:
        """(11, 2) where the team's players belong, given the ball and who has it."""
        ball = self.w.ball[:2]
        sign, has_ball = self._sign(team), self._owner() == team
        centre = np.array([
            np.clip(ball[0] + sign * (3.0 if has_ball else -7.0), 20.0, self.length - 20.0),
            self.width / 2 + (ball[1] - self.width / 2) * 0.62,
        ])  # fmt: skip
        spots = centre + SHAPE * BLOCK * (1.05 if has_ball else 0.85) * np.array([sign, 1.0])
        own = self.length - self._goal(team)[0]
        spots[0] = (own + sign * 4.5, self.width / 2 + (ball[1] - self.width / 2) * 0.16)
        return np.asarray(np.clip(spots, (2.0, 2.0), (self.length - 2.0, self.width - 2.0)), np.float64)

    def _owner(self) -> int:
        if self.w.holder >= 0:
            return int(self.w.team[self.w.holder])
        return self.flight.team

    def _place(self, *, at: Array, team: int) -> None:
        """Puts everybody in formation around the ball, with the ball at the feet of `team`'s nearest player."""
        w = self.w
        w.ball[:] = (*at, 0.11)
        self.flight.team = team
        w.holder = -1
        for side in (0, 1):
            spots = self._formation(side) + w.rng.normal(0, 1.6, (self.squad, 2))
            w.pos[side * self.squad : (side + 1) * self.squad] = spots
        w.pos[-1] = at + np.array([-7.0, 8.0])
        w.target[:] = w.pos
        near = min(self._field(team), key=lambda p: float(np.hypot(*(w.pos[p] - at))))
        w.pos[near] = at - np.array([self._sign(team) * 0.6, 0.0])
        w.holder = near
        w.jump_on(0.0)
        self._begin_attack()
        self.phase = "play"

    def _begin_attack(self) -> None:
        self.attack_since = self.w.now
        self.patience = float(self.w.rng.uniform(3.0, 6.5))
        self.next_choice = self.w.now + float(self.w.rng.uniform(0.6, 1.6))

    # Every frame

    def think(self) -> None:
        w = self.w
        if w.frame % 60 == 0:
            self.wander = w.rng.normal(0, 1.9, w.pos.shape)
        if w.frame % 5 == 0:
            self._shape()
        w.look = w.ball[:2].copy()
        getattr(self, f"_{self.phase}")()

    def _shape(self) -> None:
        """Sends everybody without a task to their place; the far ones run, the near ones walk."""
        w = self.w
        for team in (0, 1):
            spots = self._formation(team)
            for slot in range(self.squad):
                actor = team * self.squad + slot
                spot = spots[slot] + self.wander[actor] * (0.3 if slot == 0 else 1.0)
                far = float(np.hypot(*(spot - w.pos[actor])))
                w.go(
                    actor, spot, 1.4 if far < 3.5 else 2.0 if far < 6 else 3.9 if far < 12 else 5.4 if far < 19 else 7.4
                )
        w.go(w.pos.shape[0] - 1, w.ball[:2] + np.array([-6.0, 7.0]) + self.wander[-1], 4.6)
        if self.phase in ("play", "flight"):
            self._chase()
            self._runs()

    def _chase(self) -> None:
        """The two nearest opponents press the ball; the owner's nearest player goes for a loose one."""
        w = self.w
        point = w.ball[:2] if w.holder >= 0 else self.flight.to[:2]
        for team in (0, 1):
            mine = [p for p in self._field(team) if w.act[p] not in FLOORED]
            order = sorted(mine, key=lambda p: float(np.hypot(*(w.pos[p] - point))))
            attacking = team == self._owner()
            for rank, actor in enumerate(order[: 1 if attacking else 2]):
                if actor != w.holder:
                    lag = np.array([self._sign(team) * -2.2 * rank, 0.0])
                    w.go(actor, point + lag, 7.2 if rank == 0 else 5.0)
        if w.holder < 0 and self.flight.receiver >= 0:
            w.go(self.flight.receiver, self.flight.to[:2], 7.6)

    def _runs(self) -> None:
        """Two forwards of the attacking team sprint into the space behind the defence now and then."""
        w, team = self.w, self._owner()
        if int(w.now / 3.2) % 2:
            return
        for slot in (9, 10, 5 if int(w.now / 6.4) % 2 else 8):
            actor = team * self.squad + slot
            if actor != w.holder and w.act[actor] not in FLOORED:
                ahead = w.pos[actor] + np.array([self._sign(team) * 11.0, np.sin(actor + w.now) * 3.0])
                ahead[0] = np.clip(ahead[0], 6.0, self.length - 6.0)
                w.go(actor, ahead, 7.8)

    def _play(self) -> None:
        """Someone has the ball: keep it at the feet, run, and decide every now and then."""
        w = self.w
        holder = w.holder
        if holder < 0 or w.act[holder] in FLOORED:
            self._loosen()
            return
        team = int(w.team[holder])
        goal = self._goal(team)
        to_goal = goal - w.pos[holder]
        distance = float(np.hypot(*to_goal))
        lane = np.array([0.0, np.sin(w.now * 0.9 + holder) * 6.0])
        aim = w.pos[holder] + to_goal / max(distance, 1.0) * 7.0 + lane
        w.go(
            holder, np.clip(aim, (1.5, 1.5), (self.length - 1.5, self.width - 1.5)), 5.0 + 1.9 * np.sin(w.now + holder)
        )
        heading = np.array([np.cos(w.face[holder]), np.sin(w.face[holder])])
        touch = 0.45 + 0.22 * np.sin(w.now * 7.0) + 0.05 * float(np.hypot(*w.vel[holder]))
        w.ball[:] = (*(w.pos[holder] + heading * touch), 0.11)
        self._contest(holder)
        if w.holder != holder or w.now < self.next_choice:
            return
        impatient = w.now - self.attack_since > self.patience
        if distance < 27.0 and (impatient or w.rng.random() < 0.5):
            self._shoot(holder, goal, distance)
        elif impatient and distance < 45.0 and w.rng.random() < 0.5:
            self.next_choice = w.now + 0.6
        else:
            self._pass(holder, team)

    def _contest(self, holder: int) -> None:
        """An opponent within reach may win the ball, bring the holder down or slide past."""
        w = self.w
        if w.now < self.next_tackle:
            return
        rivals = self._field(1 - int(w.team[holder]))
        near = min(rivals, key=lambda p: float(np.hypot(*(w.pos[p] - w.pos[holder]))))
        if float(np.hypot(*(w.pos[near] - w.pos[holder]))) > 1.5 or w.act[near] in FLOORED:
            return
        self.next_tackle = w.now + float(w.rng.uniform(3.5, 8.0))
        dice = w.rng.random()
        if dice < 0.42:
            w.start_act(near, Act.SLIDE, 1.9, side=1 if w.rng.random() < 0.5 else -1)
            w.note("tackle", near, 1.9)
            if dice < 0.30:
                down = float(w.rng.uniform(2.6, 4.2))
                w.start_act(holder, Act.FALL, down, side=1 if w.rng.random() < 0.5 else -1)
                w.note("fall", holder, down)
                if dice < 0.12:
                    w.whistle()
            self._loosen()
        elif dice < 0.7:
            w.note("tackle", near, 0.6)
            w.start_act(near, Act.KICK, 0.4)
            w.holder = near
            self._begin_attack()

    def _loosen(self) -> None:
        """The ball rolls free a few metres; whoever gets there first has it."""
        w = self.w
        away = w.rng.normal(0, 2.4, 2)
        self._fly(to=(*np.clip(w.ball[:2] + away, 1.0, (self.length - 1, self.width - 1)), 0.11), speed=5.0)
        self.flight.team = int(w.rng.integers(2))

    def _fly(self, *, to: tuple[float, ...], speed: float, loft: float = 0.0) -> None:
        w = self.w
        start = w.ball.copy()
        seconds = max(0.2, float(np.linalg.norm(np.array(to) - start)) / speed)
        team = self._owner()
        self.flight = Flight(start, np.array(to), w.now, w.now + seconds, loft, team)
        w.holder = -1
        self.phase = "flight"

    def _pass(self, holder: int, team: int) -> None:
        w = self.w
        mates = [p for p in self._field(team) if p != holder and w.act[p] not in FLOORED]
        rivals = w.pos[list(self._field(1 - team))]
        gap = w.pos[mates] - w.pos[holder]
        distance = np.hypot(gap[:, 0], gap[:, 1])
        open_ = np.array([np.hypot(*(rivals - w.pos[m]).T).min() for m in mates])
        forward = gap[:, 0] * self._sign(team)
        liking = forward * 0.14 + np.minimum(open_, 8) * 0.35 - np.abs(distance - 14) * 0.12
        weights = np.exp(liking - liking.max()) * (distance < 38)
        mate = mates[int(w.rng.choice(len(mates), p=weights / weights.sum()))]
        far = float(np.hypot(*(w.pos[mate] - w.pos[holder])))
        loft = float(0.11 * far + 1.0) if far > 19 and w.rng.random() < 0.75 else 0.0
        speed = 15.0 if loft else float(np.clip(9 + far * 0.35, 10, 17))
        lead = w.pos[mate] + w.vel[mate] * (far / speed) * 0.8
        lead = np.clip(lead, 1.0, (self.length - 1.0, self.width - 1.0))
        self._fly(to=(*lead, 1.9 if loft else 0.11), speed=speed, loft=loft)
        self.flight.receiver, self.flight.kind = mate, "pass"
        w.start_act(holder, Act.KICK, 0.5)
        w.note("pass", holder, self.flight.t1 - w.now)
        if loft:
            self.flight.header_at = self.flight.t1 - 0.42

    def _shoot(self, holder: int, goal: Array, distance: float) -> None:
        w = self.w
        team, dice = int(w.team[holder]), w.rng.random()
        result = "goal" if dice < 0.5 else "save" if dice < 0.8 else "wide"
        side = 1 if w.rng.random() < 0.5 else -1
        across = {"goal": w.rng.uniform(1.6, 3.2), "save": w.rng.uniform(0.6, 2.4), "wide": w.rng.uniform(4.4, 7)}[
            result
        ]
        depth = 0.8 if result == "goal" else -0.6 if result == "save" else 6.0
        point = (goal[0] + self._sign(team) * depth, goal[1] + side * float(across), float(w.rng.uniform(0.4, 2.0)))
        self._fly(to=point, speed=21.0)
        f = self.flight
        f.kind, f.result, f.shooter, f.side = "shot", result, holder, side
        w.start_act(holder, Act.KICK, 0.6)
        w.note("shot", holder, self.flight.t1 - w.now)
        w.thrill = max(w.thrill, 0.6)
        f.dive_at = f.t1 - min(0.45, 0.6 * distance / 21.0)

    def _flight(self) -> None:
        """The ball is on its way; headers, dives and arrivals."""
        w, f = self.w, self.flight
        share = min(1.0, (w.now + DT - f.t0) / (f.t1 - f.t0))
        w.ball[:] = f.start + (f.to - f.start) * share
        w.ball[2] += 4 * f.loft * share * (1 - share)
        if w.now >= f.header_at:
            f.header_at = math.inf
            self._headers(f.receiver, f.to[:2])
        if w.now >= f.dive_at:
            f.dive_at = math.inf
            keeper = (1 - f.team) * self.squad
            w.start_act(keeper, Act.DIVE, 2.2, side=f.side)
            w.vel[keeper, 1] += 3.6 * f.side
            w.note("fall", keeper, 2.2)
        if share >= 1.0:
            self._arrive()

    def _headers(self, receiver: int, point: Array) -> None:
        """The receiver and the nearest opponent go up for a high ball."""
        w = self.w
        rivals = self._field(1 - int(w.team[receiver]))
        near = min(rivals, key=lambda p: float(np.hypot(*(w.pos[p] - point))))
        for actor in (receiver, near):
            if float(np.hypot(*(w.pos[actor] - point))) < 4.5 and w.act[actor] not in FLOORED:
                w.start_act(actor, Act.JUMP, 1.0, hop=float(w.rng.uniform(0.4, 0.6)))
                w.note("jump", actor, 1.0)

    def _arrive(self) -> None:
        w = self.w
        if self.flight.kind == "shot":
            self._shot_ends(self.flight.result)
            return
        standing = [p for p in range(2 * self.squad) if w.act[p] not in FLOORED]
        near = min(standing, key=lambda p: float(np.hypot(*(w.pos[p] - w.ball[:2]))))
        if float(np.hypot(*(w.pos[near] - w.ball[:2]))) > 1.6:
            w.ball[2] = 0.11
            return
        changed = int(w.team[near]) != self._owner()
        w.holder = near
        self.phase = "play"
        self.next_choice = w.now + float(w.rng.uniform(0.5, 2.0))
        if changed:
            self._begin_attack()

    def _shot_ends(self, result: str) -> None:
        w = self.w
        shooter = self.flight.shooter
        team = int(w.team[shooter])
        if result == "goal":
            w.score[team] += 1
            w.thrill = 1.0
            w.whistle()
            w.note("goal", shooter, 1.0)
            self._start_party(shooter)
        elif result == "save":
            w.thrill = 0.7
            w.holder = (1 - team) * self.squad
            w.note("save", w.holder, 1.5)
            self.phase, self.until = "keeper", w.now + 4.0
        else:
            self.phase, self.until = "out", w.now + 3.0

    def _start_party(self, scorer: int) -> None:
        w = self.w
        team = int(w.team[scorer])
        self.phase, self.until, self.last_scorer = "celebrate", w.now + 9.0, scorer
        order = sorted(self._field(team), key=lambda p: float(np.hypot(*(w.pos[p] - w.pos[scorer]))))
        self.party = order[:4]
        for rank, actor in enumerate(self.party):
            seconds = float(w.rng.uniform(5.0, 7.0)) if rank == 0 else float(w.rng.uniform(3.0, 5.0))
            w.start_act(actor, Act.RAISE, seconds)
            w.note("celebrate", actor, seconds)

    def _celebrate(self) -> None:
        """The scorer runs to the corner with raised arms, mates follow; then the game is cut to the kick-off."""
        w = self.w
        team = int(w.team[self.last_scorer])
        corner = np.array([self._goal(team)[0] - self._sign(team) * 7.0, 6.0])
        for rank, actor in enumerate(self.party):
            offset = np.array([np.cos(rank * 2.1), np.sin(rank * 2.1)]) * (0.0 if rank == 0 else 1.8)
            w.go(actor, corner + offset, 5.6 if rank == 0 else 6.6)
        w.look = w.pos[self.last_scorer].copy()
        if w.now >= self.until and self._worth_going_on():
            w.clock += 42.0
            self._place(at=self._middle(), team=1 - team)
            w.whistle()

    def _worth_going_on(self) -> bool:
        """Not in the last three seconds: there would be no time for a shot of what follows."""
        return self.w.frames - self.w.frame > 75

    def _keeper(self) -> None:
        """The keeper gets up with the ball and throws it out."""
        w = self.w
        keeper = w.holder
        heading = np.array([np.cos(w.face[keeper]), np.sin(w.face[keeper])])
        w.ball[:] = (*(w.pos[keeper] + heading * 0.35), 0.3 if w.act[keeper] in FLOORED else 1.1)
        if w.now >= self.until and w.act[keeper] not in FLOORED:
            self._begin_attack()
            self.phase = "play"
            self._pass(keeper, int(w.team[keeper]))
            self.flight.start = w.ball.copy()

    def _out(self) -> None:
        """The ball is gone; the next we see is a goal kick already played."""
        w = self.w
        w.ball[2] = max(0.11, w.ball[2] - 2.0 * DT)
        if w.now >= self.until and self._worth_going_on():
            team = 1 - self._owner()
            w.clock += 20.0
            at = np.array([self.length / 2 - self._sign(team) * 18.0, self.width / 2 + w.rng.uniform(-20, 20)])
            self._place(at=at, team=team)
