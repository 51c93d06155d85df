import { act, render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { StrictMode } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { signedOutElsewhere, stillAtIssuer } from '../sign-in/problem';
import { type Session, SignIn } from '../sign-in/sign-in';
import type { SocketToken } from '../sign-in/socket-token';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Console } from './console';

const templates = [{ name: 'my identity', text: '{"action": "whoami"}' }];
const replies = [{ type: 'echo' }, { action: 'whoami', type: 'whoami' }];

// The page of a stack that gives tickets: what lets it in, why it is refused
// or ended, and signing out.

const config: Config = {
  websocketUrl: 'wss://socket.example/live',
  httpUrl: 'https://api.example',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid',
  socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 },
};
const alice: Session = { state: 'signedIn', id: 'https://sign-in.example#u-1', name: 'alice' };
const expires = 9_999_999_999;

class FakeSignIn extends SignIn {
  override signIn = vi.fn(async () => {});
  override signOut = vi.fn(async () => {});
  override token = vi.fn(async (): Promise<SocketToken | undefined> => ({ token: 'a.b.c', expires }));
  override refuse = vi.fn();
  override endHere = vi.fn(async () => {});
  override signedOutEverywhere = vi.fn();

  become(session: Session): void {
    act(() => this.set(session));
  }
}

let made: MockWebSocket[];
let signIn: FakeSignIn;
/** Answers DELETE /connections. */
const cut = vi.fn<(signal: AbortSignal) => Promise<Response>>();
/** Answers POST /tickets. */
const give = vi.fn<() => Promise<Response>>();

const error = (status: number, code: string, message: string) => Response.json({ data: { code, message } }, { status });

beforeEach(() => {
  made = mockWebSocket();
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => {
    frame();
    return 0;
  });
  cut.mockReset().mockImplementation(async () => Response.json({ data: { disconnected: 2, gone: 0, failed: 0 } }));
  const data = { ticket: 'T'.repeat(43), expires, tokenExpires: expires };
  give.mockReset().mockImplementation(async () => Response.json({ data }, { status: 201 }));
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    url.endsWith('/tickets') ? give() : cut(init.signal as AbortSignal),
  );
  signIn = new FakeSignIn(config);
});

function show() {
  const user = userEvent.setup();
  render(
    <StrictMode>
      <Console config={config} signIn={signIn} templates={templates} replies={replies} />
    </StrictMode>,
  );
  signIn.become(alice);
  return user;
}

const press = (name: string) => screen.getByRole('button', { name });
const state = () => screen.getByRole('status', { name: 'Connection' }).textContent;
const panel = () => within(screen.getByRole('region', { name: 'Connection' }));
const log = () => within(screen.getByRole('log', { name: 'Messages' }));

async function connected() {
  const user = show();
  await user.click(press('Connect'));
  await waitFor(() => expect(made).toHaveLength(1));
  const server = newest(made);
  act(() => server.accept('sallyport.v1'));
  return { user, server };
}

