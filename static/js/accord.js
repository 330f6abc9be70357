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
    button.setAttribute("aria-pressed", String(isDark()));
  });
on("click", "[data-theme-switch]", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("theme", theme); } catch { /* Kept for this page only. */ }
  showTheme();
});
showTheme();

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

// A request that fails says so in the polite region
const say = (text) => {
  const region = document.getElementById("messages");
  if (!region || !text) return;
  const note = document.createElement("p");
  note.className = "callout callout--note";
  note.textContent = text;
  region.replaceChildren(note);
};
for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(type, () => say(document.body.dataset.requestFailed));
}

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
