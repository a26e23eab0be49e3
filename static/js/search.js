// The search page: a click on a moment plays it in the player beside the list, arrow keys go from one to the next, a
// click on a heat strip plays there. Everything works by links without this file.
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const player = () => document.querySelector("vs-player");
  const hits = () => [...document.querySelectorAll("[data-hit]")];
  let current = null; // id of the moment in the player; the list may be swapped under it
  let touched = false; // whether somebody has begun to watch: from then on the player shows what they chose

  const clipOf = (element) => JSON.parse(element.dataset.clip);

  function load(hit, { start = false, at = null } = {}) {
    const stage = player();
    if (!hit || !stage?.loadClip) return false;
    const clip = clipOf(hit);
    current = hit.id;
    stage.loadClip({ ...clip, at, play: start });
    show(clip);
    mark();
    return true;
  }

  function play(hit, { focus = false, at = null } = {}) {
    if (!load(hit, { start: true, at })) return;
    touched = true;
    reveal(player());
    if (focus) hit.querySelector("a")?.focus({ preventScroll: true });
    hit.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  VS.playHit = (id, options) => play(document.getElementById(id), options);
  VS.currentHit = () => current;

  // On a phone the player sticks to the top; elsewhere it may have been scrolled away.
  function reveal(stage) {
    const box = (stage.querySelector(".player-frame") || stage).getBoundingClientRect();
    if (box.bottom < 80 || box.top > window.innerHeight) (stage.querySelector(".player-frame") || stage).scrollIntoView({ block: "start", behavior: "smooth" });
  }

  function show(data) {
    const set = (name, text) => {
      const place = document.querySelector(`[data-stage="${name}"]`);
      if (place) place.textContent = text;
    };
    set("label", data.label);
    set("span", data.span);
    set("video", data.title);
    const link = document.querySelector('[data-stage="video"]');
    if (link) link.href = data.href;
    const dot = document.querySelector('[data-stage="colour"]');
    if (dot) dot.dataset.colour = data.colour;
  }

  // Which moment is in the player, and its place in the order, which changes as verdicts arrive.
  function mark() {
    const all = found();
    for (const hit of hits()) {
      const link = hit.querySelector(".hit-link");
      if (hit.id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const place = document.querySelector('[data-stage="place"]');
    const at = all.findIndex((hit) => hit.id === current);
    if (place && at >= 0) place.textContent = String(at + 1);
    for (const button of document.querySelectorAll("[data-step]")) button.hidden = all.length < 2 && !document.querySelector("[data-by-time]");
    for (const one of document.querySelectorAll(".heat-mark")) one.toggleAttribute("data-on", one.dataset.play === current);
  }

  // Up and down go through what was found, where that is listed together with bookmarks.
  function found() {
    const all = hits();
    const some = all.filter((hit) => hit.id.startsWith("hit-"));
    return some.length ? some : all;
  }

  // A bookmark in the list is a moment with the filled mark.
  const kept = () => hits().filter((hit) => hit.querySelector(".bookmark-done") || hit.id.startsWith("bookmark-"));

  // The one of `some` after the moment in the player, or before it, and round.
  function step(by, some = found()) {
    const all = hits();
    const at = all.findIndex((hit) => hit.id === current);
    const place = isElsewhere(all[at]) ? placeOf(all) : at;
    const next = by > 0 ? some.find((hit) => all.indexOf(hit) > place) : some.filter((hit) => all.indexOf(hit) < place).pop();
    play(next || some[by > 0 ? 0 : some.length - 1], { focus: true });
  }

  // On the page of a video its list is in the order of time, and whoever watches on has left the moment behind.
  function isElsewhere(hit) {
    const now = player()?.time;
    if (!document.querySelector("[data-by-time]") || now === undefined) return false;
    const clip = hit && clipOf(hit);
    return !clip || now < clip.start - 0.5 || now > clip.moment[1] + 1;
  }

  // Between two moments: after the last that has begun.
  const placeOf = (all) => all.filter((hit) => clipOf(hit).start <= player().time).length - 0.5;

  function playAt(strip, event) {
    const box = strip.querySelector("svg").getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const clip = clipOf(strip);
    current = null;
    touched = true;
    player()?.loadClip({ ...clip, start: share * clip.duration, end: null, tracks: [], play: true });
    show({ label: "Free play", span: "", title: clip.title, colour: "", href: "#" });
    mark();
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const stepper = event.target.closest("[data-step], [data-step-kept]");
    if (stepper?.dataset.step) return step(Number(stepper.dataset.step));
    if (stepper) return step(Number(stepper.dataset.stepKept), kept());
    const link = event.target.closest(".hit-link, .heat-mark");
    if (link && player()) {
      const hit = link.closest("[data-hit]") || document.getElementById(link.dataset.play);
      if (hit) {
        event.preventDefault();
        play(hit);
      }
      return;
    }
    const strip = event.target.closest("[data-strip]");
    if (strip && event.target.closest(".heat-track")) playAt(strip, event);
  });

  function bookmark() {
    const place = document.getElementById(current)?.querySelector("details.bookmark");
    if (!place) return false;
    place.open = true;
    place.querySelector("input[name=note]")?.focus();
    return true;
  }

  // Into a reel, or out of here as a film or a link.
  function onward() {
    const link = document.getElementById(current)?.querySelector("[data-export]");
    if (link) window.htmx.process(link); // the list may have been swapped this very moment
    link?.click();
    return Boolean(link);
  }

  const COMMANDS = {
    "hit-next": () => step(1),
    "hit-previous": () => step(-1),
    "kept-next": () => step(1, kept()),
    "kept-previous": () => step(-1, kept()),
    bookmark,
    "export": onward,
  };

  document.addEventListener("vs:command", (event) => {
    const command = COMMANDS[event.detail.name];
    if (!command || !hits().length || event.target.closest?.("details[open]")) return;
    if (command() !== false) event.preventDefault();
  });

  // A swipe over the picture is the next moment or the one before; the buttons do the same.
  const FAR = 60; // pixels
  let touch = null;
  document.addEventListener("touchstart", (event) => {
    touch = event.touches.length === 1 && event.target.closest?.("vs-player video") ? event.touches[0] : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    const moved = touch && event.changedTouches[0];
    if (!moved || !hits().length) return;
    const [x, y] = [moved.clientX - touch.clientX, moved.clientY - touch.clientY];
    touch = null;
    if (Math.abs(x) > FAR && Math.abs(x) > 2 * Math.abs(y)) step(x < 0 ? 1 : -1);
  }, { passive: true });

  // With looping off the moments play one after the other.
  document.addEventListener("clip:ended", (event) => {
    if (!current || event.target.loops || event.target.end === null) return;
    const all = hits();
    const at = all.findIndex((hit) => hit.id === current);
    if (at < 0 || at + 1 >= all.length) return;
    event.preventDefault();
    play(all[at + 1]);
  });

  document.addEventListener("player:time", (event) => {
    const hit = document.getElementById(current);
    const showing = hit && clipOf(hit).video;
    for (const strip of document.querySelectorAll("[data-strip]")) {
      const now = strip.querySelector("[data-now]");
      const clip = clipOf(strip);
      const here = !showing || clip.video === showing;
      now.hidden = !here;
      if (here) now.style.left = `${Math.min(100, (100 * event.detail.time) / clip.duration)}%`;
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches(".search-library input")) {
      const form = event.target.form;
      if (form.elements.q.value.trim()) form.requestSubmit();
    }
  });

  // A question that cannot be asked comes back as 422 with the reason: it is shown where the results would be.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("play", () => (touched = true), true);

  // The last verdict may have changed the order: the player opens on the best, unless it is in use.
  function settle() {
    const done = document.querySelector("#hits:not([hx-get])");
    const best = hits()[0];
    if (done && !touched && best && best.id !== current) load(best);
    else mark();
  }

  function begin() {
    const first = document.querySelector('.hit-link[aria-current="true"]')?.closest("[data-hit]");
    if (first) {
      current = first.id;
      mark();
    }
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "results") {
      touched = false;
      begin();
    } else {
      settle();
    }
  });
  document.addEventListener("htmx:oobAfterSwap", mark);
  begin();
})();
