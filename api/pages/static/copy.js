// Copies the letters; without script people select it themselves.
const button = document.getElementById("copy");
button.hidden = !navigator.clipboard;
button.addEventListener("click", async () => {
  const letters = [...document.querySelectorAll(".letter")].map((one) => one.textContent);
  await navigator.clipboard.writeText(letters.join("\n\n"));
  button.textContent = button.dataset.done;
});
