import { run } from './countdown.js';
import { between, showLost } from './live.js';
import { announce, say } from './words.js';

/** The clock of the turn on the seat map, and the end of the turn. Calls `onEnded` once. */
export class Turn {
  constructor(root, form, onEnded) {
    Object.assign(this, { root, form, onEnded, isOver: false, clock: document.getElementById('turn') });
    root.querySelector('[data-turn]').hidden = false;
    run(this.clock, () => this.onTimeUp());
  }

  /** Nothing can be held any more, and the page says so. */
  end() {
    if (this.isOver) return;
    this.isOver = true;
    showLost(false);
    const n = this.onEnded();
    for (const el of this.form.querySelectorAll('input, select, button')) el.disabled = true;
    this.form.querySelector('.hold').hidden = true;
    this.form.querySelector('.rejoin').hidden = false;
    this.clock.textContent = '0:00';
    announce('ended', say(this.root, 'ended', { n }));
  }

  /** Asks whether the turn goes on. Returns its seconds left; undefined if that is not known. */
  async ask() {
    try {
      const answer = await fetch('/v1/enqueues', { signal: AbortSignal.timeout(10_000) });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return undefined;
      const { status, admittedUntil } = await answer.json();
      if (status !== 'admitted') return this.end();
      return Math.ceil((Date.parse(admittedUntil) - Date.parse(answer.headers.get('date'))) / 1000);
    } catch {
      showLost(true);
      return undefined;
    }
  }

  /** A hold may have made the turn longer than this page knows. */
  onTimeUp() {
    setTimeout(async () => {
      if (this.isOver) return;
      const seconds = await this.ask();
      if (!this.isOver) run(this.clock, () => this.onTimeUp(), Math.max(seconds ?? 2, 1), performance.now());
    }, between(200, 1500));
  }
}
