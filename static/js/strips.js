// The strips of who was seen when: a click goes there and highlights that player; a line shows where the player stands.
(() => {
  "use strict";

  const player = () => document.querySelector("vs-player");

  function go(row, seconds) {
    const element = player();
    if (!element) return false;
    for (const other of document.querySelectorAll(".strip-row[data-chosen]")) delete other.dataset.chosen;
    row.dataset.chosen = "";
    element.choose([Number(row.dataset.track)]);
    element.seek(seconds + 0.05); // the picture at the very start may be the one before
    const box = element.getBoundingClientRect();
    if (box.top < 0) element.scrollIntoView({ block: "start", behavior: "smooth" });
    return true;
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".strip-row");
    const strips = event.target.closest("[data-strips]");
    if (!row || !strips || event.ctrlKey || event.metaKey) return;
    const name = event.target.closest(".strip-name");
    const strip = event.target.closest(".strip");
    if (name) {
      if (go(row, Number(name.dataset.start))) event.preventDefault();
    } else if (strip) {
      const box = strip.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      go(row, Math.max(0, share) * Number(strips.dataset.duration));
    }
  });

  document.addEventListener("player:time", (event) => {
    const duration = Number(document.querySelector("[data-strips]")?.dataset.duration);
    if (!duration) return;
    const x = String(Math.min(1000, (1000 * event.detail.time) / duration));
    for (const strip of document.querySelectorAll("[data-strips] .strip")) {
      let line = strip.querySelector(".strip-now");
      if (!line) {
        line = document.createElementNS("http://www.w3.org/2000/svg", "line");
        line.setAttribute("class", "strip-now");
        line.setAttribute("y1", "0");
        line.setAttribute("y2", "20");
        strip.append(line);
      }
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  });
})();
