import { reload } from './live.js';
import { announce, say } from './words.js';

// The server says how many seconds are left when it answers. The fan's own clock may be wrong by hours.
export const answered = performance.getEntriesByType('navigation')[0]?.responseStart ?? 0;
const skew = Date.now() - performance.now();

/**
 * Calls `onTick` with the whole seconds left, now and every second until 0. `seconds` were left at the time
 * `from` (in milliseconds, as of performance.now()). Returns a function that stops.
 */
export function countDown(seconds, onTick, from = answered) {
  const deadline = from + seconds * 1000;
  let timer;
  function tick() {
    const left = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
    if (left > 0) timer = setTimeout(tick, ((deadline - performance.now()) % 1000) + 5);
    onTick(left);
  }
  tick();
  return () => clearTimeout(timer);
}

/** Formats a time like 4:47 or 1:04:47. */
export function format(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * Shows the time left on a clock, as `face` writes it, and calls `end` when it is up. Returns a function that
 * stops the clock.
 */
export function run(clock, end, seconds = Number(clock.dataset.seconds), from = answered, face = format) {
  let before = Infinity;
  return countDown(seconds, (left) => {
    clock.textContent = face(left);
    clock.classList.toggle('is-low', left < 60);
    for (const mark of [60, 10]) {
      if (left <= mark && left > 0 && before > mark && before !== Infinity) announce('status', say(clock, `left-${mark}`));
    }
    before = left;
    if (left === 0) end();
  }, from);
}

/** What a page with one large clock does when its time is up. */
function endPage(clock) {
  if (clock.dataset.up === 'reload') {
    setTimeout(reload, 1500 + Math.random() * 1500);
    return;
  }
  const focused = document.activeElement;
  for (const el of document.querySelectorAll('[data-closes]')) el['disabled' in el ? 'disabled' : 'hidden'] = true;
  for (const el of document.querySelectorAll('[data-opens]')) el.hidden = false;
  announce('status', '');
  if (focused?.matches('[data-closes]')) document.querySelector('[data-opens] a')?.focus();
  announce('turn', say(clock, 'up'));
}

const page = document.querySelector('.clock[data-up]');
if (page) run(page, () => endPage(page));

// performance.now() may stop while a phone sleeps; only the server knows the time then.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && Math.abs(Date.now() - performance.now() - skew) > 3000) reload();
});
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
