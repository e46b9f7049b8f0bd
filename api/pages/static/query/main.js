// The query page. Nothing runs before somebody asks for it: a link may fill a query in, never send it.

import { Docs } from "./docs.js";
import { Editor } from "./editor.js";
import { show } from "./result.js";
import { Schema } from "./schema.js";
import { operations, tidy } from "./syntax.js";
import { dated, declared, several, Things } from "./things.js";

const byId = (id) => document.getElementById(id);
const page = JSON.parse(byId("page-data").textContent);
const address = new URLSearchParams(location.search);
const HISTORY = "mutua.queries";
const MOST_KEPT = 30;
const LONGEST_ADDRESS = 6000;
const LONGEST_TARGET = 4000;
let schema = null;
let answer = null;
let following = -1;

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
  changed: () => tellThings(),
});
const things = new Things(() => tellThings());

function fill(query, given) {
  editor.text = query;
  variables.value = typeof given === "string" ? spread(given) : given && Object.keys(given).length ? JSON.stringify(given, null, 2) : "";
  tellThings();
}

function spread(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

// A saved example: what results named before goes into its variables, and nothing is sent.
function choose(at) {
  const { query, variables: given } = page.saved[at];
  const started = dated(given);
  const known = { ...started, ...things.for(query, started) };
  fill(query, Object.fromEntries(declared(query).filter((name) => name in known).map((name) => [name, known[name]])));
  follow(at + 1);
}

function follow(at) {
  following = page.saved[at] ? at : -1;
  byId("next").hidden = following < 0;
  byId("next").textContent = following < 0 ? "" : `${page.words.next} ${page.saved[following].name}`;
}

function parsed() {
  try {
    const given = JSON.parse(variables.value.trim() || "{}");
    return given && typeof given === "object" && !Array.isArray(given) ? given : null;
  } catch {
    return null;
  }
}

// What results named so far, what of it would fill the variables, and which of these still stand open.
function tellThings() {
  const given = parsed() ?? {};
  const known = things.for(editor.text, given);
  const missing = declared(editor.text).filter((name) => !(name in given) && !(name in known));
  const useful = new Set([editor.text, ...page.saved.map((one) => one.query)].flatMap(declared));
  const shown = things.list.filter(({ name }) => useful.has(name));
  byId("things").replaceChildren(...shown.map(({ name, version, called }) => chip(`$${name}`, called, version)));
  byId("things-lead").textContent = shown.length ? page.words.things : page.words.things_none;
  byId("missing").textContent = missing.length ? `${page.words.missing} ${missing.map((name) => `$${name}`).join(", ")}` : "";
  byId("fill").hidden = Object.keys(known).length === 0;
  byId("forget").hidden = things.list.length === 0;
}

function chip(name, called, version) {
  const made = document.createElement("span");
  made.className = "chip";
  const code = document.createElement("code");
  code.textContent = name;
  made.append(code, ` ${called ?? "✓"}${version === undefined ? "" : ` · ${page.words.version} ${version}`}`);
  return made;
}

// With several operations in the text, the one that the cursor stands in or after.
function chosen(text) {
  const found = operations(text);
  const here = editor.area.selectionStart;
  return found.filter((one) => one.start <= here).at(-1) ?? found[0];
}

async function run() {
  if (byId("run").disabled) return;
  let given = {};
  try {
    given = variables.value.trim() ? JSON.parse(variables.value) : {};
  } catch (error) {
    byId("status").textContent = error.message;
    variables.focus();
    return;
  }
  const operation = chosen(editor.text);
  const [query, sent] = [editor.text, variables.value];
  byId("status").textContent = "…";
  byId("run").disabled = true;
  const began = performance.now();
  try {
    answer = await ask({ query, variables: given, operationName: operation?.name ?? undefined });
  } catch (error) {
    byId("status").textContent = error.message;
    return;
  } finally {
    byId("run").disabled = false;
  }
  byId("status").textContent = `${Math.round(performance.now() - began)} ms${answer.errors ? ` · ${answer.errors.length} error(s)` : ""}`;
  byId("copy").hidden = false;
  show(answer, byId("result"), { words: page.words, choices: several(answer.data), take: (thing, name) => things.take(thing, name) });
  things.take(answer.data ?? {});
  remember(query, sent);
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

function choices(select, entries, take) {
  select.replaceChildren(new Option("", ""), ...entries.map(({ name }, at) => new Option(name, String(at))));
  select.onchange = () => {
    if (select.value !== "" && entries[Number(select.value)]) take(Number(select.value));
    select.value = "";
  };
  select.disabled = entries.length === 0;
}

function listHistory() {
  const kept = past();
  choices(byId("history"), kept.map((one) => ({ name: one.query.replace(/\s+/g, " ").slice(0, 60) })), (at) => { fill(kept[at].query, kept[at].variables); follow(-1); });
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
byId("next").addEventListener("click", () => choose(following));
byId("fill").addEventListener("click", () => {
  const given = parsed();
  if (given) fill(editor.text, { ...given, ...things.for(editor.text, given) });
  else variables.focus();
});
byId("forget").addEventListener("click", () => things.forget());
variables.addEventListener("input", tellThings);
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

choices(byId("saved"), page.saved, choose);
listHistory();
if (address.has("query")) fill(address.get("query"), address.get("variables"));
else if (page.saved.length) choose(0);
else fill("{ viewer { signedIn } }\n");
whoAmI().catch(() => {});
Schema.load(ask)
  .then((loaded) => { schema = loaded; new Docs(schema, { into: byId("pages"), find: byId("find"), insert: (text) => editor.insert(text) }); })
  .catch((error) => { byId("pages").textContent = error.message; });
