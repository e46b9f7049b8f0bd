// An answer as a tree that folds. Text only: nothing in an answer becomes markup.

const WEB = /^https?:\/\/\S+$/;

export function show(value, into) {
  into.replaceChildren(node(value, null));
}

function node(value, key) {
  if (value === null || typeof value !== "object") return leaf(value, key);
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return leaf(value, key, `${open}${close}`);
  const details = document.createElement("details");
  details.open = true;
  const summary = document.createElement("summary");
  summary.append(...label(key), `${open} ${entries.length} ${close}`);
  details.append(summary, ...entries.map(([name, inner]) => node(inner, Array.isArray(value) ? null : name)));
  return details;
}

function label(key) {
  if (key === null) return [];
  const span = document.createElement("span");
  span.className = "key";
  span.textContent = key;
  return [span, ": "];
}

function leaf(value, key, text = JSON.stringify(value)) {
  const line = document.createElement("div");
  line.className = "leaf";
  line.append(...label(key));
  const address = key === "decisionId" && typeof value === "string" ? `/why/${encodeURIComponent(value)}` : typeof value === "string" && WEB.test(value) ? value : null;
  const shown = document.createElement(address ? "a" : "span");
  shown.className = typeof value === "string" ? "t-text" : "t-number";
  shown.textContent = text;
  if (address) Object.assign(shown, { href: address, rel: "noreferrer noopener", target: "_blank" });
  line.append(shown);
  return line;
}
