// Plays a course on its diagram: play, step, scrub, speed; tokens move, the panel tells what changed.

/** Milliseconds that an entry is shown at speed 1, and that a token takes along one flow. */
const ENTRY = 1800;
const FLOW = 450;

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Player {
  /** Inside of `root` are the controls; the board's diagrams are those that the frames tell of. */
  constructor(root, board) {
    Object.assign(this, { root, board, speed: 1, frames: [] });
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.listen();
  }

  /** Takes frames, and shows one of them. */
  async take(frames, place) {
    this.pause();
    this.frames = frames;
    this.part('count').textContent = frames.length;
    this.part('scrub').max = frames.length - 1;
    this.part('steps').replaceChildren(...frames.map((frame, at) => this.step(frame, at)));
    await this.show(place);
  }

  step(frame, place) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    const [what, meta] = [document.createElement('span'), document.createElement('span')];
    what.textContent = frame.what;
    meta.textContent = said(frame);
    meta.className = 'text-secondary';
    button.append(what, meta);
    button.addEventListener('click', () => { this.pause(); this.show(place); });
    item.append(button);
    return item;
  }

  listen() {
    const go = {
      first: () => 0,
      back: () => this.place - 1,
      on: () => this.place + 1,
      last: () => this.frames.length - 1,
    };
    for (const button of this.root.querySelectorAll('[data-go]')) {
      button.addEventListener('click', () => { this.pause(); this.show(go[button.dataset.go](), button.dataset.go === 'on'); });
    }
    this.part('play').addEventListener('click', () => (this.playing ? this.pause() : this.play()));
    this.part('scrub').addEventListener('input', ({ target }) => { this.pause(); this.show(Number(target.value)); });
    this.part('speed').addEventListener('change', ({ target }) => { this.speed = Number(target.value); });
    document.addEventListener('keydown', (event) => {
      if (!this.frames.length || !this.root.checkVisibility()) return;
      if (event.target.closest('input, select, textarea, button, a') && event.key === ' ') return;
      if (event.target.closest('input, select, textarea') || event.ctrlKey || event.altKey || event.metaKey) return;
      const ways = { ArrowLeft: 'back', ArrowRight: 'on', Home: 'first', End: 'last' };
      if (event.key === ' ') (this.playing ? this.pause() : this.play());
      else if (ways[event.key]) { this.pause(); this.show(go[ways[event.key]](), event.key === 'ArrowRight'); } else return;
      event.preventDefault();
    });
  }

  async play() {
    if (!this.frames.length) return;
    this.playing = {};
    this.mode();
    const turn = this.playing;
    if (this.place === this.frames.length - 1) await this.show(0);
    while (turn === this.playing && this.place < this.frames.length - 1) {
      await new Promise((done) => { setTimeout(done, ENTRY / this.speed); });
      if (turn === this.playing) await this.show(this.place + 1, true);
    }
    if (turn === this.playing) this.pause();
  }

  pause() {
    this.playing = null;
    this.mode();
  }

  mode() {
    const button = this.part('play');
    const playing = Boolean(this.playing);
    [button.ariaLabel, button.dataset.pauseLabel] = playing === (button.dataset.now === 'playing')
      ? [button.ariaLabel, button.dataset.pauseLabel]
      : [button.dataset.pauseLabel, button.ariaLabel];
    button.dataset.now = playing ? 'playing' : 'still';
    for (const face of button.querySelectorAll('[data-when]')) face.hidden = face.dataset.when !== button.dataset.now;
  }

  /** Shows the case after an entry; `moving` lets the tokens go there from the entry before. */
  async show(wanted, moving = false) {
    if (!this.frames.length) return;
    const place = Math.min(Math.max(wanted, 0), this.frames.length - 1);
    const turn = (this.turn = {});
    this.place = place;
    const frame = this.frames[place];
    this.tellStep(frame);
    const { board } = this;
    const where = this.shownProcess(frame);
    if (where !== board.key) {
      this.draw(place);
      await board.show(where);
      // Meanwhile another entry may have been asked for: it tells itself what is shown.
      if (turn !== this.turn) return;
    } else {
      if (moving && !still.matches) await this.move(frame, turn);
      if (turn !== this.turn) return;
      this.draw(place);
      board.mark();
      board.follow();
    }
    this.root.dataset.shown = String(frame.seq);
  }

  /** The process in which this entry did something last, of those that are drawn. */
  shownProcess({ passed, tokens }) {
    const known = (step) => step && this.board.file(step.process);
    return ([...passed].reverse().find(known) ?? tokens.find(known))?.process ?? this.board.key;
  }

  draw(place) {
    const { drawing } = this.board;
    drawing.active = this.frames[place].tokens;
    const until = this.frames.slice(0, place + 1);
    // What was put back by now counts as not passed.
    const back = until.filter(({ undoes }) => undoes);
    const stands = ({ seq }) => !back.some((one) => one.undoes <= seq && seq <= one.seq);
    const standing = until.filter(stands);
    drawing.passed = standing.flatMap(({ passed }) => passed);
    drawing.interrupted = interruptedIn(standing);
  }

  /** A dot goes along each flow that the entry took in the process that is shown, one after the other. */
  async move({ passed }, turn) {
    const registry = this.board.viewer.get('elementRegistry');
    const here = passed.filter(({ process }) => process === this.board.key).map(({ element }) => registry.get(element));
    const taken = [];
    here.forEach((shape, place) => {
      const before = here.slice(0, place);
      const flow = shape?.incoming?.find(({ source }) => before.includes(source));
      if (flow && !taken.includes(flow)) taken.push(flow);
    });
    for (const flow of taken) {
      if (turn !== this.turn) return;
      await this.travel(flow.waypoints, FLOW / this.speed);
    }
  }

  async travel(points, duration) {
    const layer = this.board.viewer.get('canvas').getDefaultLayer();
    const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    dot.setAttribute('r', '9');
    dot.setAttribute('class', 'player-dot');
    layer.append(dot);
    const lengths = points.slice(1).map(({ x, y }, place) => Math.hypot(x - points[place].x, y - points[place].y));
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    const begun = performance.now();
    await new Promise((done) => {
      const tick = (now) => {
        let left = Math.min((now - begun) / duration, 1) * whole;
        let place = 0;
        while (place < lengths.length - 1 && left > lengths[place]) left -= lengths[place++];
        const share = lengths[place] ? Math.min(left / lengths[place], 1) : 1;
        const [from, to] = [points[place], points[place + 1]];
        dot.setAttribute('cx', from.x + (to.x - from.x) * share);
        dot.setAttribute('cy', from.y + (to.y - from.y) * share);
        if (now - begun < duration) requestAnimationFrame(tick);
        else done();
      };
      requestAnimationFrame(tick);
    });
    dot.remove();
  }

  tellStep(frame) {
    this.part('what').textContent = frame.what;
    this.part('meta').textContent = said(frame);
    this.part('why').textContent = frame.why;
    this.part('why').hidden = !frame.why;
    this.part('changes').replaceChildren(...frame.changes.map(change));
    this.part('unchanged').hidden = frame.changes.length > 0;
    this.part('scrub').value = this.place;
    this.part('place').textContent = `${this.place + 1} / ${this.frames.length}`;
    const steps = this.part('steps');
    [...steps.children].forEach((item, place) => {
      const button = item.firstElementChild;
      if (place === this.place) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
      item.classList.toggle('past', place < this.place);
      // The list goes there, the page stays where it is.
      if (place === this.place) steps.scrollTop = item.offsetTop - steps.offsetTop - steps.clientHeight / 2;
    });
  }
}

const said = ({ who, at }) => [who, at].filter(Boolean).join(' · ');

/** Where a token was taken away, and none has come by since. */
function interruptedIn(frames) {
  const key = ({ process, element }) => `${process} ${element}`;
  const found = new Map();
  for (const { passed, interrupted = [] } of frames) {
    passed.forEach((one) => found.delete(key(one)));
    interrupted.forEach((one) => found.set(key(one), one));
  }
  return [...found.values()];
}

function change({ label, before, after }) {
  const row = document.createElement('div');
  const [name, value] = [document.createElement('dt'), document.createElement('dd')];
  name.textContent = label;
  for (const [tag, text] of [['del', before], ['ins', after]]) {
    if (!text) continue;
    const part = document.createElement(tag);
    part.textContent = text;
    value.append(part);
  }
  row.append(name, value);
  return row;
}
