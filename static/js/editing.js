// What a person sends waits until the editor has saved by itself, which it no longer does from then on (docs/decisions/0029).
(() => {
  const forms = document.querySelectorAll("form[data-edit-form]");
  if (!forms.length) return;
  const ACT = "action-";
  const sent = new WeakSet();

  const underway = (form) => window.wagtail?.app?.getControllerForElementAndIdentifier(form, "w-autosave")?.submitPromise;
  const acts = (formData) => [...formData.keys()].some((name) => name.startsWith(ACT));
  // A page is made under its title and its slug: until it has both, nothing can be saved, and nothing is wrong yet.
  const isEmpty = (field) => field?.value.trim() === "";
  const isUnnamed = ({ elements }) => !elements.loaded_revision_id && (isEmpty(elements.title) || isEmpty(elements.slug));

  // Before anybody else hears of it, so that nothing says "Saving…" where nothing is saved.
  window.addEventListener(
    "w-autosave:save",
    (event) => {
      const form = event.target;
      if (!sent.has(form) && !acts(event.detail.formData) && !isUnnamed(form)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );

  window.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (![...forms].includes(form) || sent.has(form)) return;
      sent.add(form);
      const saving = underway(form);
      if (!saving) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      // The button may be out of use by then, and a form leaves out what such a button says.
      const button = event.submitter;
      const said = button?.name ? Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }) : null;
      saving.finally(() => {
        if (said) form.append(said);
        form.requestSubmit();
      });
    },
    { capture: true },
  );

  for (const form of forms) {
    // How the dialog of a reviewer sends it, which tells nobody.
    form.submit = () => {
      sent.add(form);
      const send = () => HTMLFormElement.prototype.submit.call(form);
      const saving = underway(form);
      if (saving) saving.finally(send);
      else send();
    };
  }

  // Back from a page that the browser has kept.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of forms) sent.delete(form);
  });
})();
