// Wagtail looks at what a form would send two seconds after it has loaded, and again after each save, and takes what it then
// finds for what is stored. What somebody typed just before such a look was neither saved nor previewed, and nobody who left
// was asked about it. Here it is noticed, and a count in the form changes, which Wagtail sees when it looks next.
(() => {
  const LOADED = ["csrfmiddlewaretoken", "loaded_revision_id", "loaded_revision_created_at", "overwrite_revision_id", "next"];
  const SHORTLY = 2000; // ms: rich text reaches its field a moment after the key
  const words = (formData) => {
    const said = [...formData].filter(([name, value]) => typeof value === "string" && !LOADED.includes(name));
    return new URLSearchParams(said).toString();
  };
  const held = (form) => words(new FormData(form));

  for (const form of document.querySelectorAll("form[data-edit-form]")) {
    const count = Object.assign(document.createElement("input"), { type: "hidden", name: "edits-noticed", value: "0" });
    form.append(count);
    let known = null; // what was sent last, or what the form held as somebody first touched it; null after a look
    let touched = -Infinity;
    let sent = -Infinity;
    let unheard = false; // until Wagtail says that there are edits: as a page loads it may look twice

    const touch = (event) => {
      if (!event.isTrusted) return;
      touched = performance.now();
      known ??= held(form);
    };
    for (const act of ["keydown", "beforeinput", "pointerdown", "paste", "drop"]) form.addEventListener(act, touch, { capture: true });
    form.addEventListener("w-autosave:save", ({ detail }) => {
      known = words(detail.formData);
      sent = performance.now();
    });
    form.addEventListener("w-unsaved:watch-edits", () => {
      unheard ||= known !== null && touched > sent - SHORTLY && known !== held(form);
      if (unheard) count.value = Number(count.value) + 1;
      known = null;
    });
    form.addEventListener("w-unsaved:add", () => {
      unheard = false;
    });
  }
})();
