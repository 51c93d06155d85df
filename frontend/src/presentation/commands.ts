import { isLoopback } from '../address';
import type { Identity } from '../conversation/identity';

/** A command for the terminal, with a title that describes it. */
export type Command = { readonly title: string; readonly command: string };

/** The file with the stack outputs of a local run, unless the run names another one. */
const defaultOutputs = '.local/outputs.json';

/** The region of the local run, which its address does not contain. */
const localRegion = 'eu-west-1';

/**
 * The commands for this connection, to be run in a terminal in the project's folder. Options have the form --name=value
 * because ids and names may begin with a dash. `outputs` is the file with the stack outputs of a local run, which a
 * deployed stack does not have.
 */
export function commandsFor(
  websocketUrl: string,
  identity: Identity,
  outputs: string = defaultOutputs,
): readonly Command[] {
  const local = isLoopback(new URL(websocketUrl).hostname);
  const run = local ? { folder: outputs.replace(/[^/]*$/, ''), outputs } : undefined;
  const { script, flag } = scriptsFor(websocketUrl, outputs);
  const id = shellQuote(identity.connectionId);
  const user = shellQuote(identity.user);
  const end = identity.user.startsWith('-') ? ' --' : ''; // ends the options
  const token = `"bearer.$(${script}/token.sh${flag}${end} ${user})"`;
  return [
    { title: 'Send the samples to this connection', command: `${script}/send.sh${flag} --connection=${id}` },
    { title: 'Send the samples to this user', command: `${script}/send.sh${flag} --user=${user}` },
    { title: 'Send one message with the AWS CLI', command: post(websocketUrl, id, run) },
    {
      title: 'Show the connection as API Gateway sees it',
      command: `${aws(websocketUrl, 'get-connection', run)} --connection-id=${id}`,
    },
    {
      title: 'End the connection without a reason',
      command: `${aws(websocketUrl, 'delete-connection', run)} --connection-id=${id}`,
    },
    {
      title: 'End the connection with a reason',
      command: `${script}/send.sh${flag} --disconnect --reason 'Back at noon.' --connection=${id}`,
    },
    {
      title: 'Open a second client',
      command: `npx -y wscat@6.1.0 -c ${shellQuote(websocketUrl)} -s sallyport.v1 -s ${token}`,
    },
  ];
}

/**
 * Returns the command that prints the log lines with a trace id since a time, in Unix milliseconds. They are those of the
 * function, whose log has the reason of a refusal.
 */
export function commandToFind(websocketUrl: string, trace: string, since: number): string {
  const where = ` --region ${regionOf(websocketUrl)} --log-group-name ${stackOutput('logGroupName')}`;
  const what = `--start-time ${since} --filter-pattern '"${trace}"' --query 'events[].message' --output text`;
  return `aws logs filter-log-events${where} ${what}`;
}

/** Returns the folder of the scripts in a command, with the variable that it needs, and the option for a local run. */
export function scriptsFor(websocketUrl: string, outputs: string = defaultOutputs): { script: string; flag: string } {
  const local = isLoopback(new URL(websocketUrl).hostname);
  const script = local && outputs !== defaultOutputs ? `SALLYPORT_OUTPUTS=${shellQuote(outputs)} scripts` : 'scripts';
  return { script, flag: local ? ' --local' : '' };
}

/** Returns the command that sends a text to this connection. A text that is not JSON becomes a JSON string. */
export function commandToSend(
  websocketUrl: string,
  identity: Identity,
  text: string,
  outputs: string = defaultOutputs,
): string {
  const { script, flag } = scriptsFor(websocketUrl, outputs);
  const target = `--connection=${shellQuote(identity.connectionId)}`;
  return `printf %s ${shellQuote(asJson(text))} | ${script}/send.sh${flag} ${target} /dev/stdin`;
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** A local run, with the folder of its output files and the file of the stack outputs. */
type LocalRun = { readonly folder: string; readonly outputs: string };

/** Returns the command that sends one message. Both versions of the AWS CLI send the bytes of a file unchanged. */
function post(websocketUrl: string, id: string, run: LocalRun | undefined): string {
  const message = shellQuote('{"type":"event","data":"hello"}');
  const command = aws(websocketUrl, 'post-to-connection', run);
  return `echo ${message} | ${command} --connection-id=${id} --data fileb:///dev/stdin`;
}

function aws(websocketUrl: string, verb: string, run: LocalRun | undefined): string {
  const region = run ? localRegion : regionOf(websocketUrl);
  // A proxy cannot reach loopback.
  const key = run ? `no_proxy='*' AWS_SHARED_CREDENTIALS_FILE=${shellQuote(`${run.folder}credentials`)} ` : '';
  return `${key}aws apigatewaymanagementapi ${verb} --region ${region} --endpoint-url ${endpointOf(websocketUrl, run)}`;
}

/** Returns the endpoint of @connections as a word of a shell. A custom domain and the domain of the page do not have it. */
function endpointOf(websocketUrl: string, run: LocalRun | undefined): string {
  const { host } = new URL(websocketUrl);
  if (run ? host !== globalThis.location?.host : executeAPI.test(host)) {
    return shellQuote(websocketUrl.replace(/^ws/, 'http'));
  }
  const name = 'connectionsUrl';
  return run ? String.raw`"$(sed -n 's/.*"${name}": "\(.*\)".*/\1/p' ${shellQuote(run.outputs)})"` : stackOutput(name);
}

/** Matches AWS's own domain of an API, which contains the region. */
const executeAPI = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/;

/** Returns the region of a deployed stack as a word of a shell. */
function regionOf(websocketUrl: string): string {
  return executeAPI.exec(websocketUrl)?.[1] ?? stackOutput('region');
}

/** Returns the output of the selected stack as a word of a shell. */
function stackOutput(name: string): string {
  return `"$(pulumi stack output ${name})"`;
}

/** Returns the text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
