// A browser opens only six connections to a server (HTTP/1.1), and an event stream takes one of them.
// So of all tabs of a browser one has a stream: the tab that somebody looked at last. A hidden tab keeps its
// stream until another tab is looked at, because a browser runs the timers of a hidden tab, and so its polls,
// only once a minute.
import { between, showLost } from './live.js';

const LOCK = 'onsale-stream';
// Browsers have locks over https and on localhost only.
const locks = 'LockManager' in globalThis ? navigator.locks : undefined;
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(LOCK) : undefined;

const GLANCE_EVERY = 3000; // milliseconds
const GLANCE_TAKES = 1500; // milliseconds

/**
 * Calls `begin` when this tab may open its stream, and `end` when it may not or not any more. Returns a
 * function that gives up.
 */
function takeLock(begin, end) {
  let request; // the current request for the lock
  let release;

  async function ask(isSteal) {
    request?.abort();
    const own = new AbortController();
    request = own;
    try {
      const options = isSteal ? { steal: true } : { signal: own.signal };
      await locks.request(LOCK, options, () => {
        if (request !== own) return undefined;
        begin();
        return new Promise((resolve) => { release = resolve; });
      });
    } catch (error) {
      // Another tab stole the lock, or this request was aborted. Other errors mean that there are no locks.
      if (error.name !== 'AbortError') return begin();
    }
    if (request !== own) return undefined;
    release = undefined;
    end();
    return ask(false);
  }

  const look = () => { if (!document.hidden && !release) ask(true); };
  document.addEventListener('visibilitychange', look);
  addEventListener('focus', look);
  if (document.hidden) end();
  ask(!document.hidden);
  return () => {
    document.removeEventListener('visibilitychange', look);
    removeEventListener('focus', look);
    request?.abort();
    request = undefined;
    release?.();
  };
}

/** Without locks: only tabs that can be seen have a stream. */
function takeWhileVisible(begin, end) {
  const look = () => (document.hidden ? end() : begin());
  document.addEventListener('visibilitychange', look);
  look();
  return () => document.removeEventListener('visibilitychange', look);
}

/** Opens a stream. Calls `onFailed` after several errors, or when the server refuses. */
function connect(url, name, receive, onFailed, onEnded) {
  let errors = 0;
  const source = new EventSource(url);
  source.addEventListener('ended', onEnded);
  source.addEventListener('open', () => showLost(false));
  source.addEventListener(name, ({ data }) => {
    errors = 0;
    receive(data);
  });
  source.addEventListener('error', () => {
    showLost(true);
    errors += 1;
    if (source.readyState === EventSource.CLOSED || errors >= 3) onFailed();
  });
  return source;
}

/**
 * Follows the events `name`. `url` returns the current address of the stream.
 *
 * Calls `onEvent` for each event, `onEnded` when the server says that there will be no more, and `onClosed`
 * once after several errors, or when the server refuses. While
 * another tab has the stream, this tab gets that tab's events if `isShared` and the addresses are the same; a
 * tab that can be seen also opens the stream for a moment every few seconds, or `onPaused` may poll instead
 * until `onResumed`. Returns a function that stops.
 */
export function stream(url, name, { onEvent, onClosed, onEnded, onPaused, onResumed, isShared = false }) {
  if (!('EventSource' in globalThis)) {
    onClosed();
    return () => {};
  }
  let source;
  let glances;

  function receive(data) {
    showLost(false);
    onEvent(JSON.parse(data));
  }

  function open() {
    if (source) return;
    const onData = (data) => {
      receive(data);
      if (isShared) channel?.postMessage({ url: url(), data });
    };
    const closed = (then) => () => {
      stop();
      then?.();
    };
    source = connect(url(), name, onData, closed(onClosed), closed(onEnded));
  }

  function close() {
    source?.close();
    source = undefined;
  }

  function glance() {
    if (document.hidden || source) return;
    open();
    setTimeout(() => { if (glances) close(); }, GLANCE_TAKES);
  }

  function begin() {
    clearInterval(glances);
    glances = undefined;
    onResumed?.();
    open();
  }

  function end() {
    close();
    if (onPaused) onPaused();
    else glances ??= setInterval(glance, between(GLANCE_EVERY, GLANCE_EVERY * 1.2));
  }

  function onMessage({ data: message }) {
    if (!source && message.url === url()) receive(message.data);
  }

  function stop() {
    clearInterval(glances);
    glances = undefined;
    giveUp();
    close();
    channel?.removeEventListener('message', onMessage);
    removeEventListener('pagehide', stop);
  }

  if (isShared) channel?.addEventListener('message', onMessage);
  // A page in the back/forward cache would keep its stream; one that holds a lock is not cached at all.
  addEventListener('pagehide', stop);
  const giveUp = (locks ? takeLock : takeWhileVisible)(begin, end);
  return stop;
}
