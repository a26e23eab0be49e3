// The line under the player: the clip, the marks with handles, and what else there is in this video. The window it shows
// is the whole video, or what is around the clip where the video is much longer.
//
//   VS.clock(seconds)         "1:02.4"
//   <div data-line> in a vs-player; <input data-mark="in"> and "out" for those who would rather give numbers
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const AROUND = 20; // seconds to either side of a clip
  const WHOLE = 180; // videos up to here are shown whole
  const STEP = 0.1;
  const LONG_STEP = 1;

  VS.clock = (seconds) => {
    const tenths = Math.round(Math.max(0, seconds) * 10);
    const whole = Math.floor(tenths / 10);
    const minutes = Math.floor(whole / 60) % 60;
    const hours = Math.floor(whole / 3600);
    const text = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(whole % 60).padStart(2, "0")}.${tenths % 10}`;
    return hours ? `${hours}:${text}` : text;
  };

  const lineOf = (player) => player.querySelector("[data-line]");
  const windowOf = (player) => {
    const end = player.video.duration || 0;
    if (!player.moment || end <= WHOLE) return [0, end];
    return [Math.max(0, player.moment[0] - AROUND), Math.min(end, player.moment[1] + AROUND)];
  };

  function place(element, player, from, to) {
    const [low, high] = windowOf(player);
    const left = Math.max(0, Math.min(1, (from - low) / (high - low)));
    const right = Math.max(0, Math.min(1, (to - low) / (high - low)));
    element.style.left = `${100 * left}%`;
    element.style.width = `${100 * (right - left)}%`;
  }

  function show(player) {
    const line = lineOf(player);
    const ready = line && player.video.duration > 0;
    if (!line) return;
    line.toggleAttribute("data-ready", ready);
    if (!ready) return;
    const { in: first, out: last } = player.marks;
    const [low, high] = windowOf(player);
    Object.assign(line.firstElementChild.dataset, { peek: player.clip.thumbnails || "", from: low, to: high });
    const clip = line.querySelector("[data-line-clip]");
    clip.hidden = !player.moment;
    if (player.moment) place(clip, player, ...player.moment);
    const marked = line.querySelector("[data-line-marked]");
    marked.hidden = first === null && last === null;
    if (!marked.hidden) place(marked, player, first ?? low, last ?? high);
    for (const [side, value] of [["in", first], ["out", last]]) {
      const handle = line.querySelector(`[data-handle="${side}"]`);
      handle.hidden = value === null;
      if (value !== null) {
        place(handle, player, value, value);
        handle.style.width = "";
        handle.setAttribute("aria-valuemin", low.toFixed(1));
        handle.setAttribute("aria-valuemax", high.toFixed(1));
        handle.setAttribute("aria-valuenow", value.toFixed(2));
        handle.setAttribute("aria-valuetext", VS.clock(value));
      }
      for (const input of player.querySelectorAll(`[data-mark="${side}"]`)) {
        if (input !== document.activeElement) input.value = value === null ? "" : value.toFixed(2);
      }
    }
    for (const button of player.querySelectorAll('[data-command="unmark"]')) button.hidden = first === null && last === null;
    player.querySelector("[data-marks]")?.toggleAttribute("data-set", first !== null || last !== null);
  }

  const timeAt = (player, event) => {
    const box = lineOf(player).querySelector("[data-line-track]").getBoundingClientRect();
    const [low, high] = windowOf(player);
    return low + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (high - low);
  };

  // The mark stays on its side of the other one.
  function move(player, side, seconds) {
    const marks = { ...player.marks };
    const other = side === "in" ? marks.out : marks.in;
    const free = Math.min(player.video.duration || Infinity, Math.max(0, seconds));
    marks[side] = other === null ? free : side === "in" ? Math.min(free, other - STEP) : Math.max(free, other + STEP);
    player.setMarks(marks.in, marks.out);
    player.seek(marks[side]);
  }

  document.addEventListener("pointerdown", (event) => {
    const player = event.target.closest?.("vs-player");
    const line = event.target.closest?.("[data-line-track]");
    if (!line || !player || event.button !== 0) return;
    const handle = event.target.closest("[data-handle]");
    event.preventDefault();
    handle?.focus();
    const drag = (moved) => (handle ? move(player, handle.dataset.handle, timeAt(player, moved)) : player.seek(timeAt(player, moved)));
    const stop = () => {
      line.removeEventListener("pointermove", drag);
      line.removeEventListener("pointerup", stop);
      line.removeEventListener("pointercancel", stop);
    };
    line.setPointerCapture(event.pointerId);
    line.addEventListener("pointermove", drag);
    line.addEventListener("pointerup", stop);
    line.addEventListener("pointercancel", stop);
    drag(event);
  });

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    const player = handle?.closest("vs-player");
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!player || !by) return;
    event.preventDefault();
    const side = handle.dataset.handle;
    move(player, side, player.marks[side] + by * (event.shiftKey ? LONG_STEP : STEP));
  });

  document.addEventListener("change", (event) => {
    const side = event.target.dataset?.mark;
    const player = side && event.target.closest("vs-player");
    if (!player) return;
    if (event.target.value === "") player.setMarks(side === "in" ? null : player.marks.in, side === "out" ? null : player.marks.out);
    else move(player, side, Number(event.target.value));
  });

  document.addEventListener("player:time", (event) => {
    const player = event.target;
    const now = lineOf(player)?.querySelector("[data-line-now]");
    if (!now || !player.video.duration) return;
    const [low, high] = windowOf(player);
    now.hidden = event.detail.time < low || event.detail.time > high;
    place(now, player, event.detail.time, event.detail.time);
    now.style.width = "";
  });

  for (const name of ["clip:loaded", "player:marks"]) document.addEventListener(name, (event) => show(event.target));
  document.querySelectorAll("vs-player").forEach((player) => player.video && show(player));
})();
