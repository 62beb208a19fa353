// The modeler: a version's diagram to be drawn on, checked by the server's own rules while one draws, and deployed.

import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import { newKey } from './sending.js';
import { word } from './words.js';

/** Milliseconds after the last change until the diagram is checked. */
const PAUSE = 900;

const root = document.querySelector('#modeler');
const { xml: source, check, csrf } = root.dataset;
const state = document.querySelector('#modeler-state');
const list = document.querySelector('#modeler-problems');
const deploy = document.querySelector('#deploy');

const modeler = new Modeler({
  container: root.querySelector('.modeler-canvas'),
  propertiesPanel: { parent: root.querySelector('.modeler-panel') },
  additionalModules: [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviorsModule],
  moddleExtensions: { zeebe },
});

let timer = null;
let latest = 0;

async function post(dry) {
  const { xml } = await modeler.saveXML({ format: true });
  const answer = await fetch(check, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': csrf },
    body: JSON.stringify({ xml, dry_run: dry, once: newKey() }),
  });
  return [answer.ok, await answer.json()];
}

/** Draws what is amiss on the elements, and lists it below; a click on a line goes to its element. */
function show(problems) {
  const overlays = modeler.get('overlays');
  const canvas = modeler.get('canvas');
  const registry = modeler.get('elementRegistry');
  overlays.remove({ type: 'problem' });
  registry.forEach(({ id }) => ['amiss-error', 'amiss-warning'].forEach((marker) => canvas.removeMarker(id, marker)));
  const told = problems.filter(({ severity }) => severity !== 'note');
  for (const { element, severity, message } of told) {
    if (!element || !registry.get(element)) continue;
    canvas.addMarker(element, `amiss-${severity}`);
    const label = document.createElement('span');
    label.className = `note note-${severity}`;
    label.textContent = '!';
    label.title = message;
    overlays.add(element, 'problem', { position: { bottom: 10, left: -10 }, html: label });
  }
  list.replaceChildren(...problems.map(({ element, message, title }) => {
    const line = document.createElement('li');
    const strong = document.createElement('strong');
    strong.textContent = title;
    line.append(strong, ' ', message, ' ');
    if (element && registry.get(element)) {
      const go = document.createElement('button');
      Object.assign(go, { type: 'button', className: 'btn btn-sm', textContent: element });
      go.addEventListener('click', () => {
        canvas.scrollToElement(element);
        modeler.get('selection').select(registry.get(element));
      });
      line.append(go);
    }
    return line;
  }));
}

/** Asks the server; an answer that a later question has overtaken says nothing any more. */
async function examine() {
  latest += 1;
  const mine = latest;
  state.textContent = word('modeler_checking');
  const [ok, body] = await post(true).catch(() => [false, { problems: [] , sentence: word('offline') }]);
  if (mine !== latest) return;
  show(body.problems ?? []);
  state.textContent = body.sentence;
  deploy.disabled = !ok;
  root.dataset.checked = ok ? 'sound' : 'amiss';
}

deploy.addEventListener('click', async () => {
  deploy.disabled = true;
  const [ok, body] = await post(false).catch(() => [false, { problems: [], sentence: word('offline') }]);
  if (ok) {
    window.removeEventListener('beforeunload', ask);
    window.location.assign(body.location);
    return;
  }
  show(body.problems ?? []);
  state.textContent = body.sentence;
});

function ask(event) {
  event.preventDefault();
}

document.querySelector('#undo').addEventListener('click', () => modeler.get('commandStack').undo());
document.querySelector('#redo').addEventListener('click', () => modeler.get('commandStack').redo());

const answer = await fetch(source);
await modeler.importXML(await answer.text());
modeler.get('canvas').zoom('fit-viewport', 'auto');
// Beside the palette, not under it.
modeler.get('canvas').scroll({ dx: 120, dy: 0 });
modeler.on('commandStack.changed', () => {
  window.addEventListener('beforeunload', ask);
  clearTimeout(timer);
  timer = setTimeout(examine, PAUSE);
});
root.setAttribute('data-drawn', '');
await examine();
