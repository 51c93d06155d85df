import { act, render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { StrictMode } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { signedOutElsewhere, stillAtIssuer } from '../sign-in/problem';
import type { Session } from '../sign-in/session';
import { SignIn } from '../sign-in/sign-in';
import type { SocketToken } from '../sign-in/socket-token';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Console } from './console';

const templates = [{ name: 'my identity', text: '{"action": "whoami"}' }];
const replies = [{ type: 'echo' }, { action: 'whoami', type: 'whoami' }];

// The page of a stack with tickets: connecting, refusals, the end of a connection, and signing out.

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
const disconnect = vi.fn<(signal: AbortSignal) => Promise<Response>>();
type RequestHeaders = { readonly traceparent: string };
/** Answers POST /tickets. */
const answerTicket = vi.fn<(headers: RequestHeaders) => Promise<Response>>();

const error = (status: number, code: string, message: string) => Response.json({ data: { code, message } }, { status });

beforeEach(() => {
  made = mockWebSocket();
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => {
    frame();
    return 0;
  });
  disconnect
    .mockReset()
    .mockImplementation(async () => Response.json({ data: { disconnected: 2, gone: 0, failed: 0 } }));
  const data = { ticket: 'T'.repeat(43), expires, tokenExpires: expires };
  answerTicket.mockReset().mockImplementation(async () => Response.json({ data }, { status: 201 }));
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    url.endsWith('/tickets') ? answerTicket(init.headers as RequestHeaders) : disconnect(init.signal as AbortSignal),
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

const button = (name: string) => screen.getByRole('button', { name });
const state = () => screen.getByRole('status', { name: 'Connection' }).textContent;
const panel = () => within(screen.getByRole('region', { name: 'Connection' }));
const log = () => within(screen.getByRole('log', { name: 'Messages' }));

async function connected() {
  const user = show();
  await user.click(button('Connect'));
  await waitFor(() => expect(made).toHaveLength(1));
  const server = newest(made);
  act(() => server.accept('sallyport.v1'));
  return { user, server };
}

describe('connecting', () => {
  it('uses a ticket, and shows it', async () => {
    const { server } = await connected();
    expect(server.protocols).toEqual([
      'sallyport.v1',
      `ticket.${'T'.repeat(43)}`,
      expect.stringMatching(/^trace\.[0-9a-f]{32}$/),
    ]);
    expect((await screen.findByTestId('credential')).textContent).toBe('single-use ticket');
    expect(document.body.innerHTML).not.toMatch(/TTTT|a\.b\.c/);
  });

  it('shows why the server refuses', async () => {
    answerTicket.mockImplementation(async () => error(403, 'token_audience', 'No.'));
    const user = show();
    await user.click(button('Connect'));
    await waitFor(() => expect(state()).toBe('Not connected Refused: token audience'));
    expect(await panel().findByText('The token is meant for another application.')).toBeDefined();
    const details = panel().getByText('For the operator').closest('details');
    expect(details?.open).toBe(false);
    expect(details?.textContent).toMatch(/Code token_audienceRequest a token for this application/);
    expect(await screen.findByText(/^Refused: token audience \(token_audience: The token/)).toBeDefined();
    expect(made).toHaveLength(0);
  });

  it('shows the trace id of a refused request for a ticket, and of a refused handshake', async () => {
    answerTicket.mockImplementationOnce(async () => error(403, 'token_audience', 'No.'));
    const user = show();
    await user.click(button('Connect'));
    const refused = (await panel().findByTestId('trace')).textContent;
    expect(refused).toMatch(/^[0-9a-f]{32}$/);
    const sent = () => answerTicket.mock.lastCall?.[0].traceparent;
    expect(sent()).toContain(`00-${refused}-`);
    await user.click(button('Connect'));
    await waitFor(() => expect(made).toHaveLength(1));
    act(() => newest(made).end(1006));
    const shown = (await panel().findByTestId('trace')).textContent;
    expect(newest(made).protocols.at(-1)).toBe(`trace.${shown}`);
    expect(sent()).toContain(`00-${shown}-`);
    expect(shown).not.toBe(refused);
    await user.click(panel().getByText('Find it in the log'));
    expect(panel().getByText(/^aws logs filter-log-events/).textContent).toContain(`'"${shown}"'`);
  });

  it('has a button to sign in again if the server refuses the token', async () => {
    answerTicket.mockImplementation(async () => error(401, 'token_invalid', 'No.'));
    const user = show();
    await user.click(button('Connect'));
    await waitFor(() => expect(state()).toBe('Not connected Refused: token invalid'));
    expect(
      panel()
        .getAllByRole('button')
        .map(({ textContent }) => textContent)
        .slice(1, 3),
      'Connect stays',
    ).toEqual(['Connect', 'Sign in again']);
    await user.click(button('Sign in again'));
    expect(signIn.signIn).toHaveBeenCalledOnce();
    signIn.become({ state: 'signedOut' });
    expect(screen.queryByRole('button', { name: 'Sign in again' }), 'the header has the button').toBeNull();
  });

  it('waits after a temporary refusal', async () => {
    answerTicket.mockImplementation(async () =>
      error(503, 'unavailable', 'The service could not check this just now.'),
    );
    const user = show();
    await user.click(button('Connect'));
    await waitFor(() => expect(state()).toBe('Reconnecting Refused: unavailable'));
    expect(await panel().findByText(/^The service could not check this just now/)).toBeDefined();
  });
});

describe('the server ends the connection', () => {
  it('and the page shows its message, the meaning and the remedy', async () => {
    const { server } = await connected();
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"disconnected","message":"Maintenance at noon."}}');
      server.end(1000);
    });
    expect(state()).toBe('Closed 1000 Ended: disconnected');
    expect(await panel().findByText('The server says: Maintenance at noon.')).toBeDefined();
    expect(await panel().findByText('The connection was ended by the operator.')).toBeDefined();
    expect(await panel().findByText(/^Connect again, unless/)).toBeDefined();
    expect(panel().getByText('disconnected')).toBeDefined();
  });

  it('and the page connects again if the token had expired', async () => {
    const { server } = await connected();
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      server.end(1000);
    });
    expect(state()).toBe('Reconnecting 1000 Ended: token expired');
    expect(signIn.refuse, 'the ticket request reports it').not.toHaveBeenCalled();
    expect(signIn.endHere).not.toHaveBeenCalled();
  });

  it('because the user signed out everywhere, and the page deletes the user’s data', async () => {
    const { user, server } = await connected();
    await user.type(screen.getByRole('textbox', { name: 'Message' }), 'of alice');
    await user.click(button('Send'));
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
  it('is shown with its meaning and remedy, in the row and in the detail', async () => {
    const { user, server } = await connected();
    act(() => server.deliver('{"type":"error","data":{"code":"too_many_messages","message":"You are too fast."}}'));
    const row = log().getAllByRole('option').at(-1) as HTMLElement;
    expect(row.className).toContain('row-bad');
    await waitFor(() =>
      expect(row.textContent).toMatch(/too_many_messages: You are too fast\. Wait for the next minute/),
    );
    await user.click(row);
    const detail = await screen.findByRole('region', { name: 'Received error' });
    expect(await within(detail).findByText(/^You are sending messages too fast/)).toBeDefined();
    expect(within(detail).getByText(/^Wait for the next minute/)).toBeDefined();
  });

  it('with an unknown code is shown unchanged', async () => {
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
    await all.user.click(button('Sign out'));
    await screen.findByRole('button', { name: 'Sign out here' });
    return all;
  }

  it('opens a dialog that explains the limits', async () => {
    await asked();
    expect(dialog().getByText(/A token stays valid until it expires/)).toBeDefined();
    expect(signIn.signOut).not.toHaveBeenCalled();
  });

  it('here does not end other connections', async () => {
    const { user, server } = await asked();
    await user.click(choose('Sign out here'));
    expect(disconnect).not.toHaveBeenCalled();
    expect(server.closeCode).toBe(1000);
    expect(signIn.signOut).toHaveBeenCalledOnce();
  });

  it('everywhere ends the connections first', async () => {
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(disconnect).toHaveBeenCalledBefore(signIn.signOut);
    expect(signIn.signedOutEverywhere, 'reported to the other tabs').toHaveBeenCalledBefore(signIn.signOut);
  });

  it('everywhere is not interrupted by the end of its own connection', async () => {
    const { user, server } = await asked();
    await user.click(choose('Sign out everywhere'));
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"signed_out","message":"Signed out."}}');
      server.end(1000);
    });
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(signIn.endHere).not.toHaveBeenCalled();
  });

  it('deletes the user’s data if the page stays open', async () => {
    const { user, server } = await connected();
    await user.type(screen.getByRole('textbox', { name: 'Message' }), 'of alice');
    await user.click(button('Send'));
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
    ['unreachable', () => Promise.reject(new TypeError('Failed to fetch')), /cannot be reached/],
    ['incomplete', async () => Response.json({ data: { disconnected: 1, gone: 0, failed: 1 } }), /One of them could/],
  ])('everywhere shows an alert and a button to try again if the request is %s', async (_, answer, text) => {
    disconnect.mockImplementationOnce(answer);
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    const alert = await dialog().findByRole('alert');
    expect(alert.textContent).toMatch(/^You are still signed in\./);
    expect(alert.textContent).toMatch(text);
    expect(signIn.signOut).not.toHaveBeenCalled();
    await user.click(choose('Try again to sign out everywhere'));
    await waitFor(() => expect(signIn.signOut).toHaveBeenCalledOnce());
    expect(disconnect).toHaveBeenCalledTimes(2);
  });

  it.each<[string, () => Promise<Response>]>([
    ['refused', async () => error(503, 'unavailable', 'The service is ill.')],
    ['unreachable', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['incomplete', async () => Response.json({ data: { disconnected: 1, gone: 0, failed: 1 } })],
  ])('on another device signs this page out, even after a request here was %s', async (_, answer) => {
    disconnect.mockImplementationOnce(answer);
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

  it('everywhere can be canceled', async () => {
    let signal: AbortSignal | undefined;
    disconnect.mockImplementation((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const { user } = await asked();
    await user.click(choose('Sign out everywhere'));
    await waitFor(() => expect(dialog().getByRole('status').textContent).toBe('Ending your connections…'));
    expect(choose('Sign out here').getAttribute('aria-disabled')).toBe('true');
    await user.click(choose('Sign out here'));
    await user.click(choose('Sign out everywhere'));
    expect(disconnect, 'one request at a time').toHaveBeenCalledOnce();
    expect(choose('Sign out everywhere'), 'the focus stays').toBe(document.activeElement);
    await user.click(choose('Cancel'));
    expect(signal?.aborted).toBe(true);
    expect(signIn.signOut).not.toHaveBeenCalled();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
