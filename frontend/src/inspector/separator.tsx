import type { KeyboardEvent, PointerEvent } from 'react';
import { firstHeight, heightAfter, heightAt, heights } from './height';

type SeparatorProps = {
  /** The height of the drawer below it, in percent of the window. */
  readonly height: number;
  /** The id of the drawer's content. */
  readonly controls: string;
  readonly onResize: (height: number) => void;
};

/** The upper edge of the drawer. The pointer drags it; the arrow keys, Page up, Page down, Home and End move it. */
export function Separator({ height, controls, onResize }: SeparatorProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const next = heightAfter(event.key, height);
    if (next !== undefined) {
      event.preventDefault();
      onResize(next);
    }
  };
  const onPointerDown = ({ currentTarget, pointerId }: PointerEvent) => currentTarget.setPointerCapture(pointerId);
  const onPointerMove = ({ currentTarget, pointerId, clientY }: PointerEvent) => {
    if (currentTarget.hasPointerCapture(pointerId)) {
      onResize(heightAt(clientY, innerHeight));
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: <hr> cannot be focused as a separator that moves
    <div
      className="inspector-separator"
      role="separator"
      tabIndex={0}
      aria-label="Height of the inspector"
      aria-orientation="horizontal"
      aria-controls={controls}
      aria-valuenow={height}
      aria-valuemin={heights.least}
      aria-valuemax={heights.most}
      aria-valuetext={`${height} percent of the window`}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onDoubleClick={() => onResize(firstHeight(innerHeight))}
    />
  );
}
