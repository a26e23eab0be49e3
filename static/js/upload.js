// Uploads by drag and drop or by choosing, each file with its own progress, resumed after a broken line (tus).
(() => {
  "use strict";

  const area = document.querySelector("[data-upload]");
  if (!area || !window.tus || !window.tus.isSupported) return; // the plain form still works
  const form = area.querySelector("form");
  const input = area.querySelector("input[type=file]");
  const list = area.querySelector("[data-upload-list]");
  const button = area.querySelector("[data-upload-submit]");
  const CHUNK = 16 * 1024 * 1024;
  let running = 0;

  area.dataset.ready = "";
  button.textContent = "Choose files";
  area.querySelector("[data-upload-hint]").textContent =
    (window.matchMedia("(pointer: coarse)").matches ? "Several at once are fine." : "Drop files anywhere on this page.") +
    " A broken line is no harm: the upload goes on where it stopped.";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    input.click();
  });
  button.addEventListener("click", (event) => {
    event.preventDefault();
    input.click();
  });
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });

  // The whole page takes drops, so that a file beside the target does not replace the page.
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    area.dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) delete area.dataset.over;
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    delete area.dataset.over;
    add(event.dataTransfer.files);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });

  function add(files) {
    for (const file of files) begin(file);
  }

  function begin(file) {
    const item = makeItem(file);
    const upload = new window.tus.Upload(file, {
      endpoint: area.dataset.endpoint,
      chunkSize: CHUNK,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000],
      headers: { "X-CSRFToken": document.body.dataset.csrf },
      metadata: { filename: file.name },
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => item.progress(sent, total),
      onSuccess: () => finish(item),
      onError: (error) => fail(item, error),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        return status === 0 || status === 409 || status === 423 || status >= 500;
      },
    });
    running += 1;
    item.onStop(() => {
      upload.abort(true).catch(() => {});
      if (item.end()) running -= 1;
      item.element.remove();
      list.hidden = !list.children.length;
    });
    // A file that was broken off earlier, by a reload for instance, goes on from there.
    upload.findPreviousUploads().then((earlier) => {
      if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
      upload.start();
    });
  }

  function finish(item) {
    if (item.end()) running -= 1;
    item.say("done", "Uploaded");
    document.body.dispatchEvent(new CustomEvent("videos:changed"));
    setTimeout(() => {
      item.element.remove();
      list.hidden = !list.children.length;
    }, 4000);
  }

  function fail(item, error) {
    if (item.end()) running -= 1;
    item.say("failed", reason(error.originalResponse));
  }

  function reason(response) {
    const status = response?.getStatus() ?? 0;
    // The quota's own sentence; a page means that the role was lost.
    if (status === 403 && response.getHeader("Content-Type")?.startsWith("text/plain")) return response.getBody();
    if (status === 0) return "The line is broken. Choose the file again to go on from here.";
    if (status === 403 || status === 404) return "You may not add videos here any more. Try signing in again.";
    if (status === 413) return "The file is larger than this server accepts.";
    if (status === 507) return "The server's disk is full.";
    if (status === 429) return "Too many uploads at once.";
    return "The upload did not work. Choose the file again to go on from here.";
  }

  function makeItem(file) {
    const element = document.createElement("li");
    element.className = "upload-item";
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = file.name;
    const right = document.createElement("span");
    right.className = "row";
    const note = document.createElement("span");
    note.className = "upload-note small num muted";
    note.textContent = "Starting";
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "toast-close";
    stop.setAttribute("aria-label", `Stop ${file.name}`);
    stop.textContent = "×";
    const bar = document.createElement("progress");
    bar.className = "bar";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    right.append(note, stop);
    element.append(name, right, bar);
    list.append(element);
    list.hidden = false;
    let open = true;
    return {
      element,
      onStop: (handler) => stop.addEventListener("click", handler),
      end: () => {
        const was = open;
        open = false;
        return was;
      },
      say: (state, text) => {
        element.dataset.state = state;
        note.textContent = text;
        if (state === "done") bar.value = 1;
        if (state === "failed") bar.remove();
      },
      progress: (sent, total) => {
        bar.value = total ? sent / total : 1;
        note.textContent = `${size(sent)} of ${size(total)}`;
      },
    };
  }

  function size(bytes) {
    if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
    if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
    return `${Math.ceil(bytes / 1e3)} kB`;
  }
})();
