// The player: a video with its boxes in step with the picture, and clips that loop.
//
// <vs-player src="/media/…" tracks-url="…/tracks.json" start="12.4" end="18" tracks="3,7" loop width="1280" height="720"
//            fps="25"> <video> … <canvas> </vs-player>, made by templates/components/player.html
//
//   element.loadClip({video, src, tracksUrl, start, end, tracks, width, height, fps, thumbnails, play})
//                            another moment, of this video or of another, without a reload
//   element.choose(ids)      draw these tracks strongly
//   element.seek(seconds)
//   element.lastDrawn        {time, boxes: [{track_id, box: [x1, y1, x2, y2]}]}, in pixels of the stored picture
//   events                   clip:ended (cancel it to keep it from looping), player:time {time}, boxes:toggled {shown}
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const number = (text) => (text === null || text === "" || Number.isNaN(Number(text)) ? null : Number(text));

  class Player extends HTMLElement {
    connectedCallback() {
      if (this.video) return;
      this.video = this.querySelector("video");
      this.canvas = this.querySelector("canvas");
      if (!this.video || !this.canvas) return;
      this.lastDrawn = { time: -1, boxes: [] };
      this.time = 0;
      this.wired = new AbortController();
      this.wire();
      this.useMediaChrome();
      this.loadClip({
        video: this.getAttribute("video"),
        src: this.getAttribute("src"),
        tracksUrl: this.getAttribute("tracks-url"),
        start: number(this.getAttribute("start")),
        end: number(this.getAttribute("end")),
        tracks: (this.getAttribute("tracks") || "").split(",").filter(Boolean).map(Number),
        width: number(this.getAttribute("width")),
        height: number(this.getAttribute("height")),
        fps: number(this.getAttribute("fps")),
      });
    }

    disconnectedCallback() {
      this.wired?.abort();
      this.resizes?.disconnect();
      this.video = null;
    }

    // With Media Chrome the browser's own controls go; without it they stay, and everything else works.
    useMediaChrome() {
      customElements.whenDefined("media-controller").then(() => this.video?.removeAttribute("controls"));
    }

    wire() {
      const { video } = this;
      const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.wired.signal });
      on(video, "timeupdate", () => this.tick(video.currentTime, false));
      on(video, "seeked", () => this.tick(video.currentTime, false));
      on(video, "loadedmetadata", () => this.seekToStart());
      on(video, "ended", () => this.atEnd());
      on(document, "keydown", (event) => this.key(event));
      on(this, "click", (event) => this.press(event));
      this.resizes = new ResizeObserver(() => this.draw());
      this.resizes.observe(video);
      if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) this.followFrames();
      else on(video, "playing", () => this.followClock());
    }

    // `mediaTime` is the presentation time of the very frame on the screen; `currentTime` is only near it.
    followFrames() {
      const { video } = this;
      const each = (_now, frame) => {
        if (this.video !== video) return;
        this.tick(frame.mediaTime, true);
        video.requestVideoFrameCallback(each);
      };
      video.requestVideoFrameCallback(each);
    }

    followClock() {
      const each = () => {
        if (!this.video || this.video.paused) return;
        this.tick(this.video.currentTime, true);
        requestAnimationFrame(each);
      };
      requestAnimationFrame(each);
    }

    loadClip(clip) {
      const { video } = this;
      this.start = clip.start ?? null;
      this.end = clip.end ?? null;
      this.chosen = new Set(clip.tracks || []);
      this.size = { width: clip.width || 0, height: clip.height || 0 };
      this.fps = clip.fps || 25;
      this.lastDrawn = { time: -1, boxes: [] };
      const tracksUrl = clip.tracksUrl || (clip.video ? `/library/videos/${clip.video}/tracks.json` : "");
      const isClip = this.start !== null && this.end !== null && this.end - this.start <= 120;
      this.source = tracksUrl
        ? new VS.BoxSource(tracksUrl, {
            tracks: isClip ? [...this.chosen] : [],
            // A second to either side, for those who let the clip run on.
            span: isClip && this.chosen.size ? [Math.max(0, this.start - 2), this.end + 2] : null,
            changed: () => this.draw(),
          })
        : null;
      this.classList.toggle("player-clip", this.end !== null);
      if (clip.thumbnails) this.querySelector("track[label=thumbnails]")?.setAttribute("src", clip.thumbnails);
      this.wantsPlay = Boolean(clip.play);
      if (clip.src && new URL(clip.src, location.href).href !== video.src) {
        video.src = clip.src;
        video.load();
      } else if (video.readyState >= 1) {
        this.seekToStart();
      }
      this.draw();
    }

    seekToStart() {
      if (this.start !== null) this.video.currentTime = this.start;
      if (this.wantsPlay) this.play();
      this.wantsPlay = false;
    }

    play() {
      // Refused where the page has not been touched yet: then the play button is there.
      this.video.play()?.catch(() => {});
    }

    seek(seconds) {
      this.before = undefined;
      this.video.currentTime = Math.max(0, seconds);
    }

    choose(ids) {
      this.chosen = new Set(ids);
      this.draw();
    }

    get shown() {
      return !this.hasAttribute("boxes-off");
    }

    set shown(value) {
      this.toggleAttribute("boxes-off", !value);
      for (const button of this.querySelectorAll("[data-player-boxes]")) button.setAttribute("aria-pressed", String(value));
      this.draw();
      this.dispatchEvent(new CustomEvent("boxes:toggled", { bubbles: true, detail: { shown: value } }));
    }

    get loops() {
      return this.hasAttribute("loop");
    }

    set loops(value) {
      this.toggleAttribute("loop", value);
      for (const button of this.querySelectorAll("[data-player-loop]")) button.setAttribute("aria-pressed", String(value));
    }

    tick(time, exact) {
      // Where frames are told exactly, the clock must not draw between them: of a slow or variable rate the picture on
      // the screen can be a fifth of a second older than the clock.
      if (!exact && "requestVideoFrameCallback" in HTMLVideoElement.prototype) return;
      this.time = time;
      this.draw();
      const crossed = this.end !== null && this.before !== undefined && this.before < this.end && time >= this.end - 1e-3;
      this.before = time;
      this.dispatchEvent(new CustomEvent("player:time", { bubbles: true, detail: { time } }));
      if (crossed && !this.video.paused && !this.video.seeking) this.atEnd();
    }

    // Only running over the end counts: who drags past it wants to see what comes next.
    atEnd() {
      this.before = undefined;
      const goesOn = this.dispatchEvent(new CustomEvent("clip:ended", { bubbles: true, cancelable: true }));
      if (!goesOn) return;
      if (this.loops && this.start !== null) {
        this.video.currentTime = this.start;
        this.play();
      } else if (this.end !== null) {
        this.video.pause();
      }
    }

    draw() {
      if (!this.video) return;
      const tracks = this.shown && this.source ? this.source.at(this.time) : [];
      const boxes = [];
      for (const track of tracks) {
        const box = VS.boxAt(track, this.time);
        if (box) boxes.push({ track, box });
      }
      const width = this.size.width || this.source?.width;
      const height = this.size.height || this.source?.height;
      VS.drawBoxes(this.canvas, this.video, boxes, { width, height, chosen: this.chosen });
      this.lastDrawn = { time: this.time, boxes: boxes.map(({ track, box }) => ({ track_id: track.track_id, box })) };
    }

    press(event) {
      if (event.target.closest("[data-player-boxes]")) this.shown = !this.shown;
      if (event.target.closest("[data-player-loop]")) this.loops = !this.loops;
      const step = event.target.closest("[data-player-step]");
      if (step) this.step(Number(step.dataset.playerStep));
    }

    // To the middle of the next frame, so that rounding cannot land on the one before.
    step(frames) {
      this.video.pause();
      this.seek(this.time + (frames + 0.5) / this.fps);
    }

    key(event) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
      if (event.key.startsWith("Arrow") && event.target.closest?.("media-time-range, media-volume-range, [role=slider]")) return;
      if (event.key === " " && event.target.closest?.("button, a, summary, [role=button], [role=slider]")) return;
      const jump = event.shiftKey ? 5 : 1;
      const actions = {
        " ": () => (this.video.paused ? this.play() : this.video.pause()),
        k: () => (this.video.paused ? this.play() : this.video.pause()),
        ArrowLeft: () => this.seek(this.video.currentTime - jump),
        ArrowRight: () => this.seek(this.video.currentTime + jump),
        ",": () => this.step(-1),
        ".": () => this.step(1),
        v: () => (this.shown = !this.shown),
        l: () => (this.loops = !this.loops),
      };
      const action = actions[event.key];
      if (!action || !this.isLeading()) return;
      event.preventDefault();
      action();
    }

    // Several players on a page: the keys are for the one in use, else for the first.
    isLeading() {
      const all = [...document.querySelectorAll("vs-player")];
      const playing = all.find((player) => player.contains(document.activeElement)) || all.find((player) => player.video && !player.video.paused);
      return (playing || all[0]) === this;
    }
  }

  VS.Player = Player;
  customElements.define("vs-player", Player);
})();
