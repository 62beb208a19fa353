// Handing a file in: sent with its progress, once, and refused in words at the place.

import { newKey } from './sending.js';
import { part, word } from './words.js';

const form = document.getElementById('upload');
const dialog = form?.closest('dialog');
const bar = form?.querySelector('progress');
const refusal = document.getElementById('upload-refusal');
const button = form?.querySelector('.btn-primary');
let key = newKey();

function refuse(text) {
  button.disabled = false;
  bar.hidden = true;
  refusal.textContent = text;
  refusal.hidden = false;
  refusal.focus();
}

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  if (file.size > Number(form.dataset.most)) {
    refuse(form.dataset.large);
    return;
  }
  refusal.hidden = true;
  button.disabled = true;
  bar.hidden = false;
  bar.value = 0;
  const sent = new FormData(form);
  const request = new XMLHttpRequest();
  request.upload.addEventListener('progress', ({ loaded, total }) => { bar.value = (loaded / total) * 100; });
  request.addEventListener('error', () => refuse(word('offline')));
  request.addEventListener('load', () => {
    if (request.status < 300) {
      window.location.hash = 'materials';
      window.location.reload();
      return;
    }
    if (request.status < 500) key = newKey();
    refuse(why(request));
  });
  request.open('POST', form.dataset.url);
  request.setRequestHeader('X-CSRF-Token', form.dataset.csrf);
  request.setRequestHeader('Idempotency-Key', key);
  request.send(sent);
});

/** Findings at the fields, in the page's language; else what the page says of a problem of that name. */
function why({ status, responseText }) {
  if (status === 413) return form.dataset.large;
  let told = {};
  try {
    told = JSON.parse(responseText);
  } catch {
    // An answer that is not ours, such as a proxy's.
  }
  const findings = (told.errors ?? []).map(({ message }) => part(message));
  const problems = JSON.parse(form.dataset.problems);
  return findings.join('; ') || problems[told.type?.split('/').at(-1)] || problems.internal;
}

dialog?.addEventListener('opened', () => { key = newKey(); });
