import { between, showLost } from './live.js';
import { lobby } from './lobby.js';
import { stream } from './stream.js';
import { announce, count, say, show } from './words.js';

const MINUTE = 60_000;
/** For how long the server may hold a poll near the turn, in seconds. */
const WAIT_S = 20;
const place = document.getElementById('place');
// Which sale's place this is: the cookie of the main sale's counts without.
const query = place?.dataset.query ? `?${place.dataset.query}` : '';
if (place?.dataset.status === 'waiting') wait();

/** Shows the progress of a waiting person. Returns a function that updates it. */
function progress() {
  const { number, path, cookie } = place.dataset;
  // In a lobby nothing is known yet: the first status after the opening is where the progress begins.
  let first;
  let lowest = Infinity;
  if (place.dataset.ahead) {
    lowest = Number(place.dataset.ahead);
    first = Math.max(Number(place.dataset.first) || 0, lowest);
  }
  let spoken = { ahead: lowest, at: performance.now() };

  // Over https the server's cookies are bound to this host, which their names say.
  const isBound = location.protocol === 'https:' && document.cookie.includes('__Host-');
  const [name, scope] = isBound ? [`__Host-${cookie}`, 'path=/; secure'] : [cookie, `path=${path}`];
  const remember = () => {
    document.cookie = `${name}=${number}.${first}.${lowest}; ${scope}; samesite=lax; max-age=86400`;
  };

  function waitText(phase, estimate) {
    if (phase === 'paused') return say(place, 'paused');
    if (!estimate) return say(place, 'wait-unknown');
    const [low, n, high] = [estimate.p10, estimate.p50, estimate.p90].map((s) => Math.max(1, Math.round(s / 60)));
    if (estimate.p90 < 60) return say(place, 'wait-soon');
    return say(place, low === high ? 'wait-flat' : 'wait', { n, low, high });
  }

  if (first !== undefined) remember();
  return ({ ahead, estimatedWait, outlook, phase, place: drawn }) => {
    for (const part of place.querySelectorAll('[data-in]')) part.hidden = (part.dataset.in === 'lobby') !== (phase === 'lobby');
    if (phase === 'lobby' || ahead === null) {
      place.dataset.phase = phase;
      return;
    }
    if ('drawn' in place.dataset && drawn) show(place, 'place', say(place, 'place', { n: drawn }));
    first ??= ahead;
    // The true count may rise when people come back, but the page never shows it rise.
    lowest = Math.min(lowest, ahead);
    const moved = first - lowest;
    const time = waitText(phase, estimatedWait);
    show(place, 'ahead', count(lowest));
    place.querySelector('[data-show="ahead"]').hidden = lowest === 0;
    show(place, 'ahead-word', say(place, 'ahead', { n: lowest }));
    show(place, 'wait', time);
    show(place, 'outlook', outlook ? say(place, `outlook-${outlook}`) : '');
    show(place, 'moved', moved > 0 ? say(place, 'moved', { n: moved }) : first ? say(place, 'moved-none') : '');
    const bar = place.querySelector('progress');
    bar.max = Math.max(first, 1);
    bar.value = first ? moved : 1;
    document.title = say(place, 'title', { n: lowest }) + place.dataset.titleEnd;
    remember();
    const now = performance.now();
    const isPausedOrResumed = phase !== place.dataset.phase;
    place.dataset.phase = phase;
    if (isPausedOrResumed || (lowest !== spoken.ahead && now - spoken.at > MINUTE)) {
      spoken = { ahead: lowest, at: now };
      announce('status', say(place, 'spoken', { n: lowest, time }));
    }
  };
}

/**
 * Polls the status. A hidden page polls, too: polls show the server that the person still waits. Two refusals
 * differ: 401 ends the place, 429 comes when other tabs of this browser poll with the same ticket.
 */
