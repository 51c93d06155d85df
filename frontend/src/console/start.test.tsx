import { act, render, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Console } from './console';
import { ErrorBoundary } from './error-boundary';
import { type PageProps, start } from './start';

const config = {
  websocketUrl: 'wss://api.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid',
};

const Page = (props: PageProps) => <Console {...props} templates={[]} replies={[]} />;

let element: Element;

beforeEach(() => {
  element = document.createElement('div');
  document.body.replaceChildren(element);
});

function serve(response: () => Response): void {
  vi.stubGlobal('fetch', async () => response());
}

describe('start', () => {
  it('shows the console', async () => {
    serve(() => Response.json(config));
    await act(() => start(element, Page));
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeDefined();
    expect(screen.getByText(config.websocketUrl)).toBeDefined();
  });

  it.each<[string, () => Response, string]>([
    ['missing', () => new Response('', { status: 404 }), 'The server answered 404 for /config.json.'],
    ['a page', () => new Response('<!doctype html>'), 'It begins with "<!doctype html>"'],
    ['wrong', () => Response.json({ ...config, issuer: 42 }), 'issuer must be a string, but is 42.'],
  ])('reports a configuration that is %s', async (_, response, problem) => {
    serve(response);
    await act(() => start(element, Page));
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain('This page cannot use its /config.json');
    expect(alert.textContent).toContain(problem);
    expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined();
  });

  it('reports that the browser blocks storage', async () => {
    serve(() => Response.json(config));
    vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('Access is denied for this document.', 'SecurityError');
    });
    await act(() => start(element, Page));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('This browser blocks storage for this page');
    expect(alert.textContent).toMatch(/Allow cookies and site data for .+ in the settings of the browser/);
    expect(screen.getByRole('button', { name: 'Load again' })).toBeDefined();
  });
});

describe('ErrorBoundary', () => {
  it('shows the remedy if the browser blocks storage', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const Failing = () => {
      throw new DOMException('Access is denied for this document.', 'SecurityError');
    };
    render(
      <ErrorBoundary>
        <Failing />
      </ErrorBoundary>,
    );
    expect(screen.getByRole('alert').textContent).toContain('Allow cookies and site data');
  });

  it('shows the error in place of the page', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const Broken = (): never => {
      throw new Error('a mistake');
    };
    render(
      <ErrorBoundary>
        <Broken />
      </ErrorBoundary>,
    );
    expect(screen.getByRole('alert').textContent).toContain('This page has faileda mistake');
  });
});
