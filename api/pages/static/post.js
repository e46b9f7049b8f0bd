// Sends the form on by itself. Who comes back to this page goes on with the button.
const [arrival] = performance.getEntriesByType("navigation");
if (arrival?.type !== "back_forward") document.getElementById("onward").requestSubmit();
