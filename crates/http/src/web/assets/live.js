import { say } from './words.js';

const banner = document.getElementById('lost');
let timer;

/** Shows or hides the banner of a lost connection. A second of delay hides quick reconnects. */
export function showLost(isLost) {
  if (!banner) return;
  if (isLost) {
    // `??=` keeps the first timer while the connection is lost.
    timer ??= setTimeout(() => { banner.textContent = say(banner, 'lost'); }, 1000);
    return;
  }
  clearTimeout(timer);
  timer = undefined;
  banner.textContent = '';
}

/** A random time between `from` and `to` milliseconds, so that a crowd does not reconnect all at once. */
export const between = (from, to) => from + Math.random() * (to - from);

/** Loads the page again; while a form is on its way, it waits, because the form's answer is the next page. */
export function reload() {
  if (document.querySelector('form[aria-busy="true"]')) setTimeout(reload, 1000);
  else location.reload();
}

addEventListener('offline', () => showLost(true));
// A page from the back/forward cache is out of date, and its streams are closed: loading it opens them again.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
