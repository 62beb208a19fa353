// Trying what is drawn: a scenario is played in memory by the server; its tokens move here on the diagram.
//
// What is done by hand is written into the scenario as a step, and the scenario is played anew: so what was tried can
// be kept, and is tried again with each change of the drawing.

import { Board } from '../board.js';
import { Player } from '../player.js';
import { word } from '../words.js';

/** A step of a scenario as YAML, of which JSON is a part. */
function written(step, indent = '  ') {
  return Object.entries(step)
    .map(([name, value], place) => `${indent}${place ? '  ' : '- '}${name}: ${JSON.stringify(value)}`)
    .join('\n');
}

/** The scenario with one more step, as the last. */
export function withStep(text, step) {
  const lines = text.trimEnd().split('\n');
  const begin = lines.findIndex((line) => /^steps\s*:/.test(line));
  if (begin < 0) return [...lines, 'steps:', written(step), ''].join('\n');
  if (/^steps\s*:\s*\[\s*\]\s*$/.test(lines[begin])) lines[begin] = 'steps:';
  const rest = lines.slice(begin + 1).findIndex((line) => /^[^\s#-]/.test(line));
  const end = rest < 0 ? lines.length : begin + 1 + rest;
  const [, indent] = lines.slice(begin + 1, end).map((line) => /^( *)- /.exec(line)).find(Boolean) ?? [];
  return [...lines.slice(0, end), written(step, indent), ...lines.slice(end), ''].join('\n');
}

export class Trial {
  /** `play(scenario)` asks the server. */
  constructor(root, play) {
    Object.assign(this, { root, ask: play, played: 0 });
    this.part = (name) => root.querySelector(`[data-trial-${name}]`);
    this.board = new Board(root.querySelector('[data-diagram]'));
    this.player = new Player(root, this.board);
    this.first = this.part('scenario').value;
    this.part('play').addEventListener('click', () => this.play(0));
    this.part('anew').addEventListener('click', () => {
      this.part('scenario').value = this.first;
      this.play(0);
    });
    this.part('file').addEventListener('change', async ({ target }) => {
      const [file] = target.files;
      if (!file) return;
      this.part('scenario').value = await file.text();
      target.value = '';
      await this.play(0);
    });
    this.part('keep').addEventListener('click', () => this.keep());
  }

  /** Plays the scenario; the tokens move from the step of that number on. */
  async play(from) {
    const turn = (this.turn = {});
    this.root.removeAttribute('data-played');
    this.part('state').textContent = word('trial_playing');
    const [ok, body] = await this.ask(this.part('scenario').value);
    if (turn !== this.turn) return;
    this.part('state').textContent = body.sentence;
    if (!ok) {
      this.part('open').replaceChildren();
      this.part('checks').replaceChildren(...(body.problems ?? []).map(({ title, message, file, line }) => (
        this.line(`${title} ${file}:${line} ${message}`, false))));
      this.root.dataset.played = 'refused';
      return;
    }
    this.part('checks').replaceChildren(
      ...body.checks.map(({ what, line, expected, seen, met }) => {
        const came = (value) => JSON.stringify(value);
        const amiss = word('trial_unmet').replace('{expected}', came(expected)).replace('{seen}', came(seen));
        return this.line(`${line}: ${what} ${met ? '' : amiss}`, met);
      }),
      ...body.covered.map((text) => this.line(text)),
    );
    this.part('open').replaceChildren(...body.open.map((one) => this.opening(one)));
    this.part('none').hidden = body.open.length > 0;
    const first = Math.min(from, body.frames.length - 1);
    const drawn = JSON.stringify(body.drawing.files);
    if (drawn !== this.drawn) await this.board.draw({ ...body.drawing, active: body.frames[first].tokens });
    this.drawn = drawn;
    await this.player.take(body.frames, first);
    if (turn !== this.turn) return;
    this.played = body.frames.length;
    this.root.dataset.played = String(this.played);
    if (first < body.frames.length - 1) await this.player.play();
    if (turn !== this.turn) return;
    this.board.zoom('fit');
    this.board.approach();
  }

  line(text, met) {
    const item = document.createElement('li');
    item.textContent = met === undefined ? text : `${met ? '✓' : '✗'} ${text}`;
    if (met === false) item.className = 'text-danger';
    return item;
  }

  /** Something that can be done: pressed, it is the scenario's next step. */
  opening({ said, step }) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'btn btn-sm', textContent: said });
    let answers = null;
    if (step.with) {
      answers = document.createElement('textarea');
      Object.assign(answers, { className: 'form-control trial-answers', rows: 3, ariaLabel: `${word('trial_answers')} ${said}`, spellcheck: false });
      answers.value = JSON.stringify(step.with, null, 1);
    }
    button.addEventListener('click', () => {
      let given = step;
      try {
        if (answers) given = { ...step, with: JSON.parse(answers.value) };
      } catch {
        this.part('state').textContent = word('trial_json');
        answers.focus();
        return;
      }
      this.part('scenario').value = withStep(this.part('scenario').value, given);
      this.play(Math.max(this.played - 1, 0));
    });
    item.append(button, ...(answers ? [answers] : []));
    return item;
  }

  /** Gives the scenario as a file. */
  keep() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([this.part('scenario').value], { type: 'application/yaml' }));
    link.download = 'scenario.yaml';
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
