// GraphQL's lexical grammar (specification §2.1), enough to colour, to tidy and to know where the cursor stands.

const TOKEN = /(#[^\n]*)|("""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"?)|(\$\w+)|(@\w+)|(-?\d[\d.eE+-]*)|(\.\.\.)|([A-Za-z_]\w*)|([{}()[\]:=!|&])|([\s,\uFEFF]+)|(.)/gu;
const KINDS = ["note", "text", "variable", "directive", "number", "spread", "name", "sign", "space", "other"];
const WORDS = new Set(["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"]);

export function tokens(text) {
  return [...text.matchAll(TOKEN)].map((found) => {
    const at = found.slice(1).findIndex((part) => part !== undefined);
    return { kind: KINDS[at], text: found[0], start: found.index };
  });
}

export function colour(text, into) {
  into.replaceChildren();
  for (const token of tokens(text)) {
    const kind = token.kind === "name" && WORDS.has(token.text) ? "word" : token.kind;
    if (["space", "sign", "name", "other", "spread"].includes(kind)) {
      into.append(token.text);
      continue;
    }
    const span = document.createElement("span");
    span.className = `t-${kind === "directive" ? "variable" : kind}`;
    span.textContent = token.text;
    into.append(span);
  }
  into.append("\n");
}

// Indents by nesting and leaves the order of tokens alone; strings and comments stay as they are.
export function tidy(text) {
  let out = "";
  let depth = 0;
  const round = [];
  const line = () => { out = `${out.trimEnd()}\n${"  ".repeat(depth)}`; };
  for (const token of tokens(text)) {
    const inside = round.length > 0;
    if (token.kind === "space") {
      if (!inside && token.text.includes("\n") && out.trim() && !out.endsWith("  ".repeat(depth))) line();
      else if (!inside && /\n/.test(token.text)) line();
      else if (out && !/[\s([{:]$/.test(out)) out += inside && token.text.includes(",") ? ", " : " ";
    } else if (token.kind === "note") {
      out += token.text;
      line();
    } else if (token.text === "{" && !inside) {
      out = `${out.trimEnd()}${out.trim() && !out.endsWith("\n") ? " " : ""}{`;
      depth += 1;
      line();
    } else if (token.text === "}" && !inside) {
      depth = Math.max(0, depth - 1);
      line();
      out += "}";
      line();
    } else {
      if ("([{".includes(token.text)) round.push(token.text);
      if (")]}".includes(token.text)) { round.pop(); out = out.trimEnd(); }
      out += token.text === ":" ? ": " : token.text;
    }
  }
  return `${out.replace(/[ \t]+$/gm, "").replace(/\n{3,}/g, "\n\n").replace(/\{\n\n/g, "{\n").replace(/\n\n(\s*\})/g, "\n$1").trim()}\n`;
}

export function operations(text) {
  const found = [];
  let depth = 0;
  const plain = tokens(text).filter((token) => token.kind !== "space" && token.kind !== "note");
  plain.forEach((token, at) => {
    if ("({[".includes(token.text)) {
      if (depth === 0 && token.text === "{" && (at === 0 || plain[at - 1].text === "}")) found.push({ kind: "query", name: null, start: token.start });
      depth += 1;
    } else if (")}]".includes(token.text)) depth -= 1;
    else if (depth === 0 && ["query", "mutation", "subscription"].includes(token.text)) {
      const next = plain[at + 1];
      if (plain[at - 1]?.text !== "fragment") found.push({ kind: token.text, name: next?.kind === "name" ? next.text : null, start: token.start });
    }
  });
  return found;
}
