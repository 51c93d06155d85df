import { type Condition, parsePath, type Step } from './json-path-syntax';
import { pointerStep } from './json-pointer';

/** The largest number of values whose pointers are returned. */
const maxPointers = 500;

/** A value in JSON, with its place. */
type Place = { readonly value: unknown; readonly key: string; readonly parent: Place | undefined };

/**
 * A path in JSON with an optional comparison, such as `$.data.items[0].count >= 3`. The path has the form of RFC 9535
 * without its filters: names, indices, `*` and `..`.
 */
export class JsonPath {
  readonly #steps: readonly Step[];
  readonly #condition: Condition | undefined;

  /** Throws an Error with a sentence for the user if the text is not a path. */
  constructor(text: string) {
    const { steps, condition } = parsePath(text);
    this.#steps = steps;
    this.#condition = condition;
  }

  /** Returns whether the path leads to a value that fulfils the condition. */
  test(value: unknown): boolean {
    return this.#places(value).length > 0;
  }

  /** Returns the JSON pointers of the values that match, up to a limit. */
  pointers(value: unknown): ReadonlySet<string> {
    return new Set(this.#places(value).slice(0, maxPointers).map(pointerOf));
  }

  #places(value: unknown): readonly Place[] {
    let places: readonly Place[] = [{ value, key: '', parent: undefined }];
    for (const step of this.#steps) {
      places = step.deep ? deepStep(places, step) : places.flatMap((place) => children(place, step.key));
    }
    const condition = this.#condition;
    return condition ? places.filter((place) => condition(place.value)) : places;
  }
}

/** Takes a step from the places and from everything inside them. It visits each object once. */
function deepStep(places: readonly Place[], { key }: Step): readonly Place[] {
  const seen = new Set<unknown>();
  const found: Place[] = [];
  const open = [...places];
  for (let place = open.pop(); place; place = open.pop()) {
    if (isParent(place.value) && !seen.has(place.value)) {
      seen.add(place.value);
      found.push(...children(place, key));
      for (const child of children(place, undefined)) {
        open.push(child);
      }
    }
  }
  return found;
}

/** Returns the child with a key, or all children. A negative index counts from the end of an array. */
function children(place: Place, key: string | number | undefined): Place[] {
  const { value } = place;
  if (!isParent(value)) {
    return [];
  }
  if (key === undefined) {
    return Object.entries(value).map(([name, child]) => ({ value: child, key: name, parent: place }));
  }
  if (Array.isArray(value)) {
    const index = typeof key === 'number' ? (key < 0 ? value.length + key : key) : -1;
    return index in value ? [{ value: value[index], key: `${index}`, parent: place }] : [];
  }
  const name = `${key}`;
  return Object.hasOwn(value, name) ? [{ value: (value as never)[name], key: name, parent: place }] : [];
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function pointerOf(place: Place): string {
  const names: string[] = [];
  for (let at: Place | undefined = place; at?.parent; at = at.parent) {
    names.push(at.key);
  }
  return names.reverse().map(pointerStep).join('');
}