describe('the door', () => {
  it('is opened by a ticket, and says so', async () => {
    const { server } = await connected();
    expect(server.protocols).toEqual(['sallyport.v1', `ticket.${'T'.repeat(43)}`]);
    expect(screen.getByTestId('credential').textContent).toBe('single-use ticket');
    expect(document.body.innerHTML).not.toMatch(/TTTT|a\.b\.c/);
  });

  it('says why it stays shut', async () => {
    give.mockImplementation(async () => error(403, 'token_audience', 'No.'));
    const user = show();
    await user.click(press('Connect'));
    await waitFor(() => expect(state()).toBe('Not connected Refused: token audience'));
    expect(
      panel().getByText(/^token_audience: The token is meant for another application\. Ask the issuer/),
    ).toBeDefined();
    expect(log().getByText(/^Refused: token audience \(token_audience: The token/)).toBeDefined();
    expect(made).toHaveLength(0);
  });

  it('offers to sign in again where the token will not do', async () => {
    give.mockImplementation(async () => error(401, 'token_invalid', 'No.'));
    const user = show();
    await user.click(press('Connect'));
    await waitFor(() => expect(state()).toBe('Not connected Refused: token invalid'));
    await user.click(press('Sign in again'));
    expect(signIn.signIn).toHaveBeenCalledOnce();
    signIn.become({ state: 'signedOut' });
    expect(screen.queryByRole('button', { name: 'Sign in again' }), 'the head offers it').toBeNull();
  });

  it('waits when the answer may be another one later', async () => {
    give.mockImplementation(async () => error(503, 'unavailable', 'The service could not check this just now.'));
    const user = show();
    await user.click(press('Connect'));
    await waitFor(() => expect(state()).toBe('Waiting No attempt was made'));
    expect(panel().getByText('The service could not check this just now.')).toBeDefined();
  });
});

describe('the server ends the connection', () => {
  it('calmly, with its words, what they mean and what to do', async () => {
    const { server } = await connected();
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"disconnected","message":"Maintenance at noon."}}');
      server.end(1000);
    });
    expect(state()).toBe('Closed 1000 Ended: disconnected');
    expect(panel().getByText('The server says: Maintenance at noon.')).toBeDefined();
    expect(await panel().findByText('The connection was ended by the operator.')).toBeDefined();
    expect(await panel().findByText(/^Connect again, unless/)).toBeDefined();
    expect(panel().getByText('disconnected')).toBeDefined();
  });

  it('and the page comes back when only the token had expired', async () => {
    const { server } = await connected();
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      server.end(1000);
    });
    expect(state()).toBe('Waiting 1000 Ended: token expired');
    expect(signIn.refuse, 'the request for a ticket will tell').not.toHaveBeenCalled();
    expect(signIn.endHere).not.toHaveBeenCalled();
  });

  it('because the user signed out everywhere: nobody is signed in here any more, and nothing of theirs is left', async () => {
    const { user, server } = await connected();
    await user.type(screen.getByRole('textbox', { name: 'Message' }), 'of alice');
    await user.click(press('Send'));
    act(() => server.deliver('{"type":"echo","data":"for alice"}'));
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"signed_out","message":"Signed out."}}');
      server.end(1000);
    });
    expect(signIn.endHere).toHaveBeenCalledOnce();
    signIn.become({ state: 'signedOut', problem: signedOutElsewhere });
    expect(screen.getByRole('alert').textContent).toMatch(/You have signed out everywhere/);
    expect(document.body.textContent).not.toMatch(/Signed in as|of alice|for alice/);
    expect(screen.getByRole('textbox', { name: 'Message' })).toHaveProperty('value', '');
    expect(JSON.stringify(sessionStorage)).not.toContain('of alice');
  });
});

describe('an error message', () => {
  it('is shown with its meaning and what to do, in the line and in full', async () => {
    const { user, server } = await connected();
    act(() => server.deliver('{"type":"error","data":{"code":"too_many_messages","message":"You are too fast."}}'));
    const row = log().getAllByRole('option').at(-1) as HTMLElement;
    expect(row.className).toContain('row-bad');
    await waitFor(() =>
      expect(row.textContent).toMatch(/too_many_messages: You are too fast\. Wait for the next minute/),
    );
    await user.click(row);
    const detail = screen.getByRole('region', { name: 'Received error' });
    expect(await within(detail).findByText(/^You are sending messages too fast/)).toBeDefined();
    expect(within(detail).getByText(/^Wait for the next minute/)).toBeDefined();
  });

  it('with a code that nobody knows is shown as it is', async () => {
    const { server } = await connected();
    act(() => server.deliver('{"type":"error","data":{"code":"brand_new","message":"Something."}}'));
    expect(log().getByText('brand_new: Something.')).toBeDefined();
  });
});

