import { run } from './countdown.js';
import { between, reload, showLost } from './live.js';
import { announce, say } from './words.js';

/** The clock of the turn on the seat map, and the end of the turn. Calls `onEnded` once. */
export class Turn {
  constructor(root, form, onEnded) {
    Object.assign(this, { root, form, onEnded, isOver: false, clock: document.getElementById('turn') });
    root.querySelector('[data-turn]').hidden = false;
    this.count();
  }

  count(seconds, from) {
    this.stop = run(this.clock, () => this.onTimeUp(), seconds, from);
  }

  /** Nothing can be held any more, and the page says so. */
  end() {
    if (this.isOver) return;
    this.isOver = true;
    this.stop?.();
    showLost(false);
    const n = this.onEnded();
    for (const el of this.form.querySelectorAll('input, select, button')) el.disabled = true;
    this.form.querySelector('.hold').hidden = true;
    this.form.querySelector('.rejoin').hidden = false;
    this.form.querySelector('.pay')?.remove();
    this.clock.textContent = '0:00';
    announce('status', '');
    announce('ended', say(this.root, 'ended', { n }));
  }

  /** Asks whether the turn goes on. Returns whether it does; undefined if that is not known. */
  async ask() {
    try {
      const answer = await fetch(`/v1/enqueues${this.root.dataset.query}`, { signal: AbortSignal.timeout(10_000) });
      if (answer.status === 401) {
        reload();
        return undefined;
      }
      if (!answer.ok) return undefined;
      const { status } = await answer.json();
      if (status === 'admitted') return true;
      this.end();
      return false;
    } catch {
      showLost(true);
      return undefined;
    }
  }

  /** The time to choose is up. Held seats can still be paid: then the server has the page for that. */
  onTimeUp() {
    setTimeout(async () => {
      if (this.isOver) return;
      const isInside = await this.ask();
      if (isInside) reload();
      else if (!this.isOver) this.count(2, performance.now());
    }, between(200, 1500));
  }
}
