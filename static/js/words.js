// Counts the words of a text as it is typed, as assessments/formats/written.py does. The page works without it.
const hasWord = /[\p{L}\p{N}]/u;

function count(area) {
  const line = document.getElementById(`${area.id}-words`);
  if (!line) return;
  const most = Number(area.dataset.wordsAtMost);
  const words = area.value.split(/\s+/).filter((part) => hasWord.test(part)).length;
  line.textContent = `${words} / ${most} ${line.dataset.words}`;
  line.classList.toggle("field__counter--over", words > most);
}

for (const area of document.querySelectorAll("[data-words-at-most]")) {
  count(area);
  area.addEventListener("input", () => count(area));
}
