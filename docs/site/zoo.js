// Long tables, such as the model zoo's, can be searched, and sorted by a click on a column's head.
const LONG = 30; // rows

function number(text) {
  return parseFloat(text.replaceAll(",", ""));
}

function compare(a, b) {
  if (!a || !b) return !a - !b; // empty cells last
  const [x, y] = [number(a), number(b)];
  return isNaN(x) || isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
}

function sort(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const descending = heads[column].ariaSort === "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].ariaSort = descending ? "descending" : "ascending";
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...table.tBodies[0].rows].sort((a, b) => {
    const order = compare(text(a), text(b));
    return descending && text(a) && text(b) ? -order : order;
  });
  table.tBodies[0].append(...rows);
}

function search(table, words, count) {
  const rows = [...table.tBodies[0].rows];
  rows.forEach((row) => {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  });
  count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
}

function enhance(table) {
  const box = document.createElement("div");
  box.className = "table-search";
  const field = Object.assign(document.createElement("input"), { type: "search", placeholder: "resnext imagenet" });
  field.setAttribute("aria-label", "Search the table");
  const count = document.createElement("output");
  box.append(field, count);
  (table.closest(".md-typeset__scrollwrap") || table).before(box);
  const update = () => search(table, field.value.toLowerCase().split(/\s+/).filter(Boolean), count);
  field.addEventListener("input", update);
  update();
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, column));
    head.append(button);
  });
  table.dataset.sorted = ""; // no class: the theme draws borders around tables without one
}

document.querySelectorAll(".md-typeset table").forEach((table) => {
  if (table.tHead && table.tBodies[0].rows.length >= LONG) enhance(table);
});
