// One answer for many tasks: sends them one after the other, and shows beside each what became of it.

import { draw, read } from './forms.js';
import { newKey } from './sending.js';
import { word } from './words.js';

const place = document.getElementById('form');
const button = document.getElementById('complete');
const progress = document.getElementById('progress');
const onwards = document.getElementById('onwards');
const refusal = document.getElementById('refusal');
const rows = [...document.querySelectorAll('[data-task]')];
const form = await draw(place);
let key = newKey();
let content = '';

async function send(row, data) {
  const answer = await fetch(button.dataset.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': button.dataset.csrf },
    body: JSON.stringify({ task: row.dataset.task, version: row.dataset.version, data, once: key }),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.title);
  return told;
}

function show(row, told) {
  const cell = row.querySelector('[data-result]');
  const findings = (told.errors ?? []).map(({ message }) => message).join('; ');
  cell.textContent = told.done ? word('bulk_done') : [told.title, findings].filter(Boolean).join(': ');
  cell.className = told.done ? 'result-done' : 'result-refused';
  if (told.done) row.dataset.done = '';
}

button.addEventListener('click', async () => {
  const data = form ? read(form, place) : {};
  if (data === null) return;
  // Repeating the same answer repeats nothing that was done; another answer is a new request.
  if (JSON.stringify(data) !== content) key = newKey();
  content = JSON.stringify(data);
  button.disabled = true;
  refusal.hidden = true;
  try {
    for (const row of rows.filter((one) => !('done' in one.dataset))) {
      show(row, await send(row, data));
      const done = rows.filter((one) => 'done' in one.dataset).length;
      progress.textContent = word('bulk_done_of').replace('{done}', done).replace('{all}', rows.length);
    }
  } catch (error) {
    refusal.textContent = error instanceof TypeError ? word('offline') : error.message;
    refusal.hidden = false;
    refusal.focus();
  }
  button.disabled = rows.every((one) => 'done' in one.dataset);
  // Where all is done there is one way on.
  button.hidden = button.disabled;
  onwards.hidden = false;
  if (button.hidden) onwards.focus();
});
// The page comes with the button off: before this line nothing would hear it.
button.disabled = false;
