// Files that a form asks for: handed in for the case as materials, so that the form's answer is the material's id.

import { newKey } from './sending.js';
import { part, word } from './words.js';

// A file that was taken is not sent again where something else of the form is refused.
const taken = new WeakMap();

/** Replaces what form-js calls chosen files by ids of materials; gives findings where one is refused. */
export async function fileAway(form, data, { materials, csrf }) {
  const findings = [];
  const registry = form.get('fileRegistry');
  const named = async (value, pointer) => {
    if (typeof value === 'string' && registry.hasKey(value)) {
      const ids = [];
      for (const file of registry.getFiles(value)) {
        try {
          if (!taken.has(file)) taken.set(file, await handIn(file, materials, csrf));
          ids.push(taken.get(file));
        } catch (error) {
          findings.push({ pointer, message: `${file.name}: ${error.message}` });
        }
      }
      return ids.length > 1 ? ids : ids[0] ?? null;
    }
    if (value === null || typeof value !== 'object') return value;
    const filed = Array.isArray(value) ? [] : {};
    for (const [key, inner] of Object.entries(value)) filed[key] = await named(inner, `${pointer}/${key}`);
    return filed;
  };
  return { data: await named(data, ''), findings };
}

async function handIn(file, url, csrf) {
  const sent = new FormData();
  sent.set('file', file);
  let answer;
  try {
    const headers = { 'X-CSRF-Token': csrf, 'Idempotency-Key': newKey() };
    answer = await fetch(url, { method: 'POST', body: sent, headers });
  } catch {
    throw new Error(word('offline'));
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told.id;
  throw new Error((told.errors ?? []).map(({ message }) => part(message)).join('; ') || told.title);
}