describe('signing out', () => {
  const dialog = () => within(screen.getByRole('dialog', { name: 'Sign out' }));
  const choose = (name: string) => dialog().getByRole('button', { name });

  async function asked() {
    const all = await connected();
    await all.user.click(press('Sign out'));
    return all;
  }

  it('asks, and says what it cannot do', async () => {
    await asked();
    expect(dialog().getByText(/A token stays valid until it expires/)).toBeDefined();
    expect(signIn.signOut).not.toHaveBeenCalled();
  });

  it('here only: nobody else is asked', async () => {
    const { user, server } = await asked();
    await user.click(choose('Sign out here'));
    expect(cut).not.toHaveBeenCalled();
    expect(server.closeCode).toBe(1000);
    expect(signIn.signOut).toHaveBeenCalledOnce();
  });

  it('everywhere: the connections first', async () => {
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(cut).toHaveBeenCalledBefore(signIn.signOut);
    expect(signIn.signedOutEverywhere, 'which the other tabs hear').toHaveBeenCalledBefore(signIn.signOut);
  });

  it('everywhere: that its own connection ends as well does not sign this page out before it has left', async () => {
    const { user, server } = await asked();
    await user.click(choose('Sign out everywhere'));
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"signed_out","message":"Signed out."}}');
      server.end(1000);
    });
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(signIn.endHere).not.toHaveBeenCalled();
  });

  it('leaves nothing of the user where the page stays', async () => {
    const { user, server } = await connected();
    await user.type(screen.getByRole('textbox', { name: 'Message' }), 'of alice');
    await user.click(press('Send'));
    act(() => server.deliver('{"type":"echo","data":"for alice"}'));
    signIn.become({ state: 'leaving' });
    signIn.become({ state: 'signedOut', problem: stillAtIssuer });
    expect(server.closeCode).toBe(1000);
    expect(document.body.textContent).not.toMatch(/of alice|for alice/);
    expect(sessionStorage.getItem('sent')).toBeNull();
    signIn.become({ ...alice, id: 'https://sign-in.example#u-2' });
    expect(screen.queryByRole('option', { name: 'of alice' })).toBeNull();
  });

  it.each<[string, () => Promise<Response>, RegExp]>([
    ['refused', async () => error(503, 'unavailable', 'The service is ill.'), /The service is ill\./],
    ['out of reach', () => Promise.reject(new TypeError('Failed to fetch')), /cannot be reached/],
    ['done in part', async () => Response.json({ data: { disconnected: 1, gone: 0, failed: 1 } }), /One of them could/],
  ])('everywhere, but that is %s: it says so, and the person decides', async (_, answer, text) => {
    cut.mockImplementationOnce(answer);
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    const alert = await dialog().findByRole('alert');
    expect(alert.textContent).toMatch(/^You are still signed in\./);
    expect(alert.textContent).toMatch(text);
    expect(signIn.signOut).not.toHaveBeenCalled();
    await user.click(choose('Try again to sign out everywhere'));
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(cut).toHaveBeenCalledTimes(2);
  });

  it.each<[string, () => Promise<Response>]>([
    ['refused', async () => error(503, 'unavailable', 'The service is ill.')],
    ['out of reach', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['done in part', async () => Response.json({ data: { disconnected: 1, gone: 0, failed: 1 } })],
  ])('everywhere, which was %s, then on another device: this page is signed out as well', async (_, answer) => {
    cut.mockImplementationOnce(answer);
    const { user, server } = await asked();
    await user.click(choose('Sign out everywhere'));
    await dialog().findByRole('alert');
    await user.click(choose('Cancel'));
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"signed_out","message":"Signed out."}}');
      server.end(1000);
    });
    expect(signIn.endHere).toHaveBeenCalledOnce();
  });

  it('everywhere, called off', async () => {
    let signal: AbortSignal | undefined;
    cut.mockImplementation((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    await waitFor(() => expect(dialog().getByRole('status').textContent).toBe('Ending your connections…'));
    expect(choose('Sign out here').getAttribute('aria-disabled')).toBe('true');
    await user.click(choose('Sign out here'));
    await user.click(choose('Sign out everywhere'));
    expect(cut, 'one at a time').toHaveBeenCalledOnce();
    expect(choose('Sign out everywhere'), 'which a disabled button would lose').toBe(document.activeElement);
    await user.click(choose('Cancel'));
    expect(signal?.aborted).toBe(true);
    expect(signIn.signOut).not.toHaveBeenCalled();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
