// The things that results name, so that nobody copies ids by hand: `licence` is the id of the last licence and
// `licenceVersion` its version. They fill variables of these names, when somebody chooses an example or asks for it.

import { tokens } from "./syntax.js";

const KEPT = "mutua.things";
const OF_A_PAGE = new Set(["nodes", "edges", "node"]);

// Every object with an id in a result, called as its field is; one of a list without the s.
function* found(value, name = "") {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    for (const one of value) yield* found(one, name.replace(/s$/, ""));
    return;
  }
  if (typeof value.id === "string" && name) yield { name, id: value.id, version: value.version, called: value.name ?? value.code ?? value.number ?? value.title };
  for (const [key, inner] of Object.entries(value)) yield* found(inner, OF_A_PAGE.has(key) ? name : key);
}

function byName(value, name) {
  const named = new Map();
  for (const thing of found(value, name)) named.set(thing.name, [...(named.get(thing.name) ?? []), thing]);
  return named;
}

// The names of which a result has more than one: whose to take is the reader's choice.
export function several(value) {
  return new Set([...byName(value)].filter(([, all]) => new Set(all.map((one) => one.id)).size > 1).map(([name]) => name));
}

export class Things {
  #kept = new Map();

  constructor(changed) {
    this.changed = changed;
    try {
      this.#kept = new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
    } catch { /* a browser that keeps nothing */ }
  }

  // What a result, or a part of it, has only one of.
  take(value, name = "") {
    for (const [called, all] of byName(value, name)) {
      if (new Set(all.map((one) => one.id)).size > 1) continue;
      const last = this.#kept.get(called);
      const version = all.map((one) => one.version).find((one) => one !== undefined);
      const label = all.map((one) => one.called).find((one) => typeof one === "string");
      const same = last?.id === all[0].id;
      this.#kept.set(called, { id: all[0].id, version: version ?? (same ? last.version : undefined), called: label ?? (same ? last.called : undefined) });
    }
    try {
      sessionStorage.setItem(KEPT, JSON.stringify([...this.#kept]));
    } catch { /* a browser that keeps nothing */ }
    this.changed();
  }

  forget() {
    this.#kept.clear();
    sessionStorage.removeItem(KEPT);
    this.changed();
  }

  get list() { return [...this.#kept].map(([name, thing]) => ({ name, ...thing })); }

  // Values for the variables that a query declares, as far as they are known and not given so already.
  for(query, given) {
    const known = new Map(this.list.flatMap(({ name, id, version }) => [[name, id], [`${name}Version`, version]]));
    return Object.fromEntries(declared(query).filter((name) => known.get(name) !== undefined && known.get(name) !== given[name]).map((name) => [name, known.get(name)]));
  }
}

// The variables of a query: a name with a $ that a colon follows.
export function declared(query) {
  const list = tokens(query).filter((token) => token.kind !== "space" && token.kind !== "note");
  return list.filter((token, at) => token.kind === "variable" && list[at + 1]?.text === ":").map((token) => token.text.slice(1));
}

// The saved variables with the days that they leave to be told: "{today}", "{yesterday}".
export function dated(variables) {
  const day = (back) => { const date = new Date(); date.setDate(date.getDate() - back); return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-"); };
  return JSON.parse(JSON.stringify(variables ?? {}).replaceAll("{today}", day(0)).replaceAll("{yesterday}", day(1)));
}
