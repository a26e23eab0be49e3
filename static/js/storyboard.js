// A small picture of the moment under the pointer, over anything that shows a video from left to right:
// <div data-peek="/library/videos/…/storyboard.vtt" data-from="0" data-to="60">. The sheet is one picture, so moving
// along costs nothing. Escape puts it away.
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const sheets = new Map();

  const seconds = (text) => text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);

  async function read(url) {
    const response = await fetch(url);
    if (!response.ok) return [];
    const cues = [];
    for (const [, start, end, src, x, y, w, h] of (await response.text()).matchAll(
      /([\d:.]+) --> ([\d:.]+)\s+(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g,
    )) {
      cues.push({ start: seconds(start), end: seconds(end), src: new URL(src, location.href).href, x, y, w: Number(w), h: Number(h) });
    }
    return cues;
  }

  const sheetOf = (url) => {
    if (!sheets.has(url)) sheets.set(url, read(url).catch(() => []));
    return sheets.get(url);
  };

  const peek = document.createElement("div");
  peek.className = "peek";
  peek.hidden = true;
  peek.setAttribute("aria-hidden", "true");
  const picture = peek.appendChild(document.createElement("div"));
  const when = peek.appendChild(document.createElement("span"));
  document.body.append(peek);
  let over = null;

  async function show(element, event) {
    over = element;
    const box = element.getBoundingClientRect();
    const from = Number(element.dataset.from || 0);
    const to = Number(element.dataset.to);
    const time = from + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (to - from);
    const cues = await sheetOf(element.dataset.peek);
    if (over !== element) return;
    const cue = cues.find((one) => time < one.end) || cues[cues.length - 1];
    picture.hidden = !cue;
    if (cue) picture.style.cssText = `width:${cue.w}px;height:${cue.h}px;background:url("${cue.src}") -${cue.x}px -${cue.y}px`;
    when.textContent = VS.clock(time);
    peek.hidden = false;
    const width = peek.offsetWidth;
    peek.style.left = `${Math.max(4, Math.min(window.innerWidth - width - 4, event.clientX - width / 2))}px`;
    const above = box.top - peek.offsetHeight - 8;
    peek.style.top = `${above >= 0 ? above : box.bottom + 8}px`;
  }

  function hide() {
    over = null;
    peek.hidden = true;
  }

  document.addEventListener("pointermove", (event) => {
    const element = event.pointerType !== "touch" && event.target.closest?.("[data-peek]");
    if (element && element.dataset.peek && Number(element.dataset.to) > 0) show(element, event);
    else if (over) hide();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("scroll", hide, { passive: true });
})();
