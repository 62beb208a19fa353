// A board with deployed diagrams on it: pan and zoom, tokens on what is active, a tint on what was passed, one tab a
// process.

import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import { word } from './words.js';

/** Below this scale the names in a diagram cannot be read on a desk. */
const READABLE = 0.7;
/** And below this one not even with an effort. */
const SMALL = 0.6;
/** What is shown close is no larger than this. */
const CLOSE = 0.9;
/** Of the diagram, around what is shown close. */
const MARGIN = 60;
/** And around the whole. */
const EDGE = 20;

const MARKERS = [
  'active', 'active-around', 'passed', 'passed-around', 'interrupted', 'interrupted-around', 'amiss-error', 'amiss-warning',
  'change-added', 'change-removed', 'change-changed', 'change-moved', 'heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5',
];

const around = (shapes) => {
  const [left, top] = [Math.min(...shapes.map(({ x }) => x)), Math.min(...shapes.map(({ y }) => y))];
  const right = Math.max(...shapes.map(({ x, width }) => x + width));
  const bottom = Math.max(...shapes.map(({ y, height }) => y + height));
  return { x: left - MARGIN, y: top - MARGIN, width: right - left + 2 * MARGIN, height: bottom - top + 2 * MARGIN };
};

const fits = (shapes, view) => around(shapes).width <= view.width && around(shapes).height <= view.height;

const encloses = (shape) => shape.children?.some(({ type }) => type !== 'label');

