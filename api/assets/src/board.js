// A board with deployed diagrams on it: pan and zoom, tokens on what is active, a tint on what was passed, one tab a
// process.

import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

import { word } from './words.js';

/** Below this scale the names in a diagram cannot be read on a desk. */
const READABLE = 0.7;
/** And below this one not even with an effort. */
const SMALL = 0.55;
/** Of the diagram, around what is shown close. */
const MARGIN = 60;

const MARKERS = [
  'active', 'active-around', 'passed', 'passed-around', 'amiss-error', 'amiss-warning',
  'change-added', 'change-removed', 'change-changed', 'change-moved', 'heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5',
];

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
      this.viewer.get('eventBus').on('element.click', ({ element }) => this.follow(element));
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

  /** Where the whole is too small to read, comes closer: to all that is active, or else to what matters most. */
  approach() {
    const canvas = this.viewer.get('canvas');
    if (!this.places.length || canvas.zoom() >= READABLE) return;
    const { inner: whole, outer } = canvas.viewbox();
    const around = (places) => {
      const left = Math.min(...places.map(({ x }) => x)) - MARGIN;
      const top = Math.min(...places.map(({ y }) => y)) - MARGIN;
      const right = Math.max(...places.map(({ x, width }) => x + width)) + MARGIN;
      const bottom = Math.max(...places.map(({ y, height }) => y + height)) + MARGIN;
      return { x: left, y: top, width: right - left, height: bottom - top };
    };
    const scaleOf = (box) => Math.min(outer.width / box.width, outer.height / box.height, 0.9);
    let target = around(this.places);
    if (scaleOf(target) < SMALL) target = around([this.focus ?? this.places.find(({ type }) => type.endsWith('Task')) ?? this.places[0]]);
    const scale = Math.max(scaleOf(target), SMALL);
    const [width, height] = [outer.width / scale, outer.height / scale];
    // Never beyond the diagram's own edges, as far as it is larger than the view.
    const within = (middle, size, from, length) => (
      length <= size ? from - (size - length) / 2 : Math.min(Math.max(middle - size / 2, from - 20), from + length + 20 - size)
    );
    canvas.viewbox({
      x: within(target.x + target.width / 2, width, whole.x, whole.width),
      y: within(target.y + target.height / 2, height, whole.y, whole.height),
      width,
      height,
    });
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
    for (const { element } of here(this.drawing.passed)) {
      if (!active.has(element)) canvas.addMarker(element, encloses(registry.get(element)) ? 'passed-around' : 'passed');
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
  follow(element) {
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
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
  }
}
