// Of a question that a file answers: refuses what is too large before it is sent, says how far an upload is, and keeps the
// focus where it was once the field has come anew. The page works without it: its form has a button.
const inputOf = (event) => event.target.closest?.("input[type=file][data-most]");

function say(element, words, isDanger = false) {
  const line = document.getElementById(element.dataset.says);
  if (!line) return;
  const text = line.querySelector("[data-status]") ?? line;
  text.classList.toggle("status--danger", isDanger);
  text.textContent = words;
}

// Before htmx hears of it, which listens further up.
document.addEventListener("change", (event) => {
  const input = inputOf(event);
  if (!input) return;
  if (!input.files.length) {
    event.stopPropagation();
  } else if (input.files[0].size > Number(input.dataset.most)) {
    event.stopPropagation();
    input.value = "";
    input.setAttribute("aria-invalid", "true");
    say(input, input.dataset.tooLarge, true);
  } else {
    say(input, `${input.dataset.uploading} …`);
  }
}, true);

document.addEventListener("htmx:xhr:progress", (event) => {
  const input = event.target.querySelector?.("input[type=file][data-most]");
  const { loaded, total, lengthComputable } = event.detail;
  if (input?.files.length && lengthComputable && total) say(input, `${input.dataset.uploading} ${Math.floor((100 * loaded) / total)}%`);
});

let focused = "";
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const inside = event.detail.target?.contains(document.activeElement);
  focused = inside ? event.detail.target.querySelector("input[type=file]")?.id ?? "" : "";
});
document.addEventListener("htmx:oobAfterSwap", () => {
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  focused = "";
});

// A file that was sent has a field of its own again; one that was not may be chosen once more after going back.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("input[type=file][data-most]").forEach((input) => { input.value = ""; });
});
