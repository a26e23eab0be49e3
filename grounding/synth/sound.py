"""The sound of a match: a crowd that swells with the game, and the referee's whistle."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import FPS
from grounding.synth.sim import Motion

RATE: Final = 44100


class Sound:
    """Mono samples, made piece by piece so that a long match needs no long array."""

    def __init__(self, motion: Motion, rng: np.random.Generator) -> None:
        self.motion, self.rng = motion, rng
        self._state = np.zeros(2)
        self._whistle = _whistle()

    def piece(self, first: int, last: int) -> NDArray[np.float32]:
        """Samples of the frames `[first, last)`, in -1..1; pieces must be asked for in order."""
        from scipy.signal import lfilter

        count = (last - first) * RATE // FPS
        # Two smoothings of white noise, one dark and one brighter, sound like a murmur of many voices.
        dark, self._state[:1] = lfilter([0.035], [1, -0.965], self.rng.normal(0, 1, count), zi=self._state[:1])
        bright, self._state[1:] = lfilter([0.22], [1, -0.78], self.rng.normal(0, 1, count), zi=self._state[1:])
        at = np.arange(count) * FPS / RATE + first
        thrill = np.interp(at, np.arange(len(self.motion)), self.motion.thrill)
        swell = 0.75 + 0.25 * np.sin(at / FPS * 1.7) * np.sin(at / FPS * 0.43)
        out = (dark * 0.9 + bright * (0.12 + 0.55 * thrill)) * swell * (0.10 + 0.55 * thrill)
        for frame in self.motion.whistles:
            self._mix(out, (frame - first) * RATE // FPS)
        return np.asarray(np.clip(out, -0.98, 0.98), np.float32)

    def _mix(self, out: NDArray[np.float64], at: int) -> None:
        start, stop = max(0, at), min(len(out), at + len(self._whistle))
        if start < stop:
            out[start:stop] += self._whistle[start - at : stop - at]


def _whistle() -> NDArray[np.float64]:
    """A pea whistle of 0.7 s: two close tones, beating and trilled."""
    t = np.arange(int(0.7 * RATE)) / RATE
    trill = 1 + 0.45 * np.sin(2 * np.pi * 38 * t)
    tone = np.sin(2 * np.pi * 2850 * t) + 0.7 * np.sin(2 * np.pi * 2990 * t)
    fade = np.minimum(1, np.minimum(t / 0.02, (0.7 - t) / 0.08))
    return np.asarray(0.16 * tone * trill * fade, np.float64)
