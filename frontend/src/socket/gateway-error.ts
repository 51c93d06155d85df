const meanings: ReadonlyMap<string, string> = new Map([
  ['Forbidden', 'No route matches this message, or the new route is not deployed yet.'],
  [
    'Internal server error',
    'The function failed, ran out of time or memory, or could not be invoked. Its log has this request id.',
  ],
  [
    'Endpoint request timed out',
    'The function took longer than the integration allows (29 seconds at most). It may still be running.',
  ],
  ['Bad request body', 'The message does not fit the model of its route.'],
  ['Too Many Requests', 'Messages come faster than the throttle of the route or of the account allows.'],
]);

/** Explains an error frame of API Gateway (api-gateway.md 5.3). The connection stays open after each of them. */
export function explainGatewayError(message: string): string {
  return meanings.get(message) ?? 'API Gateway answered this by itself: the function was not called, or it failed.';
}
