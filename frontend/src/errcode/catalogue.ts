/** The entry of an error code in the server's catalogue: its meaning in one sentence, and the remedy. */
export type ErrorCodeText = { readonly meaning: string; readonly remedy: string };

/**
 * Returns the entry of an error code, or undefined if it is not in the catalogue. The catalogue is generated from
 * lambda/errcode. It is loaded when it is needed, because most users never see an error code.
 */
export async function findErrorCode(code: string): Promise<ErrorCodeText | undefined> {
  try {
    const { default: all } = await import('../errors.json');
    return Object.hasOwn(all, code) ? all[code as keyof typeof all] : undefined;
  } catch {
    return undefined; // it could not be loaded, so only the code is shown
  }
}
