// What plain HTML cannot do. Every page works without it.

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector);
    if (element) act(element, event);
  });

// Light or dark
const isDark = () =>
  (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const showTheme = () =>
  document.querySelectorAll("[data-theme-switch]").forEach((button) => {
    button.hidden = false;
    button.textContent = button.dataset[isDark() ? "light" : "dark"];
  });
on("click", "[data-theme-switch]", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("theme", theme); } catch { /* Kept for this page only. */ }
  showTheme();
});
showTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

// Menus close on Escape and on a click elsewhere
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

// Dialogs: <button data-dialog-open="id">
on("click", "[data-dialog-open]", (button, event) => {
  const dialog = document.getElementById(button.dataset.dialogOpen);
  if (dialog) { event.preventDefault(); dialog.showModal(); }
});
on("click", "[data-dialog-close]", (button, event) => { event.preventDefault(); button.closest("dialog").close(); });

// A form says that it is being sent, and is sent once
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method === "dialog") return;
  if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
  button.setAttribute("aria-busy", "true");
  // The answer may be a file, and then this page stays.
  setTimeout(() => button.removeAttribute("aria-busy"), 8000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

// Tables in which rows can be selected
const countSelected = (scope) => {
  const boxes = [...scope.querySelectorAll("[data-select]")];
  const count = boxes.filter((box) => box.checked).length;
  const all = scope.querySelector("[data-select-all]");
  if (all) { all.checked = count > 0 && count === boxes.length; all.indeterminate = count > 0 && count < boxes.length; }
  const bar = scope.querySelector("[data-selection-bar]");
  if (bar) { bar.hidden = count === 0; bar.querySelector("[data-selection-count]").textContent = count; }
};
on("change", "[data-select]", (box) => countSelected(box.closest("[data-selection]")));
on("change", "[data-select-all]", (all) => {
  const scope = all.closest("[data-selection]");
  scope.querySelectorAll("[data-select]").forEach((box) => { box.checked = all.checked; });
  countSelected(scope);
});

// Counters, file names, copying, printing, filters that apply at once
const count = (area) => {
  const counter = document.getElementById(`${area.id}_counter`);
  if (!counter) return;
  const limit = Number(area.dataset.counter);
  counter.textContent = `${area.value.length} / ${limit}`;
  counter.classList.toggle("field__counter--over", area.value.length > limit);
};
on("input", "[data-counter]", count);
on("change", "[data-file-drop] input[type=file]", (input) => {
  const name = input.closest("[data-file-drop]").querySelector("[data-file-name]");
  if (name) name.textContent = [...input.files].map((file) => file.name).join(", ");
});
for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  on(type, "[data-file-drop]", (zone, event) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", type === "dragenter" || type === "dragover");
    const input = zone.querySelector("input[type=file]");
    if (type === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
on("click", "[data-copy]", async (button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.copied);
});
on("click", "[data-print]", () => window.print());
on("change", "[data-autosubmit]", (field) => field.form.requestSubmit());

// Said in the polite region, at the top of the page
const say = (text) => {
  const region = document.getElementById("messages");
  if (!region || !text) return;
  const note = document.createElement("p");
  note.className = "callout callout--note";
  note.textContent = text;
  region.replaceChildren(note);
};

// A request for a part of the page that fails says so beside what was pressed. What was typed stays where it is.
const failures = new Map();
const button = (label, act) => {
  const made = document.createElement("button");
  made.className = "button";
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
};
const forgetFailure = (place) => { failures.get(place)?.remove(); failures.delete(place); };
const tellFailure = (element, status, answer) => {
  const said = document.body.dataset;
  const form = element.closest("form");
  const place = form ?? element;
  const isSent = form?.method === "post";
  // Signed out, or signed in again elsewhere: the plain form takes along what was sent, to be there after the sign-in.
  const mayGoPlain = isSent && form.elements["kept-for"] && !answer.words && (status === 401 || status === 403);
  const words = answer.words ?? (mayGoPlain ? (status === 401 ? said.signedOut : said.signedInAgain)
    : status === 429 ? said.tooMany : status >= 400 ? said.serverFailed : said.requestFailed);
  const note = document.createElement("div");
  note.className = "callout callout--danger request-failed";
  note.tabIndex = -1;
  note.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = words;
  note.append(text);
  if (mayGoPlain) note.append(button(status === 401 ? said.signIn : said.sendAgain, () => form.submit()));
  else if (!form) note.append(button(said.reload, () => location.reload()));
  forgetFailure(place);
  failures.set(place, note);
  const hadFocus = isSent && (form.contains(document.activeElement) || document.activeElement === document.body);
  place.after(note);
  if (hadFocus) note.focus();
};
const answerOf = (xhr) => {
  if (!xhr?.getResponseHeader("Content-Type")?.includes("json")) return {};
  try { return JSON.parse(xhr.responseText); } catch { return {}; }
};
for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => tellFailure(event.detail.elt ?? event.target, event.detail.xhr?.status ?? 0, answerOf(event.detail.xhr)));
}
document.addEventListener("htmx:beforeRequest", (event) => forgetFailure(event.detail.elt.closest("form") ?? event.detail.elt));
// A whole page never goes into a part of one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig, elt } = event.detail;
  if (!event.detail.shouldSwap || !/^\s*<!doctype/i.test(xhr.responseText)) return;
  event.detail.shouldSwap = false;
  if (requestConfig.verb === "get") location.assign(xhr.responseURL);
  else tellFailure(elt, xhr.status, {});
});

