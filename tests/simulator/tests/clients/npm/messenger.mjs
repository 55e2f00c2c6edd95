// messaging-api-messenger: sends and templates with a proof, batches, errors. It checks no signature, so Node's own HMAC does.
import { createHmac } from 'node:crypto';

import messaging from 'messaging-api-messenger';

import { base, bytes, check, control, graphFault, refused, webhook } from './check.mjs';

const { MessengerBatch, MessengerClient } = messaging;
const PAGE = '77';
const PERSON = '1254';
const SECRET = 'secret-of-the-app';
const settings = { access_token: 'NPM_PAGE_TOKEN', app_secret: SECRET, require_proof: true, everyone_in_window: true };
const connect = (more) => new MessengerClient({ accessToken: 'NPM_PAGE_TOKEN', version: '25.0', origin: base, ...more });
const client = connect({ appSecret: SECRET });
const url = 'https://shop.example/new';

async function sends() {
  const sent = await client.sendText(PERSON, 'hi');
  check('a text is sent', [sent.recipientId, sent.messageId.startsWith('m_')], [PERSON, true]);
  const quickReplies = [{ contentType: 'text', title: 'More', payload: 'more' }];
  check('quick replies are', 'messageId' in (await client.sendMessage(PERSON, { text: 'more?', quickReplies })));
  check('an image is', 'messageId' in (await client.sendImage(PERSON, 'https://shop.example/a.png')));
  const button = { type: 'web_url', title: 'See', url };
  check('buttons are', 'messageId' in (await client.sendButtonTemplate(PERSON, 'New', [button])));
  const element = { title: 'New', subtitle: 'and good', buttons: [button] };
  check('a generic template is', 'messageId' in (await client.sendGenericTemplate(PERSON, [element])));
  const batch = await client.sendBatch([MessengerBatch.sendText(PERSON, 'a'), MessengerBatch.sendText(PERSON, 'a'.repeat(2001))]);
  check('a batch is answered one by one', batch.map((it) => it.code), [200, 400]);
}

async function errors() {
  const code = async (name, promise) => (await refused(name, promise)).response?.data?.error;
  const unproved = await code('no proof', connect({ skipAppSecretProof: true }).sendText(PERSON, 'hi'));
  check('a proof is asked for', unproved.code, 100);
  check('a text too long is refused', (await code('2001', client.sendText(PERSON, 'a'.repeat(2001)))).code, 100);
  const four = Array.from({ length: 4 }, () => ({ type: 'web_url', title: 'See', url }));
  check('a fourth button is refused', (await code('buttons', client.sendButtonTemplate(PERSON, 'New', four))).code, 100);
  for (const [wrong, subcode] of [[10, 2018278], [551, 1545041], [613, 2018338], [190, 460]]) {
    await graphFault({ refuse: { code: wrong, subcode } });
    const error = await code(`${wrong}`, client.sendText(PERSON, 'x'));
    check(`${wrong}/${subcode} is read`, [error.code, error.errorSubcode], [wrong, subcode]);
  }
  await graphFault('drop_after_accept');
  const lost = await code('dropped', client.sendText(PERSON, 'once'));
  check('a lost connection is no answer', lost === undefined);
  check('and was sent all the same', (await control('GET', `pages/${PAGE}/deliveries/${PERSON}`)).length, 7);
}

async function webhooks() {
  const seen = [];
  const hook = await webhook(async (request) => {
    if (request.method === 'GET') {
      const query = new URL(request.url, base).searchParams;
      return query.get('hub.verify_token') === 'verify' ? [200, query.get('hub.challenge')] : 403;
    }
    const body = await bytes(request);
    const right = createHmac('sha256', SECRET).update(body).digest('hex');
    if (request.headers['x-hub-signature-256'] !== `sha256=${right}`) return 401;
    seen.push(...JSON.parse(body).entry.flatMap((entry) => entry.messaging));
    return 200;
  });
  await control('PUT', `pages/${PAGE}`, { ...settings, webhook_url: hook.url, verify_token: 'verify' });
  check('the endpoint is verified', (await control('POST', `pages/${PAGE}/verify`, null)).verified);
  const posted = await control('POST', `pages/${PAGE}/webhooks`, { read_probability: 1 });
  check('what is posted is signed', posted.every((it) => it.status === 200));
  check('each send has its echo', seen.filter((it) => it.message?.is_echo).length, 7);
  check('and they were read', seen.filter((it) => it.read).length > 0);
  const forged = { events: [{ type: 'text', from: PERSON, text: 'hi', quick_reply: null }], post: { forged: true } };
  const refusals = await control('POST', `pages/${PAGE}/webhooks`, forged);
  check('another secret is refused', refusals.length > 0 && refusals.every((it) => it.status === 401));
  hook.close();
}

export async function run() {
  await control('PUT', `pages/${PAGE}`, settings);
  for (const part of [sends, errors, webhooks]) await part();
}
