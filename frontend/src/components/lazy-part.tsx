import { type ComponentType, lazy, Suspense } from 'react';

/**
 * Returns a component whose code is loaded when it is first shown. It shows nothing until then. After a deployment the
 * file of an older page may be gone: `absent` is shown then, by default a text.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  absent: ComponentType<Props> = NotLoaded,
): ComponentType<Props> {
  const Part = lazy(() =>
    load().then(
      (loaded) => ({ default: loaded }),
      () => ({ default: absent }),
    ),
  ) as unknown as ComponentType<Props>;
  return function LazyPart(props: Props) {
    return (
      <Suspense>
        <Part {...props} />
      </Suspense>
    );
  };
}

function NotLoaded() {
  return (
    <p className="report" role="alert">
      This part could not be loaded. Load the page again.
    </p>
  );
}
