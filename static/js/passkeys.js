// allauth's scripts speak to the device. When it refuses, or somebody changes their mind, the page says so.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.querySelector("[data-passkey-problem]");
  if (problem) problem.hidden = false;
});
