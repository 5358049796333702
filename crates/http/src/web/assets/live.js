import { say } from './words.js';

const banner = document.getElementById('lost');
let timer;

/** Shows the banner of a lost connection after a second, so that a quick reconnect does not make it flash. */
export function lost(is) {
  if (!banner) return;
  if (is) {
    timer ??= setTimeout(() => { banner.textContent = say(banner, 'lost'); }, 1000); // one timer, however often the connection is lost
    return;
  }
  clearTimeout(timer);
  timer = undefined;
  banner.textContent = '';
}

/** A random time between `from` and `to` milliseconds, so that a crowd does not reconnect at once. */
export const between = (from, to) => from + Math.random() * (to - from);

/** Listens for `name` events; `closed` is called once when the stream is given up. Returns how to stop. */
export function stream(url, name, { heard, closed }) {
  if (!('EventSource' in globalThis)) {
    closed();
    return () => {};
  }
  let errors = 0;
  const source = new EventSource(url);
  source.addEventListener(name, (event) => {
    errors = 0;
    lost(false);
    heard(JSON.parse(event.data));
  });
  source.addEventListener('open', () => lost(false));
  source.addEventListener('error', () => {
    lost(true);
    errors += 1;
    if (source.readyState !== EventSource.CLOSED && errors < 3) return;
    source.close();
    closed();
  });
  return () => source.close();
}

addEventListener('offline', () => lost(true));
// A page from the back/forward cache is out of date, and its streams are dead.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
