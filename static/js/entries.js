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
    this.counter = form.querySelector("[data-entry-counter]");
    this.revealed = form.parentElement.querySelector("[data-entry-revealed]");
    this.waiting = 0;
    this.dirty = false;
    this.busy = false;
    this.conflict = false;
    this.closed = false;
    this.saved = this.words();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => this.submitted(event));
    this.restore();
    this.count();
  }

  // Long before it is too long, and only then.
  count() {
    const limit = Number(this.form.dataset.limit);
    // As the server reads it: without spaces around a text.
    const length = this.fields().reduce((sum, field) => sum + [...field.value.trim()].length, 0);
    const shown = (n) => n.toLocaleString(document.documentElement.lang);
    this.counter.hidden = length < limit * 0.8;
    this.counter.classList.toggle("field__counter--over", length > limit);
    this.counter.textContent = this.counter.hidden ? "" : spoken.dataset.counted.replace("{0}", shown(length)).replace("{1}", shown(limit));
  }

  fields() { return [...this.form.querySelectorAll("textarea, select")]; }
  // With the order of a worksheet's rows, and which of them are deleted.
  words() {
    const fields = [...this.form.querySelectorAll("[data-arrangement]"), ...this.fields()];
    return JSON.stringify(fields.map((field) => [field.name, field.value]));
  }

  say(text, tone = "") {
    this.status.textContent = text;
    this.status.className = `status ${tone}`;
  }

  changed() {
    this.dirty = true;
    this.keep();
    this.count();
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
    this.form.worksheet?.restore(draft.words);
    for (const [name, value] of draft.words) {
      if (this.form.elements[name]?.matches?.("[data-arrangement]")) continue;
      const field = this.form.elements[name];
      if (field) {
        field.value = value;
        // Of a choice that an author has taken away since.
        if (field.value !== value && field.matches("select")) field.add(new Option(value, value, true, true));
      } else if (value) this.carry(name, value);
    }
    // The revision the words were written on: a newer text on the server is a conflict, and shown.
    this.form.elements.revision.value = draft.revision;
    this.dirty = true;
    this.say(spoken.dataset.restored, "status--danger");
    this.save();
  }

  // Words for a column that an author has removed since: sent along, and kept with those of earlier versions.
  carry(name, value) {
    const field = Object.assign(document.createElement("textarea"), { name, value, hidden: true });
    this.form.append(field);
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
    if (status === 200 && answer.revision !== undefined) {
      this.form.elements.revision.value = answer.revision;
      this.other.replaceChildren();
      if (answer.revealed !== undefined && this.revealed) this.revealed.innerHTML = answer.revealed;
      this.signedOut = false;
      if (this.words() === sent) { this.dirty = false; this.forget(); }
      else this.keep();
      this.say(answer.words, "status--good");
    } else if (status === 409) {
      this.conflict = true;
      this.form.elements.revision.value = answer.revision;
      this.other.innerHTML = answer.other;
      this.say(answer.words, "status--danger");
    } else if (status === 403 && answer.words) {
      this.closed = true;
      this.failed(`${answer.words} ${spoken.dataset.keptHere}`);
    } else if (status === 401 || status === 403) {
      this.signedOut = true;
      this.failed(spoken.dataset.signedOut);
    } else if (status === 422) {
      this.say(answer.words, "status--danger");
    } else {
      this.failed(spoken.dataset.notSaved);
    }
  }

  failed(text) {
    this.keep();
    this.say(text, "status--danger");
    if (!this.signedOut && !this.closed) this.waiting = setTimeout(() => this.save(), AGAIN);
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