function polls(onStatus, onRefused) {
  let pause = Number(place.dataset.pollMs) || 10_000; // milliseconds
  let mayWait = false;
  let phase = place.dataset.phase;
  let isOn = false;
  let isAsking = false;
  let timer;

  // One poll at a time: slow responses must not pile up requests.
  async function ask() {
    if (isAsking) return;
    isAsking = true;
    let next = pause;
    const askedAt = performance.now();
    try {
      const headers = { accept: 'application/json', ...(mayWait && { prefer: `wait=${WAIT_S}; phase=${phase}` }) };
      const limit = 15_000 + (mayWait ? WAIT_S * 1000 : 0);
      const answer = await fetch(`/v1/enqueues${query}`, { headers, signal: AbortSignal.timeout(limit) });
      next = Number(answer.headers.get('retry-after')) * 1000 || pause;
      // Not sooner: two tabs with one ticket end each other's held polls.
      if (answer.headers.has('preference-applied')) next = Math.max(0, next - (performance.now() - askedAt));
      if (answer.status === 401) onRefused();
      else if (answer.ok) onStatus(await answer.json());
      else showLost(answer.status !== 429);
    } catch {
      showLost(true);
    }
    isAsking = false;
    if (isOn) askAfter(next);
  }

  function askAfter(ms) {
    clearTimeout(timer);
    timer = setTimeout(ask, between(ms, ms * 1.15));
  }

  return {
    ask,
    start(ms = pause) {
      isOn = true;
      askAfter(ms);
    },
    stop() {
      isOn = false;
      clearTimeout(timer);
    },
    /** A status came by another way: the next poll is due only if none comes in time. */
    heard({ pollAfterMs, waitSupported, phase: known }) {
      pause = pollAfterMs || pause;
      mayWait = waitSupported;
      phase = known;
      if (isOn) askAfter(pause * 1.5);
    },
    pause: () => pause,
    isOn: () => isOn,
  };
}

/** Follows the status by a stream, or by polls while there is none. Returns a function that stops. */
function follow(onStatus, onRefused) {
  let receivedAt = performance.now();
  let isStopped = false;
  let stopStream = () => {};
  const polling = polls(onEvent, () => { if (!isStopped) onRefused(); });

  function onEvent(status) {
    if (isStopped) return;
    receivedAt = performance.now();
    showLost(false);
    polling.heard(status);
    onStatus(status);
  }

  // A poll soon after a status is too early for the server, and the page itself is the first status.
  function onClosed() {
    const early = Math.max(0, polling.pause() - (performance.now() - receivedAt));
    polling.start(early + between(0, 3000));
    setTimeout(listen, between(3 * MINUTE, 6 * MINUTE));
  }

  function listen() {
    if (isStopped) return;
    polling.stop();
    const handlers = { onEvent, onClosed, onPaused: polling.start, onResumed: polling.stop, isShared: true };
    stopStream = stream(() => `/v1/enqueues/events${query}`, 'status', handlers);
  }

  // One poll after a phone slept, or after a stream died silently.
  const askIfStale = (ms) => { if (!isStopped && performance.now() - receivedAt > ms) polling.ask(); };
  setInterval(() => { if (!polling.isOn()) askIfStale(3 * MINUTE); }, MINUTE);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) askIfStale(polling.pause()); });
  addEventListener('online', () => askIfStale(polling.pause()));

  listen();
  return () => {
    isStopped = true;
    stopStream();
    polling.stop();
  };
}

function wait() {
  const number = Number(place.dataset.number);
  const update = progress();
  const opensAt = place.dataset.phase === 'lobby' ? lobby(place) : () => {};
  let isLeaving = false;

  function reload(delay) {
    if (isLeaving) return;
    isLeaving = true;
    stop();
    setTimeout(() => location.replace(place.dataset.path), delay);
  }

  function onStatus(status) {
    if (status.status === 'admitted') {
      document.title = say(place, 'turn-title') + place.dataset.titleEnd;
      announce('turn', say(place, 'turn'));
      reload(between(1200, 1800)); // enough time for a screen reader to speak the announcement
    } else if (status.status === 'ended' || status.number !== number) {
      reload(0);
    } else {
      if (status.phase === 'lobby') opensAt(status.opensAt);
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
