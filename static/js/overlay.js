// Boxes over a video: where they are at a moment, and how they are drawn.
//
//   VS.boxAt(track, time)            [x1, y1, x2, y2] or null where the target was not seen
//   VS.BoxSource(url)                fetches stored boxes in windows of time, as the picture gets there
//   VS.trailAt(track, time)          where its feet were during the last seconds: runs of [x, y]
//   VS.drawBoxes(canvas, video, ...) draws them on the picture, whatever its size on the screen
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const WINDOW = 30; // seconds of boxes fetched at once
  const KEPT = 8; // windows remembered
  const TRAIL = 3; // seconds of a trail
  const COLOURS = {
    red: "#ff5a5f", orange: "#ff8b3d", yellow: "#ffdf3b", green: "#43c463", "light blue": "#8fd0ff", blue: "#5b93ff",
    purple: "#b072e8", pink: "#ff9dc0", brown: "#b98356", black: "#8f99a6", grey: "#aab3bd", white: "#ffffff",
  };
  const ACCENT = "#c8f250";

  // Stored boxes lie a step apart. Between two of them the box is interpolated; over a gap of more than two steps the
  // target was not seen, and a box there would be a guess.
  VS.boxAt = (track, time) => {
    const rows = track.boxes;
    const step = track.step || 0.2;
    if (!rows.length || time < rows[0][0] - step / 2) return null;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (rows[middle][0] <= time + 1e-6) low = middle;
      else high = middle - 1;
    }
    const before = rows[low];
    const after = rows[low + 1];
    if (!after || after[0] - before[0] > 2 * step + 1e-3) {
      // At the edges a stored box stands for the half step around it.
      if (after && after[0] - time <= step / 2) return after.slice(1);
      return Math.abs(time - before[0]) <= step / 2 + 1e-3 ? before.slice(1) : null;
    }
    const share = Math.min(1, Math.max(0, (time - before[0]) / (after[0] - before[0])));
    return [1, 2, 3, 4].map((i) => before[i] + share * (after[i] - before[i]));
  };

  // Broken where the target was out of sight, so that no line is drawn to where it came back.
  VS.trailAt = (track, time) => {
    const step = track.step || 0.2;
    const runs = [];
    let last = -Infinity;
    const rows = track.boxes.filter((row) => row[0] > time - TRAIL && row[0] < time);
    const now = VS.boxAt(track, time);
    if (now) rows.push([time, ...now]);
    for (const [t, x1, , x2, y2] of rows) {
      if (t - last > 2 * step + 1e-3) runs.push([]);
      runs[runs.length - 1].push([(x1 + x2) / 2, y2]);
      last = t;
    }
    return runs.filter((run) => run.length > 1);
  };

  // The boxes of some tracks (or of all) of one video, in windows. `at(time)` answers from what is there and fetches
  // what is missing; `changed` is called when something arrived.
  VS.BoxSource = class {
    constructor(url, { tracks = [], span = null, changed = () => {} } = {}) {
      this.url = url;
      this.tracks = tracks;
      this.span = span;
      this.changed = changed;
      this.windows = new Map();
      this.failed = false;
    }

    at(time) {
      const key = this.keyOf(time);
      const found = this.need(key);
      if (!this.span && time % WINDOW > WINDOW - 5) this.need(key + 1);
      return found && Array.isArray(found) ? found : [];
    }

    keyOf(time) {
      return this.span ? 0 : Math.floor(Math.max(0, time) / WINDOW);
    }

    need(key) {
      if (!this.windows.has(key)) {
        this.windows.set(key, this.fetchWindow(key));
        if (this.windows.size > KEPT) this.windows.delete(this.windows.keys().next().value);
      }
      return this.windows.get(key);
    }

    async fetchWindow(key) {
      const [start, end] = this.span || [key * WINDOW, (key + 1) * WINDOW];
      const query = new URLSearchParams({ start: start.toFixed(3), end: end.toFixed(3) });
      if (this.tracks.length) query.set("tracks", this.tracks.join(","));
      try {
        const response = await fetch(`${this.url}?${query}`, { headers: { Accept: "application/json" } });
        if (!response.ok) throw new Error(String(response.status));
        const data = await response.json();
        this.width = data.width;
        this.height = data.height;
        this.windows.set(key, data.tracks);
      } catch {
        // Asked again in a while, so that a moment without network does not end the boxes for good.
        setTimeout(() => this.windows.delete(key), 3000);
        return;
      }
      this.changed();
    }
  };

  // Where the picture really is inside its element (letterboxes left out), in CSS pixels.
  VS.pictureRect = (video) => {
    const width = video.clientWidth;
    const height = video.clientHeight;
    if (!video.videoWidth || !video.videoHeight) return { x: 0, y: 0, width, height };
    const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
    const w = video.videoWidth * scale;
    const h = video.videoHeight * scale;
    return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
  };

  VS.fitCanvas = (canvas, video) => {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(video.clientWidth * ratio);
    const height = Math.round(video.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    return ratio;
  };

  // `boxes`: [{track, box, trail}] in pixels of a picture of `width` x `height`. `chosen`: a Set of track ids drawn
  // strongly; `names`: whether they are named (all of them where none is chosen).
  VS.drawBoxes = (canvas, video, boxes, { width, height, chosen, names = true }) => {
    const ratio = VS.fitCanvas(canvas, video);
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!boxes.length || !width || !height) return;
    const rect = VS.pictureRect(video);
    const across = rect.width / width;
    const down = rect.height / height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineJoin = context.lineCap = "round";
    const strongLast = [...boxes].sort((a, b) => chosen.has(a.track.track_id) - chosen.has(b.track.track_id));
    const labels = [];
    for (const { track, box, trail } of strongLast) {
      const strong = chosen.has(track.track_id);
      const colour = strong ? ACCENT : COLOURS[track.colour] || "#ffffff";
      for (const run of trail || []) drawTrail(context, run.map(([x, y]) => [rect.x + x * across, rect.y + y * down]), colour);
      if (!box) continue;
      const place = { x: rect.x + box[0] * across, y: rect.y + box[1] * down, w: (box[2] - box[0]) * across, h: (box[3] - box[1]) * down };
      drawBox(context, place, colour, strong);
      if (names && (strong || !chosen.size)) labels.push({ place, track, strong });
    }
    // The chosen one's name comes first; in a crowd a name that would cover another is left out.
    const taken = [];
    for (const { place, track } of labels.sort((a, b) => b.strong - a.strong)) drawLabel(context, place, track, { rect, taken });
  };

  function drawBox(context, { x, y, w, h }, colour, strong) {
    context.globalAlpha = strong ? 1 : 0.85;
    context.beginPath();
    context.roundRect(x, y, w, h, Math.min(4, w / 4));
    context.strokeStyle = "rgba(0, 0, 0, 0.65)";
    context.lineWidth = strong ? 5 : 3;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = strong ? 2.5 : 1.5;
    context.stroke();
    context.globalAlpha = 1;
  }

  // Fainter towards where it came from.
  function drawTrail(context, points, colour) {
    for (let i = 1; i < points.length; i += 1) {
      context.globalAlpha = 0.15 + (0.75 * i) / points.length;
      context.beginPath();
      context.moveTo(...points[i - 1]);
      context.lineTo(...points[i]);
      context.strokeStyle = "rgba(0, 0, 0, 0.5)";
      context.lineWidth = 5;
      context.stroke();
      context.strokeStyle = colour;
      context.lineWidth = 2.5;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  function drawLabel(context, { x, y, w, h }, track, { rect, taken }) {
    const text = track.name;
    context.font = "600 12px system-ui, sans-serif";
    const dot = track.colour ? 16 : 0;
    const width = context.measureText(text).width + 12 + dot;
    const height = 20;
    const left = Math.max(rect.x, Math.min(x + w / 2 - width / 2, rect.x + rect.width - width));
    const top = y - height - 5 >= rect.y ? y - height - 5 : Math.min(y + h + 5, rect.y + rect.height - height);
    if (taken.some((other) => left < other[0] + other[2] && other[0] < left + width && Math.abs(top - other[1]) < height)) return;
    taken.push([left, top, width]);
    context.fillStyle = "rgba(10, 13, 17, 0.85)";
    context.beginPath();
    context.roundRect(left, top, width, height, 5);
    context.fill();
    if (dot) {
      context.beginPath();
      context.arc(left + 12, top + height / 2, 4.5, 0, 7);
      context.fillStyle = track.colour === "black" ? "#15181c" : COLOURS[track.colour] || "#8490a0";
      context.fill();
      context.strokeStyle = "rgba(255, 255, 255, 0.6)";
      context.lineWidth = 1;
      context.stroke();
    }
    context.fillStyle = "#ffffff";
    context.textBaseline = "middle";
    context.fillText(text, left + 6 + dot, top + height / 2 + 0.5);
  }
})();
