/** The keys in localStorage for whether the drawer is open ("open"), and for its height in percent of the window. */
export const openKey = 'inspector';
export const heightKey = 'inspector-height';
