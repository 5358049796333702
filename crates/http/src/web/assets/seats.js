import { between, showLost } from './live.js';
import { stream } from './stream.js';
import { announce, listed, money, say, show } from './words.js';

const root = document.getElementById('seats');
if (root) {
  const form = root.querySelector('form');
  const grid = root.querySelector('.grid');
  const limit = Number(root.dataset.limit);
  const heldAtFirst = grid.querySelectorAll('[data-state="mine"]').length;

  const chosen = () => [...grid.querySelectorAll('input:checked')];
  const held = () => Number(root.dataset.held) + grid.querySelectorAll('[data-state="mine"]').length - heldAtFirst;

  // Choosing

  function showChoice() {
    const seats = chosen();
    const n = seats.length;
    const total = seats.reduce((sum, seat) => sum + Number(seat.dataset.price ?? root.dataset.price), 0);
    show(root, 'total', n ? say(root, 'chosen', { n, total: money(root, total) }) : say(root, 'none'));
    show(root, 'which', n ? say(root, 'which', { n, seats: listed(seats.map((seat) => Number(seat.value))) }) : say(root, 'limit-hint', { n: limit - held() }));
  }

  grid.addEventListener('change', ({ target }) => {
    if (chosen().length + held() > limit) {
      target.checked = false;
      announce('status', say(root, 'limit', { n: limit }));
      return;
    }
    announce('status', '');
    announce('taken', '');
    showChoice();
  });

  form.addEventListener('submit', (event) => {
    if (chosen().length) return;
    event.preventDefault();
    announce('status', say(root, 'choose-first'));
  });

  // Changes by other people

  const stateOf = ({ status, mine }) => (status === 'available' ? 'free' : mine ? { held: 'mine', sold: 'paid' }[status] : status);

  function createSeat(no, state) {
    const seat = document.createElement(state === 'mine' || state === 'paid' ? 'a' : 'label');
    const text = document.createElement('span');
    text.textContent = no;
    seat.className = 'seat';
    seat.dataset.seat = no;
    if (seat.localName === 'label') {
      const box = document.createElement('input');
      Object.assign(box, { type: 'checkbox', name: 'seat', value: no });
      seat.append(box);
    }
    seat.append(text);
    return seat;
  }

  /** Shows a seat's new state. Returns its number if somebody else has taken a chosen seat. */
  function update(change) {
    let seat = grid.querySelector(`[data-seat="${change.seatNo}"]`);
    if (!seat) return null;
    const state = stateOf(change);
    const before = seat.dataset.state;
    if (before === state) return null;
    const focused = seat.contains(document.activeElement);
    const ticked = seat.querySelector('input')?.checked;
    const link = state === 'mine' || state === 'paid';
    if (link !== (seat.localName === 'a')) {
      const next = createSeat(change.seatNo, state);
      seat.replaceWith(next);
      seat = next;
    }
    seat.dataset.state = state;
    const label = say(root, `seat-${state}`, { n: String(change.seatNo) });
    if (link) {
      seat.href = state === 'mine' ? '/checkout' : '/tickets';
      seat.ariaLabel = label;
    } else {
      const box = seat.querySelector('input');
      box.ariaLabel = label;
      box.dataset.price = change.price;
      if (state !== 'free') box.checked = false;
      box.disabled = state !== 'free';
    }
    if (focused) refocus(seat);
    return ticked && !link && state !== 'free' ? change.seatNo : null;
  }

  function onSeats({ version, available, seats }) {
    current = version;
    const taken = seats.map(update).filter((no) => no !== null);
    show(root, 'free', say(root, 'free', { n: available }));
    setTabStop();
    showChoice();
    if (taken.length) {
      const key = chosen().length ? 'taken' : 'taken-last';
      announce('taken', say(root, key, { n: taken.length, seats: listed(taken) }));
    }
  }

  // Keyboard: Tab stops at one seat, and arrow keys move by the position of seats on the screen

  const stops = () => [...grid.querySelectorAll('input:enabled, a.seat')];
  let stop = null;

  function setTabStop(to) {
    const all = stops();
    stop = to ?? (all.includes(stop) ? stop : all[0]);
    for (const el of all) el.tabIndex = el === stop ? 0 : -1;
  }

  function refocus(seat) {
    const all = stops();
    const after = (el) => seat.compareDocumentPosition(el) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY);
    const to = all.find((el) => el === seat || after(el)) ?? all.at(-1);
    setTabStop(to);
    to?.focus();
  }

  /** The seat that a key leads to. */
  function target(from, key) {
    const all = stops();
    const at = from.getBoundingClientRect();
    const middle = (box) => box.left + box.width / 2;
    const row = all.filter((el) => Math.abs(el.getBoundingClientRect().top - at.top) < 8);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step) return all[all.indexOf(from) + step];
    if (key === 'Home') return row[0];
    if (key === 'End') return row.at(-1);
    const direction = { ArrowUp: -1, ArrowDown: 1 }[key];
    const distance = (el) => {
      const box = el.getBoundingClientRect();
      return Math.abs(middle(box) - middle(at)) * 3 + Math.abs(box.top - at.top);
    };
    return direction && all
      .filter((el) => (el.getBoundingClientRect().top - at.top) * direction > 8)
      .reduce((best, el) => (best && distance(best) <= distance(el) ? best : el), undefined);
  }

  grid.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^(Arrow|Home|End)/.test(event.key)) return;
    const from = event.target.closest('input, a');
    event.preventDefault();
    const to = from && target(from, event.key);
    if (to) {
      setTabStop(to);
      to.focus();
    }
  });
  grid.addEventListener('focusin', ({ target: seat }) => { if (stops().includes(seat)) setTabStop(seat); });

  // The stream

  const url = new URL(root.dataset.events, location.href);
  let current = url.searchParams.get('version');

  function address() {
    if (current !== null) url.searchParams.set('version', current);
    return url;
  }

  function listen() {
    stream(address, 'seats', { onEvent: onSeats, onClosed: retry });
  }

  // A refused stream may mean that the turn is over. Then a reload leads to the page of the line.
  async function retry() {
    try {
      const answer = await fetch('/v1/enqueues', { signal: AbortSignal.timeout(10_000) });
      const over = answer.status === 401 || (answer.ok && (await answer.json()).status !== 'admitted');
      if (over) return location.reload();
    } catch {
      showLost(true);
    }
    return setTimeout(listen, between(2000, 5000));
  }

  setTabStop();
  showChoice();
  listen();
}
