// Sending what a form holds: safe to repeat, and every refusal said in words at its place.

import { word } from './words.js';

/** A key under which the server does a request once. (randomUUID exists in secure contexts only.) */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The session has ended, or is not the one that the page was made in.
const OVER = new Set(['unauthorised', 'form-not-ours']);

/**
 * Sends JSON and goes where the answer says.
 *
 * The key stays the same while no answer has come and the content is the same, so that pressing again
 * after a broken connection never does a thing twice; after an answer the next try is a new request.
 *
 * A page may outlive its log-in. What was typed stays: whoever logs in anew in another tab sends again from
 * this page, which then takes the new session's secret, if the session is of the same person.
 */
export class Sender {
  constructor({ url, csrf, person, session, login, button, refusal }) {
    Object.assign(this, { url, csrf, person, session, login, button, refusal, key: newKey(), content: null });
  }

  /** Sends; returns the field errors of a refusal, or null where the page is left. */
  async send(content) {
    const text = JSON.stringify(content);
    if (text !== this.content) this.key = newKey();
    this.content = text;
    this.busy(true);
    this.refusal.hidden = true;
    let answer;
    let body;
    try {
      [answer, body] = await this.post(content);
      if (OVER.has(body.problem)) {
        const now = await (await fetch(this.session, { headers: { Accept: 'application/json' } })).json();
        if (now.username !== this.person) {
          this.refuse({ ...this.ended(now.name), problem: 'session-over' });
          return [];
        }
        this.csrf = now.csrf;
        [answer, body] = await this.post(content);
      }
    } catch {
      this.refuse({ title: word('offline'), errors: [] });
      return [];
    }
    if (answer.ok) {
      window.location.assign(body.location);
      return null;
    }
    if (answer.status < 500) this.key = newKey();
    this.refuse(body);
    return body.errors ?? [];
  }

  async post(content) {
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': this.csrf },
      body: JSON.stringify({ ...content, once: this.key }),
    });
    return [answer, await answer.json()];
  }

  /** What to say where the session is over, or somebody else's, whose name is given then. */
  ended(name) {
    const title = name ? word('session_other').replace('{name}', name) : word('session_over');
    return { title, detail: word('session_way') };
  }

  busy(is) {
    this.button.disabled = is;
    this.button.classList.toggle('btn-loading', is);
    this.button.setAttribute('aria-busy', String(is));
  }

  /** Shows a refusal over the form, with the way on where there is one. */
  refuse({ title, detail, problem, links = [] }) {
    this.busy(false);
    const strong = document.createElement('strong');
    strong.textContent = title;
    const way = document.createElement('span');
    way.textContent = detail ?? '';
    const anchors = (problem === 'validation' ? [] : links).map(({ href, label }) => {
      const anchor = document.createElement('a');
      Object.assign(anchor, { href, textContent: label, className: 'btn btn-sm' });
      return anchor;
    });
    if (['stale-version', 'not-offered', 'forbidden', 'malformed'].includes(problem)) {
      const again = document.createElement('a');
      Object.assign(again, { href: window.location.href, textContent: word('reload'), className: 'btn btn-sm' });
      anchors.push(again);
    }
    if (problem === 'session-over') {
      const login = document.createElement('a');
      Object.assign(login, { href: this.login, target: '_blank', textContent: word('log_in'), className: 'btn btn-sm' });
      const again = document.createElement('button');
      Object.assign(again, { type: 'button', textContent: word('again'), className: 'btn btn-sm' });
      again.addEventListener('click', () => this.button.click());
      anchors.push(login, again);
    }
    this.refusal.replaceChildren(strong, ' ', way, ...anchors);
    this.refusal.hidden = false;
    this.refusal.focus();
  }
}
