// A session may end while a page is open in the editor: this says so, and takes up the next one.
(() => {
  const template = document.getElementById("kept-edit");
  const forms = document.querySelectorAll("form[data-edit-form]");
  if (!template || !forms.length) return;
  const owner = template.content.querySelector("input");
  const notice = template.content.querySelector(".kept-edit");
  for (const form of forms) form.append(owner.cloneNode());
  // Wagtail saves a form, and plays its preview again, whenever what it would send has changed, and a token differs each time.
  // So it is written anew only where that matters: after a new sign-in, and long before it is too old (seven days).
  const DAY = 24 * 60 * 60 * 1000;
  let writtenAt = Date.now();

  const say = (what) => {
    if (!notice.isConnected) {
      const link = notice.querySelector("a");
      link.href = `${template.dataset.signIn}?next=${encodeURIComponent("/cms/")}`;
      document.querySelector("main").prepend(notice);
    }
    for (const part of notice.children) part.hidden = part.dataset.when !== what;
  };

  const look = async () => {
    let session;
    try {
      const answer = await fetch(template.dataset.session, { headers: { Accept: "application/json" } });
      session = await answer.json();
    } catch {
      return; // no network: Wagtail says so
    }
    if (!session.person) return say("signed-out");
    if (String(session.person) !== template.dataset.person) return say("other");
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = session.token;
    if (notice.isConnected || Date.now() - writtenAt > DAY) {
      for (const input of document.querySelectorAll(`form input[name=${owner.name}]`)) input.value = session.kept_for;
      writtenAt = Date.now();
    }
    if (notice.isConnected) say("signed-in");
  };

  window.setInterval(() => document.hidden || look(), 10_000);
  document.addEventListener("w-autosave:error", look);
  document.addEventListener("w-autosave:success", () => notice.remove());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && notice.isConnected) look();
  });
  window.addEventListener("focus", () => {
    if (notice.isConnected) look();
  });
})();
