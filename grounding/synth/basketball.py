"""How basketball is played here: one team attacks a basket, the other stands between; then everybody runs back."""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.synth.furniture import rim
from grounding.synth.sim import DT, FLOORED, Act, Array, World

SPOTS: Final = np.array([
    (9.0, 0.0), (7.6, -4.9), (7.6, 4.9), (2.0, -6.8), (2.0, 6.8), (5.4, -2.4), (9.2, -3.4), (9.2, 3.4), (5.0, 6.4),
    (5.0, -6.4),
])  # fmt: skip
"""Places an attack uses, in metres from the end line and from the middle: five out, as is played today, or a post."""


class Basketball:
    """The brain of a basketball match. Phases: bring (up the court), attack, pass, shot, rebound."""

    def __init__(self, world: World) -> None:
        self.w = world
        self.squad = world.arena.squad
        self.length, self.width = world.arena.length, world.arena.width
        self.team = int(world.rng.integers(2))
        self.spots = np.arange(self.squad)
        self.next_move = 0.0
        self.next_pass = 0.0
        self.shoot_at = 0.0
        self.next_foul = 5.0
        self.from_, self.to = np.zeros(3), np.zeros(3)
        self.t0 = self.t1 = 0.0
        self.receiver = -1
        self.made = False
        self.until = 0.0
        self.phase = "attack"
        world.clock = float(world.rng.integers(200, 599))
        world.holder = self.team * self.squad
        self._settle()
        world.pos[:] = world.target + world.rng.normal(0, 0.4, world.pos.shape)
        world.face[:] = world.rng.uniform(-np.pi, np.pi, len(world.face))
        self._begin(now=0.0)

    # Geometry

    def _mine(self, team: int) -> range:
        return range(team * self.squad, (team + 1) * self.squad)

    def _rim(self, team: int) -> Array:
        return rim(self.w.arena, 1 if team == 0 else 0)

    def _spot(self, team: int, index: int) -> Array:
        deep, aside = SPOTS[index]
        x = self.length - deep if team == 0 else deep
        return np.array([x, self.width / 2 + aside])

    def _begin(self, *, now: float) -> None:
        self.shoot_at = now + float(self.w.rng.uniform(5.0, 9.5))
        self.next_pass = now + float(self.w.rng.uniform(0.8, 2.0))

    # Every frame

    def think(self) -> None:
        w = self.w
        w.look = w.ball[:2].copy()
        if w.frame % 5 == 0:
            if w.now >= self.next_move:
                self._move_around()
            self._settle()
        getattr(self, f"_{self.phase}")()

    def _move_around(self) -> None:
        """Two attackers change places: the cuts and screens that make everybody move."""
        w = self.w
        self.next_move = w.now + float(w.rng.uniform(1.0, 2.4))
        order = w.rng.permutation(self.squad)[:3]
        free = [s for s in range(len(SPOTS)) if s not in self.spots]
        self.spots[order[0]], self.spots[order[1]] = self.spots[order[1]], self.spots[order[0]]
        self.spots[order[2]] = free[int(w.rng.integers(len(free)))]

    def _settle(self) -> None:
        """Everybody's targets: attackers to their spots, defenders between their man and the basket."""
        w = self.w
        basket = self._rim(self.team)[:2]
        back = self.phase in ("bring", "rebound")
        for slot, actor in enumerate(self._mine(self.team)):
            spot = self._spot(self.team, int(self.spots[slot]))
            far = float(np.hypot(*(spot - w.pos[actor])))
            w.go(actor, spot, 1.5 if far < 1.2 else 3.6 if far < 4 else 5.0 if far < 11 else 6.6)
            if actor == w.holder:
                w.pace[actor] = 4.2 if back else 2.6
        for slot, actor in enumerate(self._mine(1 - self.team)):
            man = w.pos[self.team * self.squad + slot]
            guarded = man if not back else self._spot(self.team, int(self.spots[slot]))
            gap = basket - guarded
            step = 1.6 if self.team * self.squad + slot == w.holder else 2.6
            spot = guarded + gap / max(float(np.hypot(*gap)), 0.5) * step
            far = float(np.hypot(*(spot - w.pos[actor])))
            w.go(actor, spot, 1.8 if far < 1.2 else 4.2 if far < 5 else 7.0)
            guarding = not back and actor - (1 - self.team) * self.squad + self.team * self.squad == w.holder
            if guarding and w.act[actor] == Act.NONE:
                w.start_act(actor, Act.GUARD, 1.2)
        side = np.array([-5.5 if self.team == 0 else 5.5, -self.width * 0.36])
        w.go(len(w.pos) - 1, np.clip(w.ball[:2] + side, (1.5, 0.4), (self.length - 1.5, self.width - 0.4)), 4.0)

    def _hold(self) -> None:
        """The holder dribbles: the ball bounces beside the leading hand."""
        w = self.w
        h = w.holder
        if w.act[h] in (Act.NONE, Act.GUARD):
            w.start_act(h, Act.DRIBBLE, 0.6)
        heading = np.array([np.cos(w.face[h]), np.sin(w.face[h])])
        right = np.array([heading[1], -heading[0]])
        bounce = abs(np.sin(w.now * np.pi * 1.8))
        w.ball[:] = (*(w.pos[h] + heading * 0.42 + right * 0.26), 0.13 + 0.78 * bounce)

    def _bring(self) -> None:
        """Up the court with the ball."""
        self._hold()
        w = self.w
        basket = self._rim(self.team)[:2]
        if float(np.hypot(*(w.pos[w.holder] - basket))) < 10.5:
            self.phase = "attack"
            self._begin(now=w.now)

    def _attack(self) -> None:
        w = self.w
        h = w.holder
        self._hold()
        self._foul(h)
        if self.phase != "attack":
            return
        distance = float(np.hypot(*(w.pos[h] - self._rim(self.team)[:2])))
        if w.now >= self.shoot_at and distance < 9.2:
            self._shoot(h)
        elif w.now >= self.next_pass:
            self._throw(h)

    def _foul(self, h: int) -> None:
        """Now and then a defender gets bowled over, or the holder is brought down."""
        w = self.w
        guard = h - self.team * self.squad + (1 - self.team) * self.squad
        near = float(np.hypot(*(w.pos[guard] - w.pos[h]))) < 1.6
        if w.now < self.next_foul or not near or w.act[guard] in FLOORED:
            return
        self.next_foul = w.now + float(w.rng.uniform(9.0, 18.0))
        seconds = float(w.rng.uniform(2.4, 3.6))
        w.start_act(guard, Act.FALL, seconds, side=-1)
        w.note("fall", guard, seconds)
        w.note("tackle", guard, 0.6)
        w.whistle()

    def _throw(self, h: int) -> None:
        w = self.w
        mates = [p for p in self._mine(self.team) if p != h and w.act[p] not in FLOORED]
        rivals = w.pos[list(self._mine(1 - self.team))]
        open_ = np.array([np.hypot(*(rivals - w.pos[m]).T).min() for m in mates])
        weights = np.exp(np.minimum(open_, 4.0))
        self.receiver = mates[int(w.rng.choice(len(mates), p=weights / weights.sum()))]
        far = float(np.hypot(*(w.pos[self.receiver] - w.pos[h])))
        self._fly(to=np.array([*(w.pos[self.receiver] + w.vel[self.receiver] * far / 11.0), 1.25]), seconds=far / 11.0)
        w.start_act(h, Act.THROW, 0.5)
        w.note("pass", h, self.t1 - w.now)
        self.phase = "pass"

    def _fly(self, *, to: Array, seconds: float) -> None:
        w = self.w
        self.from_, self.to = w.ball.copy(), to
        self.t0, self.t1 = w.now, w.now + max(0.2, seconds)
        w.holder = -1

    def _along(self, loft: float) -> float:
        """Moves the ball on its way; gives the share done."""
        w = self.w
        share = min(1.0, (w.now + DT - self.t0) / (self.t1 - self.t0))
        w.ball[:] = self.from_ + (self.to - self.from_) * share
        w.ball[2] += 4 * loft * share * (1 - share)
        return share

    def _pass(self) -> None:
        w = self.w
        w.go(self.receiver, self.to[:2], 5.0)
        if self._along(0.25) < 1.0:
            return
        w.holder = self.receiver
        self.next_pass = w.now + float(w.rng.uniform(0.9, 2.6))
        self.phase = "attack"

    def _shoot(self, h: int) -> None:
        """A jump shot; the ball leaves the hands at the top."""
        w = self.w
        distance = float(np.hypot(*(w.pos[h] - self._rim(self.team)[:2])))
        self.made = bool(w.rng.random() < 0.52)
        w.face[h] = float(np.arctan2(*(self._rim(self.team)[:2] - w.pos[h])[::-1]))
        w.start_act(h, Act.SHOOT, 1.1, hop=0.5)
        w.note("jump", h, 1.1)
        self.shooter, self.points = h, 3 if distance > 6.75 else 2
        self.release = w.now + 0.5
        guard = h - self.team * self.squad + (1 - self.team) * self.squad
        if w.act[guard] not in FLOORED and float(np.hypot(*(w.pos[guard] - w.pos[h]))) < 2.5:
            w.start_act(guard, Act.JUMP, 1.0, hop=0.45)
            w.note("jump", guard, 1.0)
        self.phase = "shot"

    def _shot(self) -> None:
        w = self.w
        if w.now < self.release:
            h = self.shooter
            heading = np.array([np.cos(w.face[h]), np.sin(w.face[h])])
            rise = 1.2 + 1.5 * max(0.0, 1 - (self.release - w.now) / 0.4)
            w.ball[:] = (*(w.pos[h] + heading * 0.28), rise)
            return
        if w.holder >= 0:
            off = np.zeros(3) if self.made else np.array([*w.rng.normal(0, 0.16, 2), 0.1])
            far = float(np.hypot(*(w.ball[:2] - self._rim(self.team)[:2])))
            self._fly(to=self._rim(self.team) + off, seconds=0.75 + 0.06 * far)
            w.note("shot", self.shooter, self.t1 - w.now)
        share = self._along(1.1 + 0.12 * float(np.hypot(*(self.to - self.from_)[:2])))
        if share >= 1.0:
            self._after_shot()

    def _after_shot(self) -> None:
        w = self.w
        if self.made:
            w.score[self.team] += self.points
            w.thrill = 1.0
            w.note("goal", self.shooter, 1.0)
            joyful = [self.shooter, *[p for p in self._mine(self.team) if p != self.shooter and w.rng.random() < 0.25]]
            for actor in joyful if w.rng.random() < 0.65 else []:
                seconds = float(w.rng.uniform(2.2, 3.6))
                w.start_act(actor, Act.RAISE, seconds)
                w.note("celebrate", actor, seconds)
        else:
            w.thrill = max(w.thrill, 0.55)
            self._go_up()
        self._fly(to=np.array([*(self._rim(self.team)[:2] + w.rng.normal(0, 0.9, 2)), 1.0 if self.made else 2.2]),
                  seconds=0.55)  # fmt: skip
        self.phase = "rebound"

    def _go_up(self) -> None:
        """Those under the basket jump for the rebound."""
        w = self.w
        basket = self._rim(self.team)[:2]
        order = sorted(range(2 * self.squad), key=lambda p: float(np.hypot(*(w.pos[p] - basket))))
        for actor in order[:3]:
            if w.act[actor] not in FLOORED and float(np.hypot(*(w.pos[actor] - basket))) < 4.5:
                w.start_act(actor, Act.JUMP, 1.05, hop=float(w.rng.uniform(0.4, 0.6)))
                w.note("jump", actor, 1.05)

    def _rebound(self) -> None:
        """Whoever of the defence is nearest takes the ball, and the game goes the other way."""
        w = self.w
        if self._along(0.15) < 1.0:
            return
        taker = min(self._mine(1 - self.team), key=lambda p: float(np.hypot(*(w.pos[p] - w.ball[:2]))))
        w.go(taker, w.ball[:2].copy(), 5.0)
        w.ball[2] = max(0.2, w.ball[2] - 2.5 * DT)
        if float(np.hypot(*(w.pos[taker] - w.ball[:2]))) > 1.1:
            return
        self.team = 1 - self.team
        self.spots = w.rng.permutation(len(SPOTS))[: self.squad]
        w.holder = taker
        self.phase = "bring"
