// The parts of a reel: dragged to another place by their grip, kept open while they are changed, and given the player's
// time. Everything the grip does, the buttons beside it do too.
(() => {
  "use strict";

  const list = () => document.querySelector("[data-order]");
  let dragged = null;
  let before = "";

  const ids = () => [...list().querySelectorAll("[data-id]")].map((part) => part.dataset.id);

  document.addEventListener("dragstart", (event) => {
    const part = event.target.closest?.(".part-grip")?.closest("[data-id]");
    if (!part || !list()) return;
    dragged = part;
    before = ids().join();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", part.dataset.id);
    event.dataTransfer.setDragImage(part, 20, 20);
    part.classList.add("part-dragged");
  });

  document.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const over = event.target.closest?.("[data-id]");
    if (!list()?.contains(event.target)) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    over.parentNode.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });

  document.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });

  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("part-dragged");
    dragged = null;
    if (ids().join() === before) return;
    window.htmx.ajax("POST", list().dataset.order, { target: "#parts", swap: "outerHTML", values: { item: ids() } });
  });

  // What was open stays open when the parts come anew, and the buttons that need this file are shown.
  let open = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "parts") return;
    open = new Set([...document.querySelectorAll(".part-details[open]")].map((details) => details.id));
  });

  function ready() {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const button of document.querySelectorAll("[data-from-player]")) button.hidden = !document.querySelector("vs-player");
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "parts" || event.target.id === "parts") ready();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-from-player]");
    if (!button) return;
    const part = button.closest("[data-hit]");
    const player = document.querySelector("vs-player");
    const link = part?.querySelector(".moment-link");
    if (link?.getAttribute("aria-current") !== "true") {
      link?.click(); // the time of another moment would mean nothing here
      window.toast("The moment is in the player now: go to the place, then press Now again.");
      return;
    }
    const field = document.getElementById(button.dataset.fromPlayer);
    field.value = player.time.toFixed(2);
    field.focus();
  });

  ready();
})();
