import { Component, type ReactNode } from 'react';
import { Header } from '../components/header';
import { Notice } from '../components/notice';

type ErrorBoundaryProps = { readonly children: ReactNode };
type ErrorBoundaryState = { readonly error: Error | undefined };

/** Shows an error of the page's own code instead of an empty page. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: undefined };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <PageError error={error} /> : this.props.children;
  }
}

/** Shows an error in place of the page. */
export function PageError({ error }: { error: Error }) {
  return (
    <>
      <Header />
      <main className="page page-narrow">
        <Notice title="This page has failed" action={{ label: 'Reload', onClick: () => location.reload() }}>
          {error.message}
        </Notice>
      </main>
    </>
  );
}
