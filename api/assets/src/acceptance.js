// The acceptance desk: the applicant's fields, the form of the start event where there is one, and the start.

import { draw, point, read } from './forms.js';
import { Sender } from './sending.js';
import { word } from './words.js';

const desk = document.getElementById('acceptance');
const place = document.getElementById('form');
const button = document.getElementById('accept');
const refusal = document.getElementById('refusal');
const sender = new Sender({ ...desk.dataset, button, refusal });
const form = place ? await draw(place) : null;

function mark(id, message) {
  document.getElementById(id).classList.toggle('is-invalid', Boolean(message));
  document.getElementById(id).setAttribute('aria-invalid', String(Boolean(message)));
  document.getElementById(`${id}-error`).textContent = message ?? '';
}

const fields = [...desk.querySelectorAll('.field :is(input, select)[id]')].map(({ id }) => id);

desk.addEventListener('submit', async (event) => {
  event.preventDefault();
  for (const id of fields) {
    const { value, required } = document.getElementById(id);
    mark(id, required && !value.trim() ? word('required') : null);
  }
  const wrong = desk.querySelector('.field .is-invalid');
  const received = [...document.querySelectorAll('input[name=received]:checked')].map(({ value }) => value);
  const data = form ? read(form, place) : received.length ? { received_materials: received } : {};
  if (wrong) {
    wrong.focus();
    return;
  }
  if (data === null) return;
  const given = Object.fromEntries(new FormData(desk));
  const applicant = Object.fromEntries(['name', 'id_type', 'id_number', 'phone'].map((name) => [name, given[name]]));
  if (given.email.trim()) applicant.email = given.email.trim();
  const findings = await sender.send({ applicant, data, window: given.window });
  if (!findings?.length) return;
  const rest = findings.filter(({ pointer, message }) => {
    const target = desk.querySelector(`[data-pointer="${CSS.escape(pointer)}"]`);
    if (target) mark(target.id.replace('-error', ''), message);
    return !target;
  });
  const left = form ? point(form, place, rest) : rest.map(({ message }) => message);
  if (left.length) refusal.append(` ${word('mend')} ${left.join('; ')}`);
  desk.querySelector('.field .is-invalid')?.focus();
});

// The page comes with the button off: before this line the browser would send the form itself, with the applicant's
// data in the address. Without a window there is nothing to start.
button.disabled = !desk.elements.window;

// The checklist says how much has come in, and whether anything indispensable is missing.
const list = document.querySelector('[data-checklist]');
const boxes = [...document.querySelectorAll('input[name=received]')];

function collected() {
  const sum = word('collected').replace('{n}', boxes.filter(({ checked }) => checked).length).replace('{all}', boxes.length);
  document.querySelector('[data-collected]').textContent = sum;
  document.querySelector('[data-lacking]').hidden = boxes.every(({ checked, dataset }) => checked || !('required' in dataset));
}

if (list) {
  list.addEventListener('change', collected);
  window.addEventListener('pageshow', collected);
  collected();
}
