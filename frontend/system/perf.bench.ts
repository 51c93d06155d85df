import type { Page, WebSocketRoute } from '@playwright/test';
import { openSignedIn, status } from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

// The page with very many messages. The figures depend on the machine, so this is not a test:
// npx playwright test --config playwright.bench.config.ts
//
// The page and the sign-in are real. The benchmark acts as the server of the socket, because it sends faster.

/** Connects the page to a socket whose server is this benchmark. */
async function connectToTestServer(page: Page, local: Local, user: string): Promise<WebSocketRoute> {
  let socket: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/live$/, (made) => {
    socket = made;
  });
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
      buffered: true,
    });
  });
  await openSignedIn(page, local, user);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Open');
  if (!socket) throw new Error('the page has opened no socket');
  return socket;
}

/** Returns the durations of the tasks longer than 50 ms since the last call, in ms, longest first. */
const longTasks = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const { tasks } = window as unknown as { tasks: number[] };
    return tasks.splice(0).sort((a, b) => b - a);
  });

const event = (n: number) =>
  JSON.stringify({ type: 'event', data: { name: 'order.created', order: `A-${n}`, items: n % 7 } });

function report(name: string, value: unknown): void {
  process.stdout.write(`      ${name}: ${JSON.stringify(value)}\n`);
}

test('10,000 messages scroll without a task over 100 ms', async ({ page, local, user }) => {
  const socket = await connectToTestServer(page, local, user);
  for (let n = 0; n < 10_000; n++) socket.send(event(n));
  await expect(page.locator('.row').last()).toContainText('A-9999');
  report('long tasks while 10,000 came at once', (await longTasks(page)).slice(0, 5));
  // By class, because a search by role would itself keep the page busy.
  const list = page.locator('.log-list');
  await list.hover();
  const rows = await page.locator('.row').count();
  for (let wheel = 0; wheel < 200; wheel++) await page.mouse.wheel(0, wheel < 100 ? -2500 : 2500);
  const wheeling = await longTasks(page);
  report('long tasks while scrolling with the wheel', wheeling.slice(0, 5));
  await list.press('Home');
  await list.press('End');
  const scrolling = [...wheeling, ...(await longTasks(page))];
  report('long tasks while scrolling through 10,000', scrolling.slice(0, 5));
  report('rows on the page', rows);
  await page.getByRole('searchbox').fill('A-99');
  await expect(page.getByText(/^111 of 10,000/)).toBeVisible();
  const filtering = await longTasks(page);
  report('long tasks while filtering', filtering.slice(0, 5));
  expect(Math.max(0, ...scrolling)).toBeLessThan(100);
  expect(Math.max(0, ...filtering)).toBeLessThan(100);
});

test('500 messages a second for ten seconds cause no task over 100 ms', async ({ page, local, user }) => {
  const socket = await connectToTestServer(page, local, user);
  await longTasks(page);
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(window, { frames });
    const count = (at: number) => {
      frames.push(at);
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  const start = Date.now();
  for (let sent = 0; sent < 5000; ) {
    const due = Math.min(5000, Math.floor((Date.now() - start) / 2));
    for (; sent < due; sent++) socket.send(event(sent));
    await new Promise((done) => setTimeout(done, 5));
  }
  await expect(page.locator('.row').last()).toContainText('A-4999');
  const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames);
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
  const tasks = await longTasks(page);
  report('long tasks', tasks.slice(0, 5));
  report('frames a second', Math.round((1000 * gaps.length) / ((frames.at(-1) ?? 0) - (frames[0] ?? 0))));
  report('longest gap between frames, ms', Math.round(Math.max(...gaps)));
  expect(Math.max(0, ...tasks)).toBeLessThan(100);
});

test('is interactive within a second on a processor four times slower', async ({ page, local }) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      shifts.push(...list.getEntries().map((entry) => (entry as unknown as { value: number }).value));
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    await page.goto(local.outputs.siteUrl);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    times.push(await page.evaluate(() => Math.round(performance.now())));
  }
  times.sort((a, b) => a - b);
  report('ms until the button is shown, sorted', times);
  report('layout shifts', await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts));
  expect(times[2]).toBeLessThan(1000);
});
