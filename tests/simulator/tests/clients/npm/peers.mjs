// Clients that others wrote drive the doubles: `node peers.mjs http://127.0.0.1:PORT`. Ends with 0 if every check holds.
import { run as line } from './line.mjs';
import { run as messenger } from './messenger.mjs';
import { run as whatsapp } from './whatsapp.mjs';

for (const part of [line, whatsapp, messenger]) await part();
process.exit(0);
