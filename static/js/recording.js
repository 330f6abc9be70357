// Records an answer where the browser can, and hands it to the field for files, which uploads it. Where it cannot, nothing of
// this is shown and a recording is uploaded as a file.
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
const BITS = 48000;
const type = window.MediaRecorder && navigator.mediaDevices?.getUserMedia ? TYPES.find((one) => MediaRecorder.isTypeSupported(one)) : undefined;
let running = null;

function unfold() {
  if (type) document.querySelectorAll("[data-recorder][hidden]").forEach((recorder) => { recorder.hidden = false; });
}

function say(recorder, words, isDanger = false) {
  const line = document.getElementById(recorder.dataset.says);
  if (!line) return;
  const text = line.querySelector("[data-status]") ?? line;
  text.classList.toggle("status--danger", isDanger);
  text.textContent = words;
}

function show(recorder, isRunning) {
  recorder.querySelector("[data-record]").hidden = isRunning;
  for (const name of ["stop", "discard", "time"]) recorder.querySelector(`[data-${name}]`).hidden = !isRunning;
  recorder.querySelector(isRunning ? "[data-stop]" : "[data-record]").focus();
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

function tick() {
  const { recorder, began, most } = running;
  const passed = (performance.now() - began) / 1000;
  recorder.querySelector("[data-time]").textContent = `${clock(Math.min(passed, most))} / ${clock(most)}`;
  if (passed >= most) {
    say(recorder, recorder.dataset.ended);
    running.media.stop();
  }
}

async function start(recorder) {
  if (running) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    say(recorder, error.name === "NotFoundError" ? recorder.dataset.noMicrophone : recorder.dataset.refused, true);
    return;
  }
  const parts = [];
  const media = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS });
  running = { recorder, media, stream, parts, isKept: true, began: performance.now(), most: 60 * Number(recorder.dataset.minutes) };
  media.addEventListener("dataavailable", ({ data }) => { if (data.size) parts.push(data); });
  media.addEventListener("stop", finish);
  media.addEventListener("error", () => { running.isKept = false; say(recorder, recorder.dataset.failed, true); if (media.state !== "inactive") media.stop(); });
  media.start(1000);
  running.timer = setInterval(tick, 250);
  say(recorder, recorder.dataset.recording);
  show(recorder, true);
  tick();
}

function finish() {
  const { recorder, stream, parts, isKept, timer, media } = running;
  clearInterval(timer);
  stream.getTracks().forEach((track) => track.stop());
  running = null;
  show(recorder, false);
  if (!isKept) return;
  const kind = (media.mimeType || type).split(";")[0];
  const blob = new Blob(parts, { type: kind });
  if (!blob.size) {
    say(recorder, recorder.dataset.failed, true);
    return;
  }
  const input = document.getElementById(recorder.dataset.recorder);
  const files = new DataTransfer();
  files.items.add(new File([blob], `recording.${ENDINGS[kind] ?? "webm"}`, { type: kind }));
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-recorder] button");
  if (!button) return;
  const recorder = button.closest("[data-recorder]");
  if (button.matches("[data-record]")) start(recorder);
  else if (running) {
    running.isKept = button.matches("[data-stop]");
    if (!running.isKept) say(recorder, "");
    running.media.stop();
  }
});

document.addEventListener("timeending", () => { if (running) running.media.stop(); });
window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });
document.addEventListener("htmx:oobAfterSwap", unfold);
unfold();
