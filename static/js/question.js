// Of the lists of columns, that of the outcome which is asked about is open.
document.querySelector("select[name=outcome]")?.addEventListener("change", ({ target }) => {
  const columns = document.querySelector(`[data-columns-of="${target.value}"]`);
  if (columns) columns.open = true;
});
