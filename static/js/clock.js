// Counts down what is left of a sitting. The server counts the time and may give more of it: this shows what it says last, by a
// clock that nobody sets, asks again towards the end, and sends the form when the server too says that nothing is left. Without
// it the page says when the time ends.
const clock = document.querySelector("[data-clock]");
const form = document.getElementById("answers");
const digits = clock.querySelector("[data-clock-digits]");
const left = clock.querySelector("[data-clock-left]");
const said = clock.querySelector("[data-clock-says]");
const DAY = 86400;
const ASK_AGAIN = 5000;
let end;
let before;
let timer;

function start(seconds) {
  clearInterval(timer);
  end = performance.now() + seconds * 1000;
  before = seconds;
  timer = setInterval(tick, 1000);
  tick();
}

function told({ seconds, words }) {
  clock.hidden = seconds === null;
  if (seconds === null) {
    clearInterval(timer);
    return;
  }
  clock.querySelector("[data-clock-end]").textContent = words;
  start(seconds);
}

// What the server says; "signed out" where it does not know us, nothing where it cannot be reached.
async function ask() {
  try {
    const answer = await fetch(clock.dataset.ask, { signal: AbortSignal.timeout(10000) });
    if (answer.redirected || answer.status === 401 || answer.status === 404) return "signed out";
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function send() {
  const action = document.createElement("input");
  Object.assign(action, { type: "hidden", name: "action", value: "time-up" });
  form.append(action);
  form.requestSubmit();
}

async function finish() {
  const answer = await ask();
  if (answer === null) setTimeout(finish, ASK_AGAIN);
  else if (answer === "signed out" || answer.seconds === 0) send();
  else told(answer);
}

async function look() {
  const answer = await ask();
  if (answer?.seconds !== undefined && answer.seconds !== 0) told(answer);
}

function inWords(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function tick() {
  const now = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const passes = (seconds) => now <= seconds && before > seconds;
  digits.textContent = inWords(now);
  left.hidden = now >= DAY;
  clock.classList.toggle("is-short", now <= 60);
  if (passes(300)) said.textContent = clock.dataset.five;
  if (passes(60)) said.textContent = clock.dataset.one;
  // What is being recorded is saved while there is time for it.
  if (passes(5)) document.dispatchEvent(new CustomEvent("timeending"));
  const asks = now > 0 && (passes(300) || passes(60));
  before = now;
  if (asks) look();
  if (now > 0) return;
  clearInterval(timer);
  finish();
}

document.addEventListener("timeleft", (event) => told(event.detail));
document.addEventListener("visibilitychange", () => { if (!document.hidden && before > 0) look(); });
start(Number(clock.dataset.clock));
