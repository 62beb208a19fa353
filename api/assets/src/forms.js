// A form-js form inside a page: drawn in the page's language, with the server's findings at its fields.

import { Form } from '@bpmn-io/form-js-viewer';
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/l10n/zh.js';

import sentences from './form-sentences.json';
import { language, word } from './words.js';

if (language === 'zh') flatpickr.localize(Mandarin);

/** form-js's own sentences in Chinese; in English they are the keys themselves. */
function translate(template, replacements = {}) {
  const sentence = (language === 'zh' && sentences[template]) || template;
  return sentence.replace(/{([^}]+)}/g, (_, name) => replacements[name] ?? `{${name}}`);
}

/** Two words that form-js does not ask to be translated. */
function untranslated(place) {
  for (const input of place.querySelectorAll('input[placeholder="Search"]')) input.placeholder = translate('Search');
  for (const button of place.querySelectorAll('.fjs-filepicker-container button, .fjs-form-field-filepicker button')) {
    if (button.textContent === 'Browse') button.textContent = translate('Browse');
  }
}

/** Draws the form of a place that carries it as data; returns null where there is none. */
export async function draw(place) {
  const { schema, initial } = JSON.parse(place.dataset.form);
  if (!schema) return null;
  // Without a pause after typing: whoever presses Enter within it, or goes on fast, would lose what was typed last.
  const form = new Form({ debounce: false, additionalModules: [{ translate: ['value', translate] }] });
  try {
    await form.importSchema(schema, initial);
  } catch (error) {
    place.textContent = word('form_failed');
    throw error;
  }
  place.replaceChildren();
  form.attachTo(place);
  if (language === 'zh') new MutationObserver(() => untranslated(place)).observe(place, { childList: true, subtree: true });
  form.on('submit', () => place.dispatchEvent(new CustomEvent('form-submit')));
  return form;
}

/** The form's data without what is empty, or null where its own checks fail. */
export function read(form, place) {
  const { data, errors } = form.submit();
  if (Object.keys(errors).length) {
    focusFirst(place);
    return null;
  }
  return data;
}

/** What has been typed so far, valid or not; null where a field was emptied. */
export function typed(form) {
  return JSON.stringify(form._getSubmitData(), (_, value) => value ?? null);
}

/** Shows the server's findings at the fields that they point to; returns those that fit no field. */
export function point(form, place, findings) {
  const fields = form.get('formFieldRegistry').getAll();
  const errors = {};
  const left = [];
  for (const { pointer, message } of findings) {
    const path = pointer.split('/').filter(Boolean).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const field = fields.find(({ key }) => key && key === path[0]) ?? fields.find(({ key }) => key && key === path[1]);
    if (field) (errors[field.id] ??= []).push(message);
    else left.push(message);
  }
  form._setState({ errors });
  focusFirst(place);
  return left;
}

function focusFirst(place) {
  requestAnimationFrame(() => {
    const wrong = place.querySelector('.fjs-has-errors :is(input, textarea, select, [tabindex])');
    wrong?.focus();
    wrong?.scrollIntoView({ block: 'center' });
  });
}
