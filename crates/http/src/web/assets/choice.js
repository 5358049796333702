import { announce, listed, money, say, show } from './words.js';

// Says that a page was loaded with an earlier choice.
const RESTORED = 'onsale-restored';

/** What the visitor has chosen on the map and in other parts of the hall, and what they hold. */
export class Choice {
  constructor(root, form, grid) {
    Object.assign(this, { root, form, grid, available: Number(root.dataset.available) });
    this.limit = Number(root.dataset.limit);
    this.key = `onsale-choice ${root.dataset.user} ${location.pathname}`;
    this.isSent = false;
    this.heldElsewhere = root.dataset.heldElsewhere.split(' ').filter(Boolean).map(Number);
    form.addEventListener('change', ({ target }) => { if (target.name === 'seat') this.onChange(target); });
    form.addEventListener('submit', (event) => this.onSubmit(event));
  }

  chosen() {
    return [...this.form.querySelectorAll('input[name=seat]:checked')];
  }

  numbers() {
    return this.chosen().map((seat) => Number(seat.value));
  }

  held() {
    const here = [...this.grid.querySelectorAll('[data-state="mine"]')].map((seat) => Number(seat.dataset.seat));
    return [...this.heldElsewhere, ...here].sort((a, b) => a - b);
  }

  /** How many seats may be held here, and how many count besides. */
  limitIs(limit, besides) {
    this.limit = limit;
    this.root.dataset.besides = besides;
  }

  /** Deselects what the limit does not leave any more, because of another tab, and says why. */
  fit() {
    const { ofSale, besides } = this.root.dataset;
    const held = this.held().length;
    const over = this.chosen().slice(Math.max(0, this.limit - held));
    if (!over.length) return;
    for (const seat of over) seat.checked = false;
    const isOfSale = ofSale !== undefined && Math.max(0, ofSale - besides) <= this.limit;
    const [key, n, had] = isOfSale ? ['over-limit', Number(ofSale), Number(besides) + held] : ['over-holds', this.limit, held];
    announce('status', say(this.root, key, { n, had, seats: over.map(({ value }) => value).join(', ') }));
  }

  onChange(seat) {
    this.isSent = false;
    if (seat.checked && this.chosen().length + this.held().length > this.limit) {
      seat.checked = false;
      announce('status', say(this.root, 'limit', { n: this.limit }));
      return;
    }
    announce('status', '');
    announce('taken', '');
    this.update();
  }

  onSubmit(event) {
    if (event.submitter?.formMethod === 'get') return;
    if (this.chosen().length) {
      // What is sent to be held is no open choice any more; if it is refused, the page has it in its address.
      this.isSent = true;
      sessionStorage.removeItem(this.key);
      return;
    }
    event.preventDefault();
    announce('status', say(this.root, 'choose-first'));
  }

  /** Shows what is chosen, what is held, and whether more can be held. */
  update() {
    const { root, form } = this;
    this.fit();
    const [seats, numbers, held] = [this.chosen(), this.numbers(), this.held()];
    const [n, left] = [seats.length, Math.max(0, this.limit - held.length)];
    const total = seats.reduce((sum, seat) => sum + Number(seat.dataset.price ?? root.dataset.price), 0);
    show(root, 'total', n ? say(root, 'chosen', { n, total: money(root, total) }) : say(root, 'none'));
    show(root, 'which', n ? say(root, 'which', { n, seats: listed(numbers) }) : say(root, 'limit-hint', { n: left }));
    form.querySelector('.hold').disabled = 'closed' in root.dataset || left <= 0 || this.available === 0;
    const notice = document.querySelector('[data-holds]');
    notice.hidden = held.length === 0;
    show(notice, 'holds', say(root, 'holds', { n: held.length, seats: listed(held) }));
    this.remember(numbers);
  }

  /**
   * The address says what is chosen, so that a reload and a change of language keep it. The browser keeps it
   * for the next turn: this one may end while a phone sleeps.
   */
  remember(numbers) {
    if (!this.isSent) sessionStorage.setItem(this.key, JSON.stringify(numbers));
    const url = new URL(location.href);
    url.searchParams.delete('seat');
    for (const seat of numbers) url.searchParams.append('seat', seat);
    if (url.href === location.href) return;
    history.replaceState(null, '', url);
    const back = document.querySelector('form[action="/language"] [name="back"]');
    if (back) back.value = url.pathname + url.search;
  }

  /** How many seats of the hall can be held. */
  countIs(n) {
    this.available = n;
    show(this.root, 'free', say(this.root, 'free', { n }));
  }

  /** All seats that the visitor holds. */
  heldAre(seats) {
    this.heldElsewhere = seats.filter((seat) => !this.grid.querySelector(`[data-seat="${seat}"]`));
  }

  /** Names chosen seats that somebody else has taken. */
  lost(taken) {
    if (!taken.length) return;
    const key = this.chosen().length ? 'taken' : 'taken-last';
    announce('taken', say(this.root, key, { n: taken.length, seats: listed(taken) }));
  }

  /**
   * Loads the page with what was chosen and never sent, because a turn ended or the fan went elsewhere: the
   * server knows which seats are still free. Returns whether there was anything. The page says so then.
   */
  restore() {
    const isRestored = sessionStorage.getItem(RESTORED) === this.key;
    sessionStorage.removeItem(RESTORED);
    if ('closed' in this.root.dataset) return false;
    const seats = JSON.parse(sessionStorage.getItem(this.key) ?? '[]');
    sessionStorage.removeItem(this.key);
    const url = new URL(location.href);
    if (isRestored) announce('status', say(this.root, 'restored'));
    if (!seats.length || url.searchParams.has('seat')) return false;
    for (const seat of seats) url.searchParams.append('seat', seat);
    sessionStorage.setItem(RESTORED, this.key);
    location.replace(url);
    return true;
  }
}
