import { isLoopback } from '../config';
import type { Identity } from '../conversation/identity';

/** A command for the terminal, with a title that describes it. */
export type Command = { readonly title: string; readonly command: string };

/** The region of the local run, which its address does not contain. */
const localRegion = 'eu-west-1';

/**
 * The commands for this connection, to be run in a terminal in the project's folder. Options have the form --name=value
 * because ids and names may begin with a dash.
 */
export function commandsFor(websocketUrl: string, identity: Identity): readonly Command[] {
  const local = isLoopback(new URL(websocketUrl).hostname);
  const flag = local ? ' --local' : '';
  const id = shellQuote(identity.connectionId);
  const user = shellQuote(identity.user);
  const end = identity.user.startsWith('-') ? ' --' : ''; // ends the options
  const token = `"bearer.$(scripts/token.sh${flag}${end} ${user})"`;
  return [
    { title: 'Send the samples to this connection', command: `scripts/send.sh${flag} --connection=${id}` },
    { title: 'Send the samples to this user', command: `scripts/send.sh${flag} --user=${user}` },
    { title: 'Send one message with the AWS CLI', command: post(websocketUrl, id, local) },
    {
      title: 'Show the connection as API Gateway sees it',
      command: `${aws(websocketUrl, 'get-connection', local)} --connection-id=${id}`,
    },
    {
      title: 'End the connection without a reason',
      command: `${aws(websocketUrl, 'delete-connection', local)} --connection-id=${id}`,
    },
    {
      title: 'End the connection with a reason',
      command: `scripts/send.sh${flag} --disconnect --reason 'Back at noon.' --connection=${id}`,
    },
    {
      title: 'Open a second client',
      command: `npx wscat -c ${shellQuote(websocketUrl)} -s sallyport.v1 -s ${token}`,
    },
  ];
}

/** Returns the command that sends one message. Both versions of the AWS CLI send the bytes of a file unchanged. */
function post(websocketUrl: string, id: string, local: boolean): string {
  const message = shellQuote('{"type":"event","data":"hello"}');
  const command = aws(websocketUrl, 'post-to-connection', local);
  return `echo ${message} | ${command} --connection-id=${id} --data fileb:///dev/stdin`;
}

function aws(websocketUrl: string, verb: string, local: boolean): string {
  const endpoint = websocketUrl.replace(/^ws/, 'http');
  const region = local ? localRegion : /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/.exec(websocketUrl)?.[1];
  // A proxy cannot reach loopback.
  const key = local ? "no_proxy='*' AWS_SHARED_CREDENTIALS_FILE=.local/credentials " : '';
  const where = `${region ? ` --region ${region}` : ''} --endpoint-url ${shellQuote(endpoint)}`;
  return `${key}aws apigatewaymanagementapi ${verb}${where}`;
}

/** Returns the text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
