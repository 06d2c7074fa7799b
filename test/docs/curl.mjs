// The few options of curl that the documentation uses, for machines that have no curl.
const words = process.argv.slice(2);
let [url, method, body, showsHead, hidesBody] = ['', undefined, undefined, false, false];
const headers = {};

while (words.length > 0) {
  const word = words.shift();
  if (word === '-s') continue;
  if (word === '-i') showsHead = true;
  else if (word === '-D' && words.shift() === '-') showsHead = true;
  else if (word === '-o' && words.shift() === '/dev/null') hidesBody = true;
  else if (word === '-I') [method, showsHead] = ['HEAD', true];
  else if (word === '-X') method = words.shift();
  else if (word === '-d') {
    body = words.shift();
    headers['Content-Type'] ??= 'application/x-www-form-urlencoded';
  } else if (word === '-H') {
    const [name, value] = words.shift().split(/:\s*/, 2);
    headers[name] = value;
  } else if (/^http:/.test(word)) url = word;
  else throw new Error(`curl ${word} is not known here`);
}

const { request } = await import('node:http');
const answer = await new Promise((resolve, reject) => {
  const sent = request(
    url,
    { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, agent: false },
    resolve,
  );
  sent.once('error', reject).end(body);
});
const chunks = [];
for await (const chunk of answer) chunks.push(chunk);
const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
for (let index = 0; index < answer.rawHeaders.length; index += 2)
  lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
if (showsHead) process.stdout.write(`${lines.join('\n')}\n\n`);
if (!hidesBody) process.stdout.write(Buffer.concat(chunks));
