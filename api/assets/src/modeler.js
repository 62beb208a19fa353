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
const [nameField, removeButton, restoreButton] = ['#file-name', '#remove', '#restore'].map((name) => document.querySelector(name));
const places = root.querySelector('.modeler-editors');

/** A file of the set: its text as it was opened, and its editor once it is shown. */
class File {
  constructor({ name, text }, isNew = false) {
    Object.assign(this, { given: text, changed: isNew, removed: false, editor: null });
    // What the version calls it; of a new file nothing.
    this.origin = isNew ? null : name;
    this.place = document.createElement('div');
    Object.assign(this.place, { className: 'modeler-editor', hidden: true, id: `editor-${name}` });
    this.place.setAttribute('role', 'tabpanel');
    this.tab = document.createElement('button');
    Object.assign(this.tab, { type: 'button', className: 'diagram-tab' });
    this.tab.setAttribute('role', 'tab');
    this.tab.setAttribute('aria-selected', 'false');
    this.tab.addEventListener('click', () => show(this));
    this.call(name);
    this.mark([]);
  }

  call(name) {
    this.name = name;
    this.tab.textContent = name;
    this.place.ariaLabel = name;
    this.tab.classList.toggle('changed', this.changed || (this.origin !== null && this.origin !== name));
  }

  /** Takes it out of the set, or puts it back. */
  remove(removed) {
    this.removed = removed;
    this.tab.classList.toggle('removed', removed);
    this.tab.ariaLabel = removed ? `${this.name} ${word('modeler_removed')}` : null;
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
  nameField.value = file.name;
  removeButton.hidden = file.removed;
  restoreButton.hidden = !file.removed;
  for (const other of files) {
    other.place.hidden = other !== file;
    other.tab.setAttribute('aria-selected', String(other === file));
  }
  await file.open();
}

/** What makes the set another than the version's: texts by the names that the version has, and the names that changed. */
async function changes() {
  const kept = files.filter((file) => !file.removed);
  const touched = kept.filter((file) => file.changed);
  const written = await Promise.all(touched.map(async (file) => [file.origin ?? file.name, await file.text()]));
  const gone = files.filter((file) => file.removed && file.origin).map((file) => [file.origin, null]);
  const renamed = kept.filter((file) => file.origin && file.origin !== file.name).map((file) => [file.origin, file.name]);
  return { files: Object.fromEntries([...written, ...gone]), names: Object.fromEntries(renamed) };
}

async function post(url, content) {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': csrf },
      body: JSON.stringify({ ...await changes(), ...content }),
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
  const content = JSON.stringify(await changes());
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

/** Gives the file that is shown another name; its ending says what it is, and stays. */
nameField.addEventListener('change', () => {
  const [name, ending] = [nameField.value.trim(), shown.name.slice(shown.name.lastIndexOf('.'))];
  const taken = files.some((file) => file !== shown && [file.name, file.origin].includes(name));
  if (taken || !name.endsWith(ending) || name === ending) {
    state.textContent = word(taken ? 'modeler_taken' : 'modeler_ending').replace('{ending}', ending);
    nameField.value = shown.name;
    return;
  }
  shown.call(name);
  changed();
});

for (const [button, removed] of [[removeButton, true], [restoreButton, false]]) {
  button.addEventListener('click', () => {
    shown.remove(removed);
    show(shown);
    (removed ? restoreButton : removeButton).focus();
    changed();
  });
}

document.querySelector('#add').addEventListener('change', async ({ target }) => {
  const { ending, text } = target.selectedOptions[0].dataset;
  target.value = '';
  if (!ending) return;
  const known = new Set(files.flatMap(({ name, origin }) => [name, origin]));
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
