import { between, lost, stream } from './live.js';
import { count, say, show, tell } from './words.js';

const MINUTE = 60_000;
const place = document.getElementById('place');
if (place?.dataset.status === 'waiting') wait();

function wait() {
  const number = Number(place.dataset.number);
  let lowest = Number(place.dataset.ahead);
  const loaded = lowest;
  const first = Math.max(Number(place.dataset.first) || 0, lowest);
  let pollMs = Number(place.dataset.pollMs) || 10_000;
  let heardAt = performance.now();
  let spoken = { ahead: lowest, at: heardAt };
  let polling = false;
  let leaving = false;
  let timer;
  let stop = () => {};

  const remember = () => {
    document.cookie = `onsale_ahead=${number}.${first}.${lowest}; path=/line; samesite=lax; max-age=86400`;
  };

  function go(delay) {
    if (leaving) return;
    leaving = true;
    stop();
    clearTimeout(timer);
    setTimeout(() => location.replace('/line'), delay);
  }

  function heard(status) {
    heardAt = performance.now();
    lost(false);
    pollMs = status.pollAfterMs || pollMs;
    if (status.status === 'admitted') {
      document.title = say(place, 'turn-title');
      tell('turn', say(place, 'turn'));
      go(between(1200, 1800)); // enough time for a screen reader to speak the announcement
    } else if (status.status === 'ended' || status.number !== number) {
      go(0);
    } else {
      lowest = Math.min(lowest, status.ahead); // people who come back can raise the true count, but a page never shows it rise
      draw(status.estimatedWait);
    }
  }

  function draw(estimate) {
    const moved = first - lowest;
    const left = waitWords(estimate);
    show(place, 'ahead', count(lowest));
    show(place, 'ahead-word', say(place, 'ahead', { n: lowest }));
    show(place, 'wait', left);
    show(place, 'moved', moved > 0 ? say(place, 'moved', { n: moved }) : say(place, 'moved-none'));
    const bar = place.querySelector('progress');
    bar.max = Math.max(first, 1);
    bar.value = first ? moved : 1;
    document.title = say(place, 'title', { n: lowest });
    remember();
    const now = performance.now();
    if (lowest !== spoken.ahead && now - spoken.at > MINUTE) {
      spoken = { ahead: lowest, at: now };
      tell('said', say(place, 'spoken', { n: lowest, time: left }));
    }
  }

  function waitWords(estimate) {
    // A page loaded while the line was paused says so until something moves.
    if (!estimate) return say(place, 'paused' in place.dataset && lowest === loaded ? 'paused' : 'wait-unknown');
    const [low, n, high] = [estimate.p10, estimate.p50, estimate.p90].map((s) => Math.max(1, Math.round(s / 60)));
    if (estimate.p90 < 60) return say(place, 'wait-soon');
    return say(place, low === high ? 'wait-flat' : 'wait', { n, low, high });
  }

  // One poll at a time: slow answers must not pile up requests.
  let asking = false;
  async function ask() {
    if (asking || leaving) return;
    asking = true;
    let next = pollMs;
    try {
      const answer = await fetch('/v1/enqueues', { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(15_000) });
      next = Number(answer.headers.get('retry-after')) * 1000;
      if (answer.status === 401) go(0);
      else if (answer.ok) heard(await answer.json());
      else lost(true);
      next ||= pollMs;
    } catch {
      lost(true);
    }
    asking = false;
    if (polling) again(next);
  }

  // A hidden page polls too: polls tell the server that the person still waits.
  function again(ms) {
    clearTimeout(timer);
    timer = setTimeout(ask, between(ms, ms * 1.15));
  }

  function listen() {
    polling = false;
    clearTimeout(timer);
    stop = stream('/v1/enqueues/events', 'status', {
      heard,
      closed() {
        polling = true;
        again(between(0, 3000));
        setTimeout(listen, between(3 * MINUTE, 6 * MINUTE));
      },
    });
  }

  // After a phone slept or a stream died silently: poll once.
  const stale = (ms) => performance.now() - heardAt > ms;
  setInterval(() => { if (!polling && stale(3 * MINUTE)) ask(); }, MINUTE);
  document.addEventListener('visibilitychange', () => { if (!document.hidden && stale(pollMs)) ask(); });
  addEventListener('online', ask);
  // The answer to a form goes to the next page. Meanwhile the stream's "ended" must not go anywhere else.
  document.addEventListener('submit', () => {
    leaving = true;
    stop();
    clearTimeout(timer);
  });

  remember();
  listen();
}
