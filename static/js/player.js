// The player: a video with its boxes in step with the picture, and clips that loop.
//
// <vs-player src="/media/…" tracks-url="…/tracks.json" start="12.4" end="18" tracks="3,7" loop width="1280" height="720"
//            fps="25"> <video> … <canvas> </vs-player>, made by templates/components/player.html
//
//   VS.player()              the player in use, else the first of the page, else null
//   element.loadClip({video, src, tracksUrl, start, end, at, moment, tracks, width, height, fps, thumbnails, play})
//                            another moment, of this video or of another, without a reload. `start` and `end` are what
//                            is played, `at` where it begins, `moment` what was found within, where that is less
//   element.choose(ids)      draw these tracks strongly
//   element.seek(seconds)
//   element.step(frames)     one frame on or back, also where frames do not come evenly
//   element.marks            {in, out}, seconds or null; with both the player stays between them
//   element.shown, .trail, .names, .loops, .rate
//   element.lastDrawn        {time, boxes: [{track_id, box: [x1, y1, x2, y2]}]}, in pixels of the stored picture
//   events                   clip:loaded, clip:ended (cancel it to keep it from looping), player:time {time},
//                            player:marks, player:set (a toggle or the speed)
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const number = (text) => (text === null || text === "" || Number.isNaN(Number(text)) ? null : Number(text));
  const EXACT = "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  const LOST_SECONDS = 0.5; // longer than frames of any rate last
  const HALF_STEPS = 12; // a frame on is looked for over so many halves of an average frame

  // When the frame that is there is due, exactly; null where the browser does not tell.
  const frameTime = (video) => {
    if (!video || !("VideoFrame" in window) || video.readyState < 2) return null;
    try {
      const frame = new VideoFrame(video);
      const seconds = frame.timestamp / 1e6;
      frame.close();
      return seconds;
    } catch {
      return null;
    }
  };

  class Player extends HTMLElement {
    connectedCallback() {
      if (this.video) return;
      this.video = this.querySelector("video");
      this.canvas = this.querySelector("canvas");
      if (!this.video || !this.canvas) return;
      this.lastDrawn = { time: -1, boxes: [] };
      this.time = 0;
      this.marks = { in: null, out: null };
      this.wired = new AbortController();
      this.wire();
      this.useMediaChrome();
      this.loadClip({
        video: this.getAttribute("video"),
        src: this.getAttribute("src"),
        tracksUrl: this.getAttribute("tracks-url"),
        start: number(this.getAttribute("start")),
        end: number(this.getAttribute("end")),
        moment: JSON.parse(this.getAttribute("moment") || "null"),
        tracks: (this.getAttribute("tracks") || "").split(",").filter(Boolean).map(Number),
        width: number(this.getAttribute("width")),
        height: number(this.getAttribute("height")),
        fps: number(this.getAttribute("fps")),
        thumbnails: this.getAttribute("thumbnails"),
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
      on(video, "ratechange", () => this.changed());
      this.resizes = new ResizeObserver(() => this.draw());
      this.resizes.observe(video);
      if (EXACT) {
        this.followFrames();
        on(video, "seeked", () => setTimeout(() => this.catchUp(video), 200));
      } else {
        on(video, "playing", () => this.followClock());
      }
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

    // A busy browser may show the frame after a seek between two requests, and then never tells of it: the boxes would
    // stay those of the frame before until it is played. So a moment later the frame itself is asked, or, of a browser
    // that cannot (or over plain HTTP), the clock, which is at most a frame wrong.
    catchUp(video) {
      if (this.video !== video || !video.paused || video.seeking) return;
      if (this.look()) return;
      if (Math.abs(video.currentTime - this.time) > LOST_SECONDS) this.tick(video.currentTime, true);
    }

    // Whether the frame that is there could be asked. Right after a seek it may still be the one before.
    look() {
      const exact = frameTime(this.video);
      if (exact !== null && exact !== this.time) this.tick(exact, true);
      return exact !== null;
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
      this.clip = clip;
      this.start = clip.start ?? null;
      this.end = clip.end ?? null;
      this.moment = clip.moment || (this.end === null ? null : [this.start, this.end]);
      this.chosen = new Set(clip.tracks || []);
      this.size = { width: clip.width || 0, height: clip.height || 0 };
      this.fps = clip.fps || 25;
      this.lastDrawn = { time: -1, boxes: [] };
      this.before = undefined;
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
      this.querySelector("track[label=thumbnails]")?.setAttribute("src", clip.thumbnails || "");
      this.wantsPlay = Boolean(clip.play);
      this.setMarks(null, null);
      if (clip.src && new URL(clip.src, location.href).href !== video.src) {
        video.src = clip.src;
        video.load();
      } else if (video.readyState >= 1) {
        this.seekToStart();
      }
      this.draw();
      this.tell("clip:loaded");
    }

    seekToStart() {
      // A changed source forgets the speed.
      if (this.video.playbackRate !== this.rate) this.video.playbackRate = this.rate;
      if (this.start !== null) this.video.currentTime = this.start;
      if (this.wantsPlay) this.play();
      this.wantsPlay = false;
      this.tell("player:marks");
    }

    play() {
      // Refused where the page has not been touched yet: then the play button is there.
      this.video.play()?.catch(() => {});
    }

    seek(seconds) {
      this.before = undefined;
      const end = this.video.duration || Infinity;
      this.video.currentTime = Math.min(end, Math.max(0, seconds));
    }

    choose(ids) {
      this.chosen = new Set(ids);
      this.draw();
    }

    setMarks(first, last) {
      this.marks = { in: first, out: last };
      this.before = undefined;
      this.tell("player:marks");
    }

    // What is looped and not left: between the marks, else the clip.
    get range() {
      const { in: first, out: last } = this.marks;
      return first !== null && last !== null ? [first, last] : [this.start, this.end];
    }

    get shown() {
      return !this.hasAttribute("boxes-off");
    }

    set shown(value) {
      this.toggleAttribute("boxes-off", !value);
      this.changed();
    }

    get trail() {
      return this.hasAttribute("trail");
    }

    set trail(value) {
      this.toggleAttribute("trail", value);
      this.changed();
    }

    get names() {
      return !this.hasAttribute("names-off");
    }

    set names(value) {
      this.toggleAttribute("names-off", !value);
      this.changed();
    }

    get loops() {
      return this.hasAttribute("loop");
    }

    set loops(value) {
      this.toggleAttribute("loop", value);
      this.changed();
    }

    get rate() {
      return number(this.getAttribute("rate")) || 1;
    }

    set rate(value) {
      this.setAttribute("rate", String(value));
      this.video.playbackRate = value;
      this.changed();
    }

    changed() {
      this.draw();
      this.tell("player:set");
    }

    tell(name, detail = {}) {
      this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
    }

    tick(time, exact) {
      // Where frames are told exactly, the clock must not draw between them: of a slow or variable rate the picture on
      // the screen can be a fifth of a second older than the clock.
      if (!exact && EXACT) return;
      this.time = time;
      this.draw();
      const [, end] = this.range;
      const crossed = end !== null && this.before !== undefined && this.before < end && time >= end - 1e-3;
      this.before = time;
      this.tell("player:time", { time });
      if (crossed && !this.video.paused && !this.video.seeking) this.atEnd();
    }

    // Only running over the end counts: who drags past it wants to see what comes next.
    atEnd() {
      this.before = undefined;
      const goesOn = this.dispatchEvent(new CustomEvent("clip:ended", { bubbles: true, cancelable: true }));
      if (!goesOn) return;
      const [start, end] = this.range;
      if (this.loops && start !== null) {
        this.video.currentTime = start;
        this.play();
      } else if (end !== null) {
        this.video.pause();
      }
    }

    draw() {
      if (!this.video) return;
      const tracks = this.source ? this.source.at(this.time) : [];
      const boxes = [];
      for (const track of tracks) {
        const box = this.shown ? VS.boxAt(track, this.time) : null;
        const trail = this.trail && (!this.chosen.size || this.chosen.has(track.track_id)) ? VS.trailAt(track, this.time) : [];
        if (box || trail.length) boxes.push({ track, box, trail });
      }
      const width = this.size.width || this.source?.width;
      const height = this.size.height || this.source?.height;
      VS.drawBoxes(this.canvas, this.video, boxes, { width, height, chosen: this.chosen, names: this.names });
      const drawn = boxes.filter(({ box }) => box).map(({ track, box }) => ({ track_id: track.track_id, box }));
      this.lastDrawn = { time: this.time, boxes: drawn };
    }

    // Just before the frame on the screen is the one before it. A frame on may come sooner or later than the average, so
    // it is looked for in half steps until another one is there.
    async step(frames) {
      this.video.pause();
      if (frames < 0) return this.seek(this.time - 1e-3);
      const from = this.time;
      for (let half = 1; half <= HALF_STEPS && this.time === from; half += 1) {
        await this.seekAndSee(from + (half * 0.5 + 0.01) / this.fps);
      }
    }

    // Resolves when the frame at `seconds` is the one on the screen.
    seekAndSee(seconds) {
      return new Promise((done) => {
        const { video } = this;
        video.addEventListener(
          "seeked",
          () => {
            // The same frame may not be told of again, nor, on a busy machine, a new one.
            const late = setTimeout(() => done(this.look()), 120);
            if (EXACT) video.requestVideoFrameCallback(() => done(clearTimeout(late)));
          },
          { once: true },
        );
        this.seek(seconds);
      });
    }
  }

  VS.Player = Player;
  customElements.define("vs-player", Player);

  VS.player = () => {
    const all = [...document.querySelectorAll("vs-player")].filter((one) => one.video);
    return all.find((one) => one.contains(document.activeElement)) || all.find((one) => !one.video.paused) || all[0] || null;
  };
})();
