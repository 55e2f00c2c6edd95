// @line/bot-sdk: sends, retry keys, errors, and its own middleware on what the double posts.
import { HTTPFetchError, messagingApi, middleware, SignatureValidationFailed } from '@line/bot-sdk';

import { base, check, control, refused, webhook } from './check.mjs';

const SECRET = 'secret-of-the-channel';
const USERS = [1, 2, 3].map((number) => `U${String(number).padStart(32, '0')}`);
const KEY = '123e4567-e89b-42d3-a456-426614174001';
const messages = [{ type: 'text', text: 'hi' }];
const client = (channelAccessToken) =>
  new messagingApi.MessagingApiClient({ channelAccessToken, baseURL: base });
const line = client('NPM_LINE_TOKEN');
const settings = { access_token: 'NPM_LINE_TOKEN', channel_secret: SECRET };
const set = (more = {}) => control('PUT', 'channels/npm', { ...settings, ...more });
const fault = (kind, endpoint = 'multicast') =>
  control('PUT', 'faults', { faults: [{ kind, channel: 'npm', endpoint, count: 1 }] });
const totals = () => control('GET', 'channels/npm/totals');

async function refusal(name, promise, status) {
  const error = await refused(name, promise);
  check(`${name}: it throws its own error`, error instanceof HTTPFetchError);
  check(`${name}: ${status}`, error.status, status);
  return { headers: error.headers, body: JSON.parse(error.body) };
}

async function sends() {
  const { httpResponse } = await line.multicastWithHttpInfo({ to: USERS, messages }, KEY);
  const id = httpResponse.headers.get('x-line-request-id');
  const again = await refusal('a retry key is used up', line.multicast({ to: USERS, messages }, KEY), 409);
  check('it names the request that was accepted', again.headers.get('x-line-accepted-request-id'), id);
  check('nobody got it twice', (await totals()).max_copies_per_person, 1);

  const pushed = await line.pushMessage({ to: USERS[0], messages });
  check('a push tells what was sent', pushed.sentMessages.length, 1);
  await line.validateMulticast({ messages });
  await refusal('a text too long is told before', line.validatePush({ messages: [{ type: 'text', text: 'a'.repeat(5001) }] }), 400);
}

async function retries() {
  const key = KEY.replace('4001', '4002');
  await fault('error_after_accept');
  const before = (await totals()).max_copies_per_person;
  await refusal('an error after the send', line.multicast({ to: USERS, messages }, key), 500);
  await refusal('the repeat is a conflict', line.multicast({ to: USERS, messages }, key), 409);
  const another = KEY.replace('4001', '4003');
  await fault('error_before_accept');
  await refusal('an error before the send', line.multicast({ to: USERS, messages }, another), 500);
  await line.multicast({ to: USERS, messages }, another);
  await fault('drop_after_accept');
  const third = KEY.replace('4001', '4004');
  const dropped = await refused('no answer', line.multicast({ to: USERS, messages }, third));
  check('a lost connection is no answer', dropped instanceof HTTPFetchError, false);
  await refusal('which the key settles', line.multicast({ to: USERS, messages }, third), 409);
  check('three sends are three copies', (await totals()).max_copies_per_person, before + 3);
  await refusal('a key is a UUID', line.multicast({ to: USERS, messages }, 'again'), 400);
}

async function errors() {
  await fault('rate_limited');
  const fast = await refusal('too fast', line.multicast({ to: USERS, messages }), 429);
  check('it says so', fast.body.message, 'The API rate limit has been exceeded. Try again later.');
  await fault('monthly_limit');
  const month = await refusal('the month is spent', line.multicast({ to: USERS, messages }), 429);
  check('in other words', month.body.message, 'You have reached your monthly limit.');
  await refusal('a token of nobody', client('WRONG').multicast({ to: USERS, messages }), 401);
  await refusal('nobody', line.pushMessage({ to: 'nobody', messages }), 400);
  const wrong = await refusal('a message that is none', line.multicast({ to: USERS, messages: [{ type: 'text' }] }), 400);
  check('the property is named', wrong.body.details.every((it) => it.property.startsWith('messages[0]')));
  await set({ quota: 1000 });
  check('the quota is read', await line.getMessageQuota(), { type: 'limited', value: 1000 });
  check('its use is read', typeof (await line.getMessageQuotaConsumption()).totalUsage, 'number');
  check('a profile is read', (await line.getProfile(USERS[0])).userId, USERS[0]);
  check('the account is read', (await line.getBotInfo()).basicId.startsWith('@'));
}

async function webhooks() {
  const read = middleware({ channelSecret: SECRET });
  const seen = [];
  const hook = await webhook(
    (request) =>
      new Promise((answer) =>
        read(request, {}, (error) => {
          if (error) return answer(error instanceof SignatureValidationFailed ? 401 : 400);
          seen.push(...request.body.events);
          answer(200);
        }),
      ),
  );
  await set({ webhook_url: hook.url });
  const events = [
    { type: 'message', user: USERS[0], text: '好 👍' },
    { type: 'follow', user: USERS[1], is_unblocked: true },
    { type: 'postback', user: USERS[2], data: 'a=1' },
  ];
  const posted = await control('POST', 'channels/npm/webhooks', { events, duplicates: 1, redeliveries: 1 });
  check('the middleware takes what is signed', posted.every((it) => it.status === 200));
  check('each came three times', seen.length, 9);
  check('under three ids', new Set(seen.map((it) => it.webhookEventId)).size, 3);
  check('a text is whole', seen[0].message.text, '好 👍');
  check('a redelivery says so', seen.filter((it) => it.deliveryContext.isRedelivery).length, 3);
  const forged = await control('POST', 'channels/npm/webhooks', { events, forged: true });
  check('the middleware refuses another secret', forged.every((it) => it.status === 401));
  const empty = await control('POST', 'channels/npm/webhooks', { events: [] });
  check('and takes the empty check', empty.map((it) => it.status), [200]);
  hook.close();
}

export async function run() {
  await set();
  for (const part of [sends, retries, errors, webhooks]) await part();
}
