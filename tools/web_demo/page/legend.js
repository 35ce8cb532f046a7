// The classes that occur, with their share, each to be switched off and on.

import { classOf, kindOf, sharesOf } from "./colors.js";
import { chip } from "./dom.js";

export class Legend {
  constructor(section, onChange) {
    this.section = section;
    this.list = section.querySelector("#legend");
    this.off = new Set();
    this.onChange = onChange;
    section.querySelector("#all").onclick = () => this.set(true);
    section.querySelector("#none").onclick = () => this.set(false);
  }

  hide() {
    this.section.hidden = true;
  }

  // Keeps what is off as long as the classes are the same.
  update(outputs, maps) {
    const output = outputs.find((o) => kindOf(o) === "classes");
    this.section.hidden = !output;
    if (!output) return;
    this.output = output;
    this.map = maps[output.name];
    // In the live view the list is refilled often; the focus stays.
    const focused = document.activeElement?.dataset?.id;
    this.list.replaceChildren(
      ...sharesOf(output, this.map).map((entry) => this.entry(entry)),
    );
    this.list.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  entry({ id, share }) {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !this.off.has(id);
    box.dataset.id = id;
    box.onchange = () => {
      if (box.checked) this.off.delete(id);
      else this.off.add(id);
      this.onChange();
    };
    const percent = document.createElement("span");
    percent.className = "share";
    percent.textContent = share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`;
    label.append(box, chip(classOf(this.output, id)), percent);
    item.append(label);
    return item;
  }

  set(on) {
    this.off = new Set(on ? [] : this.output.colors.keys());
    for (const box of this.list.querySelectorAll("input")) {
      box.checked = !this.off.has(Number(box.dataset.id));
    }
    this.onChange();
  }

  reset() {
    this.off.clear();
  }

  // Whether the class of pixel i is on.
  get shown() {
    if (!this.off.size || !this.map) return () => true;
    return (i) => !this.off.has(this.map[i]);
  }
}
