// Ticking items of a list: how many are ticked, all at once, a range with shift, and a question before what cannot be
// undone. The form #bulk works without this file.
(() => {
  "use strict";

  const form = document.getElementById("bulk");
  if (!form) return;
  const all = form.querySelector("[data-choose-all]");
  const count = form.querySelector("[data-choose-count]");
  const hint = count.textContent;
  const boxes = () => [...document.querySelectorAll('input[name="chosen"]')];
  let last = null;

  function tell() {
    const every = boxes();
    const ticked = every.filter((box) => box.checked).length;
    count.textContent = ticked ? `${ticked} chosen` : hint;
    if (ticked) form.dataset.count = String(ticked);
    else delete form.dataset.count;
    const box = all.querySelector("input");
    box.checked = ticked > 0 && ticked === every.length;
    box.indeterminate = ticked > 0 && ticked < every.length;
    all.hidden = every.length < 2;
    for (const button of form.querySelectorAll("button[formaction], .bulk-actions summary")) {
      button.toggleAttribute("data-idle", !ticked);
    }
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest('input[name="chosen"]');
    if (!box) return;
    const every = boxes();
    if (event.shiftKey && last && every.includes(last)) {
      const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
      for (const one of every.slice(from, to + 1)) one.checked = box.checked;
    }
    last = box;
    tell();
  });

  all.addEventListener("change", (event) => {
    for (const box of boxes()) box.checked = event.target.checked;
    tell();
  });

  form.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.ask;
    if (!boxes().some((box) => box.checked)) {
      event.preventDefault();
      window.toast("Tick at least one moment first.", "warning");
    } else if (question && !window.confirm(question)) {
      event.preventDefault();
    }
  });

  document.addEventListener("htmx:afterSwap", tell);
  tell();
})();
