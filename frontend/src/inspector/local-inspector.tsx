import { lazy, Suspense } from 'react';

const Inspector = lazy(() => import('./inspector').then((module) => ({ default: module.Inspector })));

type LocalInspectorProps = {
  /** Whether a local run serves the page. */
  readonly shown: boolean | undefined;
  /** The id of this page's connection, if it is known. */
  readonly mine: string | undefined;
};

/** The inspector of a local run; a deployed page never loads it. */
export function LocalInspector({ shown, mine }: LocalInspectorProps) {
  return (
    shown && (
      <Suspense>
        <Inspector mine={mine} />
      </Suspense>
    )
  );
}
