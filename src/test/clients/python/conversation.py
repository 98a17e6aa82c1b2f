"""Holds a conversation with a gateway through the generated client.

Usage: python3 conversation.py FOLDER-OF-THE-GENERATED-CLIENT BASE
"""

import json
import sys

sys.path.append(sys.argv[1])

import parley_client as parley  # noqa: E402
from parley_client.rest import ApiException  # noqa: E402

BASE = sys.argv[2]
PASSWORD = "a good password"


class User:
    """The operations of the contract, called as one user."""

    def __init__(self, token=None):
        configuration = parley.Configuration(host=BASE, access_token=token)
        client = parley.ApiClient(configuration)
        self.identity = parley.IdentityApi(client)
        self.conversations = parley.ConversationsApi(client)
        self.messages = parley.MessagesApi(client)
        self.files = parley.FilesApi(client)


def signed_up(name):
    anybody = User()
    anybody.identity.create_user(
        parley.NewUser(name=name, username=name, email=name + "@example.org", password=PASSWORD)
    )
    tokens = anybody.identity.issue_token(
        parley.TokenRequest(grant_type="password", username=name, password=PASSWORD)
    )
    return User(tokens.access_token)


pia = signed_up("pia")
pablo = signed_up("pablo")

group = pia.conversations.create_conversation(
    parley.NewConversation(
        parley.NewGroup(kind="group", name="Python \U0001f40d", members=[parley.NewMember("pablo")])
    )
)
ref = str(group.id)

file = pia.files.upload_attachment(b"{}", name="two.json")
assert file.size == 2, file
assert pia.files.get_attachment(file.id) == b"{}"

for item in [
    parley.NewMessageItem(type="message", body="Good morning, Pablo \U0001f44b"),
    parley.NewAttachmentItem(type="attachment", attachments=[parley.NewAttachment(id=file.id)]),
    parley.NewPostItem(type="post", post=parley.Post(url="https://example.org/p/tea", title="Tea time")),
    parley.NewTransferItem(type="transfer", transfer=parley.NewTransfer(amount=1250, currency="EUR")),
]:
    pia.messages.append_item(ref, parley.NewItem(item))
pablo.messages.send_message(ref, parley.NewMessage(body="Good morning!", reply_to=1))
pablo.messages.add_reaction(ref, 1, "\U0001f44d")
pia.messages.mark_read(ref, parley.NewReadPosition(seq=5))
pia.messages.move_transfer(seq=4, ref=ref, transfer_move=parley.TransferMove(state="canceled"))

page = pablo.messages.list_items(ref, limit=2)
assert [item.seq for item in page.data] == [1, 2], page
rest = pablo.messages.list_items(ref, cursor=page.next)
assert [item.type for item in rest.data] == ["post", "transfer", "message"], rest

changes = pablo.messages.list_changes(since=0, ref=ref)
events = [change.actual_instance.event for change in changes.data]
assert "receipt.updated" in events and "item.created" in events, events

detail = pablo.conversations.get_conversation(ref)
assert {member.party.handle for member in detail.members.data} == {"pia", "pablo"}, detail

try:
    pablo.conversations.update_conversation(ref, parley.ConversationUpdate(name="Mine"))
    raise AssertionError("renamed by somebody who does not own it")
except ApiException as refused:
    assert refused.status == 403 and json.loads(refused.body)["type"] == "forbidden", refused

print("all is well")
