"""Draws bodies: shaded tapered limbs in far-to-near order, with kit, hair, shirt number and shadow.

Every limb is a *capsule*, two circles and what is between them; the trunk is the hull of six circles. `Figures`
projects all capsules of all players at once; boxes and silhouettes are taken from the very shapes that are painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import HEIGHT, WIDTH, Rgb
from grounding.synth.camera import View
from grounding.synth.cast import Actor
from grounding.synth.figures import INDEX, JOINTS
from grounding.synth.sim import Array
from grounding.types import Image

_EXTRA: Final = ("jaw", "brow", "nape", "scalp", "fringe", "side_l", "side_r", "waist_l", "waist_r", "belly", "breast")
_POINTS: Final = {name: i for i, name in enumerate((*JOINTS, *_EXTRA))}

_LEG: Final = (
    ("hip", "knee", 0.0, 1.0, 0.086, 0.058, "skin"), ("knee", "ankle", 0.0, 1.0, 0.057, 0.040, "skin"),
    ("knee", "ankle", 0.26, 1.0, 0.060, 0.044, "sock"), ("ankle", "toe", -0.1, 1.0, 0.047, 0.034, "shoe"),
    ("hip", "knee", 0.0, 0.62, 0.108, 0.106, "shorts"),
)  # fmt: skip
_ARM: Final = (
    ("shoulder", "elbow", 0.0, 1.0, 0.056, 0.047, "skin"), ("elbow", "wrist", 0.0, 1.0, 0.047, 0.036, "skin"),
    ("wrist", "hand", 0.0, 1.0, 0.039, 0.041, "skin"), ("shoulder", "elbow", 0.44, 0.60, 0.060, 0.060, "trim"),
    ("shoulder", "elbow", 0.0, 0.52, 0.074, 0.066, "shirt"),
)  # fmt: skip
_HEAD: Final = (
    ("neck", "head", -0.5, 0.6, 0.054, 0.050, "skin"), ("nape", "scalp", 0.0, 1.0, 0.097, 0.099, "hair"),
    ("jaw", "brow", 0.0, 1.0, 0.073, 0.090, "skin"), ("fringe", "scalp", 0.0, 1.0, 0.056, 0.070, "hair"),
)  # fmt: skip
_TRUNK: Final = (
    ("side_l", "side_r", 0.0, 1.0, 0.086, 0.086, "shirt"), ("breast", "belly", 0.0, 1.0, 0.126, 0.114, "shirt"),
    ("waist_l", "waist_r", 0.0, 1.0, 0.094, 0.094, "shirt"),
)  # fmt: skip


def _sided(
    parts: tuple[tuple[str, str, float, float, float, float, str], ...], side: str
) -> list[tuple[str, str, float, float, float, float, str]]:
    return [(f"{a}_{side}", f"{b}_{side}", *rest) for a, b, *rest in parts]  # type: ignore[misc]


_GROUPS: Final = {
    "leg_l": _sided(_LEG, "l"), "leg_r": _sided(_LEG, "r"), "arm_l": _sided(_ARM, "l"), "arm_r": _sided(_ARM, "r"),
    "head": list(_HEAD), "trunk": list(_TRUNK),
}  # fmt: skip
_PARTS: Final = [part for group in _GROUPS.values() for part in group]
_FIRST: Final = {name: sum(len(_GROUPS[g]) for g in list(_GROUPS)[:i]) for i, name in enumerate(_GROUPS)}
_FROM: Final = np.array([_POINTS[p[0]] for p in _PARTS])
_TO: Final = np.array([_POINTS[p[1]] for p in _PARTS])
_SHARE: Final = np.array([(p[2], p[3]) for p in _PARTS])
_RADIUS: Final = np.array([(p[4], p[5]) for p in _PARTS])
_HALF: Final = 8
SHIFT: Final = 4
_LIGHT: Final = np.array([-0.62, -0.5])

SHOES: Final[tuple[Rgb, ...]] = ((235, 235, 235), (30, 30, 34), (220, 60, 60), (60, 210, 190), (240, 200, 40))


Outlines = dict[int, tuple[NDArray[np.int32], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """All bodies of one instant as seen by one camera.

    centres (P, N, 2, 2) and radii (P, N, 2): pixels, two circles a capsule; depth (P,) metres to the trunk;
    boxes (P, 4) around everything drawn, not clipped; scale (P,) pixels a metre at the trunk.
    """

    centres: Array
    radii: Array
    depth: Array
    part_depth: Array
    boxes: Array
    scale: Array
    in_front: NDArray[np.bool_]

    def outlines(self, who: list[int]) -> dict[int, tuple[NDArray[np.int32], ...]]:
        """Outlines (N, 16, 2) of every capsule of some bodies, in fixed point: the rim, the lit part, the glow."""
        if not who:
            return {}
        centres, radii = self.centres[who], self.radii[who]
        shape = (len(who), len(_PARTS), 2 * _HALF, 2)
        layers = []
        for shrink, shift in ((1.0, 0.0), (0.80, 0.20), (0.40, 0.42)):
            moved = centres + _LIGHT * shift * radii[..., None]
            flat = _capsules(moved.reshape(-1, 2, 2), (radii * shrink).reshape(-1, 2))
            layers.append(_fixed(flat).reshape(shape))
        return {p: tuple(layer[i] for layer in layers) for i, p in enumerate(who)}


def place(view: View, joints: Array, trunk: Array, sizes: Array, builds: Array) -> Figures:
    """Projects bodies. joints (P, 21, 3); trunk (P, 3, 3) axes; sizes (P,) height / 1.8; builds (P,) width factor."""
    points = np.concatenate([joints, _extra(joints, trunk, sizes)], axis=1)
    a, b = points[:, _FROM], points[:, _TO]
    ends = a[:, :, None] + (b - a)[:, :, None] * _SHARE[None, :, :, None]
    centres, depth = view.project(ends)
    radii = _RADIUS * (sizes * builds)[:, None, None] * view.focal / np.maximum(depth, 0.05)
    low = (centres - radii[..., None]).min((1, 2))
    high = (centres + radii[..., None]).max((1, 2))
    middle = depth[:, _FIRST["trunk"] : _FIRST["trunk"] + 3].mean((1, 2))
    return Figures(
        centres=centres, radii=radii, depth=middle, part_depth=depth.mean(2), boxes=np.concatenate([low, high], 1),
        scale=view.focal / np.maximum(middle, 0.05), in_front=depth.min((1, 2)) > 0.5,
    )  # fmt: skip


def _extra(joints: Array, trunk: Array, sizes: Array) -> Array:
    """The points of head and trunk that are not joints."""
    f, left, up = trunk[:, 0], trunk[:, 1], trunk[:, 2]
    s = sizes[:, None]

    def near(name: str, ahead: float, aside: float, above: float) -> Array:
        return joints[:, INDEX[name]] + (f * ahead + left * aside + up * above) * s

    return np.stack([
        near("head", 0.028, 0, -0.035), near("head", 0.030, 0, 0.035), near("head", -0.035, 0, 0.0),
        near("crown", -0.022, 0, 0.005), near("crown", 0.045, 0, 0.005), near("neck", 0, 0.125, -0.085),
        near("neck", 0, -0.125, -0.085), near("pelvis", 0, 0.062, 0.03), near("pelvis", 0, -0.062, 0.03),
        near("pelvis", 0.0, 0, 0.14), near("chest", 0.0, 0, 0.03),
    ], axis=1)  # fmt: skip


def _capsules(centres: Array, radii: Array) -> Array:
    """Outlines (N, 16, 2) of capsules: centres (N, 2, 2), radii (N, 2)."""
    axis = centres[:, 1] - centres[:, 0]
    length = np.hypot(axis[:, 0], axis[:, 1])
    angle = np.arctan2(axis[:, 1], axis[:, 0])
    # Where the sides touch the circles: tangents, not diameters, or a tapered limb would show a kink.
    open_ = np.arccos(np.clip((radii[:, 0] - radii[:, 1]) / np.maximum(length, 1e-6), -1, 1))
    arc = np.linspace(-1, 1, _HALF)
    far = angle[:, None] + open_[:, None] * arc
    near = angle[:, None] + np.pi + (np.pi - open_)[:, None] * arc
    first = centres[:, 1, None] + np.stack([np.cos(far), np.sin(far)], -1) * radii[:, 1, None, None]
    second = centres[:, 0, None] + np.stack([np.cos(near), np.sin(near)], -1) * radii[:, 0, None, None]
    return np.concatenate([first, second], axis=1)


def _fixed(points: Array) -> NDArray[np.int32]:
    return np.round(np.clip(points, -3000, 5000) * (1 << SHIFT)).astype(np.int32)


def _tone(rgb: Rgb, factor: float, lift: float = 0.0) -> Rgb:
    r, g, b = (int(min(255.0, c * factor + lift)) for c in rgb)
    return r, g, b


class Wardrobe:
    """What an actor wears, ready to paint: three shades of each cloth, and the number as a mask."""

    def __init__(self, actor: Actor, *, vest: bool) -> None:
        shoe = SHOES[actor.id * 7 % len(SHOES)]
        cloth = {"skin": actor.body.skin, "shirt": actor.shirt_rgb, "shorts": actor.shorts_rgb, "sock": actor.sock_rgb,
                 "trim": actor.trim_rgb, "hair": actor.body.hair, "shoe": shoe}  # fmt: skip
        self.shades = {k: (_tone(v, 0.58), _tone(v, 0.95), _tone(v, 1.1, 12)) for k, v in cloth.items()}
        bright = sum(actor.shirt_rgb) * 0.5 + actor.shirt_rgb[1] * 0.5 > 330
        self.ink: Rgb = (22, 22, 28) if bright else (244, 244, 244)
        self.number = None if actor.number is None else number_mask(actor.number)
        # Basketball vests have no sleeves: the sleeve is painted, as the upper arm it covers.
        arms = range(_FIRST["arm_l"], _FIRST["head"])
        bare = arms if vest and actor.role != "referee" else range(0)
        self.shaded = [self.shades["skin" if i in bare else part[6]] for i, part in enumerate(_PARTS)]


def number_mask(number: int) -> Image:
    """A shirt number as a grey mask (128 high), digits filling the height."""
    text = str(number)
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 4.2, 17)
    mask = np.zeros((128, max(w + 24, 100), 3), np.uint8)
    cv2.putText(
        mask,
        text,
        ((mask.shape[1] - w) // 2, (128 + h) // 2),
        cv2.FONT_HERSHEY_SIMPLEX,
        4.2,
        (255,) * 3,
        17,
        cv2.LINE_AA,
    )
    return np.ascontiguousarray(mask[..., 0])


class Painter:
    """Paints figures into a picture."""

    def __init__(self, cast: tuple[Actor, ...], *, number_height: tuple[float, float], vest: bool) -> None:
        self.wardrobe = [Wardrobe(actor, vest=vest) for actor in cast]
        self.number_height = number_height

    def shadows(self, image: Image, view: View, joints: Array, who: list[int]) -> None:
        """Soft shadows on the ground, away from the light."""
        for p in who:
            feet = joints[p, [INDEX["toe_l"], INDEX["toe_r"]]]
            spine = joints[p, [INDEX["pelvis"], INDEX["neck"]]]
            ground = np.concatenate([feet, spine, spine])
            ground[:, 0] += ground[:, 2] * 0.42
            ground[:, 1] += ground[:, 2] * 0.30
            ground[2:, 1] += np.array([0.18, 0.2, -0.18, -0.2])
            ground[:, 2] = 0.0
            outline, depth = view.project(ground)
            if depth.min() < 0.5:
                continue
            _darken(image, np.asarray(cv2.convexHull(outline.astype(np.float32))[:, 0], np.float64), 0.42)

    def figure(
        self, image: Image, view: View, seen: tuple[Figures, Outlines], p: int, body: tuple[Array, Array]
    ) -> None:
        """One body, its parts in far-to-near order. body: its joints and trunk axes."""
        figures, (joints, trunk) = seen[0], body
        size = float(figures.scale[p])
        layers = seen[1][p][: 3 if size > 64 else 2]
        shaded = self.wardrobe[p].shaded
        for group in self._order(figures, p):
            if group == "trunk":
                self._trunk(image, layers, p)
                self._number(image, view, p, joints, trunk)
                continue
            first = _FIRST[group]
            parts = list(range(first, first + len(_GROUPS[group])))
            if group == "head":
                parts = self._head_order(view, joints[INDEX["head"]], trunk, first)
            for n in parts:
                for layer, outline in enumerate(layers):
                    cv2.fillConvexPoly(image, outline[n], shaded[n][layer], cv2.LINE_AA, SHIFT)
        if size > 120:
            self._face(image, view, p, joints, trunk, size)

    @staticmethod
    def silhouette(mask: Image, outlines: NDArray[np.int32], value: int) -> None:
        """Fills the outline of one body into a mask. outlines: (N, 16, 2) fixed point, in the mask's pixels."""
        for outline in outlines:
            cv2.fillConvexPoly(mask, outline, value, cv2.LINE_8, SHIFT)
        first = _FIRST["trunk"]
        hull = cv2.convexHull(outlines[first : first + 3].reshape(-1, 2))
        cv2.fillConvexPoly(mask, hull, value, cv2.LINE_8, SHIFT)

    @staticmethod
    def _order(figures: Figures, p: int) -> list[str]:
        depth = {g: float(figures.part_depth[p, _FIRST[g] : _FIRST[g] + len(_GROUPS[g])].mean()) for g in _GROUPS}
        legs = sorted(("leg_l", "leg_r"), key=lambda g: -depth[g])
        upper = sorted(("arm_l", "arm_r", "head"), key=lambda g: -depth[g])
        behind = [g for g in upper if depth[g] > depth["trunk"] + (0.03 if g != "head" else 0.25)]
        return [*behind[:0], *[g for g in behind if g != "head"], *legs, *[g for g in behind if g == "head"], "trunk",
                *[g for g in upper if g not in behind]]  # fmt: skip

    @staticmethod
    def _head_order(view: View, head: Array, trunk: Array, first: int) -> list[int]:
        neck, hair, face, fringe = first, first + 1, first + 2, first + 3
        towards = float(np.dot(trunk[0], view.position - head))
        return [neck, hair, face, fringe] if towards > 0 else [neck, face, fringe, hair]

    def _trunk(self, image: Image, layers: tuple[NDArray[np.int32], ...], p: int) -> None:
        first = _FIRST["trunk"]
        shades = self.wardrobe[p].shades["shirt"]
        for outline, colour in zip(layers[:2], shades, strict=False):
            hull = cv2.convexHull(outline[first : first + 3].reshape(-1, 2))
            cv2.fillConvexPoly(image, hull, colour, cv2.LINE_AA, SHIFT)
        for glow in layers[2:]:
            for n in (first, first + 1):
                cv2.fillConvexPoly(image, glow[n], shades[2], cv2.LINE_AA, SHIFT)

    def _number(self, image: Image, view: View, p: int, joints: Array, trunk: Array) -> None:
        mask = self.wardrobe[p].number
        if mask is None:
            return
        quad = self.number_quad(view, p, joints, trunk)
        if quad is None:
            return
        low = np.maximum(np.floor(quad.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(quad.max(0)).astype(int) + 1, (WIDTH, HEIGHT))
        if np.any(high - low < 4):
            return
        h, w = mask.shape
        texture = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        matrix = cv2.getPerspectiveTransform(texture, (quad - low).astype(np.float32))
        # Shrinking a mask in one step would drop strokes; a half-size copy first keeps them.
        shrink = h / max(1.0, float(np.ptp(quad[:, 1])))
        if shrink > 2.5:
            small = np.asarray(cv2.resize(mask, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), np.uint8)
            matrix, mask = matrix @ np.diag([w / small.shape[1], h / small.shape[0], 1.0]), small
        wide, tall = (int(v) for v in high - low)
        alpha = cv2.warpPerspective(mask, matrix, (wide, tall), flags=cv2.INTER_LINEAR)
        roi = image[low[1] : high[1], low[0] : high[0]]
        weight = alpha[..., None].astype(np.uint16)
        ink = np.array(self.wardrobe[p].ink, np.uint16)
        roi[:] = ((roi * (255 - weight) + ink * weight) // 255).astype(np.uint8)

    def number_quad(self, view: View, p: int, joints: Array, trunk: Array) -> Array | None:
        """(4, 2) corners of the number in the picture, of the back or the front, whichever is seen; None if neither."""
        mask = self.wardrobe[p].number
        if mask is None:
            return None
        forward, left, up = trunk
        size = float(np.linalg.norm(joints[INDEX["neck"]] - joints[INDEX["pelvis"]])) / 0.55
        middle = joints[INDEX["chest"]] + up * 0.03 * size
        ray = view.position - middle
        cosine = float(np.dot(forward, ray) / np.linalg.norm(ray))
        if abs(cosine) < 0.34:
            return None
        back = cosine < 0
        tall = self.number_height[0 if back else 1] * size
        wide = min(tall * mask.shape[1] / mask.shape[0], 0.33 * size)
        # Seen from behind the actor's left is the picture's left; from the front it is the picture's right.
        right = -left if back else left
        centre = middle + forward * (-0.12 if back else 0.12) * size
        corners = np.stack([
            centre - right * wide / 2 + up * tall / 2, centre + right * wide / 2 + up * tall / 2,
            centre + right * wide / 2 - up * tall / 2, centre - right * wide / 2 - up * tall / 2,
        ])  # fmt: skip
        quad, depth = view.project(corners)
        return quad if depth.min() > 0.5 else None

    def _face(self, image: Image, view: View, p: int, joints: Array, trunk: Array, size: float) -> None:
        """Eyes and mouth of those near enough to have a face."""
        forward, left, up = trunk
        head = joints[INDEX["head"]]
        ray = view.position - head
        if float(np.dot(forward, ray) / np.linalg.norm(ray)) < 0.35:
            return
        spots = np.stack(
            [
                head + forward * 0.1 + left * s + up * u
                for s, u in ((0.036, 0.03), (-0.036, 0.03), (0.02, -0.045), (-0.02, -0.045))
            ]
        )
        pixels, _ = view.project(spots)
        dark = _tone(self.wardrobe[p].shades["skin"][0], 0.42)
        for eye in pixels[:2]:
            cv2.circle(image, (int(eye[0] * 16), int(eye[1] * 16)), int(size * 0.009 * 16), dark, -1, cv2.LINE_AA, 4)
        a, b = _fixed(pixels[2]), _fixed(pixels[3])
        cv2.line(image, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), dark, max(1, int(size * 0.008)), cv2.LINE_AA, 4)


def _darken(image: Image, outline: Array, depth: float) -> None:
    """Multiplies the inside of a convex outline, softly."""
    low = np.maximum(np.floor(outline.min(0)).astype(int) - 4, 0)
    high = np.minimum(np.ceil(outline.max(0)).astype(int) + 5, (image.shape[1], image.shape[0]))
    if np.any(high - low < 3):
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    cv2.fillConvexPoly(mask, _fixed(outline - low), round(255 * depth), cv2.LINE_AA, SHIFT)
    mask = cv2.blur(mask, (5, 5))
    roi = image[low[1] : high[1], low[0] : high[0]]
    roi[:] = cv2.multiply(roi, cv2.merge([255 - mask] * 3), scale=1 / 255)
