// Calls @connections with the AWS SDK for JavaScript, and prints one line for
// each call.
import {
  ApiGatewayManagementApiClient as Client,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

const [endpoint, region, ConnectionId, gone, malformed] = process.argv.slice(2);
const api = new Client({ endpoint, region, maxAttempts: 1 });
const forged = new Client({
  endpoint,
  region,
  maxAttempts: 1,
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
});

async function show(name, command, client = api) {
  try {
    const answer = await client.send(command);
    const found = ['Identity', 'ConnectedAt', 'LastActiveAt'].filter((key) => key in answer);
    console.log([name, answer.$metadata.httpStatusCode, ...found].join(' '));
  } catch (error) {
    console.log(name, error.$metadata?.httpStatusCode, error.name, error.message.split('\n')[0]);
  }
}

await show('post', new PostToConnectionCommand({ ConnectionId, Data: 'from javascript' }));
await show('get', new GetConnectionCommand({ ConnectionId }));
await show('gone', new PostToConnectionCommand({ ConnectionId: gone, Data: 'x' }));
await show('malformed', new PostToConnectionCommand({ ConnectionId: malformed, Data: 'x' }));
await show('tooLarge', new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) }));
await show('forged', new PostToConnectionCommand({ ConnectionId, Data: 'x' }), forged);
await show('delete', new DeleteConnectionCommand({ ConnectionId }));
