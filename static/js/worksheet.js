// Rows of a worksheet, arranged on the page; without this file the same buttons send the form. entries.js saves.
class Worksheet {
  constructor(form) {
    this.form = form;
    this.sheet = form.querySelector("[data-sheet]");
    this.body = this.sheet.querySelector("[data-rows]");
    this.next = Number(this.sheet.dataset.next);
    this.purged = [];
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=act], button[data-undo]");
      if (!button) return;
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      if ("undo" in button.dataset) this.undo(button.closest("tr"));
      else this.act(button, ...button.value.split(" "));
    });
    // Before entries.js hears of it: the words it keeps are those of the rows that are there.
    form.addEventListener("input", () => this.grow());
    form.worksheet = this;
  }

  get rows() { return [...this.body.querySelectorAll("tr:not(.is-deleted)")]; }
  row(id) { return this.body.querySelector(`tr[data-row="${id}"]`); }
  fields(row) { return [...row.querySelectorAll("textarea, select")]; }
  isEmpty(row) { return !this.fields(row).some((field) => field.value.trim()); }
  say(name, ...values) {
    const text = values.reduce((words, value, n) => words.replace(`{${n}}`, value), this.sheet.dataset[name]);
    this.sheet.querySelector("[data-sheet-status]").textContent = text;
  }

  act(button, name, id) {
    const row = id && this.row(id);
    if (name === "add") this.addByHand();
    else if (name === "up" || name === "down") this.move(row, name, button);
    else if (name === "delete") this.remove(row);
    else this.settle(button.closest("[data-deleted]"), name === "restore");
    this.changed();
  }

  changed() {
    this.note();
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  note() {
    const { rows } = this;
    rows.forEach((row, n) => {
      row.querySelectorAll("[data-number]").forEach((place) => { place.textContent = n + 1; });
      row.querySelector("button[value^=up]").setAttribute("aria-disabled", String(n === 0));
      row.querySelector("button[value^=down]").setAttribute("aria-disabled", String(n === rows.length - 1));
    });
    let at = 0;
    const gone = [...this.sheet.querySelectorAll("li[data-deleted]")].map((entry) => `${entry.dataset.deleted}@${entry.dataset.at}`);
    for (const row of this.body.children) {
      if (row.classList.contains("is-deleted")) gone.push(`${row.dataset.row}@${at}`);
      else at += 1;
    }
    this.form.elements.order.value = rows.map((row) => row.dataset.row).join(" ");
    this.form.elements.deleted.value = gone.join(" ");
    this.form.elements.purged.value = this.purged.join(" ");
  }

  make(id) {
    const row = this.sheet.querySelector("template[data-blank]").content.querySelector("tr").cloneNode(true);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        if (value.includes("NEW")) element.setAttribute(name, value.replace(/(^|[- ])NEW(?=-|$)/, `$1${id}`));
      }
    }
    this.next = Math.max(this.next, Number(id) + 1);
    return row;
  }

  get isFull() { return this.rows.length >= Number(this.sheet.dataset.most); }

  addByHand() {
    if (this.isFull) { this.say("full"); return; }
    const row = this.make(this.next);
    this.body.append(row);
    this.say("added", this.rows.length);
    this.fields(row)[0].focus();
  }

  // There is always an empty row to go on in.
  grow() {
    const last = this.rows.at(-1);
    if (last && (this.isEmpty(last) || this.isFull)) return;
    this.body.append(this.make(this.next));
    this.note();
  }

  move(row, way, button) {
    const { rows } = this;
    const other = rows[rows.indexOf(row) + (way === "up" ? -1 : 1)];
    if (!other) return;
    if (way === "up") other.before(row); else other.after(row);
    this.note();
    const stays = button.getAttribute("aria-disabled") === "true" ? row.querySelector(`button[value^=${way === "up" ? "down" : "up"}]`) : button;
    stays.focus();
    row.scrollIntoView({ block: "nearest" });
    this.say("moved", this.rows.indexOf(row) + 1, rows.length);
  }

  remove(row) {
    const { rows } = this;
    const number = rows.indexOf(row) + 1;
    if (this.isEmpty(row)) {
      const near = rows[number] ?? rows[number - 2];
      row.remove();
      if (near) near.querySelector("button[value^=delete]").focus(); else this.grow();
      return;
    }
    this.hide(row).querySelector("button").focus();
    this.say("gone", number);
  }

  // Where it stood, so that it goes back there.
  hide(row) {
    row.classList.add("is-deleted");
    for (const cell of row.children) cell.hidden = true;
    row.append(this.sheet.querySelector("template[data-undo]").content.cloneNode(true));
    return row.lastElementChild;
  }

  undo(row) {
    if (this.isFull) { this.say("full"); return; }
    row.querySelector(".worksheet__undo").remove();
    for (const cell of row.children) cell.hidden = false;
    row.classList.remove("is-deleted");
    this.changed();
    this.fields(row)[0].focus();
    this.say("back", this.rows.indexOf(row) + 1);
  }

  // A row that was deleted before this page was opened.
  settle(entry, isBack) {
    if (isBack && this.isFull) { this.say("full"); return; }
    const row = entry.querySelector("template").content.querySelector("tr");
    const rest = entry.closest("details");
    entry.remove();
    if (!rest.querySelector("li")) rest.hidden = true;
    if (isBack) {
      const { rows } = this;
      const before = rows[Math.min(Number(entry.dataset.at), rows.length)];
      if (before) before.before(row); else this.body.append(row);
      this.note();
      this.fields(row)[0].focus();
      this.say("back", this.rows.indexOf(row) + 1);
    } else {
      this.purged.push(entry.dataset.deleted);
      (rest.querySelector("li button") ?? this.sheet.querySelector("button[value=add]")).focus();
      this.say("purged");
    }
  }

  // Rows as a draft has them; entries.js fills in its words. An old draft names them by position.
  restore(draft) {
    const kept = new Map(draft);
    const listed = (name) => (kept.get(name) ?? "").split(" ").filter(Boolean);
    const named = draft.flatMap(([name, value]) => (value && /^cell-(\d+)-/.exec(name)?.[1]) || []);
    const order = kept.has("order") ? listed("order") : this.rows.map((row) => row.dataset.row);
    this.purged = listed("purged");
    for (const id of [...order, ...named]) if (!this.purged.includes(id)) this.there(id);
    if (kept.has("order")) this.arrange(order, named);
    for (const [id, at] of listed("deleted").map((place) => place.split("@"))) {
      const row = this.row(id);
      if (!row || row.classList.contains("is-deleted")) continue;
      this.hide(row);
      const before = this.rows[Number(at)];
      if (before) before.before(row); else this.body.append(row);
    }
    for (const id of this.purged) this.sheet.querySelector(`li[data-deleted="${id}"]`)?.remove();
    this.note();
  }

  // Rows that the draft does not know: those with words stand at the end, as the server keeps them.
  arrange(order, named) {
    const others = this.rows.filter((row) => !order.includes(row.dataset.row));
    for (const id of order) if (this.row(id)) this.body.append(this.row(id));
    for (const row of others) {
      if (this.isEmpty(row) && !named.includes(row.dataset.row)) row.remove();
      else this.body.append(row);
    }
  }

  // On the page, or made.
  there(id) {
    if (this.row(id)) return;
    const entry = this.sheet.querySelector(`li[data-deleted="${id}"]`);
    this.body.append(entry ? entry.querySelector("template").content.querySelector("tr") : this.make(id));
    entry?.remove();
  }
}

document.querySelectorAll("form[data-entry]:has([data-sheet])").forEach((form) => new Worksheet(form));
