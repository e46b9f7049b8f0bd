// Asks for the list anew while typing, and lets arrow keys walk through it. Without script the form does the asking.
const PAUSE = 150; // ms without a key before the server is asked
const box = document.getElementById("q");
const again = document.getElementById("again");
const found = document.getElementById("choices");

let waiting = 0;
let asking = null;

async function narrow() {
  waiting = 0;
  const mine = (asking = new AbortController());
  try {
    const address = `${box.form.action}?${new URLSearchParams(new FormData(box.form))}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: mine.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["choices", "count"]) {
      document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    }
  } catch {
    // A newer search took over, or the network is away: the list stays, and the button still asks.
  } finally {
    if (asking === mine) asking = null;
  }
}

box.addEventListener("input", () => {
  if (again) again.hidden = box.value.trim() !== "";
  asking?.abort();
  clearTimeout(waiting);
  waiting = setTimeout(narrow, PAUSE);
});

box.form.addEventListener("submit", (event) => {
  const links = found.querySelectorAll("a");
  if (waiting || asking || !box.value.trim() || links.length !== 1) return;
  event.preventDefault();
  links[0].click();
});

document.addEventListener("keydown", (event) => {
  const remembered = again && !again.hidden ? [...again.querySelectorAll("a")] : [];
  const stops = [...remembered, box, ...found.querySelectorAll("a")];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  const onLink = stops[at] !== box;
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1 };
  if (onLink) Object.assign(steps, { Home: 0, End: stops.length - 1, Escape: stops.indexOf(box) });
  if (event.key in steps) {
    stops[steps[event.key]]?.focus();
    event.preventDefault();
  } else if (onLink && event.key.length === 1 && event.key !== " ") {
    box.focus(); // and the letter goes there
  }
});

if (matchMedia("(pointer: fine)").matches) (again ? again.querySelector("a") : box).focus();
