import { errorCodes } from '../contract';

/** The entry of an error code in the server's catalogue: its meaning in one sentence, and the remedy. */
export type ErrorCodeText = { readonly meaning: string; readonly remedy: string };

/**
 * Returns the entry of an error code, or undefined if it is in neither catalogue: that of the app, `own`, and that of
 * lambda/errcode. The latter is loaded when it is needed, because most users never see an error code.
 */
export async function findErrorCode(
  code: string,
  own: Readonly<Record<string, ErrorCodeText>> = errorCodes,
): Promise<ErrorCodeText | undefined> {
  if (Object.hasOwn(own, code)) {
    return own[code];
  }
  try {
    const { default: all } = await import('../errors.json');
    return Object.hasOwn(all, code) ? all[code as keyof typeof all] : undefined;
  } catch {
    return undefined; // it could not be loaded, so only the code is shown
  }
}
