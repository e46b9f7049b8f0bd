// Narrows the list while typing; without script the form asks the server.
const box = document.getElementById("q");
const rows = [...document.querySelectorAll("#choices li")];
const none = document.getElementById("none");

const fold = (text) => text.normalize("NFKC").toLowerCase().trim();

box.addEventListener("input", () => {
  const words = fold(box.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => fold(row.dataset.names).includes(word));
    shown += row.hidden ? 0 : 1;
  }
  none.hidden = shown > 0;
});
box.focus();
