// Shows one part of a long form at a time: [data-screen] inside [data-screens], moved between by ordinary links to their ids.
// Without it the parts stand below each other, and the same links lead from one to the next.
const form = document.querySelector("[data-screens]");
const screens = [...(form?.querySelectorAll("[data-screen]") ?? [])];

const named = (hash) => screens.find((screen) => `#${screen.id}` === hash);
const shown = () => named(location.hash) ?? named(`#${form.dataset.first}`) ?? screens[0];

function mark() {
  for (const link of document.querySelectorAll(".jump-list a")) {
    if (link.hash === `#${shown().id}`) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
}

function show() {
  for (const screen of screens) screen.classList.toggle("is-away", screen !== shown());
  mark();
}

if (screens.length > 1) {
  show();
  window.addEventListener("hashchange", () => {
    if (location.hash && !named(location.hash)) return;
    show();
    shown().focus({ preventScroll: true });
    document.querySelector(".jump-list").scrollIntoView({ block: "start" });
  });
  // An answer that was saved brings the list anew.
  document.addEventListener("htmx:oobAfterSwap", mark);
}
