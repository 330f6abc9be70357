// Filters are open in the page, for those without scripts; above the list, on a narrow window, they are folded until used.
const filters = document.querySelector("[data-filters]");
if (filters && !filters.dataset.filters && matchMedia("(max-width: 59.99rem)").matches) filters.open = false;
