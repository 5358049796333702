import { between, showLost, stream } from './live.js';
import { announce, count, say, show } from './words.js';

const MINUTE = 60_000;
const place = document.getElementById('place');
if (place?.dataset.status === 'waiting') wait();

/** Shows the progress of a waiting person. Returns a function that updates it. */
function progress() {
  const { number } = place.dataset;
  const loaded = Number(place.dataset.ahead);
  const first = Math.max(Number(place.dataset.first) || 0, loaded);
  let lowest = loaded;
  let spoken = { ahead: lowest, at: performance.now() };

  // Over https the server's cookie is bound to this host, which its name says.
  const isBound = document.cookie.includes('__Host-onsale_ahead=');
  const [name, scope] = isBound ? ['__Host-onsale_ahead', 'path=/; secure'] : ['onsale_ahead', 'path=/line'];
  const remember = () => {
    document.cookie = `${name}=${number}.${first}.${lowest}; ${scope}; samesite=lax; max-age=86400`;
  };

  function waitText(estimate) {
    // A page that was loaded while the line was paused says so until something moves.
    if (!estimate) return say(place, 'paused' in place.dataset && lowest === loaded ? 'paused' : 'wait-unknown');
    const [low, n, high] = [estimate.p10, estimate.p50, estimate.p90].map((s) => Math.max(1, Math.round(s / 60)));
    if (estimate.p90 < 60) return say(place, 'wait-soon');
    return say(place, low === high ? 'wait-flat' : 'wait', { n, low, high });
  }

  remember();
  return ({ ahead, estimatedWait }) => {
    // The true count may rise when people come back, but the page never shows it rise.
    lowest = Math.min(lowest, ahead);
    const moved = first - lowest;
    const time = waitText(estimatedWait);
    show(place, 'ahead', count(lowest));
    place.querySelector('[data-show="ahead"]').hidden = lowest === 0;
    show(place, 'ahead-word', say(place, 'ahead', { n: lowest }));
    show(place, 'wait', time);
    show(place, 'moved', moved > 0 ? say(place, 'moved', { n: moved }) : say(place, 'moved-none'));
    const bar = place.querySelector('progress');
    bar.max = Math.max(first, 1);
    bar.value = first ? moved : 1;
    document.title = say(place, 'title', { n: lowest });
    remember();
    const now = performance.now();
    if (lowest !== spoken.ahead && now - spoken.at > MINUTE) {
      spoken = { ahead: lowest, at: now };
      announce('status', say(place, 'spoken', { n: lowest, time }));
    }
  };
}

/** Follows the status by a stream, or by polls while the stream is closed. Returns a function that stops. */
function follow(onStatus, onRefused) {
  let pollMs = Number(place.dataset.pollMs) || 10_000;
  let receivedAt = performance.now();
  let polls = false;
  let isPolling = false;
  let isStopped = false;
  let timer;
  let stopStream = () => {};

  function onEvent(status) {
    receivedAt = performance.now();
    showLost(false);
    pollMs = status.pollAfterMs || pollMs;
    onStatus(status);
  }

  // One poll at a time: slow responses must not pile up requests.
  async function poll() {
    if (isPolling || isStopped) return;
    isPolling = true;
    let next = pollMs;
    try {
      const answer = await fetch('/v1/enqueues', { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(15_000) });
      next = Number(answer.headers.get('retry-after')) * 1000;
      if (answer.status === 401) onRefused();
      else if (answer.ok) onEvent(await answer.json());
      else showLost(true);
      next ||= pollMs;
    } catch {
      showLost(true);
    }
    isPolling = false;
    if (polls) pollAfter(next);
  }

  // A hidden page polls, too: polls show the server that the person still waits.
  function pollAfter(ms) {
    clearTimeout(timer);
    timer = setTimeout(poll, between(ms, ms * 1.15));
  }

  function onClosed() {
    polls = true;
    pollAfter(between(0, 3000));
    setTimeout(listen, between(3 * MINUTE, 6 * MINUTE));
  }

  function listen() {
    polls = false;
    clearTimeout(timer);
    stopStream = stream('/v1/enqueues/events', 'status', { onEvent, onClosed });
  }

  // One poll after a phone slept, or after a stream died silently.
  const isStale = (ms) => performance.now() - receivedAt > ms;
  setInterval(() => { if (!polls && isStale(3 * MINUTE)) poll(); }, MINUTE);
  document.addEventListener('visibilitychange', () => { if (!document.hidden && isStale(pollMs)) poll(); });
  addEventListener('online', poll);

  listen();
  return () => {
    isStopped = true;
    stopStream();
    clearTimeout(timer);
  };
}

function wait() {
  const number = Number(place.dataset.number);
  const update = progress();
  let isLeaving = false;

  function reload(delay) {
    if (isLeaving) return;
    isLeaving = true;
    stop();
    setTimeout(() => location.replace('/line'), delay);
  }

  function onStatus(status) {
    if (status.status === 'admitted') {
      document.title = say(place, 'turn-title');
      announce('turn', say(place, 'turn'));
      reload(between(1200, 1800)); // enough time for a screen reader to speak the announcement
    } else if (status.status === 'ended' || status.number !== number) {
      reload(0);
    } else {
      update(status);
    }
  }

  const stop = follow(onStatus, () => reload(0));
  // A form's response is the next page. Until then, the stream's "ended" must not load another one.
  document.addEventListener('submit', () => {
    isLeaving = true;
    stop();
  });
}
