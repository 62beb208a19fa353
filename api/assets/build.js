// Builds what the pages load into ../static/vendor: hashed bundles, an icon sprite, a manifest that maps
// names to hashed names, and the licences of everything that went in. Run by `npm run build`.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { PurgeCSS } from 'purgecss';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', 'static', 'vendor');
const modules = join(here, 'node_modules');

// The one family that notices are set in on paper, in the weights that their layout uses.
const family = '@expo-google-fonts/noto-sans-sc';
const fonts = ['400Regular', '700Bold'].map((weight) => join(weight, `NotoSansSC_${weight}.ttf`));

const icons = JSON.parse(readFileSync(join(here, 'icons.json'), 'utf8'));

// Tabler styles many components that these pages do not have: what no template or script names is left out.
const onlyUsedStyles = {
  name: 'only-used-styles',
  setup(bundler) {
    bundler.onLoad({ filter: /tabler\.min\.css$/ }, async ({ path }) => {
      const [{ css }] = await new PurgeCSS().purge({
        css: [{ raw: readFileSync(path, 'utf8') }],
        content: ['../templates/**/*.html', '../pages/**/*.py', 'src/**/*.js'].map((glob) => join(here, glob)),
        variables: false,
      });
      return { contents: css, loader: 'css' };
    });
  },
};

// Libraries that write styles into the page, which its security policy forbids: they go ways that only a script can go.
// - The editors in the properties panel make style sheets, as they do inside a shadow tree.
// - HTML that becomes elements by domify names its styles `data-style`, and domify sets them.
// - Icons have attributes of SVG instead.
const stylesByScript = [
  [/style-mod[/\\]src[/\\]style-mod\.js$/, '!root.head && root.adoptedStyleSheets', 'root.adoptedStyleSheets'],
  [
    /node_modules[/\\]domify[/\\]index\.js$/,
    'element.innerHTML = prefix + htmlString + suffix;',
    '$& for (const one of element.querySelectorAll("[data-style]")) one.style.cssText = one.dataset.style;',
  ],
  [/(bpmn-js-properties-panel[/\\]dist[/\\]index\.esm|[/\\]dmn-js-.*[/\\](PoweredByUtil|DragAndDrop))\.js$/, /(?<=[ '])style="/g, 'data-style="'],
  [
    /(Align|Distribute)ElementsIcons\.js$/,
    / style="([^"]*)"/g,
    (_, styles) => styles.replace(/([\w-]+):([^;]+);?/g, ' $1="$2"'),
  ],
].map(([filter, written, instead]) => ({
  name: `styles-by-script ${filter}`,
  setup(bundler) {
    bundler.onLoad({ filter }, ({ path }) => {
      const before = readFileSync(path, 'utf8');
      const contents = before.replace(written, instead);
      if (contents === before) throw new Error(`${path} is not written as it was: see stylesByScript`);
      return { contents, loader: 'js' };
    });
  },
}));

function hashed(name, content) {
  const dot = name.lastIndexOf('.');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  return `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
}

function sprite() {
  const symbols = icons.map((name) => {
    const file = join(modules, '@tabler', 'icons', 'icons', 'outline', `${name}.svg`);
    const drawing = readFileSync(file, 'utf8').replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '').trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" `
      + `stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`;
}

function packageOf(input) {
  const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match && match[1];
}

function licences(inputs) {
  // Tabler's style sheet has Bootstrap's in it.
  const names = new Set(['@tabler/icons', 'bootstrap', family, ...inputs.map(packageOf).filter(Boolean)]);
  return [...names].sort().map((name) => {
    const folder = join(modules, name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((file) => file.isFile() && /^(licen[cs]e|copying|notice)/i.test(file.name)).map(({ name: file }) => file);
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version} (${license})\n${'-'.repeat(72)}\n${text || `Licence: ${license}`}\n`;
  }).join('\n\n');
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: [
    'acceptance.js',
    'app.css',
    'app.js',
    'bulk.js',
    'diagram.css',
    'diagram.js',
    'figures.js',
    'form.css',
    'inbox.js',
    'modeler.css',
    'modeler.js',
    'playback.js',
    'task.js',
    'theme.js',
    'track.js',
    'upload.js',
  ].map((file) => join('src', file)),
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
  legalComments: 'none',
  metafile: true,
  // The icon font that bpmn-js brings; what only old browsers read is left out.
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.svg': 'file', '.eot': 'empty' },
  assetNames: '[name]-[hash]',
  plugins: [onlyUsedStyles, ...stylesByScript],
});

const manifest = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) manifest[basename(entryPoint)] = basename(file);
}
mkdirSync(join(out, 'fonts'));
for (const font of fonts) copyFileSync(join(modules, family, font), join(out, 'fonts', basename(font)));
const drawings = { 'icons.svg': sprite(), 'logo.svg': readFileSync(join(here, 'src', 'logo.svg'), 'utf8') };
for (const [name, drawing] of Object.entries(drawings)) {
  manifest[name] = hashed(name, drawing);
  writeFileSync(join(out, manifest[name]), drawing);
}
writeFileSync(join(out, 'LICENCES.txt'), licences(Object.keys(metafile.inputs)));
writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);

for (const file of Object.values(manifest)) {
  if (!existsSync(join(out, file))) throw new Error(`${file} was not written`);
}
console.log(`built ${Object.keys(manifest).length} assets into ${out}`);
