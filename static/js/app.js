// Behaviours every page has: menus that close, toasts that go, buttons that ask first.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".toast, .notice")?.remove();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });

  // A form that opened in an item of a list closes again; the focus goes back to what opened it.
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-close-edit]")?.closest(".moment .moment-edit, .hit .hit-edit");
    if (!place) return;
    event.preventDefault();
    const form = place.firstElementChild;
    const item = place.closest(".moment, .hit");
    place.replaceChildren();
    const opener = form.matches(".onward") ? "[data-export]" : form.matches(".why") ? "[data-why]" : ".moment-tools a";
    item.querySelector(opener)?.focus();
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
  });

  // A success says so and goes; anything that needs reading stays until it is dismissed.
  function expire(toast) {
    if (!/warning|error/.test(toast.dataset.level ?? "")) setTimeout(() => toast.remove(), 6000);
  }

  window.toast = (text, level = "info") => {
    const box = document.createElement("div");
    box.className = "toast";
    box.dataset.level = level;
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "toast-close";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Dismiss");
    close.textContent = "×";
    box.append(words, close);
    document.getElementById("toasts")?.append(box);
    expire(box);
  };

  for (const toast of document.querySelectorAll(".toast")) expire(toast);

  // One sentence when a request of htmx fails, instead of a button that silently does nothing.
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (event.detail.elt?.closest("[data-quiet]")) return;
    window.toast(
      status === 403 ? "Your role does not allow that." : status === 404 ? "That is not there any more." : "That did not work. Please try again.",
      "error",
    );
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt?.closest("[data-quiet]")) return;
    window.toast("The server cannot be reached at the moment.", "error");
  });
})();
