// DynamoDB in memory, by dynalite.
//
// Settings: {"listen": "127.0.0.1:0"}. A new table is ready immediately. Every access key
// and signature is accepted.
import dynalite from 'dynalite';
import { endWithParent, listen, readSettings, ready } from './program.mjs';

const settings = readSettings(['listen']);
endWithParent();
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

// dynalite itself allows every web page to read and write the tables.
const [serve] = server.listeners('request');
server.removeAllListeners('request').on('request', (request, response) => {
  if (request.headers.origin !== undefined) {
    response.writeHead(403).end();
    return;
  }
  serve(request, response);
});

ready(await listen(server, settings.listen));
