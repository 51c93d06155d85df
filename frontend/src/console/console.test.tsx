import { act, cleanup, render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { StrictMode } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { Expired, expired } from '../sign-in/problem';
import type { Session } from '../sign-in/session';
import { SignIn } from '../sign-in/sign-in';
import type { SocketToken } from '../sign-in/socket-token';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Console } from './console';

const templates = [{ name: 'whoami: returns', text: '{"action": "whoami"}' }];
const replies = [{ type: 'echo' }, { action: 'whoami', type: 'whoami' }];

const config: Config = {
  websocketUrl: 'wss://api.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid',
  // The page does not connect again during a test.
  socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 },
};
const connectionId = 'WhHAe-TROkECC5w=';
const alice: Session = { state: 'signedIn', id: 'https://sign-in.example#u-1', name: 'alice' };

/** A sign-in whose session a test sets. */
class FakeSignIn extends SignIn {
  override signIn = vi.fn(async () => {});
  override signOut = vi.fn(async () => {});
  override token = vi.fn(async (): Promise<SocketToken | undefined> => ({ token: 'a.b.c', expires: 9_999_999_999 }));

  become(session: Session): void {
    act(() => this.set(session));
  }
}

let made: MockWebSocket[];
let signIn: FakeSignIn;

beforeEach(() => {
  made = mockWebSocket();
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => {
    frame();
    return 0;
  });
  signIn = new FakeSignIn(config);
});

function show(session: Session) {
  const user = userEvent.setup();
  const page = render(
    <StrictMode>
      <Console config={config} signIn={signIn} templates={templates} replies={replies} />
    </StrictMode>,
  );
  signIn.become(session);
  return { user, ...page };
}

const button = (name: string) => screen.getByRole('button', { name });
const state = () => screen.getByRole('status', { name: 'Connection' }).textContent;
/** Returns whether the second element is after the first one in the page. */
const isAfter = (first: HTMLElement, second: HTMLElement) =>
  Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);
const log = () => within(screen.getByRole('log', { name: 'Messages' }));
const message = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });

async function connected() {
  const all = show(alice);
  await all.user.click(button('Connect'));
  const server = newest(made);
  act(() => server.accept('sallyport.v1'));
  return { ...all, server };
}

describe('signed out', () => {
  it('offers to sign in', async () => {
    const { user } = show({ state: 'signedOut' });
    await user.click(button('Sign in'));
    expect(signIn.signIn).toHaveBeenCalledOnce();
    expect(screen.queryByRole('button', { name: 'Sign out' })).toBeNull();
  });

  it('connects without a token, and explains the refusal', async () => {
    signIn.token.mockResolvedValue(undefined);
    const { user } = show({ state: 'signedOut' });
    await user.click(button('Connect without a token to see the refusal'));
    expect(newest(made).protocols).toEqual(['sallyport.v1', expect.stringMatching(/^trace\.[0-9a-f]{32}$/)]);
    expect(state()).toBe('Connecting…');
    act(() => newest(made).end(1006));
    expect(state()).toBe('Not connected Refused or unreachable');
    expect(await screen.findByText('401')).toBeDefined();
    expect(await screen.findByText('Closed 1006: Refused or unreachable')).toBeDefined();
  });

  it('shows a problem and a button to try again', async () => {
    const { user } = show({ state: 'signedOut', problem: { title: 'Sign-in was refused', text: 'It said no.' } });
    expect(screen.getByRole('alert').textContent).toContain('Sign-in was refusedIt said no.');
    await user.click(button('Try again'));
    expect(signIn.signIn).toHaveBeenCalledOnce();
  });

  it.each<[Session, string]>([
    [{ state: 'restoring' }, 'Checking your sign-in…'],
    [{ state: 'leaving' }, 'Opening the sign-in service…'],
  ])('shows the progress in %j', (session, text) => {
    show(session);
    expect(screen.getByText(text)).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Sign in' })).toBeNull();
  });
});

