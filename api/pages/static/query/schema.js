// The schema as introspection tells it, and what may stand at a place in a query.

import { tokens } from "./syntax.js";

const REF = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const INTROSPECTION = `query IntrospectionQuery { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason
      args { name description defaultValue type { ${REF} } } type { ${REF} } }
    inputFields { name description defaultValue type { ${REF} } }
    enumValues(includeDeprecated: true) { name description }
    possibleTypes { name } interfaces { name } } } }`;

export const bare = (type) => (type?.ofType ? bare(type.ofType) : type?.name);

export function printed(type) {
  if (type.kind === "NON_NULL") return `${printed(type.ofType)}!`;
  if (type.kind === "LIST") return `[${printed(type.ofType)}]`;
  return type.name;
}

export class Schema {
  static async load(ask) {
    const answer = await ask({ query: INTROSPECTION });
    if (!answer.data?.__schema) throw new Error(answer.errors?.[0]?.message ?? "introspection failed");
    return new Schema(answer.data.__schema);
  }

  constructor(data) {
    this.roots = { query: data.queryType?.name, mutation: data.mutationType?.name, subscription: data.subscriptionType?.name };
    this.types = new Map(data.types.filter((type) => !type.name.startsWith("__")).map((type) => [type.name, type]));
  }

  field(typeName, name) {
    return this.types.get(typeName)?.fields?.find((field) => field.name === name);
  }

  // What may stand at `offset`: [{text, detail}], from the types of the selections that enclose it.
  complete(text, offset) {
    const place = this.#place(tokens(text.slice(0, offset)).filter((token) => token.kind !== "space" && token.kind !== "note"));
    const type = this.types.get(place.type);
    if (place.wants === "type") return [...this.types.values()].filter((t) => ["OBJECT", "INTERFACE", "UNION"].includes(t.kind)).map((t) => ({ text: t.name, detail: t.kind.toLowerCase() }));
    if (place.wants === "value") return (type?.enumValues ?? (place.type === "Boolean" ? [{ name: "true" }, { name: "false" }] : [])).map((value) => ({ text: value.name, detail: place.type }));
    if (place.wants === "argument") return (place.args ?? []).map((arg) => ({ text: `${arg.name}: `, detail: printed(arg.type) }));
    return [...(type?.fields ?? []).map((field) => ({ text: field.name, detail: printed(field.type) })), ...(type ? [{ text: "__typename", detail: "String!" }] : [])];
  }

  #place(list) {
    const stack = [];
    let root = this.roots.query;
    let last = null;
    let wants = "";
    for (let at = 0; at < list.length; at += 1) {
      const { text, kind } = list[at];
      const top = stack.at(-1);
      const next = list[at + 1]?.text;
      wants = "";
      if (!top) {
        if (this.roots[text]) root = this.roots[text];
        else if (text === "on") { root = next; wants = "type"; }
        else if (text === "{") stack.push({ mode: "fields", type: root });
        else if (text === "(") stack.push({ mode: "variables" });
      } else if (top.mode === "fields") {
        if (text === "{") stack.push({ mode: "fields", type: last?.cast ?? bare(last?.type) ?? top.type });
        else if (text === "}") { stack.pop(); last = null; }
        else if (text === "(") stack.push({ mode: "arguments", args: last?.args ?? [] });
        else if (text === "on" && list[at - 1]?.text === "...") { last = { cast: next }; wants = "type"; }
        else if (kind === "name" && next !== ":" && list[at - 1]?.text !== "on") last = this.field(top.type, text) ?? null;
      } else if (top.mode === "arguments") {
        const arg = top.args.find((one) => one.name === top.name);
        if (text === ")" || text === "}") stack.pop();
        else if (text === "{") stack.push({ mode: "arguments", args: this.types.get(bare(arg?.type))?.inputFields ?? [] });
        else if (kind === "name" && next === ":") top.name = text;
        else if (text === ":" || text === "[") { wants = "value"; top.type = bare(arg?.type); }
        else top.type = top.type ?? null;
      } else if (text === ")") stack.pop();
    }
    const top = stack.at(-1);
    const typed = list.at(-1);
    const before = typed?.kind === "name" ? list.at(-2)?.text : typed?.text;
    if (before === "on") return { wants: "type" };
    if (top?.mode === "arguments") {
      const arg = top.args.find((one) => one.name === top.name);
      return before === ":" || before === "[" ? { wants: "value", type: bare(arg?.type) } : { wants: "argument", args: top.args };
    }
    return { wants: wants || "field", type: top?.mode === "fields" ? top.type : undefined };
  }
}
