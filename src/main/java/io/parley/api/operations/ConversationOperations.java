package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.Address;
import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationKind;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.Direct;
import io.parley.conversation.ConversationVerbs.ExternalMember;
import io.parley.conversation.ConversationVerbs.FindChanges;
import io.parley.conversation.ConversationVerbs.FindMembers;
import io.parley.conversation.ConversationVerbs.FindPreview;
import io.parley.conversation.ConversationVerbs.FindPreviews;
import io.parley.conversation.ConversationVerbs.Members;
import io.parley.conversation.ConversationVerbs.OpenDirect;
import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.Position;
import io.parley.conversation.ConversationVerbs.Previews;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.Member;
import io.parley.conversation.Preview;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.parley.identity.RequestKey;
import io.parley.json.JsonBytes;
import io.parley.settings.ChannelSettings;
import io.parley.timeline.Channel;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Conversations and who is in them. */
public final class ConversationOperations {
  private static final int FIRST_PAGE = 50;
  private static final int MOST_CHANGES = 500;
  private static final String MEMBERS = "members";

  private final Bus bus;
  private final ConversationRefs refs;
  private final String region;
  private final AllowedSenders senders;

  public ConversationOperations(Bus bus, ChannelSettings channels) {
    this.bus = bus;
    this.region = channels.region();
    this.senders = new AllowedSenders(channels);
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "createConversation", this::create,
        "listConversations", this::list,
        "getConversation", this::get,
        "updateConversation", this::update,
        "listMembers", (caller, input) -> members(caller, input, MEMBERS, Member.class::cast),
        "addMember", this::addMember,
        "removeMember", this::removeMember,
        "listReceipts", (caller, input) -> members(caller, input, "receipts", Member::receipt),
        "listChanges", this::changes);
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
            users(input, "members"),
            externalMembers(caller, input, "members"),
            input.key());
    return bus.request(ConversationVerbs.CREATE_GROUP, wanted)
        .map(RefusalProblems::value)
        .compose(opened -> opened(opened, caller));
  }

  private Future<Answer> openDirect(Caller caller, Input input) {
    return refs.direct(caller, String.valueOf(input.fields().get("with")))
        .compose(direct -> open(caller, direct, key(input, "direct\u0000" + direct.other().id())))
        .compose(opened -> opened(opened, caller));
  }

  private Future<Opened> open(Caller caller, Direct direct, Optional<RequestKey> key) {
    // what is there already need not be opened, unless a key has to be remembered
    return direct.conversation().isPresent() && key.isEmpty()
        ? Future.succeededFuture(new Opened(direct.conversation().get(), false, false))
        : bus.request(
                ConversationVerbs.OPEN_DIRECT, new OpenDirect(caller.party(), direct.other(), key))
            .map(RefusalProblems::value);
  }

  private static Optional<RequestKey> key(Input input, String request) {
    return input.key().map(text -> new RequestKey(text, Fingerprint.of(request)));
  }

  private Future<Answer> opened(Opened opened, Caller caller) {
    return preview(opened.conversation(), caller)
        .map(
            body -> {
              if (opened.replayed()) {
                return Answer.replayed(body);
              }
              return opened.created() ? Answer.created(body) : Answer.ok(body);
            });
  }

  /** Those who are named by an address; an agent's to do. */
  private List<ExternalMember> externalMembers(Caller caller, Input input, String field) {
    List<ExternalMember> externalMembers = new ArrayList<>();
    for (Object each : input.list(field)) {
      if (each instanceof Map<?, ?> named) {
        caller
            .stopped(Access.AGENT)
            .ifPresent(
                problem -> {
                  throw new Problem.Refused(problem);
                });
        externalMembers.add(externalMember(named, field));
      }
    }
    return externalMembers;
  }

  private ExternalMember externalMember(Map<?, ?> named, String field) {
    Channel channel = Channel.of(String.valueOf(named.get("channel")));
    Address address = address(channel, named.get("address"), field + ".address");
    Address via = address(channel, named.get("via"), field + ".via");
    if (address.handle().equals(via.handle())) {
      throw new Problem.Refused(
          Problem.rule("self_conversation", "A conversation needs two different parties."));
    }
    senders.check(via.handle());
    return new ExternalMember(
        new Party.Unnamed(address.kind(), address.handle(), address.text()), channel, via.text());
  }

  private Address address(Channel channel, @Nullable Object text, String field) {
    return Address.of(channel, String.valueOf(text), region)
        .orElseThrow(
            () ->
                new Problem.Refused(Problem.invalid(field, "must be an address of that channel")));
  }

  private static List<UserRef> users(Input input, String field) {
    return input.list(field).stream()
        .filter(each -> !(each instanceof Map))
        .map(each -> new UserRef(String.valueOf(each)))
        .distinct()
        .toList();
  }

  private Future<Preview> found(long conversation, Caller caller) {
    return bus.request(
            ConversationVerbs.FIND_PREVIEW, new FindPreview(conversation, caller.party().id()))
        .map(RefusalProblems::value);
  }

  private Future<Buffer> preview(long conversation, Caller caller) {
    return found(conversation, caller).map(JsonBytes::of);
  }

  private Future<Answer> list(Caller caller, Input input) {
    String list =
        "conversations "
            + input.optionalText("kind").orElse("")
            + " "
            + input.optionalText("search").orElse("");
    FindPreviews question =
        new FindPreviews(
            caller.party().id(),
            input.optionalText("kind").map(ConversationKind::of),
            input.optionalText("search"),
            position(input, list),
            List.of(),
            (int) input.number("limit"));
    return bus.request(ConversationVerbs.FIND_PREVIEWS, question)
        .map(page -> Answer.ok(ListEnvelope.of(page.previews(), next(list, page))));
  }

  private static Optional<Cursor> next(String list, Previews page) {
    return page.more()
        ? Optional.of(page.previews().getLast().conversation())
            .map(last -> cursor(list, last.updatedAt(), last.id()))
        : Optional.empty();
  }

  private static Cursor cursor(String list, Instant at, long id) {
    long micros = at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
    return new Cursor(list, List.of(Long.toString(micros), Long.toString(id)));
  }

  private static Optional<Position> position(Input input, String list) {
    return input
        .optionalText("cursor")
        .map(text -> Cursor.read(text, list, 2))
        .map(
            parts -> {
              long micros = Cursor.number(parts.get(0));
              Instant at =
                  Instant.ofEpochSecond(
                      Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000);
              return new Position(at, Cursor.number(parts.get(1)));
            });
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
                    : Future.succeededFuture(nothingYet(caller, direct)));
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
                  page(members.result(), list(MEMBERS, conversation), Member.class::cast));
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

  /** A conversation that will be there as soon as somebody says something. */
  private static Answer nothingYet(Caller caller, Direct direct) {
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
            Instant.EPOCH);
    Preview preview = new Preview(conversation, Optional.of(direct.other()), Optional.empty(), 0);
    return detail(
        preview,
        ListEnvelope.of(List.of(), Optional.empty()),
        page(both(caller, direct, Optional.empty(), FIRST_PAGE), "", Member.class::cast));
  }

  /** Those who will be in it then. */
  private static Members both(Caller caller, Direct direct, Optional<Position> after, int limit) {
    List<Member> members =
        Stream.of(caller.party(), direct.other())
            .sorted(Comparator.comparingLong(Party::id))
            .filter(party -> after.isEmpty() || party.id() > after.get().id())
            .map(
                party ->
                    new Member(
                        party, false, Optional.empty(), Optional.empty(), Instant.EPOCH, 0, 0))
            .toList();
    return new Members(members.stream().limit(limit).toList(), members.size() > limit);
  }

  private Future<Answer> update(Caller caller, Input input) {
    return mayBring(caller, input)
        .compose(may -> refs.group(caller, input))
        .compose(
            conversation ->
                change(
                        caller,
                        conversation,
                        input.optionalText("name").map(String::strip),
                        users(input, "add"),
                        externalMembers(caller, input, "add"),
                        users(input, "remove"))
                    .compose(
                        changes ->
                            bus.request(
                                ConversationVerbs.FIND_PREVIEW,
                                new FindPreview(conversation, caller.party().id()))))
        .map(
            found ->
                switch (found) {
                  case Result.Done<Preview> done -> Answer.ok(done.value());
                  // an owner who left in the same breath sees it no more
                  case Result.Refused<Preview> left -> Answer.noContent();
                });
  }

  // only agents bring somebody from outside, but only who sees the conversation is told so
  private Future<Void> mayBring(Caller caller, Input input) {
    boolean brings = input.list("add").stream().anyMatch(each -> each instanceof Map);
    return brings && caller.stopped(Access.AGENT).isPresent()
        ? refs.seen(caller, input)
        : Future.succeededFuture();
  }

  private Future<Integer> change(
      Caller caller,
      long conversation,
      Optional<String> name,
      List<UserRef> add,
      List<ExternalMember> outside,
      List<UserRef> remove) {
    return bus.request(
            ConversationVerbs.UPDATE_GROUP,
            new UpdateGroup(conversation, caller.party(), name, add, outside, remove))
        .map(updated -> RefusalProblems.value(updated).changes());
  }

  private Future<Answer> addMember(Caller caller, Input input) {
    UserRef user = new UserRef(input.text("user"));
    return refs.group(caller, input)
        .compose(
            conversation ->
                change(caller, conversation, Optional.empty(), List.of(user), List.of(), List.of())
                    .compose(
                        changes ->
                            bus.request(
                                ConversationVerbs.FIND_MEMBERS,
                                new FindMembers(
                                    conversation,
                                    caller.party().id(),
                                    Optional.empty(),
                                    Optional.of(user),
                                    1))))
        .map(
            found ->
                RefusalProblems.answer(
                    found,
                    members ->
                        members.members().isEmpty()
                            ? Problem.notFound()
                            : Answer.ok(members.members().getFirst())));
  }

  private Future<Answer> removeMember(Caller caller, Input input) {
    UserRef user = new UserRef(input.text("user"));
    return refs.group(caller, input)
        .compose(
            conversation ->
                change(caller, conversation, Optional.empty(), List.of(), List.of(), List.of(user)))
        .map(changes -> changes == 0 ? Problem.notFound() : Answer.noContent());
  }

  private Future<Answer> members(
      Caller caller, Input input, String what, Function<Member, JsonBytes.Part> told) {
    if (ConversationRefs.isNumber(input)) {
      return members(caller, input, ConversationRefs.number(input), what, told);
    }
    return refs.direct(caller, input.text("ref"))
        .compose(
            direct ->
                direct.conversation().isPresent()
                    ? members(caller, input, direct.conversation().get(), what, told)
                    : Future.succeededFuture(Answer.ok(bothOf(caller, input, direct, what, told))));
  }

  private Future<Answer> members(
      Caller caller,
      Input input,
      long conversation,
      String what,
      Function<Member, JsonBytes.Part> told) {
    String list = list(what, conversation);
    FindMembers question =
        new FindMembers(
            conversation,
            caller.party().id(),
            position(input, list),
            Optional.empty(),
            (int) input.number("limit"));
    return bus.request(ConversationVerbs.FIND_MEMBERS, question)
        .map(found -> RefusalProblems.answer(found, page -> Answer.ok(page(page, list, told))));
  }

  private static JsonBytes.Part bothOf(
      Caller caller,
      Input input,
      Direct direct,
      String what,
      Function<Member, JsonBytes.Part> told) {
    String list = what + " with " + direct.other().id();
    int limit = (int) input.number("limit");
    return page(both(caller, direct, position(input, list), limit), list, told);
  }

  private static String list(String what, long conversation) {
    return what + " " + conversation;
  }

  private static JsonBytes.Part page(
      Members page, String list, Function<Member, JsonBytes.Part> told) {
    Optional<Cursor> next =
        page.more()
            ? Optional.of(page.members().getLast())
                .map(last -> cursor(list, last.joinedAt(), last.party().id()))
            : Optional.empty();
    return ListEnvelope.of(page.members().stream().map(told).toList(), next);
  }

  private Future<Answer> changes(Caller caller, Input input) {
    long since = input.number("since");
    return refs.perhaps(caller, input)
        .compose(
            conversation ->
                conversation.isEmpty()
                    ? Future.succeededFuture(
                        Result.done(new ConversationVerbs.Changes(List.of(), 0, since > 0, false)))
                    : bus.request(
                        ConversationVerbs.FIND_CHANGES,
                        new FindChanges(
                            conversation.get(), caller.party().id(), since, MOST_CHANGES)))
        .map(found -> RefusalProblems.answer(found, changes -> Answer.ok(told(changes))));
  }

  private static JsonBytes.Part told(ConversationVerbs.Changes changes) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (TimelineChanged change : changes.events()) {
        json.writeRawValue(new String(change.event(), StandardCharsets.UTF_8));
      }
      json.writeEndArray();
      json.writeNumberField("rev", changes.rev());
      json.writeBooleanField("resync", changes.tooMany());
      if (changes.more()) {
        json.writeBooleanField("more", true);
      }
      json.writeEndObject();
    };
  }
}
