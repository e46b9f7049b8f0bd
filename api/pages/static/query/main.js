// The query page. Nothing runs before somebody asks for it: a link may fill a query in, never send it.

import { Docs } from "./docs.js";
import { Editor } from "./editor.js";
import { show } from "./result.js";
import { Schema } from "./schema.js";
import { operations, tidy } from "./syntax.js";

const byId = (id) => document.getElementById(id);
const page = JSON.parse(byId("page-data").textContent);
const address = new URLSearchParams(location.search);
const HISTORY = "mutua.queries";
const MOST_KEPT = 30;
const LONGEST_ADDRESS = 6000;
const LONGEST_TARGET = 4000;
let schema = null;
let answer = null;

async function ask(request) {
  const response = await fetch(page.endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json", "Accept-Language": byId("language").value },
    body: JSON.stringify(request),
  });
  return response.json();
}

const variables = byId("variables");
const editor = new Editor({
  area: byId("query"),
  colours: byId("query-colours"),
  list: byId("completions"),
  complete: (text, offset) => schema?.complete(text, offset) ?? [],
  changed: () => {},
});

function fill(query, given) {
  editor.text = query;
  variables.value = typeof given === "string" ? spread(given) : given ? JSON.stringify(given, null, 2) : "";
}

function spread(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

// With several operations in the text, the one that the cursor stands in or after.
function chosen(text) {
  const found = operations(text);
  const here = editor.area.selectionStart;
  return found.filter((one) => one.start <= here).at(-1) ?? found[0];
}

async function run() {
  let given = {};
  try {
    given = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    byId("status").textContent = error.message;
    variables.focus();
    return;
  }
  const operation = chosen(editor.text);
  byId("status").textContent = "…";
  const began = performance.now();
  try {
    answer = await ask({ query: editor.text, variables: given, operationName: operation?.name ?? undefined });
  } catch (error) {
    byId("status").textContent = error.message;
    return;
  }
  byId("status").textContent = `${Math.round(performance.now() - began)} ms${answer.errors ? ` · ${answer.errors.length} error(s)` : ""}`;
  byId("copy").hidden = false;
  show(answer, byId("result"));
  remember(editor.text, variables.value);
}

function remember(query, given) {
  const path = `?${new URLSearchParams([...address].filter(([name]) => name === "lang").concat([["query", query]], given.trim() ? [["variables", given]] : []))}`;
  if (path.length < LONGEST_ADDRESS) history.replaceState(null, "", path);
  try {
    const kept = past().filter((one) => one.query !== query);
    localStorage.setItem(HISTORY, JSON.stringify([{ query, variables: given }, ...kept].slice(0, MOST_KEPT)));
  } catch { /* a browser that keeps nothing */ }
  listHistory();
}

function past() {
  try {
    const kept = JSON.parse(localStorage.getItem(HISTORY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function choices(select, entries) {
  select.replaceChildren(new Option("", ""), ...entries.map(({ name }, at) => new Option(name, String(at))));
  select.onchange = () => {
    const entry = entries[Number(select.value)];
    if (select.value !== "" && entry) fill(entry.query, entry.variables);
    select.value = "";
  };
  select.disabled = entries.length === 0;
}

function listHistory() {
  choices(byId("history"), past().map((one) => ({ ...one, name: one.query.replace(/\s+/g, " ").slice(0, 60) })));
}

async function whoAmI() {
  const { data } = await ask({ query: "{ viewer { signedIn memberships { member { name } affiliations roles } onSiteAt { name } } }" });
  if (!data?.viewer) return;
  const { signedIn, memberships, onSiteAt } = data.viewer;
  const names = [...memberships.map((one) => `${one.member.name} (${[...one.affiliations, ...one.roles].join(", ")})`), ...(signedIn ? [] : onSiteAt.map((one) => `@ ${one.name}`))];
  byId("who").textContent = names.join(" · ");
  byId("sign-in").hidden = signedIn;
  byId("sign-out").hidden = !signedIn;
}

// Signing in leads back to what is written here.
byId("sign-in").addEventListener("click", ({ currentTarget }) => {
  const target = `${location.pathname}?${new URLSearchParams({ query: editor.text, variables: variables.value })}`;
  if (target.length < LONGEST_TARGET) currentTarget.href = `${currentTarget.pathname}?${new URLSearchParams({ target })}`;
});
byId("run").addEventListener("click", run);
byId("prettify").addEventListener("click", () => { editor.text = tidy(editor.text); });
byId("copy").addEventListener("click", () => navigator.clipboard?.writeText(JSON.stringify(answer, null, 2)));
byId("show-docs").addEventListener("click", (event) => {
  const hidden = document.querySelector(".panes").classList.toggle("no-docs");
  event.target.setAttribute("aria-expanded", String(!hidden));
});
byId("language").addEventListener("change", whoAmI);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); run(); }
  if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "p") { event.preventDefault(); editor.text = tidy(editor.text); }
});

choices(byId("saved"), page.saved);
listHistory();
const first = page.saved[0] ?? { query: "{ viewer { signedIn } }\n" };
fill(address.get("query") ?? first.query, address.has("query") ? address.get("variables") : first.variables);
whoAmI().catch(() => {});
Schema.load(ask)
  .then((loaded) => { schema = loaded; new Docs(schema, { into: byId("pages"), find: byId("find"), insert: (text) => editor.insert(text) }); })
  .catch((error) => { byId("pages").textContent = error.message; });
