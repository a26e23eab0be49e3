// A short look at a moment while the pointer or the focus rests on its card: without sound, in the place of the still.
// Off where people want less motion or save data; Escape ends it.
(() => {
  "use strict";

  const REST = 350; // milliseconds before it begins
  const LONGEST = 5; // seconds
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;
  let shown = null;

  function begin(card) {
    const still = card.querySelector(".still");
    const { src, moment, start } = JSON.parse(card.dataset.clip);
    if (!src || !still) return;
    const from = moment ? moment[0] : start;
    const video = document.createElement("video");
    Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: `${src}#t=${from}` });
    video.tabIndex = -1;
    video.setAttribute("aria-hidden", "true");
    const until = Math.min(from + LONGEST, moment ? moment[1] : from + LONGEST);
    video.addEventListener("timeupdate", () => {
      if (video.currentTime > until) video.currentTime = from;
    });
    // The still stays until there is a picture.
    video.addEventListener("playing", () => still.append(video), { once: true });
    video.currentTime = from;
    video.play().catch(() => {});
    shown = { card, video };
  }

  function end() {
    clearTimeout(timer);
    timer = null;
    if (!shown) return;
    shown.video.pause();
    shown.video.removeAttribute("src");
    shown.video.load();
    shown.video.remove();
    shown = null;
  }

  function rest(card) {
    if (shown?.card === card && !calm.matches) return;
    end();
    if (!card || calm.matches || navigator.connection?.saveData) return;
    timer = setTimeout(() => begin(card), REST);
  }

  const cardOf = (event) => event.target.closest?.(".hit-link")?.closest("[data-hit][data-clip]") || null;
  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && rest(cardOf(event)));
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.(":focus-visible")) rest(cardOf(event));
  });
  document.addEventListener("focusout", end);
  document.addEventListener("click", end);
  document.addEventListener("keydown", (event) => event.key === "Escape" && end());
  document.addEventListener("htmx:beforeSwap", end);
})();