export class Board {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector('.diagram-canvas');
    this.tabs = root.querySelector('.diagram-tabs');
    new ResizeObserver(() => this.resized()).observe(this.canvas);
    const heat = root.querySelector('[data-heat]');
    // An address that ends with #heat is the heat map.
    if (heat && window.location.hash === '#heat') heat.checked = true;
    heat?.addEventListener('change', () => this.mark());
    root.querySelectorAll('[data-zoom]').forEach((button) => {
      button.addEventListener('click', () => this.zoom(button.dataset.zoom));
    });
  }

  /** Fetches what there is to draw, and draws the process where something is active. */
  async load() {
    const answer = await fetch(this.root.dataset.diagram, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`the diagram answered ${answer.status}`);
    await this.draw(await answer.json());
  }

  /** Draws what it is given. */
  async draw(drawing) {
    this.drawing = drawing;
    if (!this.viewer) {
      this.canvas.replaceChildren();
      this.viewer = new NavigatedViewer({ container: this.canvas });
      this.viewer.get('eventBus').on('element.click', ({ element }) => this.open(element));
    }
    const keys = this.drawing.files.map(({ key }) => key);
    const busy = new Set(this.drawing.active.map(({ process }) => process));
    this.tabs.replaceChildren(...(keys.length > 1 ? keys.map((key) => this.tab(key, busy.has(key))) : []));
    const focused = this.drawing.active.find(({ element }) => element === this.root.dataset.focus);
    const deepest = keys.filter((key) => busy.has(key)).at(-1);
    await this.show(focused?.process ?? deepest ?? this.drawing.definition);
  }

  tab(key, busy) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'diagram-tab', textContent: this.title(key) });
    button.setAttribute('role', 'tab');
    button.dataset.key = key;
    if (busy) button.classList.add('busy');
    button.addEventListener('click', () => this.show(key));
    return button;
  }

  title(key) {
    const { xml } = this.file(key);
    const parsed = new DOMParser().parseFromString(xml, 'application/xml');
    const process = [...parsed.getElementsByTagNameNS('*', 'process')].find(({ id }) => id === key);
    return process?.getAttribute('name') || key;
  }

  file(key) {
    return this.drawing.files.find((file) => file.key === key);
  }

  async show(key) {
    const file = this.file(key);
    if (!file) return;
    this.key = key;
    for (const tab of this.tabs.children) tab.setAttribute('aria-selected', String(tab.dataset.key === key));
    const drawn = await this.viewer.importXML(file.xml).then(() => true, () => false);
    this.root.classList.toggle('undrawn', !drawn);
    if (!drawn) {
      // Of the process that was shown before nothing is left either.
      this.viewer.clear();
      this.places = [];
      this.tellUndrawn();
      return;
    }
    this.mark();
    this.width = this.canvas.clientWidth;
    this.zoom('fit');
    this.approach();
  }

  /** A process whose file holds no drawing (BPMN DI): it runs all the same. */
  tellUndrawn() {
    if (this.root.querySelector('.diagram-none')) return;
    const told = document.createElement('p');
    told.className = 'diagram-none text-secondary';
    told.textContent = word('no_diagram');
    this.canvas.after(told);
  }

  /** A turned phone or another window size: what mattered is shown again. */
  resized() {
    const width = this.canvas.clientWidth;
    if (!this.places || !width || width === this.width) return;
    this.width = width;
    this.zoom('fit');
    this.approach();
  }

  /**
   * Where the whole is too small to read, comes closer: to what is active, as much as fits, else to what was passed, else
   * to the beginning.
   */
  approach() {
    const canvas = this.viewer.get('canvas');
    if (canvas.zoom() >= READABLE) return;
    const { inner: whole, outer } = canvas.viewbox();
    const view = { width: outer.width / SMALL, height: outer.height / SMALL };
    const [known = []] = [this.places, this.passed].filter(({ length }) => length);
    const most = known.length ? this.fitting(known, view) : this.beginning(view);
    if (!most.length) return;
    const box = around(most);
    const scale = Math.max(Math.min(outer.width / box.width, outer.height / box.height, CLOSE), SMALL);
    const [width, height] = [outer.width / scale, outer.height / scale];
    // Never beyond the diagram's own edges, as far as it is larger than the view.
    const within = (middle, size, from, length) => (
      length <= size ? from - (size - length) / 2 : Math.min(Math.max(middle - size / 2, from - EDGE), from + length + EDGE - size)
    );
    canvas.viewbox({
      x: within(box.x + box.width / 2, width, whole.x, whole.width),
      y: within(box.y + box.height / 2, height, whole.y, whole.height),
      width,
      height,
    });
  }

  /** Of some shapes the most that a view can show: what the page is about, then tasks before what waits for them. */
  fitting(shapes, view) {
    const worth = (shape) => (shape === this.focus ? 1e6 : shape.type.endsWith('Task') ? 1e3 : 1);
    const value = (some) => some.reduce((sum, shape) => sum + worth(shape), 0);
    let best = [];
    // A view that shows the most can be moved until one of them stands at its left, and one at its top.
    for (const { x } of shapes) {
      for (const { y } of shapes) {
        const corner = { x, y, width: 0, height: 0 };
        const seen = shapes.filter((one) => one.x >= x && one.y >= y && fits([corner, one], view));
        if (value(seen) > value(best)) best = seen;
      }
    }
    return best.length ? best : shapes.slice(0, 1);
  }

  /** The start of the process, and what comes after it as far as a view can show it. */
  beginning(view) {
    const begins = ({ type }) => type === 'bpmn:StartEvent';
    const start = this.viewer.get('elementRegistry').find((one) => begins(one) && one.businessObject.$parent.$type === 'bpmn:Process');
    const shown = [];
    const next = start ? [start] : [];
    for (const shape of next) {
      // A subprocess begins inside.
      if (encloses(shape)) next.push(...shape.children.filter((one) => begins(one) && !next.includes(one)));
      else if (fits([...shown, shape], view)) {
        shown.push(shape);
        next.push(...shape.outgoing.map(({ target }) => target).filter((one) => !next.includes(one)));
      }
    }
    return shown;
  }

  /** Comes to what is active where nothing of it is to be seen. */
  follow() {
    if (!this.places.length) return;
    const { x, y, width, height } = this.viewer.get('canvas').viewbox();
    const seen = (one) => one.x >= x && one.x + one.width <= x + width && one.y >= y && one.y + one.height <= y + height;
    if (this.places.some(seen)) return;
    this.zoom('fit');
    this.approach();
  }

  /** Tokens and tints, on the process that is shown; those from before are gone. */
  mark() {
    const canvas = this.viewer.get('canvas');
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    overlays.clear();
    registry.forEach(({ id }) => MARKERS.forEach((marker) => canvas.removeMarker(id, marker)));
    const here = (list) => list.filter(({ process, element }) => process === this.key && registry.get(element));
    const active = new Map();
    for (const { element, count } of here(this.drawing.active)) active.set(element, (active.get(element) ?? 0) + (count ?? 1));
    const interrupted = new Set(here(this.drawing.interrupted ?? []).map(({ element }) => element));
    this.passed = [];
    for (const { element } of here(this.drawing.passed)) {
      if (active.has(element) || interrupted.has(element)) continue;
      const shape = registry.get(element);
      canvas.addMarker(element, encloses(shape) ? 'passed-around' : 'passed');
      if (!encloses(shape) && !shape.waypoints) this.passed.push(shape);
    }
    for (const element of interrupted) {
      if (active.has(element)) continue;
      canvas.addMarker(element, encloses(registry.get(element)) ? 'interrupted-around' : 'interrupted');
      const sign = document.createElement('span');
      sign.className = 'interruption';
      sign.textContent = '×';
      sign.title = word('interrupted');
      overlays.add(element, { position: { top: -9, right: 9 }, html: sign });
    }
    this.focus = registry.get(this.root.dataset.focus);
    this.places = [];
    for (const [element, count] of active) {
      const shape = registry.get(element);
      if (encloses(shape)) {
        canvas.addMarker(element, 'active-around');
        continue;
      }
      this.places.push(shape);
      canvas.addMarker(element, 'active');
      const token = document.createElement('span');
      token.className = 'token';
      token.textContent = String(count);
      token.title = word('token');
      overlays.add(element, { position: { top: -13, right: 13 }, html: token });
    }
    this.markDesign(here, canvas, overlays, registry);
    if (registry.get(this.root.dataset.focus)) canvas.addMarker(this.root.dataset.focus, 'focused');
  }

  /** What a designer sees of a version: what is amiss, what is different from another, how long tasks took. */
  markDesign(here, canvas, overlays, registry) {
    const note = (element, kind, position, text, title) => {
      const label = document.createElement('span');
      label.className = `note note-${kind}`;
      label.textContent = text;
      label.title = title;
      overlays.add(element, { position, html: label });
    };
    const amiss = new Map();
    for (const { element, severity, title } of here(this.drawing.problems ?? [])) {
      const known = amiss.get(element) ?? { severity: 'warning', titles: [] };
      if (severity === 'error') known.severity = 'error';
      known.titles.push(title);
      amiss.set(element, known);
    }
    for (const [element, { severity, titles }] of amiss) {
      canvas.addMarker(element, `amiss-${severity}`);
      note(element, severity, { bottom: 10, left: -10 }, '!', titles.join('\n'));
    }
    for (const { element, change, title } of here(this.drawing.changes ?? [])) {
      canvas.addMarker(element, `change-${change}`);
      const shape = registry.get(element);
      if (!shape.waypoints) {
        note(element, change, { top: -11, left: 0 }, title, title);
        if (change !== 'moved') this.places.push(shape);
      }
    }
    if (!this.root.querySelector('[data-heat]')?.checked) return;
    for (const { element, degree, title } of here(this.drawing.heat ?? [])) {
      canvas.addMarker(element, `heat-${degree}`);
      note(element, 'heat', { bottom: 11, right: 48 }, title, title);
    }
  }

  /** A click on a call activity opens the process that it calls. */
  open(element) {
    const called = element.businessObject?.calledElement
      ?? element.businessObject?.extensionElements?.values?.find(({ $type }) => $type === 'zeebe:calledElement')?.processId;
    if (called && this.file(called)) this.show(called);
  }

  zoom(way) {
    const canvas = this.viewer.get('canvas');
    if (way !== 'fit') {
      canvas.zoom(canvas.zoom() * (way === 'in' ? 1.25 : 0.8));
      return;
    }
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    const scale = Math.min(outer.width / (inner.width + 2 * EDGE), outer.height / (inner.height + 2 * EDGE), 1);
    const [width, height] = [outer.width / scale, outer.height / scale];
    const [x, y] = [inner.x - (width - inner.width) / 2, inner.y - (height - inner.height) / 2];
    canvas.viewbox({ x, y, width, height });
  }
}
