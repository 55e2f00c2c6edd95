// @kapso/whatsapp-cloud-api: templates, its own classes of errors, and its own check of signatures.
import { GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { normalizeWebhook, verifySignature } from '@kapso/whatsapp-cloud-api/server';

import { base, bytes, check, control, graphFault, refused, webhook } from './check.mjs';

const PHONE = '1065';
const PERSON = '+886912345678';
const SECRET = 'secret-of-the-app';
const BODY = { type: 'BODY', text: 'Hi {{1}}' };
const templates = [{ name: 'hello', language: 'en_US', category: 'UTILITY', components: [BODY] }];
const settings = { access_token: 'NPM_PHONE_TOKEN', app_secret: SECRET, templates };
const client = new WhatsAppClient({ accessToken: 'NPM_PHONE_TOKEN', baseUrl: base, graphVersion: 'v25.0' });

const parameters = [{ type: 'text', text: 'Mei' }];
const template = (more = {}) => ({
  phoneNumberId: PHONE,
  to: PERSON,
  template: { name: 'hello', language: { code: 'en_US' }, components: [{ type: 'body', parameters }], ...more },
});

/** What the client says of each code: its category, and what it would do. */
const CLASSES = [
  [130429, 'throttling', 'retry_after'],
  [131056, 'throttling', 'retry_after'],
  [80007, 'throttling', 'retry_after'],
  [190, 'authorization', 'refresh_token'],
  [10, 'permission', 'fix_and_retry'],
  [131008, 'parameter', 'fix_and_retry'],
  [131047, 'reengagementWindow', 'do_not_retry'],
  [132015, 'template', 'fix_and_retry'],
  [131000, 'server', 'retry'],
];

async function sends() {
  const sent = await client.messages.sendTemplate(template());
  check('a template is sent', sent.messages[0].id.startsWith('wamid.'));
  const none = await refused('too few parameters', client.messages.sendTemplate(template({ components: [] })));
  check('too few parameters are 132000', none.code, 132000);
  const missing = await refused('no such template', client.messages.sendTemplate(template({ name: 'other' })));
  check('no such template is 132001', [missing.code, missing.httpStatus], [132001, 404]);
  check('both are its own error', none instanceof GraphApiError && missing instanceof GraphApiError);
}

async function errors() {
  for (const [code, category, action] of CLASSES) {
    await graphFault({ refuse: { code } });
    const error = await refused(`${code}`, client.messages.sendTemplate(template()));
    check(`${code} is ${category}: ${action}`, [error.code, error.category, error.retry.action], [code, category, action]);
  }
  const sent = await client.messages.sendTemplate(template());
  check('a repeat after an error is sent', sent.messages.length, 1);
}

async function webhooks() {
  const seen = [];
  const hook = await webhook(async (request) => {
    const rawBody = await bytes(request);
    const signatureHeader = request.headers['x-hub-signature-256'];
    if (!verifySignature({ appSecret: SECRET, rawBody, signatureHeader })) return 401;
    seen.push(normalizeWebhook(JSON.parse(rawBody)));
    return 200;
  });
  await control('PUT', `phones/${PHONE}`, { ...settings, webhook_url: hook.url });
  const events = [{ type: 'text', from: PERSON.slice(1), body: 'é 👍' }];
  const posted = await control('POST', `phones/${PHONE}/webhooks`, { events, read_probability: 1 });
  check('the client takes what is signed', posted.length > 0 && posted.every((it) => it.status === 200));
  const told = (status) => seen.flatMap((it) => it.statuses).filter((it) => it.status === status).length;
  check('each of two sends is sent, delivered and read', ['sent', 'delivered', 'read'].map(told), [2, 2, 2]);
  const texts = seen.flatMap((it) => it.messages).map((it) => it.text.body);
  check('a text is whole', texts, ['é 👍']);
  const forged = await control('POST', `phones/${PHONE}/webhooks`, { events, post: { forged: true } });
  check('the client refuses another secret', forged.every((it) => it.status === 401));
  hook.close();
}

export async function run() {
  await control('PUT', `phones/${PHONE}`, settings);
  for (const part of [sends, errors, webhooks]) await part();
}
