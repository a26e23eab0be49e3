// Right, wrong or corrected, by click and by key. A correction is made under the player, with its marks and a drawn box;
// the numbers in the form and the handles follow each other.
(() => {
  "use strict";

  const SIDES = ["left", "top", "width", "height"];
  const form = () => document.querySelector("form.correct");
  let drawing = null; // the box being drawn

  // The card of the moment in the player.
  const card = () => document.querySelector('.hit:has(.hit-link[aria-current="true"])');
  const press = (selector) => {
    const button = card()?.querySelector(selector);
    if (!button) return false;
    button.click();
    return true;
  };

  const COMMANDS = {
    "feedback-right": () => press('[name=judgement][value="right"]'),
    "feedback-wrong": () => press('[name=judgement][value="wrong"]'),
    "feedback-correct": () => press("[data-correct]"),
    "feedback-undo": () => press("[id^=undo-]"),
  };

  document.addEventListener("vs:command", (event) => {
    const command = COMMANDS[event.detail.name];
    if (command?.()) event.preventDefault();
  });

  // Begin: the moment into the player, the form under it, its span into the marks.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-correct]");
    if (link && document.getElementById("correct-place") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const hit = link.closest(".hit");
      if (hit && hit !== card()) hit.querySelector(".hit-link").click();
      window.htmx.ajax("GET", link.href, { target: "#correct-place", swap: "innerHTML" }).then(begin);
    }
    if (event.target.closest?.("[data-correct-cancel]")) end();
    if (event.target.closest?.("[data-draw-toggle]")) toggleDrawing();
  });

  function begin() {
    const player = VS.player();
    if (!form() || !player) return;
    for (const hidden of form().querySelectorAll("[hidden]")) hidden.hidden = false;
    player.video.pause();
    const { start, end, at } = form().elements;
    player.setMarks(Number(start.value), Number(end.value));
    if (at.value) toggleDrawing(true);
    start.focus({ preventScroll: true });
    start.select();
    if (document.getElementById("correct-place")) show(player);
  }

  function end() {
    const card = form() && document.getElementById(`correct-${form().dataset.correcting}`);
    stopDrawing();
    form()?.remove();
    VS.player()?.setMarks(null, null);
    card?.focus();
  }

  function toggleDrawing(on = !drawing) {
    stopDrawing();
    form()?.querySelector("[data-draw-toggle]").setAttribute("aria-pressed", String(on));
    if (!on) return;
    const player = VS.player();
    const given = numbers();
    if (given && Number(form().elements.at.value)) player.seek(Number(form().elements.at.value));
    drawing = VS.drawing(player, given || player.lastDrawn.boxes[0]?.box || null, ({ time, box }) => {
      const fields = form().elements;
      fields.at.value = time.toFixed(2);
      [box[0], box[1], box[2] - box[0], box[3] - box[1]].forEach((value, place) => (fields[SIDES[place]].value = value.toFixed(0)));
    });
    show(player);
    drawing.focus();
  }

  // Picture, handles and form together on the screen.
  const show = (player) => player.querySelector(".player-frame").scrollIntoView({ block: "start" });

  function stopDrawing() {
    drawing?.stop();
    drawing = null;
  }

  function numbers() {
    const [left, top, width, height] = SIDES.map((name) => form().elements[name].value);
    if (![left, top, width, height].every((text) => text !== "")) return null;
    return [Number(left), Number(top), Number(left) + Number(width), Number(top) + Number(height)];
  }

  document.addEventListener("player:marks", ({ target: player }) => {
    if (!form() || player.marks.in === null || player.marks.out === null) return;
    for (const [name, value] of [["start", player.marks.in], ["end", player.marks.out]]) {
      const input = form().elements[name];
      if (input !== document.activeElement) input.value = value.toFixed(2);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.form !== form() || !form()) return;
    const { name, value } = event.target;
    const player = VS.player();
    if (name === "start" || name === "end") {
      player.setMarks(Number(form().elements.start.value), Number(form().elements.end.value));
      player.seek(Number(value));
    }
    if (SIDES.includes(name) && numbers()) {
      if (!form().elements.at.value) form().elements.at.value = player.time.toFixed(2);
      if (drawing) drawing.set(numbers());
      else toggleDrawing(true);
      event.target.focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && form() && document.getElementById("correct-place")) end();
  });

  // Saved, or another moment in the player: the form has done its work.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt?.matches?.("form.correct") && event.detail.successful) end();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches?.("form.correct") || event.detail.elt?.matches?.("form.correct")) begin();
  });
  document.addEventListener("clip:loaded", () => {
    if (form() && document.getElementById("correct-place") && !card()?.contains(document.getElementById(`correct-${form().dataset.correcting}`))) {
      stopDrawing();
      form().remove();
    }
  });

  // "Find who is in a box": drawn on the paused picture, then searched for together with the words in the search box.
  function findInBox(button) {
    if (button.getAttribute("aria-pressed") === "true") {
      stopDrawing();
      return button.setAttribute("aria-pressed", "false");
    }
    const player = VS.player();
    button.setAttribute("aria-pressed", "true");
    stopDrawing();
    drawing = VS.drawing(player, null, ({ time, box }) => {
      const words = document.getElementById("q")?.value.trim();
      const place = `${player.clip.video}@${time.toFixed(2)}:${box.map((side) => side.toFixed(0)).join(",")}`;
      const fields = new URLSearchParams(words ? { like: place, q: words } : { like: place });
      location.assign(`${document.getElementById("search-form").action}?${fields}`);
    });
    window.toast("Draw a box around somebody in the picture.");
    show(player);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-like-box]");
    if (button) findInBox(button);
  });
  const offer = () => document.querySelectorAll("[data-like-box]").forEach((button) => (button.hidden = false));
  document.addEventListener("htmx:afterSwap", offer);
  offer();

  if (form()) begin(); // a page of its own
})();
