// Of the lists of columns, that of the outcome which is asked about is open.
document.querySelector("select[name=outcome]")?.addEventListener("change", ({ target }) => {
  const columns = document.querySelector(`[data-columns-of="${target.value}"]`);
  if (columns) columns.open = true;
});

// On a phone a long list of columns stays folded; elsewhere there is room for it.
if (window.matchMedia("(min-width: 40rem)").matches) {
  for (const list of document.querySelectorAll("[data-long-list]")) list.open = true;
}
