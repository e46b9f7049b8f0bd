// The schema to read and search: types, fields, arguments and their descriptions.

import { bare, printed } from "./schema.js";

const MOST_FOUND = 60;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export class Docs {
  constructor(schema, { into, find, insert }) {
    Object.assign(this, { schema, into, insert, trail: [] });
    find.addEventListener("input", () => (find.value.trim() ? this.#found(find.value.trim().toLowerCase()) : this.home()));
    this.home();
  }

  home() {
    this.trail = [];
    const roots = Object.entries(this.schema.roots).filter(([, name]) => name);
    this.into.replaceChildren(...roots.map(([kind, name]) => element("p", {}, `${kind}: `, this.#link(name))), this.#list(this.schema.types.get(this.schema.roots.query)));
  }

  open(name) {
    const type = this.schema.types.get(name);
    if (!type) return;
    this.trail.push(name);
    const back = element("button", { className: "link", textContent: "←", ariaLabel: "back" });
    back.addEventListener("click", () => {
      this.trail.pop();
      const previous = this.trail.pop();
      if (previous) this.open(previous);
      else this.home();
    });
    this.into.replaceChildren(back, element("h2", { textContent: `${type.name}` }), element("p", { className: "quiet", textContent: type.description ?? "" }), this.#list(type));
  }

  #list(type) {
    const list = element("ul");
    for (const field of type.fields ?? type.inputFields ?? []) list.append(this.#field(field, type));
    for (const value of type.enumValues ?? []) list.append(element("li", {}, element("code", { textContent: value.name }), element("div", { className: "quiet", textContent: value.description ?? "" })));
    for (const possible of type.possibleTypes ?? []) list.append(element("li", {}, this.#link(possible.name)));
    return list;
  }

  #field(field, type) {
    const signature = element("span", {}, element("strong", { textContent: field.name }));
    if (field.args?.length) {
      signature.append("(");
      field.args.forEach((arg, at) => signature.append(at ? ", " : "", `${arg.name}: `, this.#link(bare(arg.type), printed(arg.type)), arg.defaultValue ? ` = ${arg.defaultValue}` : ""));
      signature.append(")");
    }
    signature.append(": ", this.#link(bare(field.type), printed(field.type)));
    const add = element("button", { className: "add", textContent: "+", title: field.name });
    add.addEventListener("click", () => this.insert(field.name));
    const note = [field.description, field.isDeprecated ? `deprecated: ${field.deprecationReason}` : null].filter(Boolean).join(" — ");
    return element("li", {}, signature, type.fields ? add : null, element("div", { className: "quiet", textContent: note }));
  }

  #link(name, text = name) {
    const link = element("button", { className: "link", textContent: text });
    link.addEventListener("click", () => this.open(name));
    return link;
  }

  #found(word) {
    const list = element("ul");
    let left = MOST_FOUND;
    for (const type of this.schema.types.values()) {
      if (left > 0 && type.name.toLowerCase().includes(word)) { list.append(element("li", {}, this.#link(type.name))); left -= 1; }
      for (const field of type.fields ?? type.inputFields ?? []) {
        if (left > 0 && field.name.toLowerCase().includes(word)) { list.append(element("li", {}, this.#link(type.name), `.${field.name}`)); left -= 1; }
      }
    }
    this.into.replaceChildren(list);
  }
}
