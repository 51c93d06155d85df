import { describe, expect, it, vi } from 'vitest';
import { commandsFor, commandToFind, commandToSend, shellQuote } from './commands';

const identity = { connectionId: 'WhHAe-TROkECC5w=', user: 'alice', expires: 1 };

describe('commandsFor', () => {
  it('names the region and the endpoint of a deployed stack', () => {
    const commands = commandsFor('wss://a1b2.execute-api.eu-west-1.amazonaws.com/live', identity);
    expect(commands.map(({ command }) => command)).toEqual([
      'scripts/send.sh --connection=WhHAe-TROkECC5w=',
      'scripts/send.sh --user=alice',
      `echo '{"type":"event","data":"hello"}' | aws apigatewaymanagementapi post-to-connection --region eu-west-1 --endpoint-url https://a1b2.execute-api.eu-west-1.amazonaws.com/live --connection-id=WhHAe-TROkECC5w= --data fileb:///dev/stdin`,
      'aws apigatewaymanagementapi get-connection --region eu-west-1 --endpoint-url https://a1b2.execute-api.eu-west-1.amazonaws.com/live --connection-id=WhHAe-TROkECC5w=',
      'aws apigatewaymanagementapi delete-connection --region eu-west-1 --endpoint-url https://a1b2.execute-api.eu-west-1.amazonaws.com/live --connection-id=WhHAe-TROkECC5w=',
      "scripts/send.sh --disconnect --reason 'Back at noon.' --connection=WhHAe-TROkECC5w=",
      'npx -y wscat@6.1.0 -c wss://a1b2.execute-api.eu-west-1.amazonaws.com/live -s sallyport.v1 -s "bearer.$(scripts/token.sh alice)"',
    ]);
  });

  it('passes an id and a name that begin with a dash as values', () => {
    const dashed = { connectionId: '-hHAe-TROkECC5w=', user: '-bob', expires: 1 };
    const commands = commandsFor('wss://a1b2.execute-api.eu-west-1.amazonaws.com/live', dashed);
    for (const { command } of commands) expect(command).not.toMatch(/(?<!--) -(hHAe|bob)/);
    expect(commands.at(-1)?.command).toContain('$(scripts/token.sh -- -bob)');
  });

  it('uses the endpoint and the credentials of the local run', () => {
    const commands = commandsFor('ws://127.0.0.1:8081/live', identity).map(({ command }) => command);
    expect(commands[0]).toBe('scripts/send.sh --local --connection=WhHAe-TROkECC5w=');
    expect(commands[3]).toMatch(/^no_proxy='\*' AWS_SHARED_CREDENTIALS_FILE=\.local\/credentials aws /);
    expect(commands[3]).toContain('--region eu-west-1 --endpoint-url http://127.0.0.1:8081/live');
  });

  it('names the output files of a second local run', () => {
    const commands = commandsFor('ws://127.0.0.1:9081/live', identity, '.local/my second/outputs.json');
    expect(commands.map(({ command }) => command)).toEqual([
      "SALLYPORT_OUTPUTS='.local/my second/outputs.json' scripts/send.sh --local --connection=WhHAe-TROkECC5w=",
      "SALLYPORT_OUTPUTS='.local/my second/outputs.json' scripts/send.sh --local --user=alice",
      `echo '{"type":"event","data":"hello"}' | no_proxy='*' AWS_SHARED_CREDENTIALS_FILE='.local/my second/credentials' aws apigatewaymanagementapi post-to-connection --region eu-west-1 --endpoint-url http://127.0.0.1:9081/live --connection-id=WhHAe-TROkECC5w= --data fileb:///dev/stdin`,
      "no_proxy='*' AWS_SHARED_CREDENTIALS_FILE='.local/my second/credentials' aws apigatewaymanagementapi get-connection --region eu-west-1 --endpoint-url http://127.0.0.1:9081/live --connection-id=WhHAe-TROkECC5w=",
      "no_proxy='*' AWS_SHARED_CREDENTIALS_FILE='.local/my second/credentials' aws apigatewaymanagementapi delete-connection --region eu-west-1 --endpoint-url http://127.0.0.1:9081/live --connection-id=WhHAe-TROkECC5w=",
      "SALLYPORT_OUTPUTS='.local/my second/outputs.json' scripts/send.sh --local --disconnect --reason 'Back at noon.' --connection=WhHAe-TROkECC5w=",
      `npx -y wscat@6.1.0 -c ws://127.0.0.1:9081/live -s sallyport.v1 -s "bearer.$(SALLYPORT_OUTPUTS='.local/my second/outputs.json' scripts/token.sh --local alice)"`,
    ]);
  });

  // A custom domain and the domain of the page do not serve @connections.
  it.each(['wss://socket.example', 'wss://d111111abcdef8.cloudfront.net/live', 'wss://chat.example.com/live'])(
    'takes the endpoint from the outputs if clients connect to %s',
    (url) => {
      const commands = commandsFor(url, identity).map(({ command }) => command);
      const where = '--region "$(pulumi stack output region)" --endpoint-url "$(pulumi stack output connectionsUrl)"';
      for (const n of [2, 3, 4]) expect(commands[n]).toContain(`-connection ${where} --connection-id=`);
      expect(commands.at(-1)).toContain(`-c ${url} `);
    },
  );

  it.each([
    [undefined, '.local/outputs.json'],
    ['/tmp/my run/outputs.json', "'/tmp/my run/outputs.json'"],
  ])('takes the endpoint of a local run with one domain from %s', (outputs, file) => {
    vi.stubGlobal('location', { host: '127.0.0.1:8080' });
    const commands = commandsFor('ws://127.0.0.1:8080/live', identity, outputs).map(({ command }) => command);
    const endpoint = String.raw`--endpoint-url "$(sed -n 's/.*"connectionsUrl": "\(.*\)".*/\1/p' ${file})"`;
    for (const n of [2, 3, 4]) expect(commands[n]).toContain(`--region eu-west-1 ${endpoint} --connection-id=`);
    vi.unstubAllGlobals();
  });
});

