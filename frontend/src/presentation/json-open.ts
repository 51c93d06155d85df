import { pointerStep } from '../conversation/json-pointer';

/** The largest number of values that are searched for hits, and of hits that are unfolded. */
const maxSearched = 50_000;
const maxHits = 100;

/** An object or an array. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Returns the JSON pointers of the objects and arrays to unfold: level by level, until about so many lines are shown. The
 * outermost one is always unfolded.
 */
export function openLevels(value: unknown, lines: number): Set<string> {
  const open = new Set<string>();
  let shown = 1;
  let level: { readonly value: unknown; readonly pointer: string }[] = [{ value, pointer: '' }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const place of level) {
      const inside = isContainer(place.value) ? Object.entries(place.value) : [];
      if (inside.length > 0 && (open.size === 0 || shown + inside.length <= lines)) {
        open.add(place.pointer);
        shown += inside.length;
        for (const [name, child] of inside.slice(0, lines)) {
          next.push({ value: child, pointer: place.pointer + pointerStep(name) });
        }
      }
    }
    level = next;
  }
  return open;
}

/** Returns the JSON pointers of everything that contains one of the pointers: "", "/a" and "/a/0" for "/a/0/b". */
export function ancestorsOf(pointers: Iterable<string>): Set<string> {
  const all = new Set<string>();
  for (const pointer of pointers) {
    for (let end = pointer.lastIndexOf('/'); end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
      all.add(pointer.slice(0, end));
      if (end === 0) {
        break;
      }
    }
  }
  return all;
}

/** Returns the JSON pointers of values for which `isHit` is true for their name or their own text, up to a limit. */
export function findHits(value: unknown, isHit: (text: string) => boolean): readonly string[] {
  const hits: string[] = [];
  const open: { readonly value: unknown; readonly pointer: string }[] = [{ value, pointer: '' }];
  for (const place of open) {
    const inside = isContainer(place.value) ? Object.entries(place.value) : [];
    for (const [name, child] of inside.slice(0, maxSearched)) {
      const pointer = place.pointer + pointerStep(name);
      const named = !Array.isArray(place.value) && isHit(JSON.stringify(name));
      if (named || (!isContainer(child) && isHit(JSON.stringify(child)))) {
        hits.push(pointer);
      }
      if (isContainer(child)) {
        open.push({ value: child, pointer }); // the loop continues with it
      }
    }
    if (hits.length > maxHits || open.length > maxSearched) {
      break;
    }
  }
  return hits;
}
