// The form of a team sheet: rows that come and go, Enter for the next one, lists read without leaving the place.
(() => {
  "use strict";

  const rowsOf = (team) => team.querySelector("[data-rows]");
  const filled = (row) => [...row.querySelectorAll("input")].some((input) => input.value.trim());

  function add(team) {
    const row = team.querySelector("[data-template]").content.firstElementChild.cloneNode(true);
    rowsOf(team).append(row);
    show(row);
    return row;
  }

  function show(place) {
    for (const button of place.querySelectorAll("[data-remove], [data-add]")) button.hidden = false;
  }

  function focus(row) {
    row.querySelector("input").focus();
  }

  document.addEventListener("click", (event) => {
    const team = event.target.closest("[data-team]");
    if (!team) return;
    if (event.target.closest("[data-add]")) focus(add(team));
    const remove = event.target.closest("[data-remove]");
    if (!remove) return;
    const row = remove.closest("[data-row]");
    const next = row.nextElementSibling ?? row.previousElementSibling ?? add(team);
    row.remove();
    focus(next);
  });

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-sheet] [data-row]");
    if (!row || event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // the form is saved with its button, or with Enter in the other fields
    focus(row.nextElementSibling ?? add(row.closest("[data-team]")));
  });

  document.addEventListener("input", (event) => {
    const row = event.target.closest?.("[data-sheet] [data-row]");
    if (row && !row.nextElementSibling && filled(row)) add(row.closest("[data-team]"));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sheet] [data-colours]")) {
      event.target.closest("[data-team]").querySelector("[data-shirt]").dataset.colour = event.target.value;
    }
  });

  // Reading a list and copying a team change one team: the rest of the page stays as it is.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-sheet] [data-swap]");
    if (!button) return;
    event.preventDefault();
    const form = button.form;
    const team = button.closest("[data-team]");
    const data = new FormData(form);
    data.set("do", button.value);
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(team.id);
      team.replaceWith(fresh);
      show(fresh);
      fresh.querySelector("[data-said]")?.focus();
    } catch {
      button.disabled = false;
      window.toast("The server cannot be reached at the moment.", "error");
    }
  });

  for (const form of document.querySelectorAll("[data-sheet]")) show(form);
})();
