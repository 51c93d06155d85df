import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

// The rules at the top of styles/index.css.

const source = join(import.meta.dirname, '..');
const index = 'styles/index.css';
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.css') && path !== index,
);
const read = (path: string) => readFileSync(join(source, path), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');

/** The text before each block at the top level of a stylesheet. */
function heads(css: string): string[] {
  const list: string[] = [];
  let depth = 0;
  for (const part of css.split(/(?<=[{}])/)) {
    if (part.endsWith('{')) {
      if (depth === 0) list.push(part.slice(0, -1).trim());
      depth += 1;
    } else if (part.endsWith('}')) {
      depth -= 1;
    }
  }
  return list;
}

const layers = /@layer ([^;]+);/.exec(read(index))?.[1]?.split(', ') ?? [];

it('declares the order of the layers first', () => {
  expect(read(index).trimStart()).toMatch(/^@layer tokens, /);
  expect(readFileSync(join(source, 'main.tsx'), 'utf8')).toMatch(/^(\/\/.*\n)*import '\.\/styles\/index\.css';/);
});

it.each(files)('%s has rules in declared layers only', (path) => {
  const names = heads(read(path)).map((head) => head.replace('@layer ', ''));
  expect(names).not.toEqual([]);
  expect(names.filter((name) => !layers.includes(name))).toEqual([]);
});

it.each(files.filter((path) => path !== 'styles/tokens.css'))('%s takes its colours from tokens.css', (path) => {
  expect(read(path).match(/#[0-9a-f]{3,8}\b(?=[^{]*;)|\b(rgb|hsl|oklch|light-dark)\(/gi)).toBeNull();
});

it.each(files)('%s is imported where it belongs', (path) => {
  if (path.startsWith('styles/')) {
    expect(read(index)).toContain(`@import "./${path.slice('styles/'.length)}";`);
    return;
  }
  const component = join(source, path.replace(/\.css$/, '.tsx'));
  expect(existsSync(component), `a component beside ${path}`).toBe(true);
  expect(readFileSync(component, 'utf8')).toContain(`import './${path.slice(dirname(path).length + 1)}';`);
});
