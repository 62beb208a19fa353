// The page of one task: its form, and completing it.

import { keepDraft } from './draft.js';
import { fileAway } from './filing.js';
import { follow } from './following.js';
import { draw, point, read } from './forms.js';
import { Sender } from './sending.js';
import { word } from './words.js';

const place = document.getElementById('form');
const button = document.getElementById('complete');
const refusal = document.getElementById('refusal');
const sender = new Sender({ ...button.dataset, button, refusal });

const form = await draw(place);
if (form) follow(form, document.querySelectorAll('.next li[data-answers]'));
const pause = form ? keepDraft(form, document.getElementById('draft')) : () => () => {};

let reading = false;

async function complete() {
  if (button.disabled || reading) return;
  reading = true;
  let data = form ? read(form, place) : {};
  if (form && data) {
    button.disabled = true;
    const filed = await fileAway(form, data, { materials: place.dataset.materials, csrf: button.dataset.csrf });
    button.disabled = false;
    data = filed.data;
    if (filed.findings.length) {
      point(form, place, filed.findings);
      data = null;
    }
  }
  reading = false;
  if (data === null) return;
  // No draft of a task that is being completed; where that is refused, it is kept again.
  const resume = pause();
  const findings = await sender.send({ data, version: button.dataset.version });
  if (findings) resume();
  if (findings?.length) {
    const left = form ? point(form, place, findings) : findings.map(({ message }) => message);
    if (left.length) refusal.append(` ${word('mend')} ${left.join('; ')}`);
  }
}

button.addEventListener('click', complete);
// Enter in a field, and a designer's own submit button.
place.addEventListener('form-submit', complete);
// The page comes with the button off: before this line nothing would hear it.
button.disabled = false;
