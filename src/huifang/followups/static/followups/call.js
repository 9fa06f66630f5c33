// The transcript follows the recording, and a click on a time jumps there.
const audio = document.getElementById("recording");
const turns = [...document.querySelectorAll(".chat li")];

document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-jump]");
  if (!jump || !audio) return;
  audio.currentTime = Number(jump.dataset.jump) / 1000;
  audio.play();
});

audio?.addEventListener("timeupdate", () => {
  const at = audio.currentTime * 1000;
  for (const turn of turns) {
    turn.toggleAttribute("data-now", !audio.paused && at >= Number(turn.dataset.start) && at < Number(turn.dataset.end));
  }
});

// An address ending in #t=83000 (the evidence of a promise) stands at that moment, in milliseconds.
const wanted = /^#t=(\d{1,9})$/.exec(location.hash);
if (wanted && audio) {
  const goThere = () => { audio.currentTime = Number(wanted[1]) / 1000; };
  if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) goThere();
  else audio.addEventListener("loadedmetadata", goThere, { once: true });
}
