import { Component, type ReactNode } from 'react';
import { Header } from '../components/header';
import { Notice } from '../components/notice';
import { explainStorage } from '../sign-in/problem';

type ErrorBoundaryProps = { readonly children: ReactNode };
type ErrorBoundaryState = { readonly error: unknown };

/** Shows an error of the page's own code instead of an empty page. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: undefined };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error ?? 'an unknown error' };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <PageError error={error} />;
  }
}

/** Shows an error in place of the page. */
export function PageError({ error }: { error: unknown }) {
  const { title, text } = explainStorage(error) ?? {
    title: 'This page has failed',
    text: error instanceof Error ? error.message : String(error),
  };
  return (
    <>
      <Header />
      <main className="page page-narrow">
        <Notice title={title} action={{ label: 'Reload', onClick: () => location.reload() }}>
          {text}
        </Notice>
      </main>
    </>
  );
}
