// A list of moments beside the player: a click plays one, arrow keys go from one to the next, and with looping off they
// play one after the other. Items are [data-hit] with their clip as JSON in data-clip. Links do it without this file.
(() => {
  "use strict";

  const player = () => document.querySelector("vs-player");
  const items = () => [...document.querySelectorAll("[data-hit]")];
  let current = document.querySelector('.moment-link[aria-current="true"]')?.closest("[data-hit]")?.id ?? null;

  function play(item, { focus = false } = {}) {
    const stage = player();
    if (!item || !stage?.loadClip) return false;
    const clip = JSON.parse(item.dataset.clip);
    current = item.id;
    stage.loadClip({ ...clip, play: true });
    show(clip);
    mark();
    reveal(stage);
    if (focus) item.querySelector(".moment-link")?.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest", behavior: "smooth" });
    return true;
  }

  // On a phone the player sticks to the top; elsewhere it may have been scrolled away.
  function reveal(stage) {
    const frame = stage.querySelector(".player-frame") || stage;
    const box = frame.getBoundingClientRect();
    if (box.bottom < 80 || box.top > window.innerHeight) frame.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  function show(clip) {
    const set = (name, text) => {
      const place = document.querySelector(`[data-stage="${name}"]`);
      if (place) place.textContent = text;
      return place;
    };
    set("label", clip.label);
    set("span", clip.span);
    const link = set("video", clip.title);
    if (link) link.href = clip.href;
    const dot = document.querySelector('[data-stage="colour"]');
    if (dot) dot.dataset.colour = clip.colour;
  }

  function mark() {
    const all = items();
    for (const item of all) {
      const link = item.querySelector(".moment-link");
      if (item.id === current) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
    const place = document.querySelector('[data-stage="place"]');
    const at = all.findIndex((item) => item.id === current);
    if (place && at >= 0) place.textContent = String(at + 1);
    for (const button of document.querySelectorAll("[data-moment-step]")) button.hidden = all.length < 2;
  }

  function step(by) {
    const all = items();
    if (!all.length) return;
    const at = all.findIndex((item) => item.id === current);
    play(all[(at + by + all.length) % all.length], { focus: true });
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const stepper = event.target.closest("[data-moment-step]");
    if (stepper) return step(Number(stepper.dataset.momentStep));
    const link = event.target.closest(".moment-link");
    if (link && play(link.closest("[data-hit]"))) event.preventDefault();
  });

  function onward() {
    const link = document.getElementById(current)?.querySelector("[data-export]");
    link?.click();
    return Boolean(link);
  }

  // All that is in such a list was kept by somebody.
  const COMMANDS = {
    "hit-next": () => step(1),
    "hit-previous": () => step(-1),
    "kept-next": () => step(1),
    "kept-previous": () => step(-1),
    "export": onward,
  };

  document.addEventListener("vs:command", (event) => {
    const command = COMMANDS[event.detail.name];
    if (!command || !items().length || document.activeElement?.closest("details[open]")) return;
    if (command() !== false) event.preventDefault();
  });

  document.addEventListener("clip:ended", (event) => {
    if (!current || event.target.loops) return;
    const all = items();
    const at = all.findIndex((item) => item.id === current);
    if (at < 0 || at + 1 >= all.length) return;
    event.preventDefault();
    play(all[at + 1]);
  });

  // A form that does not hold comes back as 422 with the reason: in the place of the form, or of all the parts.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    const form = event.detail.requestConfig?.elt?.closest("[data-swap-422]");
    if (!form) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    if (event.detail.target.id !== "parts") event.detail.target = form;
  });

  document.addEventListener("htmx:afterSwap", mark);
  mark();
})();
