// What the player can be told, by button or by key, and the buttons that show how it is set.
//
//   VS.command(name)            tells the page; true if somebody did it. Others listen to "vs:command" {name} on the
//                               document and say so by preventDefault.
//   <button data-command="…">   tells it on a click
//   <select data-player-rate>   the speed
//
// How boxes, names and trails are shown, and the speed, are remembered by the browser.
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
  const BACKWARDS = [1, 2, 4]; // times real speed, of pressing J again and again
  const KEPT = "videosearch.player";

  VS.command = (name) => !document.dispatchEvent(new CustomEvent("vs:command", { cancelable: true, detail: { name } }));

  const faster = (player, by) => {
    const next = by > 0 ? RATES.find((rate) => rate > player.rate) : [...RATES].reverse().find((rate) => rate < player.rate);
    if (next) player.rate = next;
  };

  // No browser plays backwards: pictures are asked for one after the other.
  function runBack(player) {
    const speed = BACKWARDS[Math.min(BACKWARDS.length - 1, player.backwards === undefined ? 0 : player.backwards + 1)];
    stopBack(player);
    player.video.pause();
    player.backwards = BACKWARDS.indexOf(speed);
    let last = performance.now();
    player.backTimer = setInterval(() => {
      const now = performance.now();
      if (player.video.seeking) return;
      player.seek(player.video.currentTime - (speed * (now - last)) / 1000);
      last = now;
      if (player.video.currentTime <= 0) stopBack(player);
    }, 80);
  }

  function stopBack(player) {
    clearInterval(player.backTimer);
    player.backwards = undefined;
  }

  function runOn(player) {
    if (player.backwards === undefined && !player.video.paused) faster(player, 1);
    stopBack(player);
    player.play();
  }

  const jump = (player, seconds) => player.seek(player.video.currentTime + seconds);
  const frameOf = (player) => player.querySelector(".player-frame");
  const mark = (player, side) => {
    const marks = { ...player.marks, [side]: player.time };
    // A mark on the wrong side of the other one begins anew.
    if (marks.in !== null && marks.out !== null && marks.in >= marks.out) marks[side === "in" ? "out" : "in"] = null;
    player.setMarks(marks.in, marks.out);
  };

  // Where elements cannot fill the screen (iPhone), the player fills the window, boxes and all.
  function fill(player) {
    const frame = frameOf(player);
    if (document.fullscreenElement) return document.exitFullscreen();
    if (document.fullscreenEnabled && frame.requestFullscreen) return frame.requestFullscreen().catch(() => {});
    const on = frame.toggleAttribute("data-fills");
    document.documentElement.classList.toggle("player-fills", on);
    player.changed();
  }

  const COMMANDS = {
    "play": (player) => {
      stopBack(player);
      if (player.video.paused) player.play();
      else player.video.pause();
    },
    "pause": (player) => {
      stopBack(player);
      player.video.pause();
    },
    "run-back": runBack,
    "run-on": runOn,
    "slower": (player) => faster(player, -1),
    "faster": (player) => faster(player, 1),
    "back": (player) => jump(player, -5),
    "on": (player) => jump(player, 5),
    "to-in": (player) => player.seek(player.range[0] ?? 0),
    "to-out": (player) => player.seek(player.range[1] ?? player.video.duration),
    "frame-back": (player) => player.step(-1),
    "frame-on": (player) => player.step(1),
    "mark-in": (player) => mark(player, "in"),
    "mark-out": (player) => mark(player, "out"),
    "unmark": (player) => player.setMarks(null, null),
    "boxes": (player) => (player.shown = !player.shown),
    "names": (player) => (player.names = !player.names),
    "trail": (player) => (player.trail = !player.trail),
    "loop": (player) => (player.loops = !player.loops),
    "mute": (player) => (player.video.muted = !player.video.muted),
    "full": fill,
  };

  document.addEventListener("vs:command", (event) => {
    const command = COMMANDS[event.detail.name];
    const player = VS.player?.();
    if (!command || !player) return;
    event.preventDefault();
    command(player);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-command]");
    if (button) VS.command(button.dataset.command);
  });

  document.addEventListener("keydown", (event) => {
    const filled = event.key === "Escape" && document.querySelector(".player-frame[data-fills]");
    if (filled) fill(filled.closest("vs-player"));
  });

  const SETTINGS = ["shown", "names", "trail", "rate"];
  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) || {};
    } catch {
      return {};
    }
  };

  function show(player) {
    const full = document.fullscreenElement === frameOf(player) || frameOf(player).hasAttribute("data-fills");
    const states = { boxes: player.shown, names: player.names, trail: player.trail, loop: player.loops, full };
    for (const [name, on] of Object.entries(states)) {
      for (const button of player.querySelectorAll(`[data-command="${name}"]`)) button.setAttribute("aria-pressed", String(on));
    }
    for (const choice of player.querySelectorAll("[data-player-rate]")) choice.value = String(player.rate);
  }

  document.addEventListener("player:set", ({ target: player }) => {
    show(player);
    const settings = Object.fromEntries(SETTINGS.map((name) => [name, player[name]]));
    try {
      localStorage.setItem(KEPT, JSON.stringify(settings));
    } catch {
      // A browser that keeps nothing still plays.
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-player-rate]")) event.target.closest("vs-player").rate = Number(event.target.value);
  });

  document.addEventListener("fullscreenchange", () => document.querySelectorAll("vs-player").forEach(show));

  function restore(player) {
    const settings = remembered();
    if (settings.shown === false) player.shown = false;
    if (settings.names === false) player.names = false;
    if (settings.trail === true) player.trail = true;
    if (RATES.includes(settings.rate) && settings.rate !== 1) player.rate = settings.rate;
    show(player);
  }

  // A player may come later, with the results of a search.
  const seen = new WeakSet();
  document.addEventListener("clip:loaded", ({ target: player }) => {
    if (seen.has(player)) return;
    seen.add(player);
    restore(player);
  });
  document.querySelectorAll("vs-player").forEach((player) => {
    if (!player.video || seen.has(player)) return;
    seen.add(player);
    restore(player);
  });
})();
