package io.parley.store.external;

import io.parley.channel.Address;
import io.parley.channel.Channel;
import io.parley.channel.ChannelVerbs.FindSide;
import io.parley.channel.ChannelVerbs.Message;
import io.parley.channel.ChannelVerbs.Ours;
import io.parley.channel.ChannelVerbs.SendOut;
import io.parley.channel.ChannelVerbs.Side;
import io.parley.channel.ChannelVerbs.TakeIn;
import io.parley.channel.ChannelVerbs.Taken;
import io.parley.conversation.Conversation;
import io.parley.conversation.ConversationEvents;
import io.parley.flow.Batcher;
import io.parley.flow.Outage;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.store.conversation.Previews;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.parley.store.timeline.AppendSql;
import io.parley.store.timeline.Appender;
import io.parley.store.timeline.Items;
import io.parley.store.timeline.StoredContent;
import io.parley.store.timeline.TimelineRows;
import io.parley.timeline.Content;
import io.parley.timeline.Delivery;
import io.parley.timeline.Draft;
import io.parley.timeline.Envelope;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Messages of people outside: finds the conversation they belong to, or opens it, and appends. The
 * first message of a conversation is stored in the transaction that opens it, so that nothing that
 * fails leaves one behind, together with others that come meanwhile: conversations are numbered
 * without a hole, so whoever opens one holds up everybody who wants to. All others go the way of
 * every item, many in one commit. Where they belong is looked up together, too.
 */
public final class ExternalMessages {
  private static final int TRIES = 3;

  private static final int TOGETHER = 64;
  private static final int WAITING = 10_000;

  private final Database database;
  private final Appender appender;
  private final Items items;
  private final Previews previews;
  private final Consumer<TimelineChanged> news;
  private final Consumer<List<Delivery>> made;
  private final Batcher<Letter, Row> places = new Batcher<>(TOGETHER, WAITING, this::find);
  private final Batcher<Letter, Future<Result<Appended>>> openings =
      new Batcher<>(TOGETHER, WAITING, this::open);

  public ExternalMessages(
      Database database,
      Appender appender,
      Items items,
      Previews previews,
      Consumer<TimelineChanged> news,
      Consumer<List<Delivery>> made) {
    this.database = database;
    this.appender = appender;
    this.items = items;
    this.previews = previews;
    this.news = news;
    this.made = made;
  }

  private static final String SENT_BEFORE =
      "select operation, request, result, seq from request where caller = $1 and key = $2";

  /** What a send is called by its caller. */
  private record Key(long caller, String text) {}

  /** One message and what tells it from others, under which it is stored once. */
  private record Letter(
      Message message, boolean inbound, Optional<Key> sentUnder, Optional<String> id) {
    String source() {
      return message.channel().route().text();
    }

    Address contact() {
      return inbound ? message.from() : message.to();
    }

    Address side() {
      return inbound ? message.to() : message.from();
    }

    AppendItem item(long conversation, Party author, long contact) {
      return new AppendItem(
          conversation,
          author,
          key(),
          sentUnder.map(Key::text),
          draft(contact, message.html(), sentUnder.map(this::request)));
    }

    private Draft draft(long contact, Optional<String> html, Optional<Envelope.Request> request) {
      String channel = message.channel().text();
      Envelope envelope =
          inbound
              ? new Envelope.Inbound(channel, contact, side().text(), source(), id.orElseThrow())
              : new Envelope.Outbound(
                  channel, contact, side().text(), message.to().text(), request);
      return Draft.of(
          new Content.External(
              new Content.Message(message.body(), message.attachments()),
              message.subject(),
              html,
              message.sentAt()),
          envelope);
    }

    private UUID key() {
      return id.map(text -> Fingerprint.of("inbound\u0000" + source() + "\u0000" + text))
          .or(
              () ->
                  sentUnder.map(
                      key -> Fingerprint.of("send\u0000" + key.caller() + "\u0000" + key.text())))
          .orElseGet(UUID::randomUUID);
    }

    /** The request as it was accepted, whoever the contact turns out to be. */
    Envelope.Request request(Key key) {
      return new Envelope.Request(
          key.caller(),
          key.text(),
          message.channel() == Channel.EMAIL ? "sendEmail" : "sendSms",
          StoredContent.fingerprint(draft(0, Optional.empty(), Optional.empty())));
    }
  }

