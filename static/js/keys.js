// Keys for reviewing, the sheet that lists them, and the switch that turns them off (remembered by the browser).
//
// The keys and what they do are those of the sheet: <dialog data-keys> with <kbd data-key="Shift+ArrowLeft"
// data-does="to-in">. Off means every key but the arrows, space and Escape: single characters get in the way of speech
// control (WCAG 2.1.4).
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const KEPT = "videosearch.keys";
  const PLAIN = new Set([" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowRight"]);
  const TYPING = "input, textarea, select, [contenteditable], dialog[open]";
  const SLIDING = "media-time-range, media-volume-range, [role=slider], [role=listbox], [role=combobox]";
  const PRESSED = "button, a, summary, [role=button], [role=slider], media-play-button, media-mute-button";

  const sheet = () => document.querySelector("dialog[data-keys]");
  const stored = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  let on = stored() !== "off";

  // "Shift+ArrowLeft", "L", "<": of characters the shift is already in the character.
  const nameOf = (event) => (event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key);

  function commandOf(name) {
    const key = [...(sheet()?.querySelectorAll("[data-key]") || [])].find((one) => one.dataset.key === name);
    return key?.dataset.does;
  }

  function handles(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
    if (event.target.closest?.(TYPING)) return false;
    if (event.key.startsWith("Arrow") && event.target.closest?.(SLIDING)) return false;
    return !(event.key === " " && event.target.closest?.(PRESSED));
  }

  document.addEventListener("keydown", (event) => {
    if (!handles(event)) return;
    const name = nameOf(event);
    if (!on && !PLAIN.has(name)) return;
    const command = commandOf(name);
    if (command && VS.command(command)) event.preventDefault();
  });

  document.addEventListener("vs:command", (event) => {
    const { name } = event.detail;
    if (name === "keys" && sheet()) {
      event.preventDefault();
      sheet().showModal();
    }
    const box = name === "search" && document.querySelector("input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-switch]")) return;
    on = event.target.checked;
    show();
    try {
      localStorage.setItem(KEPT, on ? "on" : "off");
    } catch {
      // Then it holds for this page.
    }
  });

  function show() {
    for (const one of document.querySelectorAll("[data-keys-switch]")) one.checked = on;
    document.documentElement.classList.toggle("keys-off", !on);
  }

  document.addEventListener("click", (event) => {
    if (event.target === sheet()) sheet().close(); // beside the sheet
  });
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
