/** A command of the page: a control that is on the page now. */
export type PageCommand = {
  /** Unique in the list. */
  readonly id: number;
  /** The name of its part of the page, "" if it has none. */
  readonly group: string;
  readonly name: string;
  readonly run: () => void;
};

/** The controls that are commands. Those in a dialog belong to the dialog. */
const controls = 'button, select, textarea, input:not([type="hidden"]), [role="listbox"], summary, a[href]';

/**
 * Returns the commands of the page: each button that can be pressed, each option that can be selected, and each field that
 * can get the focus. So a new control is a command without a list to maintain.
 */
export function pageCommands(root: ParentNode = document): readonly PageCommand[] {
  const found = [...root.querySelectorAll<HTMLElement>(controls)].filter(isUsable).flatMap(commandsOf);
  return found.map((command, id) => ({ ...command, id }));
}

/**
 * Returns the commands that contain each of the words, in upper or lower case. Names that begin with the text come first,
 * then names that begin with one of the words, each time shorter names before longer ones.
 */
export function matching(commands: readonly PageCommand[], text: string): readonly PageCommand[] {
  const wanted = text.toLowerCase().trim();
  const words = wanted.split(/\s+/);
  const rank = ({ name }: PageCommand) => {
    const begins = (part: string) => name.toLowerCase().startsWith(part);
    return begins(wanted) ? name.length : words.some(begins) ? 1000 + name.length : Number.MAX_SAFE_INTEGER;
  };
  const found = commands.filter(({ group, name }) => {
    const all = `${group} ${name}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  return wanted === '' ? found : found.sort((a, b) => rank(a) - rank(b));
}

function isUsable(element: HTMLElement): boolean {
  return (
    element.closest('dialog, [hidden], [inert], [aria-hidden="true"]') === null &&
    !element.matches(':disabled, [aria-disabled="true"]') &&
    element.checkVisibility({ visibilityProperty: true })
  );
}

function commandsOf(element: HTMLElement): Omit<PageCommand, 'id'>[] {
  const group = groupOf(element);
  const name = nameOf(element);
  if (name === '') {
    return [];
  }
  if (element instanceof HTMLSelectElement) {
    return [...element.options]
      .filter((option) => !option.disabled && option.value !== element.value)
      .map((option) => ({ group, name: `${name}: ${option.text}`, run: () => select(element, option.value) }));
  }
  if (element.matches('textarea, input:not([type="checkbox"]), [role="listbox"]')) {
    return [{ group, name: `Go to ${name}`, run: () => element.focus() }];
  }
  return [{ group, name, run: () => press(element) }];
}

function press(element: HTMLElement): void {
  element.focus();
  element.click();
}

function select(element: HTMLSelectElement, value: string): void {
  element.focus();
  element.value = value;
  element.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Returns the name of a control for people, as screen readers compute it in the cases that the page has. */
function nameOf(element: HTMLElement): string {
  const label = 'labels' in element ? (element.labels as NodeListOf<HTMLLabelElement> | null)?.[0] : undefined;
  const text = element.getAttribute('aria-label') ?? labelledBy(element) ?? (label ? ownText(label) : ownText(element));
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Returns the text of an element without the texts of the controls in it. A blank is between the texts of its children. */
function ownText(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const control of copy.querySelectorAll('select, textarea, input')) {
    control.remove();
  }
  return [...copy.childNodes].map((child) => child.textContent).join(' ');
}

/** Returns the name of the smallest named part of the page that contains the element. */
function groupOf(element: HTMLElement): string {
  const part = element.parentElement?.closest<HTMLElement>('[aria-labelledby], [aria-label]');
  return part ? (part.getAttribute('aria-label') ?? labelledBy(part) ?? '') : '';
}

function labelledBy(element: HTMLElement): string | undefined {
  const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
  const texts = ids.flatMap((id) => document.getElementById(id)?.textContent ?? []);
  return texts.length > 0 ? texts.join(' ') : undefined;
}