describe('commandToSend', () => {
  it.each([
    [
      'wss://a1b2.execute-api.eu-west-1.amazonaws.com/live',
      '{"a":"it\'s"}',
      `printf %s '{"a":"it'\\''s"}' | scripts/send.sh`,
    ],
    ['ws://127.0.0.1:8081/live', '7', 'printf %s 7 | scripts/send.sh --local'],
    ['ws://127.0.0.1:8081/live', 'plain text', `printf %s '"plain text"' | scripts/send.sh --local`],
  ])('to %s sends %s', (url, text, start) => {
    expect(commandToSend(url, identity, text)).toBe(`${start} --connection=WhHAe-TROkECC5w= /dev/stdin`);
  });
});

describe('shellQuote', () => {
  it.each([
    ['alice@example.com', 'alice@example.com'],
    ["o'neill", "'o'\\''neill'"],
    ['a b', "'a b'"],
    ['$(reboot)', "'$(reboot)'"],
    ['', "''"],
    ['Zoë', "'Zoë'"],
  ])('quotes %j as one word', (text, word) => {
    expect(shellQuote(text)).toBe(word);
  });
});

describe('commandToFind', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const rest = `--log-group-name "$(pulumi stack output logGroupName)" --start-time 1000 --filter-pattern '"${trace}"' --query 'events[].message' --output text`;

  it('finds the lines with a trace id', () => {
    expect(commandToFind('wss://a1b2.execute-api.eu-west-1.amazonaws.com/live', trace, 1000)).toBe(
      `aws logs filter-log-events --region eu-west-1 ${rest}`,
    );
  });

  it('takes the region from the outputs if the address does not contain it', () => {
    expect(commandToFind('wss://api.example/live', trace, 1000)).toBe(
      `aws logs filter-log-events --region "$(pulumi stack output region)" ${rest}`,
    );
  });
});
