// The modeler: the files of a version, each in the editor of its kind, checked by the server's own rules while one
// works on them, tried, and deployed as one set.

import { Trial } from './modeler/trial.js';
import { newKey } from './sending.js';
import { word } from './words.js';

/** Milliseconds after the last change until the set is checked. */
const PAUSE = 900;

const KINDS = [
  [/\.bpmn$|\.xml$/i, () => import('./modeler/diagram.js')],
  [/\.dmn$/i, () => import('./modeler/decisions.js')],
  [/\.form$|\.json$/i, () => import('./modeler/form.js')],
  [/./, () => import('./modeler/text.js')],
];

const root = document.querySelector('#modeler');
const { csrf } = root.dataset;
const [state, list, deploy, tabs, tryButton] = ['#modeler-state', '#modeler-problems', '#deploy', '#modeler-files', '#try']
  .map((name) => document.querySelector(name));
const places = root.querySelector('.modeler-editors');

/** A file of the set: its text as it was opened, and its editor once it is shown. */
class File {
  constructor({ name, text }, isNew = false) {
    Object.assign(this, { name, given: text, changed: isNew, editor: null });
    this.place = document.createElement('div');
    Object.assign(this.place, { className: 'modeler-editor', hidden: true, id: `editor-${name}` });
    this.place.setAttribute('role', 'tabpanel');
    this.place.ariaLabel = name;
    this.tab = document.createElement('button');
    Object.assign(this.tab, { type: 'button', className: 'diagram-tab', textContent: name });
    this.tab.classList.toggle('changed', isNew);
    this.tab.setAttribute('role', 'tab');
    this.tab.setAttribute('aria-selected', 'false');
    this.tab.addEventListener('click', () => show(this));
    this.mark([]);
  }

  async open() {
    if (this.editor) return;
    const [, load] = KINDS.find(([ending]) => ending.test(this.name));
    const { Editor } = await load();
    this.editor = new Editor(this.place, () => this.change());
    try {
      await this.editor.open(this.given);
    } catch (error) {
      this.place.textContent = `${word('modeler_unreadable')} ${error.message}`;
      this.editor = null;
      return;
    }
    this.opened = true;
    this.mark(this.problems);
  }

  change() {
    // What an editor does to what it opens is no change of a person's.
    if (!this.opened) return;
    this.changed = true;
    this.tab.classList.add('changed');
    changed();
  }

  async text() {
    return this.editor ? this.editor.text() : this.given;
  }

  /** Shows what is amiss with it on its tab, and in its editor. */
  mark(problems) {
    this.problems = problems;
    this.tab.classList.toggle('amiss', problems.some(({ severity }) => severity === 'error'));
    this.editor?.mark(problems.filter(({ severity }) => severity !== 'note'));
  }
}

const files = [];
let shown = null;
let timer = null;
let latest = 0;

function add(file) {
  files.push(file);
  tabs.append(file.tab);
  places.append(file.place);
}

async function show(file) {
  shown = file;
  for (const other of files) {
    other.place.hidden = other !== file;
    other.tab.setAttribute('aria-selected', String(other === file));
  }
  await file.open();
}

async function texts() {
  const touched = files.filter((file) => file.changed);
  return Object.fromEntries(await Promise.all(touched.map(async (file) => [file.name, await file.text()])));
}

async function post(url, content) {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': csrf },
      body: JSON.stringify({ files: await texts(), ...content }),
    });
    const body = await answer.json();
    return [answer.ok, { ...body, sentence: body.sentence ?? [body.title, body.detail].filter(Boolean).join(' ') }];
  } catch {
    return [false, { problems: [], sentence: word('offline') }];
  }
}

/** Lists what is amiss; a click on a line goes to its file and element. */
function tell(problems) {
  for (const file of files) file.mark(problems.filter((problem) => problem.file === file.name));
  list.replaceChildren(...problems.map(({ file: name, line: at, element, message, title }) => {
    const line = document.createElement('li');
    const strong = document.createElement('strong');
    strong.textContent = title;
    line.append(strong, ' ', message, ' ');
    const file = files.find((one) => one.name === name);
    const go = document.createElement(file ? 'button' : 'span');
    Object.assign(go, { textContent: element ?? `${name}:${at}`, className: file ? 'btn btn-sm' : 'text-secondary' });
    if (file) {
      go.type = 'button';
      go.addEventListener('click', async () => {
        await show(file);
        file.editor?.go(element);
      });
    }
    line.append(go);
    return line;
  }));
}

/** Asks the server; an answer that a later question has overtaken says nothing any more. */
async function examine() {
  latest += 1;
  const mine = latest;
  state.textContent = word('modeler_checking');
  const [ok, body] = await post(root.dataset.check, { dry_run: true });
  if (mine !== latest) return;
  tell(body.problems ?? []);
  state.textContent = body.sentence;
  deploy.disabled = !ok;
  root.dataset.checked = ok ? 'sound' : 'amiss';
}

function changed() {
  window.addEventListener('beforeunload', ask);
  deploy.disabled = true;
  root.removeAttribute('data-checked');
  clearTimeout(timer);
  timer = setTimeout(examine, PAUSE);
}

function ask(event) {
  event.preventDefault();
}

// The same content is deployed once, however often it is sent.
let sent = {};

deploy.addEventListener('click', async () => {
  deploy.disabled = true;
  const content = JSON.stringify(await texts());
  if (content !== sent.content) sent = { content, once: newKey() };
  const [ok, body] = await post(root.dataset.check, { dry_run: false, once: sent.once });
  if (ok) {
    window.removeEventListener('beforeunload', ask);
    window.location.assign(body.location);
    return;
  }
  deploy.disabled = false;
  tell(body.problems ?? []);
  state.textContent = body.sentence;
});

document.querySelector('#undo').addEventListener('click', () => shown?.editor?.undo());
document.querySelector('#redo').addEventListener('click', () => shown?.editor?.redo());

document.querySelector('#add').addEventListener('change', async ({ target }) => {
  const { ending, text } = target.selectedOptions[0].dataset;
  target.value = '';
  if (!ending) return;
  const known = new Set(files.map(({ name }) => name));
  let number = 1;
  while (known.has(`${root.dataset.key}-${number}${ending}`)) number += 1;
  const id = `${root.dataset.key}-${number}`;
  const file = new File({ name: id + ending, text: text.replaceAll('NEW', id) }, true);
  add(file);
  await show(file);
  changed();
});

const [trial, drawButton] = ['#trial', '#draw'].map((name) => document.querySelector(name));
let trying = null;

/** Shows the trial, or the editors. */
function turn(tries) {
  [trial.hidden, root.hidden, tryButton.hidden, drawButton.hidden] = [!tries, tries, tries, !tries];
  (tries ? drawButton : tryButton).focus();
}

drawButton.addEventListener('click', () => turn(false));
tryButton.addEventListener('click', () => {
  turn(true);
  trying ??= new Trial(trial, (scenario) => post(root.dataset.trial, { scenario }));
  trying.play(0);
});

const answer = await fetch(root.dataset.files, { headers: { Accept: 'application/json' } });
for (const given of (await answer.json()).files) add(new File(given));
await show(files[0]);
root.setAttribute('data-drawn', '');
await examine();