describe('signed in', () => {
  it('shows the user and a hint', () => {
    show(alice);
    expect(screen.getByText('alice')).toBeDefined();
    expect(state()).toBe('Not connected');
    expect(log().getByText(/^No messages yet\. Connect/)).toBeDefined();
    expect(button('Send')).toHaveProperty('disabled', true);
  });

  it('disconnects before it signs out', async () => {
    const { user, server } = await connected();
    await user.click(button('Sign out'));
    expect(server.closeCode).toBe(1000);
    expect(signIn.signOut).toHaveBeenCalledOnce();
  });

  it('shows sent messages to the same user only', async () => {
    const { user } = await connected();
    await user.type(message(), 'of alice');
    await user.click(button('Send'));
    const options = () => [...document.querySelectorAll('option')].map(({ textContent }) => textContent);
    const offered = () => options().includes('of alice');
    expect(offered()).toBe(true);
    cleanup(); // the page is loaded again
    show({ state: 'signedIn', id: 'https://sign-in.example#u-2', name: 'bob' });
    expect(offered()).toBe(false);
    signIn.become({ state: 'signedOut', problem: expired });
    expect(offered()).toBe(false);
    cleanup();
    show(alice);
    expect(offered()).toBe(true);
  });

  it('shows that there is no credential', async () => {
    signIn.token.mockRejectedValue(new Expired());
    const { user } = show(alice);
    await user.click(button('Connect'));
    expect(state()).toBe('Not connected No credential');
    expect(await screen.findByText(/^Your sign-in has expired\. Sign in again/)).toBeDefined();
    expect(await screen.findByText(/^No credential \(Your sign-in has expired/)).toBeDefined();
  });
});

describe('a wrong clock', () => {
  it.each([
    [7200, 'The clock of this device is 2 h 0 min ahead of that of the sign-in service.'],
    [-600, 'The clock of this device is 10 min 0 s behind that of the sign-in service.'],
  ])('by %i seconds is shown with the remedy', (ahead, text) => {
    vi.spyOn(signIn, 'ahead', 'get').mockReturnValue(ahead);
    show(alice);
    expect(screen.getByText(/^The clock/).textContent).toContain(text);
    expect(screen.getByText(/Set the clock/)).toBeDefined();
  });

  it('by a minute is not shown', () => {
    vi.spyOn(signIn, 'ahead', 'get').mockReturnValue(60);
    show(alice);
    expect(screen.queryByText(/^The clock/)).toBeNull();
  });
});

describe('connected', () => {
  it('sends the token, opens, and closes', async () => {
    const { user, server } = await connected();
    expect(server.protocols).toEqual(['sallyport.v1', 'bearer.a.b.c', expect.stringMatching(/^trace\.[0-9a-f]{32}$/)]);
    expect(state()).toMatch(/^Open since \d\d:\d\d:\d\d$/);
    expect(document.title).toBe('Open – Sallyport');
    await user.click(button('Disconnect'));
    expect(server.closeCode).toBe(1000);
    expect(state()).toBe('Closed Closed by you');
    expect(button('Connect')).toHaveProperty('disabled', false);
  });

  it('shows when the session is renewed, and demands a new sign-in if that fails', async () => {
    vi.useFakeTimers({
      shouldAdvanceTime: true,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    signIn.token.mockResolvedValue({ token: 'a.b.c', expires: Date.now() / 1000 + 120 });
    const { user } = await connected();
    expect(screen.getByTestId('session').textContent).toMatch(/^Session renews in 1 min \d+ s$/);
    signIn.token.mockRejectedValue(new Expired());
    await act(() => vi.advanceTimersByTimeAsync(95_000));
    expect(screen.getByTestId('session').textContent).toMatch(/^Session cannot be renewed, ends in \d+ s$/);
    expect(state()).toBe('Open but the session cannot be renewed');
    vi.useRealTimers();
    await user.click(button('Sign in again'));
    expect(signIn.signIn).toHaveBeenCalledOnce();
  });

  it('keeps the focus on the button that connects and disconnects', async () => {
    const { user } = await connected();
    expect(button('Disconnect')).toBe(document.activeElement);
    await user.keyboard('{Enter}');
    expect(button('Connect')).toBe(document.activeElement);
  });

  it('connects again with another token when the server has refused it as expired', async () => {
    const { server } = await connected();
    const refuse = vi.spyOn(signIn, 'refuse');
    act(() => {
      server.deliver('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      server.end(1000);
    });
    expect(state()).toBe('Reconnecting 1000 Ended: token expired');
    expect(refuse).toHaveBeenCalledOnce();
  });

  it('shows the connection id of the identity, and copies it', async () => {
    const { user, server } = await connected();
    expect(server.sent).toEqual(['{"action":"whoami"}']);
    const data = { connectionId, user: 'alice@example', expires: 1708330500 };
    act(() => server.deliver(JSON.stringify({ type: 'whoami', data })));
    await user.click(await screen.findByRole('button', { name: 'Copy connection id' }));
    expect(await navigator.clipboard.readText()).toBe(connectionId);
    expect(screen.getByText('Copied')).toBeDefined();
    expect(button('Copy user')).toBeDefined();
  });

  it('sends the text, and selects it', async () => {
    const { user, server } = await connected();
    await user.type(message(), 'Grüezi');
    expect(screen.getByText('7 B of 32 KB')).toBeDefined();
    await user.click(button('Send'));
    await user.type(message(), '{Control>}{Enter}{/Control}');
    expect(server.sent.slice(1)).toEqual(['Grüezi', 'Grüezi']);
    const { selectionStart, selectionEnd } = message();
    expect([selectionStart, selectionEnd]).toEqual([0, 6]);
  });

  it('has buttons for the routes', async () => {
    const { user, server } = await connected();
    await user.click(button('ping'));
    await user.click(button('whoami'));
    expect(server.sent.slice(1)).toEqual(['{"action":"ping"}', '{"action":"whoami"}']);
  });

  it('shows a warning for a message that is too long for one frame', async () => {
    const { user } = await connected();
    await user.click(message());
    await user.paste('x'.repeat(32 * 1024 + 1));
    expect(screen.getByText(/^Over 32 KB/)).toBeDefined();
  });

  it.each<[string, string[]]>([
    ['{"type":"echo","data":{"a":1}}', ['Received', 'echo', '{"a":1}']],
    ['{"type":"pong"}', ['Received', 'pong', '(no data)']],
    ['{"a":1}', ['Received', 'json', '{"a":1}']],
    ['<b>hi</b>', ['Received', 'text', '<b>hi</b>']],
    [
      '{"message": "Forbidden", "connectionId":"WhHAe-TROkECC5w=", "requestId":"WhHB0ptYOkEF4n8="}',
      ['Received', 'error', 'Forbidden, request WhHB0ptYOkEF4n8=', 'No route matches'],
    ],
    [
      '{"message": "Strange", "connectionId":"WhHAe-TROkECC5w=", "messageId":"WhHB0ptYOkEF4n8="}',
      ['Received', 'error', 'Strange', 'API Gateway answered this by itself'],
    ],
  ])('shows %s with direction, type and time', async (text, parts) => {
    const { server } = await connected();
    act(() => server.deliver(text));
    const row = log().getAllByRole('option').at(-1);
    expect(row?.querySelector('time')?.textContent).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
    for (const part of parts) {
      expect(row?.textContent).toContain(part);
    }
  });

  it('clears the log', async () => {
    const { user } = await connected();
    await user.click(button('Clear'));
    expect(log().queryAllByRole('option')).toEqual([]);
  });

  it('shows the message that is selected by click or key', async () => {
    const { user, server } = await connected();
    act(() => server.deliver('{"type":"event","data":{"a":1}}'));
    await user.click(log().getByRole('listbox', { name: 'Lines' }));
    await user.keyboard('{ArrowUp}');
    const detail = await screen.findByRole('region', { name: 'Received event' });
    expect(detail.textContent).toContain('"data":');
    await user.click(within(detail).getByRole('button', { name: 'Raw', pressed: false }));
    expect(within(detail).getByRole('region', { name: 'Content' }).textContent).toBe('{"type":"event","data":{"a":1}}');
    await user.click(within(detail).getByRole('button', { name: 'Copy message' }));
    expect(await navigator.clipboard.readText()).toBe('{"type":"event","data":{"a":1}}');
    await user.click(log().getByRole('listbox'));
    await user.keyboard('{Home}');
    expect(screen.getByRole('region', { name: 'Socket state' })).toBeDefined();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('region', { name: 'Socket state' })).toBeNull();
  });

  it('filters by text and by type', async () => {
    const { user, server } = await connected();
    act(() => server.deliver('{"type":"event","data":"Grüezi"}'));
    await user.type(screen.getByRole('searchbox', { name: 'Filter by text' }), 'GRÜ');
    expect(log().getAllByRole('option')).toHaveLength(1);
    expect(screen.getByText('1 of 3')).toBeDefined();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Filter by type' }), 'sent');
    expect(log().queryAllByRole('option')).toEqual([]);
    await user.click(button('Show everything'));
    expect(log().getAllByRole('option')).toHaveLength(3);
  });

  it('shows the commands for this connection', async () => {
    const { server } = await connected();
    const data = { connectionId, user: 'alice', expires: 1708330500 };
    act(() => server.deliver(JSON.stringify({ type: 'whoami', data })));
    expect(await screen.findByText(`scripts/send.sh --connection=${connectionId}`)).toBeDefined();
  });

  it('waits, queues messages, and connects at once on Try now', async () => {
    const { user, server } = await connected();
    act(() => server.end(1006));
    expect(state()).toBe('Reconnecting 1006 Connection lost');
    expect(screen.getByTestId('countdown').textContent).toMatch(/^(Next try in|Trying now).*, attempt 2\./);
    await user.type(message(), 'later');
    await user.click(button('Send'));
    expect(log().getByText('queued')).toBeDefined();
    for (const later of [button('Try now'), screen.getByTestId('countdown')]) {
      expect(isAfter(button('Disconnect'), later), 'it moves no button that stays').toBe(true);
    }
    expect(screen.getByTestId('countdown').textContent).toContain('1 queued.');
    await user.click(button('Try now'));
    expect(button('Try now')).toBe(document.activeElement);
    act(() => newest(made).accept());
    expect(button('Disconnect'), 'Try now is gone').toBe(document.activeElement);
    expect(newest(made).sent).toEqual(['later', '{"action":"whoami"}']);
    expect(log().queryByText('queued')).toBeNull();
  });

  it('fills the field from a template or from a sent message', async () => {
    const { user } = await connected();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Template' }), 'whoami: returns');
    expect(message().value).toBe('{"action": "whoami"}');
    expect(screen.getByText('JSON, goes to the route whoami')).toBeDefined();
    await user.click(button('Send'));
    await user.clear(message());
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(message().value).toBe('{"action": "whoami"}');
    await user.click(button('Sign out'));
    expect(sessionStorage.getItem('sent')).toBeNull();
  });

  it('closes the socket when it is unmounted', async () => {
    const { server, unmount } = await connected();
    unmount();
    expect(server.closeCode).toBe(1000);
  });
});
