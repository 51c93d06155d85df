import { act, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { Regions } from '../regions';
import type { Session } from '../sign-in/session';
import { SignIn } from '../sign-in/sign-in';
import { mockWebSocket, newest } from '../testing/mock-web-socket';
import { Console } from './console';

// The page of a stack that has a sibling in another region.

const ireland = { region: 'eu-west-1', websocketUrl: 'wss://ireland.example/live', httpUrl: 'https://ireland.example' };
const frankfurt = {
  region: 'eu-central-1',
  websocketUrl: 'wss://frankfurt.example/live',
  httpUrl: 'https://frankfurt.example',
};
const config: Config = {
  websocketUrl: ireland.websocketUrl,
  httpUrl: ireland.httpUrl,
  regions: new Regions([ireland, frankfurt]),
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid',
  socket: { firstDelay: 1 },
};

class FakeSignIn extends SignIn {
  override signOut = vi.fn(async () => {});
  override token = async () => ({ token: 'a.b.c', expires: 9_999_999_999 });
  override signedOutEverywhere = vi.fn();

  become(session: Session): void {
    act(() => this.set(session));
  }
}

it('connects to the other region, shows it, and ends the connections in both', async () => {
  const made = mockWebSocket();
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, { method }: RequestInit) => {
    asked.push(`${method} ${url}`);
    const ticket = { ticket: new URL(url).hostname.replace('.example', ''), tokenExpires: 9_999_999_999 };
    return Response.json({ data: { ...ticket, disconnected: 1, gone: 0, failed: 0 } });
  });
  const signIn = new FakeSignIn(config);
  const user = userEvent.setup();
  render(<Console config={config} signIn={signIn} templates={[]} replies={[]} />);
  signIn.become({ state: 'signedIn', id: 'https://sign-in.example#u-1', name: 'alice' });

  await user.click(screen.getByRole('button', { name: 'Connect' }));
  for (const n of [1, 2]) {
    await waitFor(() => expect(made).toHaveLength(n));
    expect([newest(made).url, newest(made).protocols[1]]).toEqual([ireland.websocketUrl, 'ticket.ireland']);
    act(() => newest(made).end(1006));
  }
  await waitFor(() => expect(made).toHaveLength(3));
  expect([newest(made).url, newest(made).protocols[1]]).toEqual([frankfurt.websocketUrl, 'ticket.frankfurt']);
  act(() => newest(made).accept('sallyport.v1'));
  expect((await screen.findByTestId('region')).textContent).toBe('eu-central-1');
  expect(screen.getByTestId('address').textContent).toBe(frankfurt.websocketUrl);

  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  await user.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
  await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
  expect(asked.filter((line) => line.startsWith('DELETE'))).toEqual([
    'DELETE https://ireland.example/connections',
    'DELETE https://frankfurt.example/connections',
  ]);
});
