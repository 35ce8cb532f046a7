// Short ways to the page's elements.

export const $ = (id) => document.getElementById(id);

export function fill(select, entries) {
  select.replaceChildren(
    ...entries.map(([value, text]) => new Option(text, value)),
  );
}
