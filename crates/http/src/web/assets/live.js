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

/** Calls `onEvent` for each event, and `onClosed` once after several errors. Returns a stop function. */
export function stream(url, name, { onEvent, onClosed }) {
  if (!('EventSource' in globalThis)) {
    onClosed();
    return () => {};
  }
  let errors = 0;
  const source = new EventSource(url);
  source.addEventListener(name, (event) => {
    errors = 0;
    showLost(false);
    onEvent(JSON.parse(event.data));
  });
  source.addEventListener('open', () => showLost(false));
  source.addEventListener('error', () => {
    showLost(true);
    errors += 1;
    if (source.readyState !== EventSource.CLOSED && errors < 3) return;
    source.close();
    onClosed();
  });
  // A page in the back/forward cache would keep its stream, and a browser opens only six
  // connections to a server.
  addEventListener('pagehide', () => source.close());
  return () => source.close();
}

addEventListener('offline', () => showLost(true));
// A page from the back/forward cache is out of date, and its streams are closed: loading it opens them again.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
