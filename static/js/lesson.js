// The lesson player: remembers where the reader is. Reading, answering and finishing work without it.
const lesson = document.querySelector(".lesson");
const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// The outline is open in the page, for those without scripts; where it would push the text down it is folded.
const outline = document.querySelector("[data-outline]");
if (outline && matchMedia("(max-width: 63.99rem)").matches) outline.open = false;

// Where the reader is: the first block that begins in the upper half of the window, else the one that fills it --------
if (lesson?.dataset.position) {
  const inView = new Set();
  let said = "";
  let waiting = 0;

  const here = () => {
    const blocks = [...document.querySelectorAll("[data-block]")].filter((block) => inView.has(block.dataset.block));
    const middle = innerHeight / 2;
    return (blocks.find((block) => { const top = block.getBoundingClientRect().top; return top >= -8 && top < middle; }) ?? blocks[0])?.dataset.block;
  };
  const tell = () => {
    clearTimeout(waiting);
    waiting = 0;
    const block = here();
    if (!block || block === said) return;
    said = block;
    // keepalive: it arrives even when the page is being left.
    fetch(lesson.dataset.position, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token }, body: new URLSearchParams({ block }) })
      .catch(() => { said = ""; });
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inView[isIntersecting ? "add" : "delete"](target.dataset.block);
    if (!waiting) waiting = setTimeout(tell, 1000);
  });
  const watch = (root) => root.querySelectorAll("[data-block]").forEach((block) => observer.observe(block));
  watch(lesson);
  document.addEventListener("htmx:load", (event) => {
    if (event.target.matches?.("[data-block]")) observer.observe(event.target);
  });
  // Said before the next page is asked for, so that it knows already.
  document.addEventListener("click", (event) => { if (event.target.closest?.("a[href]")) tell(); }, true);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") tell(); });
  addEventListener("pagehide", tell);
}