  public Future<Side> side(FindSide question) {
    String sql =
        """
        select p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name, m.via
        from member m join conversation c on c.id = m.conversation and c.kind = 'external'
        join member s on s.conversation = c.id and s.via is null join party p on p.id = s.party
        where m.conversation = $1 and m.via is not null
        """;
    return database
        .read(sql, Tuple.of(question.conversation()))
        .map(
            rows ->
                new Side(
                    rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(ours(rows.iterator().next()))));
  }

  private static Ours ours(Row row) {
    return new Ours(TimelineRows.party(row, "party_"), row.getString("via"));
  }

  public Future<Result<Appended>> send(SendOut wanted) {
    Optional<Key> key = wanted.clientId().map(text -> new Key(wanted.caller(), text));
    return carry(new Letter(wanted.message(), false, key, Optional.empty()), TRIES);
  }

  public Future<Result<Taken>> take(TakeIn wanted) {
    return carry(
            new Letter(wanted.message(), true, Optional.empty(), Optional.of(wanted.id())), TRIES)
        .map(ExternalMessages::taken);
  }

  private static Result<Taken> taken(Result<Appended> result) {
    return switch (result) {
      case Result.Done<Appended> done ->
          Result.done(
              new Taken(done.value().conversation(), done.value().seq(), done.value().replayed()));
      case Result.Refused<Appended> refused -> Result.refused(refused.reason());
    };
  }

  // whoever put the same in at the same time may have put it elsewhere: then it is found there
  private Future<Result<Appended>> carry(Letter letter, int tries) {
    return sentBefore(letter)
        .compose(
            before ->
                before.isPresent()
                    ? Future.succeededFuture(before.get())
                    : places.ask(letter).compose(found -> carry(letter, found)))
        .recover(
            failure ->
                SqlErrors.isUniqueViolation(failure) && tries > 1
                    ? carry(letter, tries - 1)
                    : Future.failedFuture(failure));
  }

  private Future<Optional<Result<Appended>>> sentBefore(Letter letter) {
    return letter.sentUnder().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : sentBefore(letter.request(letter.sentUnder().get()));
  }

