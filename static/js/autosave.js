// Says when an answer could not be saved, and tries again. Pages work without it: their forms have a Save button.
// An element with hx-post and data-autosave="<id of its status line>" takes part; its words are on it or the form:
// data-not-saved, data-signed-out; data-too-large for what is larger than its page takes, which is not tried again.
const unsaved = new Set();

function say(element, name) {
  const line = document.getElementById(element.dataset.autosave);
  const words = element.dataset[name] ?? element.closest("form")?.dataset[name];
  if (!line || !words) return;
  const text = line.querySelector("[data-status]") ?? line;
  text.classList.add("status--danger");
  text.textContent = words;
}

function failed(event) {
  const element = event.target.closest("[data-autosave]");
  if (!element) return;
  event.stopPropagation();
  const status = event.detail.xhr?.status;
  if (status !== 413) unsaved.add(element);
  say(element, { 401: "signedOut", 413: "tooLarge" }[status] ?? "notSaved");
  if (status === 403) renewToken();
}

// Signing in again in another tab makes a new token; this page still sends the old one.
async function renewToken() {
  const response = await fetch(location.href);
  if (response.redirected || !response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token || token === document.querySelector("[name=csrfmiddlewaretoken]").value) return;
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
  document.body.setAttribute("hx-headers", fresh.body.getAttribute("hx-headers"));
  again();
}

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, failed, true);
}

document.addEventListener("htmx:afterRequest", (event) => {
  const element = event.target.closest("[data-autosave]");
  if (element && event.detail.successful) unsaved.delete(element);
});

function again() {
  for (const element of unsaved) window.htmx.trigger(element, "saveagain");
}

window.addEventListener("online", again);
setInterval(() => { if (unsaved.size && navigator.onLine) again(); }, 15000);

let leaving = false;
document.addEventListener("submit", () => { leaving = true; });
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size && !leaving) event.preventDefault();
});
