// Filters in the search box: `key:value` becomes a chip, with suggestions while it is typed; chips are taken away by a
// click or by backspace. The server reads the same text where this file is missing.
(() => {
  "use strict";

  const TOKEN = /(^|\s)([a-z]+):(?:"([^"]*)"|(\S+))(?=\s|$)/gi;
  const input = document.querySelector("input[data-suggest]");
  if (!input) return;
  const form = input.form;
  const chips = document.getElementById("chips");
  const list = document.getElementById("suggestions");
  let words = input.defaultValue.trim();
  const keys = new Set(["library", "video", "number", "shirt", "from", "to", "verdict", "score", "ignore"]);
  let chosen = -1;
  let asked = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  // The word the cursor stands in, quotes around spaces allowed.
  function token() {
    const before = input.value.slice(0, input.selectionStart ?? input.value.length);
    const match = before.match(/(?:^|\s)([a-z]+:"[^"]*|\S*)$/i);
    return match ? { text: match[1], start: before.length - match[1].length, end: before.length } : null;
  }

  async function suggest() {
    const now = token();
    const turn = ++asked;
    if (!now?.text) return close();
    const response = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ token: now.text })}`).catch(() => null);
    if (!response?.ok || turn !== asked) return;
    const { suggestions } = await response.json();
    if (turn !== asked) return;
    show(suggestions);
  }

  function show(suggestions) {
    chosen = -1;
    list.replaceChildren(
      ...suggestions.map((one, place) => {
        const item = document.createElement("li");
        item.id = `suggestion-${place}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.value = one.value;
        const label = document.createElement("span");
        label.textContent = one.label;
        const hint = document.createElement("span");
        hint.className = "small faint";
        hint.textContent = one.hint;
        item.append(label, hint);
        return item;
      }),
    );
    list.hidden = !suggestions.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function close() {
    asked += 1;
    show([]);
  }

  function choose(place) {
    const items = [...list.children];
    chosen = (place + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(item) {
    const now = token();
    const { value } = item.dataset;
    const before = input.value.slice(0, now.start);
    const after = input.value.slice(now.end);
    input.value = before + value + after;
    input.focus();
    show([]); // what was offered is not chosen again while the next is on its way
    if (value.endsWith(":")) {
      input.setSelectionRange(before.length + value.length, before.length + value.length);
      suggest();
    } else {
      close();
      makeChips();
      if (form.querySelector("#chips li")) form.requestSubmit();
    }
  }

  // Whole filters among the words become chips.
  function makeChips() {
    const had = new Set([...chips.querySelectorAll("input")].map((one) => one.value));
    input.value = input.value
      .replace(TOKEN, (text, space, key, quoted, plain) => {
        const name = key.toLowerCase();
        const value = quoted ?? plain;
        if (!keys.has(name) || !value) return text;
        if (!had.has(`${name}:${value}`)) chips.append(chip(name, value));
        return space;
      })
      .replace(/\s+/g, " ")
      .trim();
  }

  function chip(key, value) {
    const item = document.createElement("li");
    item.className = "chip chip-on";
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "f", value: `${key}:${value}` });
    const name = document.createElement("span");
    name.className = "chip-key";
    name.textContent = key;
    const remove = document.createElement("a");
    Object.assign(remove, { className: "chip-remove", href: "#", textContent: "×" });
    remove.setAttribute("aria-label", `Remove the filter ${key} ${value}`);
    item.append(hidden, name, value, remove);
    return item;
  }

  function drop(item) {
    item.remove();
    input.focus();
    if (input.value.trim() || chips.children.length) form.requestSubmit();
  }

  input.addEventListener("input", () => {
    chosen = -1;
    suggest();
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (event) => {
    const items = list.children.length;
    if (event.key === "ArrowDown" && items) choose(chosen + 1);
    else if (event.key === "ArrowUp" && items) choose(chosen < 0 ? items - 1 : chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape" && items) close();
    else if (event.key === "Backspace" && !input.value && chips.lastElementChild) drop(chips.lastElementChild);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the words keep the focus
    const item = event.target.closest("li");
    if (item) take(item);
  });
  chips.addEventListener("click", (event) => {
    const remove = event.target.closest(".chip-remove");
    if (!remove) return;
    event.preventDefault();
    drop(remove.closest("li"));
  });
  // Before htmx reads the form. What was to be ignored belongs to the reading of the words before.
  document.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    close();
    makeChips();
    if (input.value.trim() !== words) {
      for (const one of [...chips.querySelectorAll('input[value^="ignore:"]')]) one.closest("li").remove();
      words = input.value.trim();
    }
  }, true);
})();
