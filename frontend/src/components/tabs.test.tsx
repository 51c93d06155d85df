import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { TabList, TabPanel } from './tabs';

const names = ['One', 'Two', 'Three'] as const;

function Page() {
  const [selected, select] = useState<(typeof names)[number]>('One');
  return (
    <>
      <TabList label="Pages" names={names} selected={selected} onSelect={select} />
      {names.map((name) => (
        <TabPanel key={name} name={name} shown={name === selected} className="">
          <input aria-label={name} />
        </TabPanel>
      ))}
    </>
  );
}

const selected = () => screen.getByRole('tab', { selected: true }).textContent;

it('moves with the keys, and has one stop for Tab', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.tab();
  for (const [key, name] of [
    ['ArrowLeft', 'Three'],
    ['ArrowRight', 'One'],
    ['End', 'Three'],
    ['Home', 'One'],
    ['ArrowRight', 'Two'],
    ['x', 'Two'],
  ] as const) {
    await user.keyboard(key === 'x' ? 'x' : `{${key}}`);
    expect(selected()).toBe(name);
    expect(document.activeElement).toBe(screen.getByRole('tab', { name }));
  }
  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Two' }));
});

it('names the panel, and keeps the state of a hidden one', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.type(screen.getByRole('textbox', { name: 'One' }), 'draft');
  await user.click(screen.getByRole('tab', { name: 'Two' }));
  expect(screen.getByRole('tabpanel', { name: 'Two' })).toBeDefined();
  expect(screen.queryByRole('textbox', { name: 'One' })).toBeNull();
  await user.click(screen.getByRole('tab', { name: 'One' }));
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'One' }).value).toBe('draft');
});