  private Future<Optional<Result<Appended>>> sentBefore(Envelope.Request request) {
    return database
        .read(SENT_BEFORE, Tuple.of(request.caller(), request.key()))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture(Optional.empty())
                    : again(request, rows.iterator().next()).map(Optional::of));
  }

  private Future<Result<Appended>> again(Envelope.Request request, Row before) {
    boolean same =
        before.getString("operation").equals(request.operation())
            && before.getUUID("request").equals(request.fingerprint());
    return same
        ? items.asItIs(before.getLong("result"), before.getLong("seq"))
        : Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
  }

  private Future<List<Row>> find(List<Letter> letters) {
    return database
        .read(
            "select * from find_external_conversations($1, $2, $3, $4, $5)",
            Tuple.tuple()
                .addArrayOfString(texts(letters, letter -> letter.message().from().handle()))
                .addArrayOfString(texts(letters, letter -> letter.message().to().handle()))
                .addArrayOfString(
                    texts(letters, letter -> letter.inbound() ? letter.source() : null))
                .addArrayOfString(texts(letters, letter -> letter.side().text()))
                .addArrayOfString(texts(letters, letter -> letter.id().orElse(null))))
        .map(
            rows -> {
              List<Row> found = new ArrayList<>(letters.size());
              rows.forEach(found::add);
              return found;
            });
  }

  private static String[] texts(List<Letter> letters, Function<Letter, @Nullable String> field) {
    String[] texts = new String[letters.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = field.apply(letters.get(i));
    }
    return texts;
  }

  private Future<Result<Appended>> carry(Letter letter, Row found) {
    if (found.getLong("stored_in") != null) {
      return Future.succeededFuture(
          Result.done(
              new Appended(
                  found.getLong("stored_in"), found.getLong("stored_seq"), Buffer.buffer(), true)));
    }
    return found.getLong("conversation") == null
        ? openings.ask(letter).compose(answer -> answer)
        : appender.append(
            letter.item(
                found.getLong("conversation"),
                party(
                    letter.message().from(),
                    found.getLong("from_id"),
                    found.getString("from_name")),
                found.getLong(letter.inbound() ? "from_id" : "to_id")));
  }

  private static Party party(Address address, long id, String name) {
    return new Party(id, address.kind(), name, address.handle());
  }

  /** What became of letters that had no place: those without an item have one by now. */
  private record Opened(List<Long> made, List<Optional<AppendItem>> asked, Iterator<Row> stored) {}

  /** Each with an answer of its own: one that cannot be stored spoils none of the others. */
  private Future<List<Future<Result<Appended>>>> open(List<Letter> letters) {
    return database
        .transaction(connection -> opened(connection, letters))
        .transform(
            done -> {
              if (done.succeeded()) {
                return told(letters, done.result());
              }
              return done.cause() instanceof Outage || letters.size() == 1
                  ? Future.failedFuture(done.cause())
                  : oneByOne(letters);
            });
  }

  private Future<List<Future<Result<Appended>>>> oneByOne(List<Letter> letters) {
    Future<List<Future<Result<Appended>>>> all = Future.succeededFuture(new ArrayList<>());
    for (Letter letter : letters) {
      all =
          all.compose(
              answers ->
                  open(List.of(letter))
                      .transform(
                          alone -> {
                            answers.add(
                                alone.succeeded()
                                    ? alone.result().getFirst()
                                    : Future.failedFuture(alone.cause()));
                            return Future.succeededFuture(answers);
                          }));
    }
    return all;
  }

  private static Future<Opened> opened(SqlConnection connection, List<Letter> letters) {
    return connection
        .preparedQuery("select * from open_external_conversations($1, $2, $3, $4, $5, $6, $7)")
        .execute(
            Tuple.tuple()
                .addArrayOfString(texts(letters, letter -> letter.contact().kind().text()))
                .addArrayOfString(texts(letters, letter -> letter.contact().handle()))
                .addArrayOfString(texts(letters, letter -> letter.contact().text()))
                .addArrayOfString(texts(letters, letter -> letter.side().kind().text()))
                .addArrayOfString(texts(letters, letter -> letter.side().handle()))
                .addArrayOfString(texts(letters, letter -> letter.side().text()))
                .addArrayOfString(texts(letters, Letter::source)))
        .compose(places -> appended(connection, letters, places));
  }

  private static Future<Opened> appended(
      SqlConnection connection, List<Letter> letters, RowSet<Row> places) {
    List<Long> made = new ArrayList<>();
    List<Optional<AppendItem>> asked = new ArrayList<>(letters.size());
    for (Row place : places) {
      if (place.getBoolean("created")) {
        made.add(place.getLong("id"));
      }
      boolean ours = made.contains(place.getLong("id"));
      asked.add(ours ? Optional.of(item(letters.get(asked.size()), place)) : Optional.empty());
    }
    List<AppendItem> items = asked.stream().flatMap(Optional::stream).toList();
    return items.isEmpty()
        ? Future.succeededFuture(new Opened(made, asked, Collections.emptyIterator()))
        : connection
            .preparedQuery(AppendSql.call(items.size()))
            .execute(AppendSql.parameters(items, true))
            .map(stored -> new Opened(made, asked, stored.iterator()));
  }

  private static AppendItem item(Letter letter, Row place) {
    long contact = place.getLong("contact");
    Address from = letter.message().from();
    Party author = party(from, letter.inbound() ? contact : place.getLong("own"), from.text());
    return letter.item(place.getLong("id"), author, contact);
  }

  private Future<List<Future<Result<Appended>>>> told(List<Letter> letters, Opened opened) {
    Future<Map<Long, Conversation>> conversations =
        opened.made().isEmpty()
            ? Future.succeededFuture(Map.of())
            : previews.neutral(opened.made());
    return conversations.map(
        found -> {
          found
              .values()
              .forEach(
                  each -> news.accept(ConversationEvents.conversationCreated(each, List.of())));
          List<Future<Result<Appended>>> answers = new ArrayList<>(letters.size());
          for (int i = 0; i < letters.size(); i++) {
            answers.add(
                opened.asked().get(i).isPresent()
                    ? told(opened.asked().get(i).get(), opened.stored().next())
                    : carry(letters.get(i), TRIES));
          }
          return answers;
        });
  }

  private Future<Result<Appended>> told(AppendItem asked, Row row) {
    return switch (row.getString("outcome")) {
      case "stored" -> {
        Item item = AppendSql.item(asked, row);
        Buffer encoded = JsonBytes.of(item);
        news.accept(ConversationEvents.itemCreated(item, encoded));
        made.accept(item.routing().deliveries());
        yield Future.succeededFuture(
            Result.done(new Appended(item.conversation(), item.seq(), encoded, false)));
      }
      case "replayed" -> items.asItIs(asked.conversation(), row.getLong("seq"));
      default -> Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
    };
  }
}
