/** The shapes of the icons, as paths in a square of 16 by 16. */
export const paths = {
  alert: 'M8 2.2 14.4 13.4H1.6zM8 6.4v3.4M8 11.6v.1',
  check: 'm3.4 8.6 3 3 6.2-7',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.4 1.6',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M5.6 5.6h7.2v7.2H5.6zM10.4 5.6V3.2H3.2v7.2h2.4',
  logo: 'M3 14V7.5a5 5 0 0 1 10 0V14zM6.4 11V6.6M5 8l1.4-1.5L7.8 8M9.6 6.6V11M8.2 9.6l1.4 1.5L11 9.6',
  dark: 'M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8a5.7 5.7 0 1 0 6.8 6.8z',
  down: 'M8 2.8v10M3.8 8.8 8 13l4.2-4.2',
  info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.2v4M8 4.8v.1',
  light:
    'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9M3.3 12.7l.9-.9M11.8 4.2l.9-.9',
  ring: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z',
  square: 'M4 4h8v8H4z',
  system: 'M2.2 3h11.6v7.8H2.2zM5.4 13.4h5.2',
  up: 'M8 13.2v-10M3.8 7.2 8 3l4.2 4.2',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;
