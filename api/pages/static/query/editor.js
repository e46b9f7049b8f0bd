// A text area with colours behind it and completions beside the cursor. Escape, then Tab, leaves it by keyboard.

import { colour } from "./syntax.js";

const NAME_BEFORE = /[A-Za-z_]\w*$/;
const MOST_SHOWN = 40;

export class Editor {
  constructor({ area, colours, list, complete, changed }) {
    Object.assign(this, { area, colours, list, complete, changed, chosen: 0, shown: [], leaving: false });
    area.addEventListener("input", () => { this.#paint(); this.changed(); this.#suggest(false); });
    area.addEventListener("scroll", () => this.#follow());
    area.addEventListener("keydown", (event) => this.#key(event));
    area.addEventListener("blur", () => setTimeout(() => this.#close(), 150));
    area.addEventListener("click", () => this.#close());
  }

  get text() { return this.area.value; }

  set text(value) {
    this.area.value = value;
    this.#paint();
    this.changed();
  }

  insert(text) {
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.#paint();
    this.changed();
    this.area.focus();
  }

  #paint() {
    colour(this.area.value, this.colours);
    this.#follow();
  }

  #follow() {
    this.colours.scrollTop = this.area.scrollTop;
    this.colours.scrollLeft = this.area.scrollLeft;
  }

  #key(event) {
    const open = !this.list.hidden;
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); this.#suggest(true); return; }
    if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.chosen = (this.chosen + (event.key === "ArrowDown" ? 1 : -1) + this.shown.length) % this.shown.length;
      this.#draw();
    } else if (open && (event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#take(this.shown[this.chosen]);
    } else if (event.key === "Escape") {
      this.leaving = !open;
      this.#close();
      return;
    } else if (event.key === "Tab" && !this.leaving && !event.shiftKey) {
      event.preventDefault();
      this.insert("  ");
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#newline();
    }
    this.leaving = false;
  }

  #newline() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const indent = /^[ \t]*/.exec(before.slice(before.lastIndexOf("\n") + 1))[0];
    this.insert(`\n${indent}${/[{([]\s*$/.test(before) ? "  " : ""}`);
  }

  #suggest(asked) {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const typed = NAME_BEFORE.exec(before)?.[0] ?? "";
    if (!asked && typed.length < 2) { this.#close(); return; }
    const wanted = typed.toLowerCase();
    this.shown = this.complete(this.area.value, this.area.selectionStart).filter((one) => one.text.toLowerCase().startsWith(wanted) && one.text !== typed).slice(0, MOST_SHOWN);
    this.chosen = 0;
    if (this.shown.length) this.#draw();
    else this.#close();
  }

  #draw() {
    this.list.replaceChildren(...this.shown.map((one, at) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(at === this.chosen));
      const detail = document.createElement("small");
      detail.textContent = one.detail;
      item.append(one.text, detail);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); this.#take(one); });
      return item;
    }));
    const before = this.area.value.slice(0, this.area.selectionStart).split("\n");
    const size = parseFloat(getComputedStyle(this.area).fontSize);
    const left = Math.min(before.at(-1).length * size * 0.6, this.area.clientWidth - 220);
    this.list.style.left = `${Math.max(0, left - this.area.scrollLeft) + 12}px`;
    this.list.style.top = `${before.length * size * 1.5 - this.area.scrollTop + 14}px`;
    this.list.hidden = false;
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  #take(one) {
    const end = this.area.selectionStart;
    const typed = NAME_BEFORE.exec(this.area.value.slice(0, end))?.[0] ?? "";
    this.area.setSelectionRange(end - typed.length, end);
    this.#close();
    this.insert(one.text);
    this.#close();
  }

  #close() { this.list.hidden = true; }
}
