// The tick above the list of doubtful calls ticks them all.
const all = document.querySelector("#tick-all");
const ticks = [...document.querySelectorAll("input[name=call]")];
all?.addEventListener("change", () => {
  for (const tick of ticks) tick.checked = all.checked;
});
for (const tick of ticks) {
  tick.addEventListener("change", () => {
    all.checked = ticks.every((one) => one.checked);
    all.indeterminate = !all.checked && ticks.some((one) => one.checked);
  });
}
