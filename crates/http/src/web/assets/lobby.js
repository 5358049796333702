import { answered, format, run } from './countdown.js';
import { between, reload } from './live.js';
import { wait } from './waits.js';
import { announce, say, show } from './words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A clock counts the last day before an opening; before that the time left is in words. */
const CLOCK_SECONDS_MAX = 24 * 3600;

/** A time in the sale's time zone, as the server would write it: see `Times::moment`. */
function moment(place, time) {
  const { zone: timeZone } = place.dataset;
  const month = document.documentElement.lang === 'ko' ? 'numeric' : 'long';
  const format = { timeZone, year: 'numeric', month, day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const parts = new Intl.DateTimeFormat('en', format).formatToParts(time);
  return say(place, 'moment', Object.fromEntries(parts.map(({ type, value }) => [type, value])));
}

/** Counts down to the opening. Returns a function that takes up when it is now. */
export function lobby(place) {
  const clock = place.querySelector('[data-opens-in]');
  const label = document.getElementById('opens');
  const text = place.querySelector('[data-show="opens"]');
  if (!clock) {
    setTimeout(reload, between(HOUR, HOUR * 1.2));
    return () => {};
  }
  const untilOpening = label.textContent;
  let opensAt = Date.parse(place.dataset.opensAt);
  let deadline = answered + Number(clock.dataset.opensIn) * 1000;
  let stop;
  let timer;

  function face(left) {
    const isClock = left < CLOCK_SECONDS_MAX;
    clock.className = isClock ? 'clock clock-opens' : 'figure';
    return isClock ? format(left) : wait(left);
  }

  function end() {
    // A draw that needs a beacon stays in the lobby until it has one, and no clock knows when.
    const needsBeacon = 'needsBeacon' in place.dataset;
    label.textContent = say(place, needsBeacon ? 'beacon' : 'opening');
    announce('status', label.textContent);
    if (needsBeacon) for (const el of [clock, text]) el.hidden = true;
    // The server then says who takes part.
    timer = setTimeout(() => { if (place.dataset.phase === 'lobby') reload(); }, between(MINUTE / 2, 2 * MINUTE));
  }

  function count() {
    const now = performance.now();
    stop = run(clock, end, (deadline - now) / 1000, now, face);
  }

  count();
  return (time) => {
    const moved = Date.parse(time) - opensAt;
    if (!moved) return;
    opensAt += moved;
    // The fan's own clock may be wrong, so only the difference counts.
    deadline += moved;
    stop();
    clearTimeout(timer);
    label.textContent = untilOpening;
    for (const el of [clock, text]) el.hidden = false;
    show(place, 'opens', say(place, 'opens', { time: moment(place, opensAt) }));
    announce('status', text.textContent);
    count();
  };
}
