// Prints every message that arrives. Usage: node listen.mjs USERNAME PASSWORD [GATEWAY]
import { Parley } from '../parley.js';

const [username, password, gateway = 'http://localhost:8080'] = process.argv.slice(2);
const parley = new Parley(gateway, { username, password });
parley.on('open', () => console.log('listening as ' + username));
parley.on('close', () => console.log('connection lost, reconnecting'));
parley.on('refused', (failure) => console.error(failure.message));
parley.on('item.created', ({ item }) => console.log(item.author.name + ': ' + (item.body ?? item.type)));
