// Short ways to the page's elements.

export const $ = (id) => document.getElementById(id);

export function chip({ word, color }) {
  const span = document.createElement("span");
  span.className = "chip";
  span.style.setProperty("--chip", color);
  span.textContent = word;
  return span;
}

export function fill(select, entries) {
  select.replaceChildren(
    ...entries.map(([value, text]) => new Option(text, value)),
  );
}
