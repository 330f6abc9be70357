// Saves what a learner writes as it is typed. Says "saved" only when the server has said so; what could not be saved is
// kept in this browser. Without this file the Save button does the same. The words it says stand on the lesson.
const spoken = document.querySelector(".lesson");
const PAUSE = 1200;
const AGAIN = 15000;

class Entry {
  constructor(form) {
    this.form = form;
    this.key = `accord.entry.${form.dataset.entry}`;
    this.status = form.querySelector("[data-entry-status]");
    this.other = form.querySelector("[data-entry-other]");
    this.waiting = 0;
    this.dirty = false;
    this.busy = false;
    this.conflict = false;
    this.saved = this.words();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => this.submitted(event));
    this.restore();
  }

  fields() { return [...this.form.querySelectorAll("textarea")]; }
  words() { return JSON.stringify(this.fields().map((field) => [field.name, field.value])); }

  say(text, tone = "") {
    this.status.textContent = text;
    this.status.className = `status ${tone}`;
  }

  changed() {
    this.dirty = true;
    this.keep();
    this.addRow();
    clearTimeout(this.waiting);
    if (!this.conflict) this.waiting = setTimeout(() => this.save(), PAUSE);
  }

  // The draft goes as soon as the server has the words.
  keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ revision: this.form.elements.revision.value, words: JSON.parse(this.words()) }));
    } catch { /* No room or no permission: the words are still in the field. */ }
  }

  forget() { try { localStorage.removeItem(this.key); } catch { /* As above. */ } }

  restore() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(this.key)); } catch { /* As above. */ }
    if (!draft || JSON.stringify(draft.words) === this.saved) { this.forget(); return; }
    for (const [name, value] of draft.words) {
      if (value) { while (!this.form.elements[name] && this.cloneRow()); }
      if (this.form.elements[name]) this.form.elements[name].value = value;
    }
    // The revision the words were written on: a newer text on the server is a conflict, and shown.
    this.form.elements.revision.value = draft.revision;
    this.dirty = true;
    this.say(spoken.dataset.restored, "status--danger");
    this.save();
  }

  // A worksheet always has an empty row to go on in.
  addRow() {
    const last = [...this.form.querySelectorAll("[data-row]")].pop();
    if (last && [...last.querySelectorAll("textarea")].some((field) => field.value)) this.cloneRow();
  }

  cloneRow() {
    const rows = [...this.form.querySelectorAll("[data-row]")];
    const last = rows[rows.length - 1];
    if (!last || rows.length >= 100) return false;
    const row = last.cloneNode(true);
    row.querySelector("legend").textContent = last.querySelector("legend").textContent.replace(/\d+/, rows.length + 1);
    row.querySelectorAll("textarea").forEach((field) => {
      field.name = field.name.replace(/^cell-\d+-/, `cell-${rows.length}-`);
      field.value = "";
      field.textContent = "";
    });
    last.after(row);
    return true;
  }

  submitted(event) {
    // Signed out: the plain form takes the words along to the sign-in page.
    if (this.signedOut) { leaving = true; return; }
    event.preventDefault();
    this.conflict = false;
    this.dirty = true;
    this.save();
  }

  async save({ keepalive = false } = {}) {
    clearTimeout(this.waiting);
    if (!this.dirty || this.conflict) return;
    if (this.busy) { this.waiting = setTimeout(() => this.save(), PAUSE); return; }
    this.busy = true;
    const sent = this.words();
    this.say(spoken.dataset.saving);
    try {
      const response = await fetch(this.form.action, {
        method: "POST",
        headers: { Accept: "application/json", "HX-Request": "true" },
        body: new FormData(this.form),
        keepalive,
      });
      this.answered(response.status, sent, response.headers.get("Content-Type")?.includes("json") ? await response.json() : {});
    } catch {
      this.failed(spoken.dataset.notSaved);
    } finally {
      this.busy = false;
    }
  }

  answered(status, sent, answer) {
    if (status === 200) {
      this.form.elements.revision.value = answer.revision;
      this.other.replaceChildren();
      this.signedOut = false;
      if (this.words() === sent) { this.dirty = false; this.forget(); }
      else this.keep();
      this.say(answer.words, "status--good");
    } else if (status === 409) {
      this.conflict = true;
      this.form.elements.revision.value = answer.revision;
      this.other.innerHTML = answer.other;
      this.say(answer.words, "status--danger");
    } else if (status === 401 || status === 403) {
      this.signedOut = true;
      this.failed(spoken.dataset.signedOut);
    } else if (status === 422) {
      this.say(`${answer.words} ${spoken.dataset.tooLong}`, "status--danger");
    } else {
      this.failed(spoken.dataset.notSaved);
    }
  }

  failed(text) {
    this.keep();
    this.say(text, "status--danger");
    if (!this.signedOut) this.waiting = setTimeout(() => this.save(), AGAIN);
  }
}

let leaving = false;
const entries = [...document.querySelectorAll("form[data-entry]")].map((form) => new Entry(form));
addEventListener("online", () => entries.forEach((entry) => entry.save()));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") entries.forEach((entry) => entry.save({ keepalive: true }));
});
// Words that are only in the field ask before they go; a draft in this browser would bring them back, but not elsewhere.
addEventListener("beforeunload", (event) => {
  if (!leaving && entries.some((entry) => entry.dirty)) event.preventDefault();
});
