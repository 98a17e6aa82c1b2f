package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.bus.Bus;
import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationKind;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.FindMembers;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.FindPreviews;
import io.parley.conversation.ConversationVerbs.Members;
import io.parley.conversation.ConversationVerbs.OpenDirect;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.Previews;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.Member;
import io.parley.conversation.Preview;
import io.parley.identity.Fingerprint;
import io.parley.identity.RequestKey;
import io.parley.json.JsonBytes;
import io.parley.settings.ChannelSettings;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The operations on conversations: create, list, read, update. */
public final class ConversationOperations {
  private static final int FIRST_PAGE = 50;

  private final Bus bus;
  private final ConversationRefs refs;
  private final NamedMembers named;

  public ConversationOperations(Bus bus, ChannelSettings channels) {
    this.bus = bus;
    this.named = new NamedMembers(channels);
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "createConversation", this::create,
        "listConversations", this::list,
        "getConversation", this::get,
        "updateConversation", this::update);
  }

  private Future<Answer> create(Caller caller, Input input) {
    return input.text("kind").equals("group")
        ? createGroup(caller, input)
        : openDirect(caller, input);
  }

  private Future<Answer> createGroup(Caller caller, Input input) {
    CreateGroup wanted =
        new CreateGroup(
            caller.party(),
            input.text("name").strip(),
            NamedMembers.users(input, "members"),
            named.externalMembers(caller, input, "members"),
            input.key());
    return bus.request(ConversationVerbs.CREATE_GROUP, wanted)
        .map(RefusalProblems::value)
        .map(ConversationOperations::opened);
  }

  private Future<Answer> openDirect(Caller caller, Input input) {
    return refs.direct(caller, String.valueOf(input.fields().get("with")))
        .compose(direct -> open(caller, direct, key(input, "direct\u0000" + direct.other().id())))
        .map(ConversationOperations::opened);
  }

  private Future<Opened> open(Caller caller, Direct direct, Optional<RequestKey> key) {
    // an existing conversation needs no request, unless an idempotency key has to be stored
    return direct.conversation().isPresent() && key.isEmpty()
        ? found(direct.conversation().get(), caller)
            .map(preview -> new Opened(preview, false, false))
        : bus.request(
                ConversationVerbs.OPEN_DIRECT, new OpenDirect(caller.party(), direct.other(), key))
            .map(RefusalProblems::value);
  }

  private static Optional<RequestKey> key(Input input, String request) {
    return input.key().map(text -> new RequestKey(text, Fingerprint.of(request)));
  }

  private static Answer opened(Opened opened) {
    Buffer body = JsonBytes.of(opened.preview());
    if (opened.replayed()) {
      return Answer.replayed(body);
    }
    return opened.created() ? Answer.created(body) : Answer.ok(body);
  }

  private Future<Preview> found(long conversation, Caller caller) {
    return bus.request(
            ConversationVerbs.FIND_PREVIEW, new FindPreview(conversation, caller.party().id()))
        .map(RefusalProblems::value);
  }

  private Future<Answer> list(Caller caller, Input input) {
    String listName =
        "conversations "
            + input.optionalText("kind").orElse("")
            + " "
            + input.optionalText("search").orElse("");
    FindPreviews query =
        new FindPreviews(
            caller.party().id(),
            input.optionalText("kind").map(ConversationKind::of),
            input.optionalText("search"),
            TimeCursor.read(input, listName),
            List.of(),
            (int) input.number("limit"));
    return bus.request(ConversationVerbs.FIND_PREVIEWS, query)
        .map(page -> Answer.ok(ListEnvelope.of(page.previews(), next(listName, page))));
  }

  private static Optional<Cursor> next(String listName, Previews page) {
    return page.more()
        ? Optional.of(page.previews().getLast().conversation())
            .map(last -> TimeCursor.of(listName, last.activeAt(), last.id()))
        : Optional.empty();
  }

  private Future<Answer> get(Caller caller, Input input) {
    if (ConversationRefs.isNumber(input)) {
      return detail(caller, ConversationRefs.number(input));
    }
    return refs.direct(caller, input.text("ref"))
        .compose(
            direct ->
                direct.conversation().isPresent()
                    ? detail(caller, direct.conversation().get())
                    : Future.succeededFuture(unstarted(caller, direct)));
  }

  private Future<Answer> detail(Caller caller, long conversation) {
    FindItems newest =
        new FindItems(
            conversation,
            caller.party().id(),
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            0,
            false,
            FIRST_PAGE);
    Future<Preview> preview = found(conversation, caller);
    Future<Items> items =
        bus.request(TimelineVerbs.FIND_ITEMS, newest).map(RefusalProblems::value).map(Items::whole);
    Future<Members> members = firstMembers(conversation, caller);
    return Future.all(preview, items, members)
        .map(
            all -> {
              List<JsonBytes.Part> oldestFirst = new ArrayList<>(items.result().items());
              Collections.reverse(oldestFirst);
              return detail(
                  preview.result(),
                  ListEnvelope.of(oldestFirst, ItemPages.next(newest, items.result())),
                  MemberPages.page(
                      members.result(),
                      MemberPages.listName(MemberPages.MEMBERS, conversation),
                      Member.class::cast));
            });
  }

  private Future<Members> firstMembers(long conversation, Caller caller) {
    FindMembers question =
        new FindMembers(
            conversation, caller.party().id(), Optional.empty(), Optional.empty(), FIRST_PAGE);
    return bus.request(ConversationVerbs.FIND_MEMBERS, question).map(RefusalProblems::value);
  }

  private static Answer detail(Preview preview, JsonBytes.Part items, JsonBytes.Part members) {
    return Answer.ok(
        JsonBytes.object(
            json -> {
              preview.writeFields(json);
              json.writeFieldName("items");
              items.writeTo(json);
              json.writeFieldName("members");
              members.writeTo(json);
            }));
  }

  /** A direct conversation without a first message: it has no number yet. */
  private static Answer unstarted(Caller caller, Direct direct) {
    Conversation conversation =
        new Conversation(
            0,
            ConversationKind.DIRECT,
            Optional.empty(),
            Optional.empty(),
            List.of(caller.party(), direct.other()),
            2,
            0,
            0,
            Instant.EPOCH,
            Instant.EPOCH,
            Instant.EPOCH);
    Preview preview = new Preview(conversation, Optional.of(direct.other()), Optional.empty(), 0);
    return detail(
        preview,
        ListEnvelope.of(List.of(), Optional.empty()),
        MemberPages.page(
            MemberPages.unstarted(caller, direct, Optional.empty(), FIRST_PAGE),
            "",
            Member.class::cast));
  }

  private Future<Answer> update(Caller caller, Input input) {
    return checkVisibleBeforeExternalMembers(caller, input)
        .compose(visible -> refs.group(caller, input))
        .compose(
            conversation ->
                bus.request(
                        ConversationVerbs.UPDATE_GROUP,
                        new UpdateGroup(
                            conversation,
                            caller.party(),
                            input.optionalText("name").map(String::strip),
                            NamedMembers.users(input, "add"),
                            named.externalMembers(caller, input, "add"),
                            NamedMembers.users(input, "remove")))
                    .map(RefusalProblems::value))
        // an owner who removed themselves no longer sees the group
        .map(updated -> updated.preview().<Answer>map(Answer::ok).orElseGet(Answer::noContent));
  }

  // only agents add externalMembers; a caller who cannot see the conversation gets "not found"
  // first
  private Future<Void> checkVisibleBeforeExternalMembers(Caller caller, Input input) {
    boolean addsExternalMembers = input.list("add").stream().anyMatch(each -> each instanceof Map);
    return addsExternalMembers && caller.stopped(Access.AGENT).isPresent()
        ? refs.checkVisible(caller, input)
        : Future.succeededFuture();
  }
}
