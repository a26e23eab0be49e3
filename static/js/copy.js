// Buttons that copy the text of a field: [data-copy] holds the field's id. Fields with [data-select] select themselves.
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

  async function copy(field) {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      // Without HTTPS there is no clipboard to write to: the old way, or else by hand.
      field.focus();
      field.select();
      return document.execCommand("copy");
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copy(document.getElementById(button.dataset.copy));
    window.toast(done ? "The link is copied." : "Copy the marked link with Ctrl+C.", done ? "success" : "warning");
    button.focus();
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-select]")) event.target.select();
  });
})();