// The time zone of the browser: taken where none was chosen; somebody who travels is asked, once for each pair of zones
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
document.querySelectorAll("input[data-time-zone]").forEach((field) => { field.value = zone; });
const zoneBox = document.querySelector("[data-time-zone-own]");
const timeIn = (timeZone) =>
  new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", hour: "2-digit", minute: "2-digit" }).format(new Date());
const noteZone = ({ timeZoneAddress }) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  fetch(timeZoneAddress, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token }, body: new URLSearchParams({ time_zone: zone }) }).catch(() => {});
};
const askZone = (own) => {
  const kept = `accord.zone.kept.${own}.${zone}`;
  try {
    if (localStorage.getItem(kept) || timeIn(own) === timeIn(zone)) return;
  } catch { return; /* A zone that this browser does not know. */ }
  const place = (name) => `${timeIn(name)} (${name.split("/").pop().replaceAll("_", " ")})`;
  zoneBox.querySelector("[data-time-zone-words]").textContent = zoneBox.dataset.timeZoneQuestion.replace("{0}", place(zone)).replace("{1}", place(own));
  zoneBox.querySelector("[data-time-zone-keep]").addEventListener("click", () => {
    try { localStorage.setItem(kept, "1"); } catch { /* Asked again. */ }
    zoneBox.hidden = true;
  });
  zoneBox.hidden = false;
};
if (zoneBox && zone) {
  if (zoneBox.dataset.timeZoneOwn) askZone(zoneBox.dataset.timeZoneOwn);
  else noteZone(zoneBox.dataset);
}

// What stands in fields is printed whole, and so is what is folded
const printed = (area) => {
  let copy = area.nextElementSibling;
  if (!copy?.matches(".print-copy")) {
    copy = document.createElement("div");
    copy.className = "print-copy";
    copy.setAttribute("aria-hidden", "true");
    area.after(copy);
  }
  copy.textContent = area.value;
};
// The widest option is as wide as its column here, and may be cut; one that is not chosen says nothing.
const printedFields = "main textarea, .worksheet select";
addEventListener("beforeprint", () => {
  document.querySelectorAll(printedFields).forEach(printed);
  document.querySelectorAll("main details:not([open])").forEach((details) => {
    if (!details.matches(".figure > details")) { details.open = true; details.dataset.folded = ""; }
  });
});
addEventListener("afterprint", () => {
  document.querySelectorAll("main .print-copy").forEach((copy) => copy.remove());
  document.querySelectorAll("main details[data-folded]").forEach((details) => { details.open = false; delete details.dataset.folded; });
});

// What is typed into a form that is saved by its button alone is asked about before the page is left
const typed = new Set();
on("input", "form[data-ask-before-leaving]", (form) => typed.add(form));
on("submit", "form[data-ask-before-leaving]", (form) => typed.delete(form));
window.addEventListener("beforeunload", (event) => {
  if ([...typed].some((form) => form.isConnected)) event.preventDefault();
});

const prepare = (root) => {
  root.querySelectorAll("[data-needs-script]").forEach((element) => { element.hidden = false; });
  root.querySelectorAll("[data-counter]").forEach(count);
  root.querySelectorAll("[data-selection]").forEach(countSelected);
};
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target));

// On a phone the console's navigation, or tabs, are wider than the window: the page that is open is moved into sight
for (const bar of document.querySelectorAll(".console__nav, .tabs")) {
  const here = bar.querySelector("[aria-current]");
  if (here) bar.scrollLeft += here.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - here.offsetWidth) / 2;
}
