// The search page: a click on a moment plays it in the player beside the list, arrow keys go from one to the next, a
// click on a heat strip plays there. Everything works by links without this file.
(() => {
  "use strict";

  const player = () => document.querySelector("vs-player");
  const hits = () => [...document.querySelectorAll("[data-hit]")];
  let current = null; // id of the moment in the player; the list may be swapped under it
  let touched = false; // whether somebody has begun to watch: from then on the player shows what they chose

  const clipOf = (element) => JSON.parse(element.dataset.clip);

  function load(hit, { start = false } = {}) {
    const stage = player();
    if (!hit || !stage?.loadClip) return false;
    const clip = clipOf(hit);
    current = hit.id;
    stage.loadClip({ ...clip, play: start });
    show(clip);
    mark();
    return true;
  }

  function play(hit, { focus = false } = {}) {
    if (!load(hit, { start: true })) return;
    touched = true;
    reveal(player());
    if (focus) hit.querySelector("a")?.focus({ preventScroll: true });
    hit.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

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
    const all = hits();
    for (const hit of all) {
      const link = hit.querySelector(".hit-link");
      if (hit.id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const place = document.querySelector('[data-stage="place"]');
    const at = all.findIndex((hit) => hit.id === current);
    if (place && at >= 0) place.textContent = String(at + 1);
    for (const button of document.querySelectorAll("[data-step]")) button.hidden = all.length < 2;
    for (const one of document.querySelectorAll(".heat-mark")) one.toggleAttribute("data-on", one.dataset.play === current);
  }

  function step(by) {
    const all = hits();
    if (!all.length) return;
    const at = all.findIndex((hit) => hit.id === current);
    play(all[(at + by + all.length) % all.length], { focus: true });
  }

  function playAt(strip, event) {
    const box = strip.querySelector("svg").getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const clip = clipOf(strip);
    current = null;
    touched = true;
    player()?.loadClip({ ...clip, start: share * clip.duration, tracks: [], play: true });
    show({ label: "Free play", span: "", title: clip.title, colour: "", href: "#" });
    mark();
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const stepper = event.target.closest("[data-step]");
    if (stepper) return step(Number(stepper.dataset.step));
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

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (event.target.closest?.("input, textarea, select, [role=slider], media-volume-range, media-time-range, details[open]")) return;
    if (!hits().length) return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  });

  // With looping off the moments play one after the other.
  document.addEventListener("clip:ended", (event) => {
    if (!current || event.target.loops) return;
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
