// Puts steps into order with buttons. Without it, each step is given its place in a list of its own; both are the same fields.
function button(text, words) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button--icon";
  made.textContent = text;
  made.setAttribute("aria-label", words);
  return made;
}

const rowsOf = (list) => [...list.children];
const placeOf = (row) => row.querySelector("select");

function setPlaces(list) {
  rowsOf(list).forEach((row, index) => { placeOf(row).selectedIndex = index + 1; });
  list.dispatchEvent(new Event("change", { bubbles: true }));
  limit(list);
}

function limit(list) {
  const rows = rowsOf(list);
  rows.forEach((row, index) => {
    const [up, down] = row.querySelectorAll("button");
    up.setAttribute("aria-disabled", String(index === 0));
    down.setAttribute("aria-disabled", String(index === rows.length - 1));
  });
  const isOpen = rows.some((row) => !placeOf(row).value);
  list.nextElementSibling?.toggleAttribute("hidden", !isOpen);
}

function move(list, row, step) {
  const rows = rowsOf(list);
  const other = rows[rows.indexOf(row) + step];
  if (!other) return;
  if (step < 0) list.insertBefore(row, other);
  else list.insertBefore(other, row);
  setPlaces(list);
}

function sortByPlaces(list) {
  const rows = rowsOf(list);
  const places = rows.map((row) => placeOf(row).selectedIndex);
  if (places.includes(0) || new Set(places).size < rows.length) return;
  const focused = document.activeElement;
  rows.sort((one, other) => placeOf(one).selectedIndex - placeOf(other).selectedIndex).forEach((row) => list.append(row));
  if (list.contains(focused)) focused.focus();
}

function prepare(list) {
  if (list.dataset.isReady) return;
  list.dataset.isReady = "yes";
  for (const row of rowsOf(list)) {
    const name = row.querySelector("label").textContent.trim();
    const up = button("↑", `${list.dataset.up}: ${name}`);
    const down = button("↓", `${list.dataset.down}: ${name}`);
    up.addEventListener("click", () => { move(list, row, -1); up.focus(); });
    down.addEventListener("click", () => { move(list, row, 1); down.focus(); });
    row.querySelector(".answer-row__controls").append(up, down);
    placeOf(row).addEventListener("change", () => { sortByPlaces(list); limit(list); });
  }
  const asShown = document.createElement("button");
  asShown.type = "button";
  asShown.className = "button";
  asShown.textContent = list.dataset.asShown;
  asShown.addEventListener("click", () => { setPlaces(list); rowsOf(list)[0].querySelector("select").focus(); });
  const line = document.createElement("p");
  line.append(asShown);
  list.after(line);
  limit(list);
}

const prepareAll = (root) => root.querySelectorAll("[data-ordering]").forEach(prepare);
prepareAll(document);
document.addEventListener("htmx:afterSettle", (event) => prepareAll(event.target.parentElement ?? document));
