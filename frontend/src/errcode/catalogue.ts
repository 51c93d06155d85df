/** What the catalogue of the backend says of a code: one sentence for the person, and what to do. */
export type ErrorCodeText = { readonly meaning: string; readonly remedy: string };

/**
 * Looks a code up; undefined if it is not in the catalogue. The catalogue is
 * generated from the backend's (lambda/errcode), and loaded when it is needed:
 * most people never see any of it.
 */
export async function findErrorCode(code: string): Promise<ErrorCodeText | undefined> {
  try {
    const { default: all } = await import('../errors.json');
    return Object.hasOwn(all, code) ? all[code as keyof typeof all] : undefined;
  } catch {
    return undefined; // it could not be loaded: the code must do
  }
}
