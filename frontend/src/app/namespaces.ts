// Yours: name the namespaces of lambda/app/channels.go here, except those of the users' own channels.

/** The namespaces that the tab Channels suggests. */
export const namespaces: readonly string[] = ['chat', 'cursor'];
