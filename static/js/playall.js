// All moments of the list as one: played one after the other on the match itself, with a line over all of them that can
// be seeked anywhere. The match stays seekable too; Stop, or a moment chosen by hand, ends it.
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const bar = () => document.querySelector("[data-queue]");
  let queue = null; // {items: [{id, from, to, at}], length, place}

  const hits = () => [...document.querySelectorAll(".hits [data-hit]")];

  function gather() {
    let at = 0;
    const items = hits().map((hit) => {
      const { start, end } = JSON.parse(hit.dataset.clip);
      const item = { id: hit.id, from: start, to: end, at };
      at += end - start;
      return item;
    });
    return { items, length: at, place: 0 };
  }

  function begin() {
    queue = gather();
    if (!queue.items.length || !bar()) return;
    bar().hidden = false;
    bar().querySelector("[data-queue-range]").max = queue.length.toFixed(1);
    bar().querySelector("[data-queue-line]").replaceChildren(
      ...queue.items.map((item) => {
        const part = document.createElement("i");
        part.style.flexGrow = item.to - item.from;
        return part;
      }),
    );
    go(0);
  }

  function go(place, seconds = 0) {
    if (place >= queue.items.length) return stop();
    queue.place = Math.max(0, place);
    const item = queue.items[queue.place];
    queue.moving = true;
    VS.playHit?.(item.id, { at: item.from + seconds });
    queue.moving = false;
    show(item.from + seconds);
  }

  function seek(total) {
    const place = queue.items.findLastIndex((item) => item.at <= total + 1e-6);
    go(Math.max(0, place), total - queue.items[Math.max(0, place)].at);
  }

  function show(time) {
    const item = queue.items[queue.place];
    const total = item.at + Math.min(item.to - item.from, Math.max(0, time - item.from));
    const range = bar().querySelector("[data-queue-range]");
    range.value = total.toFixed(1);
    range.setAttribute("aria-valuetext", `${VS.clock(total)} of ${VS.clock(queue.length)}, moment ${queue.place + 1}`);
    const said = `${queue.place + 1} of ${queue.items.length}`;
    const place = bar().querySelector("[data-queue-place]");
    if (place.textContent !== said) place.textContent = said;
    [...bar().querySelector("[data-queue-line]").children].forEach((part, at) => part.toggleAttribute("data-on", at === queue.place));
  }

  function stop() {
    queue = null;
    if (bar()) bar().hidden = true;
    VS.player()?.video.pause();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-play-all]")) begin();
    if (!queue) return;
    if (event.target.closest?.("[data-queue-stop]")) stop();
    const step = event.target.closest?.("[data-queue-step]");
    if (step) go(Math.max(0, queue.place + Number(step.dataset.queueStep)));
  });

  document.addEventListener("input", (event) => {
    if (queue && event.target.matches("[data-queue-range]")) seek(Number(event.target.value));
  });

  document.addEventListener("player:time", (event) => {
    if (queue) show(event.detail.time);
  });

  // Before the page's own way of going on, which would loop.
  document.addEventListener("clip:ended", (event) => {
    if (!queue) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    go(queue.place + 1);
  }, true);

  // Somebody chose a moment by hand: the list goes on from there, or ends where it is not in it.
  document.addEventListener("clip:loaded", () => {
    if (!queue || queue.moving) return;
    const place = queue.items.findIndex((item) => item.id === VS.currentHit?.());
    if (place < 0) stop();
    else queue.place = place;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "results") queue = null;
  });
})();
