// An answer as a tree that folds, under what it says to a person. Text only: nothing in an answer becomes markup.

const WEB = /^https?:\/\/\S+$/;
const OF_A_PAGE = new Set(["nodes", "edges", "node"]);

// `choices`: names of which the answer has several; `take(thing, name)` is what their buttons do. `words`: what the page says.
export function show(answer, into, { words, choices, take }) {
  into.replaceChildren(...told(answer, words), node(answer, null, { words, choices, take, name: "" }));
}

// Whether an act was done, or why not, before the tree that has the same.
function told(answer, words) {
  const lines = [];
  for (const error of answer.errors ?? []) lines.push(line("refused", error.message, [error.extensions?.code, error.path?.join(".")]));
  for (const [act, payload] of Object.entries(answer.data ?? {})) {
    if (!Array.isArray(payload?.problems)) continue;
    for (const problem of payload.problems) lines.push(line("refused", problem.message ?? words.nothing_done, [problem.code, problem.path?.join(".")]));
    if (!payload.problems.length) lines.push(line("granted", `✓ ${words.done}`, [act]));
  }
  return lines;
}

function line(className, text, details) {
  const made = document.createElement("p");
  made.className = `told ${className}`;
  made.setAttribute("role", className === "refused" ? "alert" : "status");
  const small = document.createElement("code");
  small.textContent = details.filter(Boolean).join(" · ");
  made.append(text, " ", small);
  return made;
}

function node(value, key, at) {
  if (value === null || typeof value !== "object") return leaf(value, key);
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return leaf(value, key, `${open}${close}`);
  const details = document.createElement("details");
  details.open = true;
  const summary = document.createElement("summary");
  summary.append(...label(key), `${open} ${entries.length} ${close}`);
  if (!list && value.id && at.choices.has(at.name)) summary.append(taking(value, at));
  details.append(summary, ...entries.map(([name, inner]) => node(inner, list ? null : name, { ...at, name: list ? at.name.replace(/s$/, "") : OF_A_PAGE.has(name) ? at.name : name })));
  return details;
}

function taking(value, { words, take, name }) {
  const button = document.createElement("button");
  button.className = "plain small";
  button.textContent = `${words.take} $${name}`;
  button.addEventListener("click", (event) => { event.preventDefault(); take(value, name); });
  return button;
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
  shown.className = key === "id" ? "opaque" : typeof value === "string" ? "t-text" : "t-number";
  shown.textContent = text;
  if (key === "id") shown.title = value;
  if (address) Object.assign(shown, { href: address, rel: "noreferrer noopener", target: "_blank" });
  line.append(shown);
  return line;
}
