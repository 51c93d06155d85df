import { type ComponentType, type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConfigProblem } from '../components/config-problem';
import { Header } from '../components/header';
import { type Config, loadConfig } from '../config';
import { loadLibrary } from '../sign-in/load-manager';
import { SignIn } from '../sign-in/sign-in';
import { ErrorBoundary, PageError } from './error-boundary';

/** The props of the page. */
export type PageProps = {
  readonly config: Config;
  readonly signIn: SignIn;
};

/**
 * Shows the page in the element, or the problem that keeps it from working. The returned promise resolves when one of
 * them is shown; it never rejects.
 */
export async function start(element: Element, Page: ComponentType<PageProps>): Promise<void> {
  const root = createRoot(element);
  let page: ReactNode;
  try {
    page = await choosePage(Page);
  } catch (error) {
    page = <PageError error={error} />;
  }
  root.render(
    <StrictMode>
      <ErrorBoundary>{page}</ErrorBoundary>
    </StrictMode>,
  );
}

async function choosePage(Page: ComponentType<PageProps>): Promise<ReactNode> {
  // The library is needed soon, so it loads together with the configuration. SignIn reports a failure.
  loadLibrary().catch(() => {});
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
  // It is created outside React, so that rendering twice does not use the issuer's answer twice.
  const signIn = new SignIn(loaded.config);
  void signIn.start();
  return <Page config={loaded.config} signIn={signIn} />;
}
