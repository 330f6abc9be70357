// Counts down what is left of a sitting, and sends the form when nothing is. The server counts the time: this only shows it, by
// a clock that nobody sets. Without it the page says when the time ends.
const clock = document.querySelector("[data-clock]");
const form = document.getElementById("answers");
const end = performance.now() + Number(clock.dataset.clock) * 1000;
const digits = clock.querySelector("[data-clock-digits]");
const said = clock.querySelector("[data-clock-says]");
let before = Infinity;

function send() {
  const action = document.createElement("input");
  Object.assign(action, { type: "hidden", name: "action", value: "time-up" });
  form.append(action);
  form.requestSubmit();
}

function tick() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const seconds = String(left % 60).padStart(2, "0");
  digits.textContent = `${Math.floor(left / 60)}:${seconds}`;
  clock.classList.toggle("is-short", left <= 60);
  if (left <= 300 && before > 300) said.textContent = clock.dataset.five;
  if (left <= 60 && before > 60) said.textContent = clock.dataset.one;
  before = left;
  if (left > 0) return;
  clearInterval(timer);
  send();
}

clock.querySelector("[data-clock-left]").hidden = false;
const timer = setInterval(tick, 1000);
tick();
