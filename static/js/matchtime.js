// Match time beside the video's own in the player, and the "Now" buttons of the form that sets it.
//
//   <span data-match-time hidden>        in a vs-player: "37′ 1–0", hidden where nothing is known
//   <button data-take-time="id" hidden>  puts the player's time into the field with that id
//   VS.matchTime(clock, seconds)         the text; clock as /library/videos/<id>/clock.json gives it
(() => {
  "use strict";

  const VS = (window.VS = window.VS || {});
  const known = new Map(); // video → promise of its clock

  const clockOf = (video) => {
    if (!known.has(video)) {
      const answer = fetch(`/library/videos/${video}/clock.json`, { headers: { Accept: "application/json" } });
      known.set(
        video,
        answer.then((response) => (response.ok ? response.json() : {})).catch(() => {
          known.delete(video); // the next moment of this video asks again
          return {};
        })
      );
    }
    return known.get(video);
  };

  const upTo = (rows, time) => {
    let found = null;
    for (const row of rows) {
      if (row[0] > time + 1e-6) break;
      found = row;
    }
    return found;
  };

  const minute = ({ pieces, down, length }, time) => {
    const piece = upTo(pieces, time);
    if (!piece || time >= piece[1]) return "";
    const [start, , clock, rate, period] = piece;
    const seconds = Math.max(0, clock + rate * (time - start));
    const whole = Math.floor(seconds);
    if (down) return `${period ? `Q${period} ` : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    const over = period ? seconds - period * length : -1;
    if (over >= 0) return `${Math.floor((period * length) / 60)}+${Math.floor(over / 60) + 1}′`;
    return `${Math.floor(seconds / 60) + 1}′`;
  };

  VS.matchTime = (clock, time) => {
    if (!clock.pieces) return "";
    const score = upTo(clock.scores, time);
    return [minute(clock, time), score ? `${score[1]}–${score[2]}` : ""].filter(Boolean).join(" ");
  };

  async function show(player, time) {
    const place = player.querySelector("[data-match-time]");
    const video = player.clip?.video;
    if (!place || !video) return;
    const text = VS.matchTime(await clockOf(video), time);
    if (player.clip?.video !== video) return;
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
  }

  document.addEventListener("player:time", (event) => show(event.target, event.detail.time));
  document.addEventListener("clip:loaded", (event) => show(event.target, event.target.clip?.start ?? 0));

  const buttons = () => {
    for (const button of document.querySelectorAll("[data-take-time]")) button.hidden = !VS.player?.();
  };
  document.addEventListener("clip:loaded", buttons);
  document.addEventListener("DOMContentLoaded", buttons);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take-time]");
    const player = button && VS.player?.();
    if (player) document.getElementById(button.dataset.takeTime).value = VS.clock(player.time);
  });
})();
