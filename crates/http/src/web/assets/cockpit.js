import { between, showLost } from './live.js';
import { stream } from './stream.js';
import { count, say, show } from './words.js';

const root = document.getElementById('cockpit');
const base = root?.dataset.base;
const CHARTS_EVERY = 5000; // milliseconds; the server draws them
const SILENCE_MAX = 6000; // milliseconds; a sample comes every second, or every few while another tab streams

const decimal = (n) => (Number.isInteger(n) ? count(n) : count(Math.round(n * 10) / 10));

/** Replaces the charts with current ones. */
async function updateCharts(box) {
  try {
    const answer = await fetch(`${base}/charts`);
    if (answer.ok) box.innerHTML = await answer.text(); // from our own server, which escaped it
  } catch {
    // The next sample tries again; a lost connection is reported by the stream.
  }
}

/** Replaces what the page says of its sale, where it differs. Somebody may be typing a beacon. */
async function updateState(state) {
  try {
    const answer = await fetch(`${base}/state`);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of fresh.querySelectorAll('[id^="sale-"]')) {
      const shown = document.getElementById(part.id);
      // From our own server, which escaped it.
      if (shown.innerHTML !== part.innerHTML) shown.innerHTML = part.innerHTML;
    }
    root.dataset.state = state;
  } catch {
    // The next sample tries again.
  }
}

/** Updates the fields of dials that another operator has set, unless this operator has changed them. */
function updateFields(before, now) {
  for (const input of root.querySelectorAll('.dials input[type="number"]')) {
    if (input.value === String(before[input.name])) input.value = now[input.name];
  }
}

function showSample(now) {
  for (const [name, value] of Object.entries(now)) {
    if (typeof value === 'number') show(root, name, decimal(value));
  }
  const minutes = now.wait ? Math.max(1, Math.round(now.wait.p50 / 60)) : 0;
  show(root, 'wait', now.wait ? say(root, 'wait', { n: minutes }) : say(root, 'wait-unknown'));
  root.querySelector('.paused').hidden = !now.paused;
  const focused = document.activeElement;
  for (const el of root.querySelectorAll('[data-when]')) el.hidden = (el.dataset.when === 'paused') !== now.paused;
  // Another operator has paused or resumed the line: a button that is hidden would lose the focus.
  if (focused?.hidden) root.querySelector('[data-when]:not([hidden])').focus();

  const seats = now.free + now.held + now.sold || 1;
  let x = 0;
  for (const part of ['free', 'held', 'sold']) {
    const rect = root.querySelector(`.part-${part}[width]`);
    const width = (now[part] / seats) * 600;
    rect.setAttribute('x', x);
    rect.setAttribute('width', width);
    x += width;
  }
}

/** Shows the effect of a change in `box` before it is applied. */
function previewEffects(box) {
  let requests = 0;
  let timer;
  // The shown effect belongs to the old values, so it must not be applied any more.
  function begin() {
    clearTimeout(timer);
    box.ariaBusy = 'true';
    for (const button of box.querySelectorAll('button')) button.disabled = true;
    return ++requests;
  }
  function end(key) {
    box.ariaBusy = 'false';
    if (key) box.textContent = say(box, key);
  }
  async function load(form, request, button = null) {
    if (!button?.formNoValidate && !form.checkValidity()) return end('refused');
    let failure;
    try {
      const answer = await fetch(`${base}/effect?${new URLSearchParams(new FormData(form, button))}`);
      const html = await answer.text();
      if (request !== requests) return;
      if (answer.ok) box.innerHTML = html; // from our own server, which escaped it
      else failure = answer.status === 401 ? 'signed-out' : 'refused';
    } catch {
      failure = 'failed';
    }
    if (request !== requests) return;
    end(failure);
    // The answer to a pressed button gets the focus; typing goes on where it is.
    if (document.activeElement === button) (box.querySelector('button') ?? box).focus();
  }
  for (const form of document.querySelectorAll('form[data-effect]')) {
    form.addEventListener('input', () => {
      timer = setTimeout(load, 250, form, begin());
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      load(form, begin(), event.submitter);
    });
  }
  for (const button of document.querySelectorAll('[data-without-js]')) button.hidden = true;
}

if (root) {
  const charts = root.querySelector('.charts');
  let drawnAt = performance.now();
  let latest;
  let receivedAt;
  let stop;
  const onEvent = (sample) => {
    if (latest) updateFields(latest, sample);
    latest = sample;
    receivedAt = performance.now();
    showSample(sample);
    if (sample.state !== root.dataset.state) updateState(sample.state);
    if (receivedAt - drawnAt >= CHARTS_EVERY) {
      drawnAt = receivedAt;
      updateCharts(charts);
    }
  };
  const onClosed = () => {
    receivedAt = null;
    setTimeout(listen, between(1000, 3000));
  };
  const listen = () => {
    receivedAt = performance.now();
    stop = stream(() => `${base}/events`, 'sample', { onEvent, onClosed, isShared: true });
  };
  listen();
  // A dead network can leave the stream open. Old numbers must not look current.
  setInterval(() => {
    if (document.hidden || receivedAt === null || performance.now() - receivedAt < SILENCE_MAX) return;
    showLost(true);
    stop();
    listen();
  }, 1000);
  previewEffects(document.getElementById('effect'));
}
