// Only what a page cannot do by itself: news of a fetch, and the line that follows the player. Everything works without it.
"use strict";

const bar = document.querySelector("progress[data-watch]");
if (bar) watch(bar, document.getElementById("said"));

async function watch(bar, said) {
  for (;;) {
    await new Promise((later) => setTimeout(later, 400));
    const answer = await fetch(bar.dataset.watch, { headers: { "x-press1": "watching" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const news = await answer.json();
    bar.max = news.total || 1;
    bar.value = news.moved;
    said.textContent = news.said;
    if (news.done) return location.reload();
  }
}

const player = document.querySelector("audio");
const head = document.getElementById("playhead");
if (player && head) {
  const picture = head.ownerSVGElement.viewBox.baseVal;
  const lead = Number(head.getAttribute("x1"));
  const follow = () => {
    const x = lead + ((player.currentTime / (player.duration || 1)) * (picture.width - lead - 4));
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    if (!player.paused) requestAnimationFrame(follow);
  };
  player.addEventListener("play", follow);
  player.addEventListener("seeked", follow);
  head.ownerSVGElement.addEventListener("click", (event) => {
    const at = head.ownerSVGElement.getScreenCTM().inverse();
    const x = event.clientX * at.a + at.e;
    if (player.duration) player.currentTime = Math.max(0, ((x - lead) / (picture.width - lead - 4)) * player.duration);
  });
}
