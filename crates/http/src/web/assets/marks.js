import { say } from './words.js';

/** The marks of seats, kept up to date. Returns a function that shows new states. */
export function marks(root, grid, keys) {
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
    if (seat.dataset.state === state) return null;
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
      box.disabled = state !== 'free' || 'closed' in root.dataset;
    }
    if (focused) keys.refocus(seat);
    return ticked && !link && state !== 'free' ? change.seatNo : null;
  }

  return (seats) => seats.map(update).filter((no) => no !== null);
}
