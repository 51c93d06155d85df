// The folder src/app is yours, as lambda/app is on the server. Later versions of Sallyport do not change it. Everything
// else in src belongs to Sallyport: if you leave it as it is, you can take a later version by copying it.

import { Console } from '../console/console';
import type { PageProps } from '../console/start';
import { routes } from '../contract';
import { repliesOf } from '../conversation/reply';
import { templates } from './templates';

const replies = repliesOf(routes);

/** The page, once its configuration is known. Put your own components here; Console is the one that Sallyport has. */
export function App({ config, signIn }: PageProps) {
  return <Console config={config} signIn={signIn} templates={templates} replies={replies} />;
}
