// Rates with keys. Without it, the same buttons and links are pressed. Keys can be switched off, for whoever speaks to the page.
const keys = document.querySelector("[data-rating-keys]");

const stored = () => { try { return localStorage.getItem("rating-keys"); } catch { return null; } };
if (keys) {
  keys.closest("[hidden]")?.removeAttribute("hidden");
  keys.checked = stored() !== "off";
  keys.addEventListener("change", () => {
    try { localStorage.setItem("rating-keys", keys.checked ? "on" : "off"); } catch { /* For this page only. */ }
  });
}

document.addEventListener("keydown", (event) => {
  if (!(keys ? keys.checked : stored() !== "off") || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, audio")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("a, button")) target.click();
  else if (target.matches("audio")) target.paused ? target.play() : target.pause();
  else { target.closest("details").open = true; target.focus(); }
});
