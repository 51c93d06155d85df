// JSON for the scripts, which are in bash: an encoder writes the requests and a parser
// reads the answers, because pasted text could change their meaning.
//
// usage: node json.mjs encode      <FIELDS  prints the object of the fields
//        node json.mjs lines       <JSON    prints NAME=VALUE for each member, a.b=VALUE within a
//        node json.mjs message FILE         prints the one value of a message file
//
// Each of FIELDS ends with a NUL. They come from standard input because other users can
// see arguments. NAME=TEXT is a string, NAME:=JSON a value, and NAME:=@FILE the message
// in a file; a.b is member b of a, and a.0 the first element of a.

import { readFileSync } from 'node:fs';

/** The largest size of a message that API Gateway sends, in bytes. */
const maxMessage = 128 * 1024;

class Refused extends Error {}

/** Json is the text of a JSON value. encode writes it unchanged, so a number keeps all its digits. */
class Json {
  constructor(text) {
    this.text = text;
  }
}

/** text returns the decoded UTF-8, or throws Refused with the given sentence. */
function text(bytes, refusal) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused(refusal);
  }
}

/** message returns the one JSON value in a file. */
function message(file) {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const causes = { ENOENT: 'it does not exist', EACCES: 'permission denied', EISDIR: 'it is a folder' };
    throw new Refused(`cannot read the file ${file}: ${causes[error.code] ?? error.message}`);
  }
  const [a, b] = bytes;
  const utf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const whole = text(bytes, `the file ${file} is ${utf16 ? 'UTF-16' : 'not UTF-8'}: save it as UTF-8`);
  if (whole.startsWith('\ufeff')) {
    throw new Refused(`the file ${file} begins with a byte order mark: save it as UTF-8 without one (no BOM)`);
  }
  const value = whole.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (!value) throw new Refused(`the file ${file} is empty: write one JSON value into it`);
  try {
    JSON.parse(value);
  } catch (error) {
    throw new Refused(
      `the file ${file} is not exactly one JSON value (${error.message}): correct it, and put a second message into another file`,
    );
  }
  const size = Buffer.byteLength(value);
  if (size > maxMessage) throw new Refused(`the file ${file} has ${size} bytes: shorten it to ${maxMessage}`);
  return new Json(value);
}

/** set sets the value at a path of names. */
function set(into, [name, ...rest], value) {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  into[name] ??= /^\d+$/.test(rest[0]) ? [] : {};
  set(into[name], rest, value);
}

/** encode returns the JSON of a value. */
function encode(value) {
  if (value instanceof Json) return value.text;
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${encode(member)}`).join(',')}}`;
}

/** object returns the JSON object of the fields. */
function object(bytes) {
  const whole = {};
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start)) {
    const equals = bytes.indexOf('=', start);
    const name = bytes.toString('utf8', start, equals).replace(/:$/, '');
    const value = text(bytes.subarray(equals + 1, end), `the ${name.split('.').pop().toLowerCase()} is not UTF-8: set the terminal to UTF-8`);
    const raw = bytes[equals - 1] === 0x3a; // NAME:=
    set(whole, name.split('.'), !raw ? value : value.startsWith('@') ? message(value.slice(1)) : new Json(value));
  }
  return encode(whole);
}

/** lines returns a line PATH=VALUE for each member of a value. */
function lines(value, path = '') {
  if (value === null) return '';
  if (typeof value !== 'object') return `${path}=${String(value).replace(/[\r\n]+/g, ' ')}\n`;
  return Object.entries(value)
    .map(([name, member]) => lines(member, path ? `${path}.${name}` : name))
    .join('');
}

/** parsed returns the value of a text, and an object without members if the text is not JSON: the script then names the missing member. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const [command, file] = process.argv.slice(2);
try {
  if (command === 'encode') process.stdout.write(object(readFileSync(0)));
  if (command === 'lines') process.stdout.write(lines(parsed(readFileSync(0, 'utf8'))));
  if (command === 'message') process.stdout.write(message(file).text);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  // The name of the script begins the error of a request, as in the other errors.
  console.error(process.env.SCRIPT ? `${process.env.SCRIPT}: ${error.message}` : error.message);
  process.exitCode = 1;
}
