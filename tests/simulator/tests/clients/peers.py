"""Clients that others wrote drive the doubles. One line of JSON for each check that failed; the exit status counts."""

import hashlib
import hmac
import json
import sys
import urllib.request

base = sys.argv[1]
PHONE, PAGE, SECRET = "106540352242922", "1024512345678", "app-secret"
PERSON = "+886912345678"


def check(name, holds):
    print(("ok " if holds else "FAILED ") + name, flush=True)
    if not holds:
        sys.exit(1)


def control(method, path, body):
    request = urllib.request.Request(
        f"{base}/_control/{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def fault(**error):
    faults = [{"kind": {"refuse": error}, "count": 1}]
    control("PUT", "graph/faults", {"faults": faults})


def pywa():
    import httpx
    from pywa import WhatsApp, errors, utils

    client = WhatsApp(phone_id=PHONE, token="PHONE_TOKEN", session=httpx.Client(trust_env=False))
    client.api._session.base_url = f"{base}/v25.0"
    from pywa.types.templates import BodyText, TemplateLanguage

    body = BodyText.params("Mei")
    sent = client.send_template(
        to=PERSON, name="hello", language=TemplateLanguage.ENGLISH_US, params=[body], tracker="campaign/1"
    )
    check("pywa sends a template", sent.id.startswith("wamid."))
    for code, name in [
        (130429, "RateLimitHit"),
        (131056, "TooManyMessages"),
        (131026, "MessageUndeliverable"),
        (131047, "ReEngagementMessage"),
        (190, "AccessTokenExpired"),
        (132015, "TemplatePaused"),
    ]:
        fault(code=code)
        try:
            client.send_message(to=PERSON, text="hi")
            check(f"pywa is refused with {code}", False)
        except errors.WhatsAppError as error:
            check(f"pywa reads {code} as {type(error).__name__}", getattr(error, "code", getattr(error, "error_code", None)) == code)
    sent = client.send_message(to=PERSON, text="hi again")
    check("pywa sends again after an error", sent.id.startswith("wamid."))
    posted = control("POST", f"phones/{PHONE}/webhooks", {"read_probability": 1.0})
    for post in posted:
        valid = utils.webhook_updates_validator(
            app_secret=SECRET,
            request_body=post["body"].encode(),
            x_hub_signature=post["signature"],
        )
        check("pywa finds the signature right", valid)
    received = control_get(f"phones/{PHONE}/deliveries/{PERSON[1:]}")
    check("what pywa sent is kept", [r["correlation"] for r in received][0] == "campaign/1")


def control_get(path):
    with urllib.request.urlopen(f"{base}/_control/{path}") as answer:
        return json.loads(answer.read())


def fbmessenger():
    from fbmessenger import MessengerClient
    from fbmessenger.elements import Text

    client = MessengerClient("PAGE_TOKEN", app_secret=SECRET)
    client.graph_url = f"{base}/v25.0"

    def send(text):
        payload = Text(text).to_dict()
        return client.send(payload, "1254", "UPDATE")

    check("fbmessenger sends a text", send("hi").get("message_id", "").startswith("m_"))
    fault(code=10, subcode=2018278)
    check("fbmessenger is refused", send("hi")["error"]["error_subcode"] == 2018278)
    check("a text too long is refused", send("a" * 2001)["error"]["code"] == 100)
    check("fbmessenger sends again", "message_id" in send("hi again"))
    for post in control("POST", f"pages/{PAGE}/webhooks", {}):
        right = hmac.new(SECRET.encode(), post["body"].encode(), hashlib.sha256).hexdigest()
        check("a page's webhook is signed", post["signature"] == f"sha256={right}")


def line():
    from linebot.v3.messaging import (
        ApiClient,
        ApiException,
        Configuration,
        MessagingApi,
        MulticastRequest,
        PushMessageRequest,
        TextMessage,
    )

    settings = Configuration(host=base, access_token="LINE_TOKEN")
    with ApiClient(settings) as client:
        api = MessagingApi(client)
        user = "U" + "0" * 31 + "1"
        key = "123e4567-e89b-42d3-a456-426614174000"
        message = TextMessage(text="hi")
        pushed = api.push_message(PushMessageRequest(to=user, messages=[message]), key)
        check("line-bot-sdk pushes", len(pushed.sent_messages) == 1)
        try:
            api.push_message(PushMessageRequest(to=user, messages=[message]), key)
            check("a retry key is used up", False)
        except ApiException as error:
            check("line-bot-sdk is told of the first", error.status == 409)
        api.multicast(MulticastRequest(to=[user], messages=[message]))
        check("line-bot-sdk reads the quota", api.get_message_quota().type == "none")
        check("line-bot-sdk reads the use", api.get_message_quota_consumption().total_usage == 2)
        check("line-bot-sdk reads a profile", api.get_profile(user).user_id == user)
        try:
            api.push_message(PushMessageRequest(to="nobody", messages=[message]))
            check("a wrong id is refused", False)
        except ApiException as error:
            check("line-bot-sdk reads an error", error.status == 400)


for part in (pywa, fbmessenger, line):
    part()
