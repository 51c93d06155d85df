import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConfigProblem } from '../components/config-problem';
import { Header } from '../components/header';
import { loadConfig } from '../config';
import { SignIn } from '../sign-in/sign-in';
import { Console } from './console';
import { ErrorBoundary, PageError } from './error-boundary';

/**
 * Shows the page in the element: the console, or what keeps it from working.
 * The returned promise is settled when either stands there; it never rejects.
 */
export async function start(element: Element): Promise<void> {
  const root = createRoot(element);
  root.render(<Header />);
  let page: ReactNode;
  try {
    page = await choosePage();
  } catch (error) {
    page = <PageError error={error instanceof Error ? error : new Error(String(error))} />;
  }
  root.render(
    <StrictMode>
      <ErrorBoundary>{page}</ErrorBoundary>
    </StrictMode>,
  );
}

async function choosePage(): Promise<ReactNode> {
  // It is needed soon: on its way while the configuration is. SignIn tells if it does not come.
  import('../sign-in/manager').catch(() => {});
  const loaded = await loadConfig(fetch);
  if (!loaded.ok) {
    return (
      <>
        <Header />
        <main className="page page-narrow">
          <ConfigProblem problems={loaded.problems} onRetry={() => location.reload()} />
        </main>
      </>
    );
  }
  // It lives outside React, so that rendering twice does not answer the issuer twice.
  const signIn = new SignIn(loaded.config);
  void signIn.start();
  return <Console config={loaded.config} signIn={signIn} />;
}
