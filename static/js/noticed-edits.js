// Wagtail looks at what a form would send two seconds after it has loaded, and again after each save, and takes what it then
// finds for what is stored. What somebody typed just before such a look was neither saved nor previewed, and nobody who left
// was asked about it. Here it is noticed, and a count in the form changes, which Wagtail sees when it looks next.
(() => {
  const LOADED = ["csrfmiddlewaretoken", "loaded_revision_id", "loaded_revision_created_at", "overwrite_revision_id", "next"];
  const held = (form) => {
    const words = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !LOADED.includes(name));
    return new URLSearchParams(words).toString();
  };

  for (const form of document.querySelectorAll("form[data-edit-form]")) {
    const count = Object.assign(document.createElement("input"), { type: "hidden", name: "edits-noticed", value: "0" });
    form.append(count);
    let before = null; // what the form held as somebody began to type, since the last save or look
    let unheard = false; // until Wagtail says that there are edits: as a page loads it may look twice

    const begin = (event) => {
      if (event.isTrusted && before === null) before = held(form);
    };
    for (const act of ["keydown", "beforeinput", "pointerdown", "paste", "drop"]) form.addEventListener(act, begin, { capture: true });
    form.addEventListener("w-autosave:save", () => {
      before = null;
    });
    form.addEventListener("w-unsaved:watch-edits", () => {
      unheard ||= before !== null && before !== held(form);
      if (unheard) count.value = Number(count.value) + 1;
      before = null;
    });
    form.addEventListener("w-unsaved:add", () => {
      unheard = false;
    });
  }
})();
