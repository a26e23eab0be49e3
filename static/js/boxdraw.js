// A box drawn by hand on the picture that is on the screen: by dragging, by its corners, by arrow keys, or by numbers.
//
//   VS.drawing(player, box, changed)   begin, with a box [x1, y1, x2, y2] in pixels of the video or null. `changed` is
//                                      called with {time, box} whenever it is another one. Returns {box(), set(box), focus(), stop()}
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const LEAST = 4; // pixels of the video
  const CORNERS = ["nw", "ne", "sw", "se"];

  VS.drawing = (player, box, changed) => {
    const area = player.querySelector(".player-draw");
    const size = { width: player.size.width || player.video.videoWidth, height: player.size.height || player.video.videoHeight };
    let now = box;
    player.video.pause();
    area.hidden = false;
    area.replaceChildren();
    const frame = document.createElement("div");
    frame.className = "draw-box";
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    for (const corner of CORNERS) {
      const handle = document.createElement("span");
      handle.className = "draw-corner";
      handle.dataset.corner = corner;
      frame.append(handle);
    }
    area.append(frame);

    const within = ([x1, y1, x2, y2]) => [
      Math.max(0, Math.min(x1, x2)), Math.max(0, Math.min(y1, y2)),
      Math.min(size.width, Math.max(x1, x2)), Math.min(size.height, Math.max(y1, y2)),
    ];

    function show() {
      frame.hidden = !now;
      if (!now) return;
      const rect = VS.pictureRect(player.video);
      const across = rect.width / size.width;
      const down = rect.height / size.height;
      frame.style.left = `${rect.x + now[0] * across}px`;
      frame.style.top = `${rect.y + now[1] * down}px`;
      frame.style.width = `${(now[2] - now[0]) * across}px`;
      frame.style.height = `${(now[3] - now[1]) * down}px`;
      const [x, y, x2, y2] = now.map(Math.round);
      frame.setAttribute("aria-label", `Box, left ${x}, top ${y}, ${x2 - x} wide, ${y2 - y} high. Arrow keys move it, with shift they change its size.`);
    }

    function set(next, tell = true) {
      now = next && within(next);
      show();
      if (tell && now) changed({ time: player.time, box: now });
    }

    const pointAt = (event) => {
      const rect = VS.pictureRect(player.video);
      const origin = area.getBoundingClientRect();
      return [((event.clientX - origin.left - rect.x) / rect.width) * size.width, ((event.clientY - origin.top - rect.y) / rect.height) * size.height];
    };

    // Media Chrome plays on a click and has keys; here both are for the box.
    const wired = new AbortController();
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: wired.signal });
    for (const name of ["pointerup", "click", "dblclick"]) on(area, name, (event) => event.stopPropagation());
    on(area, "pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = pointAt(event);
      const corner = event.target.dataset.corner;
      const before = now;
      let drag;
      if (corner) {
        const fixed = [before[corner.includes("w") ? 2 : 0], before[corner.includes("n") ? 3 : 1]];
        drag = ([px, py]) => [fixed[0], fixed[1], px, py];
      } else if (event.target === frame) {
        drag = ([px, py]) => {
          const dx = Math.max(-before[0], Math.min(size.width - before[2], px - x));
          const dy = Math.max(-before[1], Math.min(size.height - before[3], py - y));
          return [before[0] + dx, before[1] + dy, before[2] + dx, before[3] + dy];
        };
      } else {
        drag = ([px, py]) => [x, y, px, py];
      }
      area.setPointerCapture(event.pointerId);
      area.onpointermove = (moved) => set(drag(pointAt(moved)), false);
      area.onpointerup = area.onpointercancel = () => {
        area.onpointermove = area.onpointerup = area.onpointercancel = null;
        const drawn = now && now[2] - now[0] >= LEAST && now[3] - now[1] >= LEAST;
        set(drawn ? now : before);
        frame.focus({ preventScroll: true });
      };
    });
    on(frame, "keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step || !now) return;
      event.preventDefault();
      event.stopPropagation();
      const [dx, dy] = step.map((one) => one * 2);
      set(event.shiftKey ? [now[0], now[1], now[2] + dx, now[3] + dy] : [now[0] + dx, now[1] + dy, now[2] + dx, now[3] + dy]);
    });

    const resizes = new ResizeObserver(show);
    resizes.observe(player.video);
    show();
    return {
      box: () => now,
      set: (next) => set(next, false),
      focus: () => frame.focus({ preventScroll: true }),
      stop: () => {
        resizes.disconnect();
        area.hidden = true;
        area.replaceChildren();
        wired.abort();
      },
    };
  };
})();
